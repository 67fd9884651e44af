"""Records as Parquet files in a folder."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from tapwright.batch import Batch, Table
from tapwright.sinks.database import in_memory
from tapwright.sinks.duckdb_types import SqlType, converted, declared, joined, literal, quoted, stored
from tapwright.sinks.folder import FolderWriter, Naming
from tapwright.sinks.kind import Sink
from tapwright.sinks.manifest import Part
from tapwright.sinks.refusals import cannot_become
from tapwright.sinks.spool import Spool

ROWS = 25_000
"""Rows of a part at the most: DuckDB keeps those of a part in memory while it packs them."""
COPIED = "(FORMAT parquet, COMPRESSION zstd)"


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
        self._engine = in_memory(scraps)
        self._parts: list[Part] = []
        types = self._types_in(old)
        file = scraps / f"{naming().name}.jsonl"
        self._spool = Spool(table.name, file, self, types, stand_in=_storable, most_rows=ROWS)
        for column in table.columns:
            self._spool.declare(column.name, _storable(declared(column.type)))

    def _types_in(self, parts: list[Part]) -> dict[str, SqlType]:
        """Find the types that hold what all parts hold."""
        types: dict[str, SqlType] = {}
        for part in {str(part.columns): part for part in parts}.values():
            for name, kind in self._types_of(part.path).items():
                types[name] = joined(types.get(name, kind), kind) or kind
        return types

    def _types_of(self, path: Path) -> dict[str, SqlType]:
        held = self._engine.sql(f"SELECT * FROM {_read(path)} LIMIT 0")
        return {name: stored(kind) for name, kind in zip(held.columns, held.types, strict=True)}

    def write(self, batch: Batch) -> None:
        """Take a batch."""
        self._spool.take(batch)

    def change(self, column: str, have: SqlType | None, new: SqlType) -> None:
        """Leave it to `fitted`."""

    def load(self, select: str, rows: int) -> None:
        """Write the rows of a SELECT as a part."""
        self._parts.append(self._copied(select))

    def _copied(self, select: str) -> Part:
        path = self._naming()
        self._engine.execute(f"COPY ({select}) TO {literal(str(path))} {COPIED}")
        return Part(path, {name: str(kind) for name, kind in self._types_of(path).items()})

    def close(self) -> list[Part]:
        """Write out what is spooled."""
        self._spool.flush()
        parts, self._parts = self._parts, []
        return parts

    def drop(self) -> None:
        """Let go of the spool."""
        self._spool.drop()
        self._engine.close()

    def fitted(self, part: Part) -> Part:
        """Give the part with the columns and types of the table."""
        import duckdb

        if part.columns == {name: str(kind) for name, kind in self._spool.types.items()}:
            return part
        have, types = self._types_of(part.path), self._spool.types
        picks = [f"{_fitting(quoted(n), have.get(n), kind)} AS {quoted(n)}" for n, kind in types.items()]
        try:
            return self._copied(f"SELECT {', '.join(picks)} FROM {_read(part.path)}")
        except duckdb.Error as error:
            changed = [(n, kind, types[n]) for n, kind in have.items() if kind != types[n]]
            raise cannot_become(self._spool.table, changed, error) from error

    def merged(self, key: tuple[str, ...], kept: list[Part], new: list[Part]) -> list[Part]:
        """Drop the rows whose key came again."""
        keys, came = ", ".join(map(quoted, key)), _read(*(part.path for part in new))
        parts = [self._without(part, f"{came} AS new USING ({keys})") for part in kept]
        if self._count(f"(SELECT DISTINCT {keys} FROM {came})") < self._count(came):
            numbered = f"{came[:-1]}, filename = '_tapwright_file', file_row_number = true)"
            order = f"PARTITION BY {keys} ORDER BY _tapwright_file DESC, file_row_number DESC"
            columns = ", ".join(map(quoted, self._spool.types))
            new = [self._copied(f"SELECT {columns} FROM {numbered} QUALIFY row_number() OVER ({order}) = 1")]
        return [*filter(None, parts), *new]

    def _without(self, part: Part, gone: str) -> Part | None:
        """Give the part without some rows; None if nothing is left."""
        rows, rest = _read(part.path), f"{_read(part.path)} AS old ANTI JOIN {gone}"
        left = self._count(rest)
        if left == self._count(rows):
            return part
        return self._copied(f"SELECT old.* FROM {rest}") if left else None

    def _count(self, relation: str) -> int:
        found = self._engine.execute(f"SELECT count(*) FROM {relation}").fetchone()
        return int(found[0]) if found else 0

    def empty(self, like: Part | None) -> list[Part]:
        """Make a part without rows; without columns there is none."""
        if like:
            return [self._copied(f"SELECT * FROM {_read(like.path)} WHERE false")]
        if not self._spool.types:
            return []
        picks = ", ".join(f"NULL::{kind} AS {quoted(name)}" for name, kind in self._spool.types.items())
        return [self._copied(f"SELECT {picks} WHERE false")]


def _storable(kind: SqlType) -> SqlType:
    """Give DECIMAL for HUGEINT, which DuckDB would write to Parquet as a rounded DOUBLE."""
    if kind.name == "HUGEINT":
        return SqlType("DECIMAL")
    return replace(kind, members={name: _storable(member) for name, member in kind.members.items()})


def _fitting(column: str, have: SqlType | None, new: SqlType) -> str:
    if have is None:
        return f"NULL::{new}"
    return column if have == new else converted(column, have, new)


def _read(*paths: Path) -> str:
    return f"read_parquet([{', '.join(literal(str(path)) for path in paths)}])"
