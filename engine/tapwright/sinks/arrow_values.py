"""Values of a column in the memory that Arrow lays down for its type."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from math import isfinite
from typing import Any

import msgspec

from tapwright.batch import DataType
from tapwright.sinks.decimals import check_decimals, check_integers
from tapwright.sinks.duckdb_types import SqlType

EPOCH, EPOCH_IN_UTC = datetime(1970, 1, 1), datetime(1970, 1, 1, tzinfo=UTC)
FIRST_DAY, MICROSECOND = EPOCH.toordinal(), timedelta(microseconds=1)
DIGITS = bytes.maketrans(b"\0\1", b"01")

_encoder = msgspec.json.Encoder(decimal_format="number")
_encode_into = _encoder.encode_into


def packed(flags: bytes) -> bytes:
    """Pack flags, which are 0 or 1, eight to a byte, the first the lowest."""
    digits = flags.translate(DIGITS)[::-1]
    return int(digits or b"0", 2).to_bytes((len(digits) + 7) // 8, "little")


def buffers(path: str, kind: DataType, held: SqlType, values: Sequence[Any], nulls: int) -> tuple[Any, ...]:
    """Lay down values of a kind for a type of DuckDB that is neither LIST nor STRUCT."""
    match held.name:
        case "JSON":
            return _jsons(kind, values)
        case "VARCHAR":
            return _texts(kind, values, nulls)
        case "BIGINT":
            return (array("q", _filled(values, nulls, 0)),)
        case "DOUBLE":
            if kind.name == "integer":
                check_integers(path, held, values)
            return (array("d", _filled(values, nulls, 0)),)
        case "BOOLEAN":
            return (packed(bytes(map(bool, values))),)
        case "DATE":
            return (array("i", [value.toordinal() - FIRST_DAY for value in _filled(values, nulls, EPOCH)]),)
        case "TIMESTAMP":
            return (array("q", [(value - EPOCH) // MICROSECOND for value in _filled(values, nulls, EPOCH)]),)
        case "TIMESTAMP WITH TIME ZONE":
            moments = _filled(values, nulls, EPOCH_IN_UTC)
            return (array("q", [(value - EPOCH_IN_UTC) // MICROSECOND for value in moments]),)
    return _digits(path, kind, held, values, nulls)


def _filled(values: Sequence[Any], nulls: int, filler: Any) -> Sequence[Any]:
    return [filler if value is None else value for value in values] if nulls else values


def _jsons(kind: DataType, values: Sequence[Any]) -> tuple[Any, ...]:
    if kind.name == "number" and not all(map(isfinite, filter(None, values))):
        raise ValueError("JSON has no NaN and no infinity")
    if kind.name == "datetime":
        values = [None if value is None else _spelled(value) for value in values]
    text = bytearray()
    ends = [len(text) for value in values if _encode_into(value, text, -1) is None]  # it always is, and this is fast
    return array("i", [0, *ends]), text


def _texts(kind: DataType, values: Sequence[Any], nulls: int) -> tuple[Any, ...]:
    if kind.name != "string":
        values = [None if value is None else _spelled(value) for value in values]
    texts = _filled(values, nulls, "")
    text = "".join(texts)
    data = text.encode()
    sizes = map(len, texts) if len(data) == len(text) else (len(each.encode()) for each in texts)
    return array("i", accumulate(sizes, initial=0)), data


def _spelled(value: Any) -> str:
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")  # not by msgspec, which rounds offsets to minutes
    return _encoder.encode(value).decode().strip('"')


def _digits(path: str, kind: DataType, held: SqlType, values: Sequence[Any], nulls: int) -> tuple[Any, ...]:
    """Write numbers in digits, for DuckDB to read."""
    if held.name == "DECIMAL":
        present = [value for value in values if value is not None] if nulls else values
        check_decimals(path, held, present, held.precision, held.scale)
    numbers = _encoder.encode_lines(_filled(values, nulls, 0)).splitlines()
    return array("i", accumulate(map(len, numbers), initial=0)), b"".join(numbers)
