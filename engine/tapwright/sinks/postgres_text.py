"""Records as the text that Postgres's COPY reads: a line for each, tabs between the values, `\\N` for null.

A column is spelled whole, by one call for all its values: msgspec writes numbers and times ten times faster than `str`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import timedelta, timezone
from typing import Any

import msgspec

from tapwright.batch import DataType
from tapwright.errors import RecordError
from tapwright.sinks.lines import not_unicode
from tapwright.sinks.postgres_types import JSONB, PgType
from tapwright.sinks.refusals import shown

NULL = "\\N"
ESCAPES = (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"))
NUL_IN_JSON = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
ELSEWHERE = "Leave the field out, or send the records to another kind of sink."

_encoder = msgspec.json.Encoder(decimal_format="number")


def spelled(name: str, kind: DataType, held: PgType, values: Sequence[Any]) -> list[str]:
    """Spell the values of a column."""
    if held == JSONB:
        return _nested(name, kind, values)
    return _texts(name, values) if kind.name == "string" else _plain(name, kind, values)


def lines(columns: Iterable[Sequence[str]]) -> bytes:
    """Write the rows of columns that were spelled."""
    text = "\n".join(map("\t".join, zip(*columns, strict=True))) + "\n"
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise not_unicode(error) from error


def _texts(name: str, values: Sequence[str | None]) -> list[str]:
    present = [value for value in values if value is not None]
    text = "\0".join(present)
    if present and text.count("\0") != len(present) - 1:
        raise _with_nul(name, next(value for value in present if "\0" in value))
    for char, escape in ESCAPES:
        if char in text:
            text = text.replace(char, escape)
    if not present or len(present) == len(values):
        return text.split("\0") if present else [NULL] * len(values)
    rest = iter(text.split("\0"))
    return [NULL if value is None else next(rest) for value in values]


def _plain(name: str, kind: DataType, values: Sequence[Any]) -> list[str]:
    if kind.name == "datetime" and not _whole_minutes(values):  # msgspec rounds their offsets
        return [NULL if value is None else str(value) for value in values]
    text = _encoded(name, values).replace('"', "")
    if "null" in text:
        if text.count("null") != values.count(None):  # JSON has no word for NaN and the infinities, Postgres has
            return [NULL if value is None else str(value) for value in values]
        text = text.replace("null", NULL)
    return text.split("\n")


def _whole_minutes(values: Sequence[Any]) -> bool:
    """Whether no offset has seconds, as those of local mean time have."""
    minute, present = timedelta(minutes=1), [value for value in values if value is not None]
    if {type(value.tzinfo) for value in present} <= {timezone}:
        return not any(zone.utcoffset(None) % minute for zone in {value.tzinfo for value in present})
    return not any(value.utcoffset() % minute for value in present)


def _nested(name: str, kind: DataType, values: Sequence[Any]) -> list[str]:
    text = _encoded(name, values)
    if "\\u0000" in text and NUL_IN_JSON.search(text):
        raise _with_nul(name, next(value for value in values if NUL_IN_JSON.search(_encoded(name, [value]))))
    found = text.split("\n")
    if kind.name == "number" and found.count("null") != values.count(None):
        raise RecordError(f"{name}: JSON, which the column holds, has no NaN and no infinity.", ELSEWHERE)
    return _texts(name, [None if value is None else each for value, each in zip(values, found, strict=True)])


def _with_nul(name: str, value: object) -> RecordError:
    return RecordError(f"{name}: {shown(value)} holds a NUL character, which Postgres cannot keep.", ELSEWHERE)


def _encoded(name: str, values: Sequence[Any]) -> str:
    """Write values as JSON, a line for each."""
    try:
        return _encoder.encode_lines(values)[:-1].decode()
    except (UnicodeEncodeError, TypeError, ValueError, RecursionError):
        for value in values:
            try:
                _encoder.encode(value)
            except (UnicodeEncodeError, TypeError, ValueError, RecursionError) as error:
                raise RecordError(f"{name}: {shown(value)} cannot be written: {error}.") from error
        raise
