"""Whether what was written is what was served: every record, every value, every type; the order is free."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

Record = Mapping[str, Any]
_ENCODE = msgspec.json.Encoder(order="sorted").encode
_DECODE = msgspec.json.Decoder().decode
_MESSAGES = frozenset(["LOG", "STATE", "TRACE", "SCHEMA", "SPEC", "CONTROL", "ACTIVATE_VERSION"])


@dataclass(frozen=True)
class Sum:
    """Records added up: equal sums mean equal records."""

    count: int
    digest: int

    def unlike(self, other: Sum) -> str:
        """Say how another differs; nothing if it does not."""
        if self.count != other.count:
            return f"{other.count:,} records instead of {self.count:,}"
        return "" if self.digest == other.digest else "the records differ"


def added_up(records: Iterable[Record], types: Mapping[str, str]) -> Sum:
    """Add up records whose fields have types; other fields are compared as JSON, and null is as good as absent."""
    count = digest = 0
    checks = [(name, _SAME[kind]) for name, kind in types.items()]
    for record in records:
        same = {name: value for name, value in record.items() if value is not None}
        for name, check in checks:
            if name in same:
                same[name] = check(same[name])
        count += 1
        digest += int.from_bytes(hashlib.blake2b(_ENCODE(same), digest_size=8).digest(), "big")
    return Sum(count, digest % 2**64)


def _integer(value: Any) -> int:
    if type(value) is not int:
        raise ValueError(f"{value!r} is no integer")
    return value


def _number(value: Any) -> float:
    if not isinstance(value, int | float | Decimal) or isinstance(value, bool):
        raise ValueError(f"{value!r} is no number")
    return float(value)


def _day(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else date.fromisoformat(value).isoformat()


def _moment(value: Any) -> int:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)


def _json(value: Any) -> Any:
    return _DECODE(value) if isinstance(value, str) else value


_SAME: Mapping[str, Callable[[Any], Any]] = {
    "date": _day,
    "datetime": _moment,
    "integer": _integer,
    "json": _json,
    "number": _number,
}


def written(folder: Path, table: str) -> Iterator[Record]:
    """Give the records that a run left: in a DuckDB file, in Parquet files, or on its standard output."""
    files = sorted(folder.glob("*.duckdb"))
    parquet = [str(path) for path in sorted(folder.rglob("*.parquet")) if "_dlt" not in str(path)]
    if files or parquet:
        return _from_duckdb(files, parquet, table)
    return lines(folder / "stdout")


def lines(path: Path) -> Iterator[Record]:
    """Give the records of JSON lines: plain ones, or messages of Singer or Airbyte."""
    with path.open("rb") as file:
        for line in file:
            value = _DECODE(line)
            kind = value.get("type")
            if kind == "RECORD" and isinstance(record := value.get("record"), dict):
                yield record["data"] if "emitted_at" in record else record
            elif kind not in _MESSAGES:
                yield value


def _from_duckdb(files: list[Path], parquet: list[str], table: str) -> Iterator[Record]:
    import duckdb

    with duckdb.connect(str(files[0]) if files else ":memory:", read_only=bool(files)) as database:
        database.execute("SET TimeZone = 'UTC'")
        source = _where(database, table) if files else f"read_parquet({parquet!r}, union_by_name = true)"
        yield from _rows(database.execute(f"SELECT * FROM {source}"))


def _where(database: Any, table: str) -> str:
    found = "SELECT table_schema FROM information_schema.tables WHERE table_name = ?"
    ((schema,),) = database.execute(found, [table]).fetchall()
    return f'"{schema}"."{table}"'


def _rows(cursor: Any) -> Iterator[Record]:
    """Give rows as records; columns that a program adds for itself begin with a line."""
    names = [name for name, *_ in cursor.description]
    while some := cursor.fetchmany(10_000):
        for row in some:
            yield {name: value for name, value in zip(names, row, strict=True) if not name.startswith("_")}
