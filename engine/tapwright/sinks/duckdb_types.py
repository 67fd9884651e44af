"""DuckDB's types: the one for a column of records, the one that holds two, how a stored column becomes it.

What a column holds is never changed silently.  Where a type meets another:

    integers                    the wider one
    integer with decimal        DECIMAL, or an error where a value would not fit
    integer with number         DOUBLE, or an error where an integer is beyond 2^53
    decimal with decimal        the larger scale, or an error where a value would not fit
    object with object          a STRUCT with the members of both
    array with array            a list whose items hold both
    any other two plain values  VARCHAR, each value as its text
    anything nested             JSON, each value as JSON
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

from tapwright.batch import DataType
from tapwright.sinks.decimals import EXACT_IN_DOUBLE, unfit

if TYPE_CHECKING:
    from duckdb.sqltypes import DuckDBPyType


@dataclass(frozen=True)
class SqlType:
    """A type of DuckDB."""

    name: str
    precision: int = 38
    scale: int = 0
    members: Mapping[str, SqlType] = field(default_factory=dict)
    """Of a STRUCT; a LIST has one, called `items`."""

    def __str__(self) -> str:
        return self.spelled("JSON")

    def spelled(self, json: str) -> str:
        """Spell it in SQL, with another type in the place of JSON."""
        if self.name == "DECIMAL":
            return f"DECIMAL({self.precision},{self.scale})"
        if self.name == "LIST":
            return f"{self.members['items'].spelled(json)}[]"
        if self.name == "STRUCT":
            return f"STRUCT({', '.join(f'{quoted(n)} {t.spelled(json)}' for n, t in self.members.items())})"
        return json if self.name == "JSON" else self.name

    @property
    def nested(self) -> bool:
        return self.name in ("STRUCT", "LIST", "JSON")

    @property
    def holds_json(self) -> bool:
        return self.name == "JSON" or any(member.holds_json for member in self.members.values())


BIGINT, HUGEINT, DOUBLE, VARCHAR, JSON = map(SqlType, ("BIGINT", "HUGEINT", "DOUBLE", "VARCHAR", "JSON"))
INTEGERS = (
    "TINYINT",
    "UTINYINT",
    "SMALLINT",
    "USMALLINT",
    "INTEGER",
    "UINTEGER",
    "BIGINT",
    "UBIGINT",
    "HUGEINT",
)
PLAIN = {
    "string": VARCHAR,
    "number": DOUBLE,
    "boolean": SqlType("BOOLEAN"),
    "date": SqlType("DATE"),
    "datetime": SqlType("TIMESTAMP WITH TIME ZONE"),
    "local_datetime": SqlType("TIMESTAMP"),
}
KNOWN = {*INTEGERS, "FLOAT", "DECIMAL", "STRUCT", "LIST", "JSON", *(kind.name for kind in PLAIN.values())}


def quoted(name: str) -> str:
    """Quote a name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a text for SQL."""
    return "'" + text.replace("'", "''") + "'"


def suited(kind: DataType, values: Sequence[Any], path: str) -> SqlType:
    """Choose the type that holds a column's values; raises RecordError for one that nothing would hold."""
    if kind.name == "integer":
        return _integer(values, path)
    if kind.name == "decimal":
        return SqlType("DECIMAL", scale=kind.scale)
    if kind.name == "array" and kind.items:
        inner = list(chain.from_iterable(filter(None, values)))
        return SqlType("LIST", members={"items": suited(kind.items, inner, f"{path}[]")})
    if kind.name == "object" and kind.properties and _distinct(kind.properties):
        return _struct(kind.properties, [value for value in values if value is not None], path)
    return PLAIN.get(kind.name, JSON)


def _integer(values: Iterable[Any], path: str) -> SqlType:
    try:
        array("q", filter(None, values))
    except OverflowError:
        for value in values:
            if value is not None and not -(2**127) <= value < 2**127:
                raise unfit(path, value, "is an integer of more than 128 bits") from None
        return HUGEINT
    return BIGINT


def _struct(properties: Mapping[str, DataType], present: list[Mapping[str, Any]], path: str) -> SqlType:
    members = {n: suited(t, [value.get(n) for value in present], f"{path}.{n}") for n, t in properties.items()}
    return SqlType("STRUCT", members=members)


def _distinct(names: Iterable[str]) -> bool:
    folded = [name.casefold() for name in names]
    return len(set(folded)) == len(folded) and "" not in folded


def stored(kind: DuckDBPyType) -> SqlType:
    """Read the type of a table's column; one that tapwright never writes has a name that `KNOWN` lacks."""
    text = str(kind)
    if kind.id == "decimal":
        sizes = dict(kind.children)
        return SqlType("DECIMAL", int(str(sizes["precision"])), int(str(sizes["scale"])))
    if kind.id == "list":
        return SqlType("LIST", members={"items": stored(_child(kind.children[0]))})
    if kind.id == "struct":
        return SqlType("STRUCT", members={name: stored(_child((name, child))) for name, child in kind.children})
    return SqlType(text)


def _child(pair: tuple[str, Any]) -> DuckDBPyType:
    child: DuckDBPyType = pair[1]
    return child


def joined(have: SqlType, new: SqlType) -> SqlType | None:
    """Find the type that holds what both hold; None where one of them is no type of ours."""
    if have == new:
        return have
    if not (_known(have) and _known(new)):
        return None
    if both := _widened(have, new):
        return both
    names = {have.name, new.name}
    if names <= {*INTEGERS, "FLOAT", "DOUBLE"}:
        return DOUBLE
    return JSON if have.nested or new.nested else VARCHAR


def _known(kind: SqlType) -> bool:
    return kind.name in KNOWN and all(map(_known, kind.members.values()))


def _widened(have: SqlType, new: SqlType) -> SqlType | None:
    """Find a type that holds every value of both exactly; inside objects and arrays no other is taken."""
    if have == new:
        return have
    names = {have.name, new.name}
    if names <= set(INTEGERS):
        return HUGEINT if names & {"HUGEINT", "UBIGINT"} else BIGINT
    if names <= {"DECIMAL", *INTEGERS}:
        return SqlType("DECIMAL", scale=max(have.scale, new.scale))
    if names == {"LIST"}:
        items = _widened(have.members["items"], new.members["items"])
        return items and SqlType("LIST", members={"items": items})
    return _merged(have.members, new.members) if names == {"STRUCT"} else None


def _merged(have: Mapping[str, SqlType], new: Mapping[str, SqlType]) -> SqlType | None:
    members = dict(have)
    for name, kind in new.items():
        both = _widened(members.get(name, kind), kind)
        if both is None:
            return None
        members[name] = both
    return SqlType("STRUCT", members=members) if _distinct(members) else None


def converted(column: str, have: SqlType, new: SqlType) -> str:
    """Write the SQL that turns a stored column (quoted) into another type; it fails rather than round."""
    if new == JSON:
        return f"CASE WHEN {column} IS NOT NULL THEN ({_json_text(column, have)})::JSON END"
    if new == VARCHAR and have.name.startswith("TIMESTAMP"):
        zone = "Z" if have == PLAIN["datetime"] else ""
        local = f"({column} AT TIME ZONE 'UTC')" if zone else column
        return f"replace(strftime({local}, '%Y-%m-%dT%H:%M:%S.%f{zone}'), '.000000', '')"
    if new == DOUBLE and have.name in INTEGERS:
        test = f"{column} IS NULL OR {column}::HUGEINT BETWEEN -{EXACT_IN_DOUBLE} AND {EXACT_IN_DOUBLE}"
        return f"CASE WHEN {test} THEN {column}::DOUBLE ELSE error('an integer beyond 2^53') END"
    return f"CAST({column} AS {new})"


def _json_text(value: str, kind: SqlType, depth: int = 0) -> str:
    """Write the SQL for a value's JSON; `to_json` alone would round the numbers of JSON within it."""
    if not kind.holds_json:
        text = f"to_json({value})::VARCHAR"
    elif kind.name == "LIST":
        item = f"item{depth}"
        each = _json_text(item, kind.members["items"], depth + 1)
        text = f"'[' || array_to_string(list_transform({value}, lambda {item}: {each}), ',') || ']'"
    elif kind.name == "STRUCT":
        pairs = [_member_text(value, name, member, depth) for name, member in kind.members.items()]
        text = "'{' || " + " || ',' || ".join(pairs) + " || '}'"
    else:
        text = f"{value}::VARCHAR"
    return f"CASE WHEN {value} IS NULL THEN 'null' ELSE {text} END"


def _member_text(value: str, name: str, kind: SqlType, depth: int) -> str:
    label = json.dumps(name, ensure_ascii=False) + ":"
    return f"{literal(label)} || {_json_text(f'struct_extract({value}, {literal(name)})', kind, depth)}"
