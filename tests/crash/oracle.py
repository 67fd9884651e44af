"""Reads what a sink holds with code of its own, and judges it; imports nothing of tapwright."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

from tests.crash.shop import TABLES, Record

Row: TypeAlias = tuple[Any, ...]
Held: TypeAlias = dict[str, Counter[Row]]
"""The rows of each table, each with how often it is there."""

Records: TypeAlias = Mapping[str, list[Record]]
Read: TypeAlias = tuple[Sequence[str], list[Row]]
"""The names of a table's columns, and its rows as they were read."""

COLUMNS = {
    "events": ("id", "at", "name", "amount", "note", "extra"),
    "clicks": ("id", "at", "region", "name", "amount", "note", "extra"),
    "orders": ("id", "at", "account", "name", "amount", "note", "extra"),
    "catalog": ("id", "name", "amount", "note", "extra"),
    "ledger": ("id", "at", "name", "amount", "note", "extra"),
}
KEYS = {"events": ("id",), "clicks": ("id",), "orders": ("id", "account"), "catalog": ("id",), "ledger": ("id",)}


class Broken(Exception):
    """What a sink holds cannot be read, or is not what it should be."""


def held_in(kind: str, place: Path, tables: Iterable[str] = TABLES) -> Held:
    """Read a copy of what a sink left, so that reading mends nothing; raises Broken."""
    with tempfile.TemporaryDirectory(prefix="tapwright-crash-") as name:
        copy = Path(name, "copy")
        if place.parent.exists():
            shutil.copytree(place.parent, copy)
        try:
            read = _database(copy / place.name) if kind == "duckdb" else _folder(kind, copy / place.name)
            return canonical(read, tables)
        except Broken:
            raise
        except Exception as error:
            raise Broken(f"cannot be read: {type(error).__name__}: {error}") from error


def rows_of(table: str, records: Iterable[Record]) -> Counter[Row]:
    """Give the rows that records should make."""
    return Counter(_row(record, COLUMNS[table]) for record in records)


def canonical(read: Mapping[str, Read], tables: Iterable[str]) -> Held:
    """Bring what was read into the form in which it is compared."""
    held = {}
    for table in tables:
        names, rows = read.get(table, (COLUMNS[table], []))
        if rows and set(names) != set(COLUMNS[table]):
            raise Broken(f"{table} has the columns {', '.join(names)}")
        held[table] = Counter(_row(dict(zip(names, row, strict=True)), COLUMNS[table]) for row in rows)
    return held


def _row(record: Mapping[str, Any], columns: Sequence[str]) -> Row:
    return tuple(_value(name, record[name]) for name in columns)


def _value(name: str, value: Any) -> Any:
    if name in ("id", "account"):
        return int(value)
    if name == "at":
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        return moment.astimezone(UTC).isoformat()
    if name == "amount":
        return str(Decimal(str(value)).quantize(Decimal("0.01")))
    if name == "extra" and value is not None:
        return json.dumps(json.loads(value) if isinstance(value, str) else value, sort_keys=True)
    return value


# --- reading


def _database(path: Path) -> dict[str, Read]:
    import duckdb

    if not path.exists():
        return {}
    with duckdb.connect(str(path)) as database:
        database.execute("SET TimeZone = 'UTC'")
        names = [name for (name,) in database.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        found: dict[str, Read] = {}
        for name in names:
            rows = database.execute(f'SELECT * FROM main."{name}"')
            found[name] = ([column[0] for column in rows.description or ()], rows.fetchall())
        return found


def _folder(kind: str, path: Path) -> dict[str, Read]:
    manifest = path / "_tapwright.json"
    if not manifest.exists():
        return {}
    found: dict[str, Read] = {}
    for table, parts in json.loads(manifest.read_text()).get("tables", {}).items():
        read = [_part(kind, path / part["file"]) for part in parts]
        if len({tuple(sorted(names)) for names, rows in read if rows}) > 1:
            raise Broken(f"the files of {table} have different columns")
        order = read[0][0] if read else []
        every = [(names, row) for names, rows in read for row in rows]
        found[table] = (order, [tuple(row[names.index(name)] for name in order) for names, row in every])
    return found


def _part(kind: str, path: Path) -> tuple[list[str], list[Row]]:
    if not path.exists():
        raise Broken(f"{path.name} is listed and missing")
    if kind == "parquet":
        import duckdb

        with duckdb.connect() as database:
            database.execute("SET TimeZone = 'UTC'")
            rows = database.execute("SELECT * FROM read_parquet(?)", [str(path)])
            return [column[0] for column in rows.description or ()], rows.fetchall()
    if kind == "jsonl":
        records = [json.loads(line, parse_float=Decimal) for line in path.read_bytes().splitlines()]
        names = list(records[0]) if records else []
        return names, [tuple(record[name] for name in names) for record in records]
    header, *lines = _cells(path.read_bytes().decode())
    return [str(name) for name in header], [tuple(line) for line in lines]


def _cells(text: str) -> Iterator[list[str | None]]:
    """Read CSV as RFC 4180 has it; an empty cell without quotes is null."""
    line: list[str | None] = []
    at = 0
    while at < len(text):
        quoted = text[at] == '"'
        cell = ""
        while quoted:
            end = text.index('"', at + 1)
            cell += text[at + 1 : end]
            at = end + 1
            quoted = text[at] == '"'
            cell += '"' if quoted else ""
        if text[at] not in ",\n" and not cell:
            end = min(place for place in (text.find(",", at), text.find("\n", at)) if place >= 0)
            cell, at = text[at:end], end
        line.append(cell if cell or text[at - 1] == '"' else None)
        if text[at] == "\n":
            yield line
            line = []
        at += 1
        if at == len(text) and line:
            raise Broken("a line without its end")


# --- judging


class History:
    """What a target may hold while an edition is read: page after page of a run that nothing disturbed."""

    def __init__(self, old: Records, pages: Sequence[tuple[str, list[Record]]], new: Records) -> None:
        self._end = {table: rows_of(table, records) for table, records in new.items()}
        now = {table: rows_of(table, records) for table, records in old.items()}
        self._steps: list[Held] = [{table: now.get(table, Counter()) for table in new}]
        for table, records in pages:
            if TABLES.get(table, "replace") != "replace":
                step = dict(self._steps[-1])
                step[table] = _met(table, step[table], rows_of(table, records))
                self._steps.append(step)
        self._steps.append(self._end)

    def judge(self, held: Held, *, together: bool = True) -> list[str]:
        """Say what is wrong with what is held after a crash: it must be one of the steps.

        Not `together`: each table may be at a step of its own, where some have failed.
        """
        if held in self._steps:
            return []
        alone = [table for table, rows in held.items() if all(rows != step[table] for step in self._steps)]
        told = [
            f"{table} holds a part of a page: {_differ(held[table], self._nearest(table, held))}" for table in alone
        ]
        doubled = [f"{table} holds {_twice(table, rows)} twice" for table, rows in held.items() if _twice(table, rows)]
        if not alone and not together:
            return doubled
        return doubled + told or ["its tables were committed in another order than they were read"]

    def judge_end(self, held: Held) -> list[str]:
        """Say what is wrong with what is held in the end: it must be the source, record by record."""
        return [f"{table}: {_differ(held[table], rows)}" for table, rows in self._end.items() if held[table] != rows]

    def _nearest(self, table: str, held: Held) -> Counter[Row]:
        rows = held[table]
        return min((step[table] for step in self._steps), key=lambda step: ((step - rows) + (rows - step)).total())


def _met(table: str, rows: Counter[Row], came: Counter[Row]) -> Counter[Row]:
    """Add the rows that came: in the place of those with the same key; the same row again is the same record."""
    merged = {_key(table, row): row for row in [*rows, *came]}
    return Counter(merged.values())


def _key(table: str, row: Row) -> Row:
    return tuple(row[COLUMNS[table].index(name)] for name in KEYS[table])


def _twice(table: str, rows: Counter[Row]) -> list[Row]:
    keys = Counter(_key(table, row) for row in rows.elements())
    return sorted(key for key, count in keys.items() if count > 1)


def _differ(found: Counter[Row], wanted: Counter[Row]) -> str:
    lost, more = wanted - found, found - wanted
    parts = [
        f"{lost.total()} lost, such as {next(iter(lost))}" if lost else "",
        f"{more.total()} too many, such as {next(iter(more))}" if more else "",
    ]
    return "; ".join(filter(None, parts))
