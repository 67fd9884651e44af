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


def added_up(records: Iterable[Record], types: Mapping[str, str], as_text: bool = False) -> Sum:
    """Add up records whose fields have types, or are text that stands for them.

    Other fields are compared as JSON, and null is as good as absent.
    """
    count = digest = 0
    checks = [(name, _READ.get(kind, _SAME[kind]) if as_text else _SAME[kind]) for name, kind in types.items()]
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
_READ: Mapping[str, Callable[[Any], Any]] = {"integer": int, "number": float}


def written(folder: Path, out: str, table: str) -> Iterator[Record]:
    """Give the records that a run left: on its standard output, in Postgres, in a DuckDB file, in Parquet files."""
    if (folder / "stdout").stat().st_size:
        return lines(folder / "stdout")
    if out.startswith("postgresql:"):
        return _from_postgres(out, table)
    return _from_duckdb(Path(f"{out}.duckdb"), Path(out), table)


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


def _from_duckdb(file: Path, folder: Path, table: str) -> Iterator[Record]:
    import duckdb

    with duckdb.connect(str(file) if file.exists() else ":memory:", read_only=file.exists()) as database:
        database.execute("SET TimeZone = 'UTC'; SET threads = 1")
        if file.exists():
            source = _found(database, table)
        else:
            parts = [str(path) for path in sorted(folder.rglob("*.parquet")) if "_dlt" not in str(path)]
            source = f"read_parquet({parts!r}, union_by_name = true)"
        yield from _rows(database.execute(f"SELECT * FROM {source}"))


def _from_postgres(url: str, table: str) -> Iterator[Record]:
    import psycopg

    with psycopg.connect(url) as session:
        yield from _rows(session.execute(f"SELECT * FROM {_found(session, table)}".encode()))


def _found(database: Any, table: str) -> str:
    """Give a table with its schema."""
    found = "SELECT table_schema FROM information_schema.tables WHERE table_name = "
    ((schema,),) = database.execute(f"{found}'{table}'").fetchall()
    return f'"{schema}"."{table}"'


def _rows(cursor: Any) -> Iterator[Record]:
    """Give rows as records; columns that a program adds for itself begin with a line."""
    names = [column[0] for column in cursor.description]
    while some := cursor.fetchmany(10_000):
        for row in some:
            yield {name: value for name, value in zip(names, row, strict=True) if not name.startswith("_")}
