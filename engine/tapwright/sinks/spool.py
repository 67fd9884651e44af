"""Batches on their way into DuckDB: typed, held as Arrow arrays, loaded many rows at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from tapwright.batch import Batch, DataType
from tapwright.errors import SinkError
from tapwright.sinks.arrow import ANY, Columns, Scan
from tapwright.sinks.duckdb_types import BIGINT, SqlType, joined, quoted, suited

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ROWS = 100_000
"""Rows that are loaded at a time."""
CHUNK = 1 << 20
"""Bytes that are turned into arrays at a time."""
ORDER = "_tapwright_row"
"""The column that numbers the rows of a load as they came, where a spool is told to."""
SPOOLED = "_tapwright_spooled"
"""What SQL calls the rows."""

INTEGER = DataType(name="integer")


@dataclass(frozen=True, kw_only=True)
class Load:
    """Rows to be loaded."""

    select: str
    """Reads them."""
    execute: Callable[[str], list[Any]]
    """Carries out a statement that has the SELECT in it once, and gives what it answers."""
    types: Mapping[str, SqlType]
    """Of its columns."""
    rows: int
    bytes: int


class Place(Protocol):
    """Where a table's rows are loaded to."""

    connection: DuckDBPyConnection

    def change(self, column: str, have: SqlType | None, new: SqlType) -> None:
        """Add a column, or widen it."""

    def load(self, load: Load) -> None:
        """Take the rows."""


class Spool:
    """The rows of one table that are not loaded yet, and the types of its columns."""

    def __init__(
        self,
        table: str,
        place: Place,
        types: Mapping[str, SqlType],
        *,
        numbered: bool = False,
        stand_in: Callable[[SqlType], SqlType] = lambda kind: kind,
        most_bytes: int,
    ) -> None:
        self.table = table
        self.types = dict(types)
        self.place = place
        self.numbered = numbered
        """Whether the rows carry the column `ORDER`."""
        self.stand_in = stand_in
        """Gives another type for one that the place cannot hold."""
        self.most_bytes = most_bytes
        """Bytes that are loaded at a time, even if they are fewer rows."""
        self.drop()
        self._kinds: dict[str, DataType] = {}
        """What came last in each column."""
        self._step = 100
        """Rows of the next chunk."""

    def drop(self) -> None:
        """Forget what is spooled."""
        self.rows = self.bytes = 0
        self._chunks: list[Columns] = []

    def take(self, batch: Batch) -> None:
        """Spool a batch; load what is spooled whenever that is enough."""
        for name, kind in batch.types.items():
            if kind != self._kinds.get(name):
                self.declare(name, kind)
                self._kinds[name] = kind
        start = 0
        while start < len(batch):
            span = slice(start, start + self._step)
            start = span.stop
            self._add(batch.part(span))
            if self.rows >= ROWS or self.bytes >= self.most_bytes:
                self.flush()

    def _add(self, batch: Batch) -> None:
        try:
            chunk = self._chunk(batch)
        except OverflowError:
            for name, kind in batch.types.items():
                self.declare(name, kind, batch.encodable_columns[name])
            chunk = self._chunk(batch)
        self._chunks.append(chunk)
        self.rows, self.bytes = self.rows + chunk.rows, self.bytes + chunk.bytes
        self._step = max(1, chunk.rows * CHUNK // max(1, chunk.bytes))

    def _chunk(self, batch: Batch) -> Columns:
        chunk = Columns(len(batch))
        for name, kind in batch.types.items():
            chunk.add(name, kind, self.types[name], batch.encodable_columns[name])
        if self.numbered:
            chunk.add(ORDER, INTEGER, BIGINT, range(self.rows, self.rows + chunk.rows))
        return chunk

    def flush(self) -> None:
        """Load what is spooled."""
        if not self._chunks:
            return
        chunks, rows, size = self._chunks, self.rows, self.bytes
        self.drop()
        types = self._filled(chunks)
        picks = ", ".join(f"{quoted(name)}::{kind} AS {quoted(name)}" for name, kind in types.items())
        select, scan = f"SELECT {picks} FROM {SPOOLED}", Scan(chunks)
        try:
            self.place.load(
                Load(select=select, execute=partial(self._execute, scan), types=types, rows=rows, bytes=size)
            )
        finally:
            scan.close()

    def _execute(self, scan: Scan, statement: str) -> list[Any]:
        connection = self.place.connection
        connection.register(SPOOLED, scan)
        try:
            return connection.execute(statement).fetchall()
        finally:
            with suppress(Exception):  # after an error the transaction takes no more statements
                connection.unregister(SPOOLED)

    def _filled(self, chunks: list[Columns]) -> dict[str, SqlType]:
        """Give every chunk all columns."""
        types = self.types | {ORDER: BIGINT}
        names = dict.fromkeys(name for chunk in chunks for name in chunk.arrays)
        for chunk in chunks:
            for name in names.keys() - chunk.arrays.keys():
                chunk.add(name, ANY, types[name], [None] * chunk.rows)
        return {name: types[name] for name in names}

    def declare(self, column: str, kind: DataType, values: Sequence[Any] = ()) -> None:
        """Make sure that the table has a column which holds values of a kind."""
        wanted, have = self.stand_in(suited(kind, values, column)), self.types.get(column)
        new = wanted if have is None else joined(have, wanted)
        if new is None:
            raise SinkError(
                f"Table {self.table}, column {column}: the table holds {have}, the records bring {wanted}.",
                "Change the table's column, drop it, or send the records to another table.",
            )
        if new == have:
            return
        if have is None:
            self._refuse_twin(column)
        else:
            self.flush()
        self.place.change(column, have, new)
        self.types[column] = new

    def _refuse_twin(self, column: str) -> None:
        if column == ORDER:
            raise SinkError(f"Table {self.table}: no column may be called {ORDER}.", "Rename it in the fields.")
        twin = next((name for name in self.types if name.casefold() == column.casefold()), None)
        if twin is not None:
            raise SinkError(
                f"Table {self.table}: columns {twin} and {column} differ only in upper and lower case.",
                "DuckDB takes them for one column: rename one of them in the stream's fields.",
            )
