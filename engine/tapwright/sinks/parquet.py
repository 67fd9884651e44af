"""Records as Parquet files in a folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from tapwright.batch import Batch, Table
from tapwright.sinks.database import in_memory
from tapwright.sinks.duckdb_types import SqlType, converted, joined, literal, quoted, stored
from tapwright.sinks.folder import FolderWriter, Naming
from tapwright.sinks.kind import Sink
from tapwright.sinks.manifest import Part
from tapwright.sinks.refusals import cannot_become
from tapwright.sinks.spool import Load, Spool

BYTES = 8 << 20
"""Bytes of rows that a part is made of: DuckDB keeps them in memory, more than once, while it packs them."""
CAME, GONE = "_tapwright_came", "_tapwright_gone"
"""In a merge: the keys that came, each with where it came last, and the rows of a part that came again."""
KEYS = 100_000
"""Keys that a merge holds in memory at a time."""
ROWS_IN_PART = 40
"""Bits that number the rows of a part."""
COPIED = "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"


@dataclass(frozen=True, kw_only=True)
class Parquet(Sink):
    """Parquet: a folder of files for each stream, each with the same columns, compressed with zstd.

    A reader takes `DIR/<stream>/part-*.parquet`; while a run commits it may for a moment see records twice,
    unless it reads only the files that `DIR/_tapwright.json` lists.
    Where a column is new or widened, and where `merge` brings a key again, files are rewritten in the commit.
    Integers beyond 64 bits are DECIMAL(38,0), JSON is text of the logical type JSON.

    Example::

        parquet: {path: lake}
    """

    path: str
    """The folder."""

    @classmethod
    def from_text(cls, argument: str) -> Self:
        """Read `parquet:DIR`; without a folder it is `tapwright-parquet`."""
        return cls(path=argument or "tapwright-parquet")

    def open(self) -> FolderWriter:
        """Open the folder, and hold it until the writer is closed."""
        return FolderWriter(self.path, "parquet", ParquetPages)

    def described(self) -> str:
        """Name the folder."""
        return self.path


class ParquetPages:
    """The pages of a table kept as Parquet; a `Place` for its spool."""

    def __init__(self, table: Table, old: list[Part], naming: Naming, scraps: Path) -> None:
        self._naming = naming
        self.connection = in_memory(scraps)
        self._parts: list[Part] = []
        types = self._types_in(old)
        self._spool = Spool(table.name, self, types, most_bytes=BYTES, stand_in=_storable)
        for column in table.columns:
            self._spool.declare(column.name, column.type)

    def _types_in(self, parts: list[Part]) -> dict[str, SqlType]:
        """Find the types that hold what all parts hold."""
        types: dict[str, SqlType] = {}
        for part in {str(part.columns): part for part in parts}.values():
            for name, kind in self._types_of(part.path).items():
                types[name] = joined(types.get(name, kind), kind) or kind
        return types

    def _types_of(self, path: Path) -> dict[str, SqlType]:
        held = self.connection.sql(f"SELECT * FROM {_read(path)} LIMIT 0")
        return {name: stored(kind) for name, kind in zip(held.columns, held.types, strict=True)}

    def write(self, batch: Batch) -> None:
        """Take a batch."""
        self._spool.take(batch)

    def change(self, column: str, have: SqlType | None, new: SqlType) -> None:
        """Leave it to `fitted`."""

    def load(self, load: Load) -> None:
        """Write the rows as a part."""
        self._parts.append(self._copied(load.select, _spelled(load.types), load.execute))

    def _copied(self, select: str, columns: Mapping[str, str], execute: Callable[[str], object] | None = None) -> Part:
        path = self._naming()
        (execute or self.connection.execute)(f"COPY ({select}) TO {literal(str(path))} {COPIED}")
        return Part(path, dict(columns))

    def close(self) -> list[Part]:
        """Write out what is spooled."""
        self._spool.flush()
        parts, self._parts = self._parts, []
        return parts

    def drop(self) -> None:
        """Let go of the spool."""
        self._spool.drop()
        self.connection.close()

    def fitted(self, part: Part) -> Part:
        """Give the part with the columns and types of the table."""
        import duckdb

        if part.columns == _spelled(self._spool.types):
            return part
        have, types = self._types_of(part.path), self._spool.types
        picks = [f"{_fitting(quoted(n), have.get(n), kind)} AS {quoted(n)}" for n, kind in types.items()]
        try:
            return self._copied(f"SELECT {', '.join(picks)} FROM {_read(part.path)}", _spelled(types))
        except duckdb.Error as error:
            changed = [(n, kind, types[n]) for n, kind in have.items() if kind != types[n]]
            raise cannot_become(self._spool.table, changed, error) from error

    def merged(self, key: tuple[str, ...], kept: list[Part], new: list[Part]) -> list[Part]:
        """Drop the rows whose key came again."""
        parts = [*((part, 0) for part in kept), *((part, number) for number, part in enumerate(new, 1))]
        came = sum(self._count(_read(part.path)) for part in new)
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {GONE} (part BIGINT, row BIGINT)")
        for number in range(passes := 1 + came // KEYS):
            self._find_gone(key, parts, f"hash({', '.join(map(quoted, key))}) % {passes} = {number}")
        return [*filter(None, (self._without_gone(number, part) for number, (part, _) in enumerate(parts)))]

    def _find_gone(self, key: tuple[str, ...], parts: list[tuple[Part, int]], some: str) -> None:
        """Note the rows of every part, those among some keys, that came again later."""
        keys, execute = ", ".join(map(quoted, key)), self.connection.execute
        placed = [
            f"SELECT {keys}, file_row_number, {number << ROWS_IN_PART} + file_row_number AS place "
            f"FROM {_read(part.path, numbered=True)} WHERE {some}"
            for part, number in parts
        ]
        new = " UNION ALL ".join(select for select, (_, number) in zip(placed, parts, strict=True) if number)
        last = f"SELECT {keys}, max(place) AS last, count(*) > 1 AS again FROM ({new}) GROUP BY {keys}"
        execute(f"CREATE OR REPLACE TEMP TABLE {CAME} AS {last}")
        again = self._count(f"{CAME} WHERE again")
        for number, select in enumerate(placed):
            if again or not parts[number][1]:
                rows = f"SELECT {number}, file_row_number FROM ({select}) JOIN {CAME} USING ({keys}) WHERE last > place"
                execute(f"INSERT INTO {GONE} {rows}")

    def _without_gone(self, number: int, part: Part) -> Part | None:
        """Give the part without the rows that came again; None if nothing is left."""
        gone = f"(SELECT row AS file_row_number FROM {GONE} WHERE part = {number})"
        count = self._count(gone)
        if not count:
            return part
        if count == self._count(_read(part.path)):
            return None
        rows = f"{_read(part.path, numbered=True)} AS old ANTI JOIN {gone} AS gone USING (file_row_number)"
        return self._copied(f"SELECT old.* EXCLUDE (file_row_number) FROM {rows}", part.columns)

    def _count(self, relation: str) -> int:
        return int(self.connection.execute(f"SELECT count(*) FROM {relation}").fetchall()[0][0])

    def empty(self, like: Part | None) -> list[Part]:
        """Make a part without rows; without columns there is none."""
        if like:
            return [self._copied(f"SELECT * FROM {_read(like.path)} WHERE false", like.columns)]
        if not self._spool.types:
            return []
        picks = ", ".join(f"NULL::{kind} AS {quoted(name)}" for name, kind in self._spool.types.items())
        return [self._copied(f"SELECT {picks} WHERE false", _spelled(self._spool.types))]


def _spelled(types: Mapping[str, SqlType]) -> dict[str, str]:
    return {name: str(kind) for name, kind in types.items()}


def _storable(kind: SqlType) -> SqlType:
    """Give DECIMAL for HUGEINT, which DuckDB would write to Parquet as a rounded DOUBLE."""
    if kind.name == "HUGEINT":
        return SqlType("DECIMAL")
    return replace(kind, members={name: _storable(member) for name, member in kind.members.items()})


def _fitting(column: str, have: SqlType | None, new: SqlType) -> str:
    if have is None:
        return f"NULL::{new}"
    return column if have == new else converted(column, have, new)


def _read(path: Path, *, numbered: bool = False) -> str:
    return f"read_parquet({literal(str(path))}{', file_row_number = true' if numbered else ''})"
