"""From the values of a field to its type: exact, and rather too wide than too narrow."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from tapwright.authoring.times import epochs_in, formats_in, times_in
from tapwright.cast import pointed

Words = dict[str, Any]


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_MONEY = _set("""
    amount amt balance bid bonus budget charge commission cost cpa cpc cpm credit debit deposit discount due fare fee
    gross income invoice loss margin money net paid pay payment payout price profit refund rent revenue salary sale
    sales shipping spend spent subtotal tax tip total turnover vat wage
""")
_RATIOS = _set("""
    average avg ctr cvr factor lat latitude lng lon longitude mean percent percentage probability rate ratio roas
    score share weight
""")
_COUNTS = _set("""
    cent cents count id items length micros num number orders pages position quantity qty rank rows size
""")
_IDS = _set("code guid id isbn key number phone postal postcode sku uuid zip")
_WHOLE = re.compile(r"-?(0|[1-9]\d*)", re.ASCII)
_COMMA = re.compile(r"-?[\d.]*\d,(\d{1,2}|\d{4,})", re.ASCII)
_POINTED = re.compile(r"-?(0|[1-9]\d*)\.\d+", re.ASCII)
SCALE, DIGITS = 9, 38
"""Digits after the point that a decimal has by itself, and digits in all."""


def words_for(name: str, values: Sequence[Any], *, all_text: bool) -> Words:
    """Give the words of a field with these values, none of them null; `name` is in snake_case.

    `all_text` is for formats that have nothing but text, such as CSV and XML.
    """
    parts = _parts(name)
    kinds = set(map(type, values))
    if not kinds:
        return {}
    if kinds == {str}:
        return _of_texts(parts, list(values), all_text=all_text)
    if kinds == {bool}:
        return {"type": "boolean"}
    if kinds == {int}:
        return epochs_in(name, list(values)) or ({"type": "decimal"} if _is_money(parts) else {"type": "integer"})
    if kinds <= {int, float, Decimal}:
        return _of_numbers(parts, [Decimal(repr(v) if isinstance(v, float) else v) for v in values])
    if kinds == {dict}:
        return {"type": "object"}
    if kinds == {list}:
        return _of_lists(name, values)
    return {} if not kinds & {dict, list} else {"type": "json"}


def is_id(name: str) -> bool:
    """Whether a name is that of something that tells things apart, whatever it looks like."""
    return bool(_IDS & _parts(name))


def _parts(name: str) -> frozenset[str]:
    """The words of a name, also without the s at their end."""
    words = name.split("_")
    return frozenset((*words, *(word.removesuffix("s") for word in words)))


def _of_texts(parts: frozenset[str], values: list[str], *, all_text: bool) -> Words:
    if found := times_in(values):
        return found
    if len(formats := formats_in(values)) == 1:
        return formats[0]
    if any(map(_COMMA.fullmatch, values)) and (words := _with_comma(parts, values, all_text=all_text)):
        return words
    money = _is_money(parts) and any(map(_POINTED.fullmatch, values))
    if not all_text and not money:
        return {}
    if all_text and {value.lower() for value in values} <= {"true", "false"}:
        return {"type": "boolean"}
    if _IDS & parts and not money:
        return {}
    if all(map(_WHOLE.fullmatch, values)):
        return {"type": "decimal"} if money or _is_money(parts) else {"type": "integer"}
    if all(_WHOLE.fullmatch(value) or _POINTED.fullmatch(value) for value in values):
        return _of_numbers(parts, list(map(Decimal, values)))
    return {}


def _with_comma(parts: frozenset[str], values: list[str], *, all_text: bool) -> Words:
    """Numbers with a decimal comma, where it cannot be that of thousands."""
    try:
        words = _of_texts(parts, list(map(pointed, values)), all_text=all_text)
    except ValueError:
        return {}
    return {**words, "format": "comma"} if words.get("type") in ("decimal", "number") else {}


def _of_numbers(parts: frozenset[str], values: list[Decimal]) -> Words:
    """Numbers with a fraction: decimals if they are money or have few digits after the point, else floats."""
    places = max(map(_places, values))
    inexact = bool(_RATIOS & parts) or (places > 2 and not _is_money(parts))
    if inexact and all(Decimal(repr(float(value))) == value for value in values):
        return {"type": "number"}
    scale = next((scale for scale in (SCALE, 12, 18, 24) if places <= scale), None)
    if scale is None or any(value.adjusted() >= DIGITS - scale for value in values if value):
        return {}
    return {"type": "decimal"} if scale == SCALE else {"type": "decimal", "scale": scale}


def _of_lists(name: str, values: Sequence[list[Any]]) -> Words:
    items = [item for value in values for item in value if item is not None]
    if not items or {dict, list} & set(map(type, items)):
        return {"type": "array"}
    words = words_for(name, items, all_text=False)
    plain = words.get("type", "string")
    return {"type": "array", "items": {"type": plain}} if "format" not in words else {"type": "array"}


def _places(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _is_money(parts: frozenset[str]) -> bool:
    return bool(_MONEY & parts) and not (_COUNTS | _RATIOS) & parts
