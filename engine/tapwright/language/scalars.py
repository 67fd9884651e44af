"""Decide what a plain word of YAML means: fewer surprises than YAML 1.1, so `no`, `1:30` and `2024-01-01` stay text."""

from __future__ import annotations

import math
import re
from typing import Any

WORDS: dict[str, bool | None] = {
    "": None,
    "FALSE": False,
    "False": False,
    "NULL": None,
    "Null": None,
    "TRUE": True,
    "True": True,
    "false": False,
    "null": None,
    "true": True,
    "~": None,
}
INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
DECIMAL = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]*)?\.[0-9]+|(?:0|[1-9][0-9]*))(?:[eE][-+]?[0-9]+)?")
LONGEST_NUMBER = 4000  # Python refuses to read integers a little longer than this.
TAG = "tag:yaml.org,2002:"


def resolve(text: str) -> Any:
    """Give a plain scalar its value; raise ValueError for a number nothing can hold."""
    if text in WORDS:
        return WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    if INTEGER.fullmatch(text):
        return int(_bounded(text))
    return _decimal(text) if DECIMAL.fullmatch(text) else text


def resolve_tagged(tag: str, text: str) -> Any:
    """Give a scalar the value its standard tag asks for; raise ValueError when the two do not agree."""
    name = tag.removeprefix(TAG)
    value = text if name == "str" else resolve(text)
    if name == "float" and type(value) is int:
        return _decimal(text)
    if type(value).__name__ != {"null": "NoneType"}.get(name, name):
        raise ValueError(f"the text does not fit its tag '!!{name}'")
    return value


def _decimal(text: str) -> float:
    value = float(_bounded(text))
    if math.isinf(value):
        raise ValueError("this number is too large")
    return value


def _bounded(text: str) -> str:
    if len(text) > LONGEST_NUMBER:
        raise ValueError("this number is too long")
    return text
