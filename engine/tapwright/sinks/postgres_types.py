"""Postgres's types: the one for a column of records, the one that holds two, how a stored column becomes it.

What a column holds is never changed silently.  Where a type meets another:

    integers                    bigint, or numeric for what is beyond it
    integer with decimal        numeric(38, scale), or an error where a value would not fit
    integer with number         double precision, or an error where an integer is beyond 2^53
    decimal with decimal        the larger scale, or an error where a value would not fit
    decimal with number         numeric, the number by its shortest digits
    numeric with any of these   numeric
    any other two plain values  text, each value as its text
    anything nested             jsonb, each value as JSON
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tapwright.batch import DataType
from tapwright.sinks.decimals import EXACT_IN_DOUBLE, check_decimals, check_integers


@dataclass(frozen=True)
class PgType:
    """A type of Postgres."""

    name: str
    size: tuple[int, int] | None = None
    """Precision and scale of a numeric; without it any number fits."""

    def __str__(self) -> str:
        return f"{self.name}({self.size[0]},{self.size[1]})" if self.size else self.name


BIGINT, NUMERIC, DOUBLE, TEXT, JSONB = map(PgType, ("bigint", "numeric", "double precision", "text", "jsonb"))
TIMESTAMPTZ, TIMESTAMP = PgType("timestamp with time zone"), PgType("timestamp without time zone")
INTEGERS = {"smallint", "integer", "bigint"}
FLOATS = {"real", "double precision"}
PLAIN = {
    "string": TEXT,
    "number": DOUBLE,
    "boolean": PgType("boolean"),
    "date": PgType("date"),
    "datetime": TIMESTAMPTZ,
    "local_datetime": TIMESTAMP,
}
KNOWN = {*INTEGERS, *FLOATS, "numeric", "character varying", "jsonb", *(kind.name for kind in PLAIN.values())}


def suited(kind: DataType, values: Sequence[Any] = ()) -> PgType:
    """Choose the type for a column's values."""
    if kind.name == "integer":
        return _integer(values)
    if kind.name == "decimal":
        return PgType("numeric", (38, kind.scale))
    return PLAIN.get(kind.name, JSONB)


def _integer(values: Iterable[Any]) -> PgType:
    try:
        array("q", filter(None, values))
    except OverflowError:
        return NUMERIC
    return BIGINT


def stored(text: str) -> PgType:
    """Read the type of a table's column as `format_type` spells it; a foreign one has a name that `KNOWN` lacks."""
    if sized := re.fullmatch(r"numeric\((\d+),(\d+)\)", text):
        return PgType("numeric", (int(sized[1]), int(sized[2])))
    if re.fullmatch(r"character varying(\(\d+\))?", text):
        return PgType("character varying")
    return PgType(text)


def joined(have: PgType, new: PgType) -> PgType | None:
    """Find the type that holds what both hold; None where one of them is no type of ours."""
    if have == new:
        return have
    names = {have.name, new.name}
    if not names <= KNOWN:
        return None
    if "jsonb" in names:
        return JSONB
    if names <= INTEGERS:
        return BIGINT
    if names <= INTEGERS | FLOATS:
        return DOUBLE
    if names <= INTEGERS | FLOATS | {"numeric"}:
        return _numeric(have, new)
    return TEXT


def _numeric(have: PgType, new: PgType) -> PgType:
    if {have.name, new.name} & FLOATS or NUMERIC in (have, new):
        return NUMERIC
    sizes = [kind.size for kind in (have, new) if kind.size]
    return PgType("numeric", (max(38, *(size[0] for size in sizes)), max(size[1] for size in sizes)))


def check(name: str, kind: DataType, held: PgType, values: Sequence[Any]) -> None:
    """Raise RecordError for a value that the table's column would round or refuse."""
    if kind.name == "integer" and held == DOUBLE:
        check_integers(name, held, values)
    elif kind.name in ("integer", "decimal") and held.size:
        check_decimals(name, held, [value for value in values if value is not None], *held.size)


def converted(column: str, have: PgType, new: PgType) -> str:
    """Write the SQL that turns a stored column (quoted) into another type."""
    if have == new:
        return column
    if new == JSONB:
        return f"to_jsonb({column})"
    if new == TEXT and have in (TIMESTAMPTZ, TIMESTAMP):
        zone = '"Z"' if have == TIMESTAMPTZ else ""
        local = f"({column} AT TIME ZONE 'UTC')" if zone else column
        return f"""replace(to_char({local}, 'YYYY-MM-DD"T"HH24:MI:SS.US{zone}'), '.000000', '')"""
    if new == NUMERIC and have.name in FLOATS:
        return f"{column}::text::numeric"
    return f"{column}::{new}"


def lossy(column: str, have: PgType, new: PgType) -> str:
    """Write the SQL that tells whether a stored value would be rounded; empty where none can be."""
    if new == DOUBLE and have.name in INTEGERS:
        return f"{column} NOT BETWEEN -{EXACT_IN_DOUBLE} AND {EXACT_IN_DOUBLE}"
    return ""
