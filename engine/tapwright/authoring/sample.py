"""From values that came to the JSON Schema that describes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

MOST_ITEMS = 2_000
"""How many items of one list are looked at."""
MOST_MEMBERS = 200
"""An object with more members than this is a map, whose names are values."""
DEEPEST = 8
_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number", dict: "object", list: "array"}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def schema_of(values: Iterable[Any], depth: int = 0) -> dict[str, Any]:
    """Describe values by what they have in common."""
    present = [value for value in values if value is not None]
    types = list(dict.fromkeys(_TYPES[type(value)] for value in present if type(value) in _TYPES))
    if {"integer", "number"} <= {*types}:
        types.remove("integer")
    schema: dict[str, Any] = {"type": types} if types else {}
    if depth > DEEPEST:
        return schema
    if objects := [value for value in present if isinstance(value, dict)]:
        schema |= _members(objects, depth)
    if lists := [value for value in present if isinstance(value, list)]:
        schema["items"] = schema_of((item for each in lists for item in islice(each, MOST_ITEMS)), depth + 1)
    if types == ["string"] and (form := _format(present)):
        schema["format"] = form
    return schema


def _members(objects: Sequence[dict[str, Any]], depth: int) -> dict[str, Any]:
    held: dict[str, list[Any]] = {}
    for value in objects:
        for name, inner in value.items():
            held.setdefault(str(name), []).append(inner)
    if len(held) > MOST_MEMBERS:
        return {"additionalProperties": schema_of((each[0] for each in held.values()), depth + 1)}
    required = [name for name, each in held.items() if len(each) == len(objects) and None not in each]
    return {"properties": {name: schema_of(each, depth + 1) for name, each in held.items()}, "required": required}


def _format(texts: Sequence[str]) -> str:
    """The format of texts that are all days, or all moments."""
    if all(map(_DAY.fullmatch, texts)) and all(map(_is_moment, texts)):
        return "date"
    if all(text.startswith(("https://", "http://")) for text in texts):
        return "uri"
    return "date-time" if all(len(text) > 10 and text[10] in "T " and _is_moment(text) for text in texts) else ""


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
