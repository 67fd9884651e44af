"""Recognise dates and times in text and in numbers, strictly: what could be something else is not one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?(Z|[+-]\d\d(:?\d\d)?)?", re.I)
_ZONE = re.compile(r"(Z|[+-]\d\d(:?\d\d)?)$", re.I)
_DAYS = ("%Y/%m/%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%d %b %Y", "%b %d, %Y")
_MOMENTS = ("%a, %d %b %Y %H:%M:%S %Z", "%a, %d %b %Y %H:%M:%S %z", "%a %b %d %H:%M:%S %z %Y")
_NAMED = re.compile(r"(^|_)(at|on|date|day|time|timestamp|ts|epoch|created|updated|modified|expires|since|until)($|_)")
_SECONDS, _MILLISECONDS = (978_307_200, 4_102_444_800), (978_307_200_000, 4_102_444_800_000)
"""From 2001 to 2100."""


def times_in(values: Sequence[str]) -> dict[str, Any] | None:
    """Give the words of a field for texts that are all dates or times; None if they are not."""
    if all(_DATE.fullmatch(value) and _iso(value) for value in values):
        return {"type": "date"}
    if all(_TIME.fullmatch(value) and _iso(value) for value in values):
        zoned = [bool(_ZONE.search(value[10:])) for value in values]
        return {"type": "datetime"} if all(zoned) else None if any(zoned) else {"type": "local_datetime"}
    return None


def formats_in(values: Sequence[str]) -> list[dict[str, Any]]:
    """Give the words of a field for times that are not ISO 8601; several where they may be read in several ways."""
    days = [{"type": "date", "format": form} for form in _DAYS if _all_read(values, form)]
    return days or [{"type": "datetime", "format": form} for form in _MOMENTS if _all_read(values, form)]


def formats_of(values: Sequence[Any]) -> list[str]:
    """The formats by which all of these texts are dates or times."""
    texts = [value for value in values if isinstance(value, str)]
    return [str(words["format"]) for words in formats_in(texts)] if texts and len(texts) == len(values) else []


def epochs_in(name: str, values: Sequence[int]) -> dict[str, Any] | None:
    """Give the words of a field for numbers that are moments since 1970, by their size and their name."""
    if _NAMED.search(name):
        for form, (least, most) in (("epoch_s", _SECONDS), ("epoch_ms", _MILLISECONDS)):
            if all(least <= value < most for value in values):
                return {"type": "datetime", "format": form}
    return None


def _iso(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _all_read(values: Sequence[str], form: str) -> bool:
    try:
        for value in values:
            datetime.strptime(value.strip(), form)
    except ValueError:
        return False
    return True
