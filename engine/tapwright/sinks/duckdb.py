"""Records into a DuckDB database file."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import msgspec

from tapwright.batch import Batch, Table
from tapwright.errors import SinkError
from tapwright.sinks.database import connect, tables
from tapwright.sinks.duckdb_table import Rows
from tapwright.sinks.duckdb_types import quoted
from tapwright.sinks.kind import Sink
from tapwright.sinks.refusals import refused
from tapwright.writer import Mode

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

STATE = "_tapwright_state"


@dataclass(frozen=True, kw_only=True)
class DuckDB(Sink):
    """A DuckDB database file: one table for each stream.

    The rows and the state (in the table `_tapwright_state`) are committed in one transaction.
    `merge` replaces whole rows by the stream's primary key, the last one wins; the table has no PRIMARY KEY.
    `replace` fills a table beside the old one (`_tapwright_new_…`) and swaps them in the last commit.
    A column that records outgrow is widened, never rounded: see `tapwright.sinks.duckdb_types`.
    JSON is packed with zstd where the file's format knows it, which is the default since DuckDB 2.0.
    Names that differ only in upper and lower case are refused, for DuckDB takes them for the same.

    Example::

        duckdb: {path: acme.duckdb}
    """

    path: str
    """The database file; it is made when there is none."""
    schema: str = "main"
    """The schema that holds the tables and the state."""

    @classmethod
    def from_text(cls, argument: str) -> Self:
        """Read `duckdb:FILE` or `duckdb:FILE?schema=NAME`; without a file it is `tapwright.duckdb`."""
        path, asked, schema = argument.rpartition("?schema=")
        return (
            cls(path=path or "tapwright.duckdb", schema=schema) if asked else cls(path=argument or "tapwright.duckdb")
        )

    def open(self) -> DuckDBWriter:
        """Open the file, and hold it until the writer is closed."""
        return DuckDBWriter(self)

    def described(self) -> str:
        """Name the file."""
        return self.path if self.schema == "main" else f"{self.path}, schema {self.schema}"


class DuckDBWriter:
    """An open DuckDB file.  A transaction is open from one commit to the next."""

    def __init__(self, sink: DuckDB) -> None:
        self.place = sink.path
        self.schema = sink.schema
        self._tables: dict[str, Rows] = {}
        self._state_table = f"{quoted(sink.schema)}.{quoted(STATE)}"
        self._connection = connect(Path(sink.path), self._birth())
        self._execute("BEGIN")

    def _birth(self) -> tuple[str, ...]:
        return (
            f"CREATE SCHEMA IF NOT EXISTS {quoted(self.schema)}",
            f"CREATE TABLE IF NOT EXISTS {self._state_table} (key VARCHAR, value JSON, updated TIMESTAMPTZ)",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        import duckdb

        with suppress(duckdb.Error):
            self._connection.close()

    def begin(self, table: Table, mode: Mode, *, resume: bool = False) -> None:
        """Make a table ready; a second `begin` of the same table changes nothing until it is finished."""
        if table.name in self._tables:
            return
        self._refuse_twin(table.name)
        with refused(self.place):
            self._tables[table.name] = Rows(self._connection, self.schema, table, mode, resume=resume)

    def _refuse_twin(self, name: str) -> None:
        if name.casefold().startswith("_tapwright_"):
            raise SinkError(f"No table may be called {name}.", "Names with _tapwright_ are tapwright's own.")
        for other in (*self._tables, *self._names()):
            if other.casefold() == name.casefold() and other != name:
                raise SinkError(
                    f"{self.place}: tables {other} and {name} differ only in upper and lower case.",
                    "DuckDB takes them for one table: rename one of the streams.",
                )

    def _names(self) -> list[str]:
        with refused(self.place):
            return tables(self._connection, self.schema)

    def holds(self, table: str) -> bool:
        """Whether there is such a table."""
        return table in self._names()

    def unfinished(self, table: str) -> bool:
        """Whether a replace of this table has committed rows and was never finished."""
        return f"_tapwright_new_{table}" in self._names()

    def write(self, table: str, batch: Batch) -> None:
        """Take a batch."""
        with refused(f"{self.place}, table {table}"):
            self._tables[table].write(batch)

    def finish(self, table: str) -> None:
        """Load what is left of the table."""
        with refused(f"{self.place}, table {table}"):
            self._tables[table].finish()

    def commit(self, state: Mapping[str, Any] | None = None) -> None:
        """Commit rows and state in one transaction."""
        for name, rows in self._tables.items():
            with refused(f"{self.place}, table {name}"):
                rows.settle()
        if state is not None:
            self._save(state)
        self._execute("COMMIT")
        if {name for name, rows in self._tables.items() if rows.committed()}:
            self._checkpoint()
        self._execute("BEGIN")
        self._tables = {name: rows for name, rows in self._tables.items() if not rows.finished}

    def _checkpoint(self) -> None:
        """Empty the log, for DuckDB has had trouble replaying DDL; what is committed stays committed."""
        import duckdb

        with refused(self.place), suppress(duckdb.Error):
            self._connection.execute("CHECKPOINT")

    def rollback(self) -> None:
        """Drop everything since the last commit."""
        import duckdb

        self._tables = {}
        with refused(self.place), suppress(duckdb.TransactionException):  # a commit that failed leaves none
            self._connection.execute("ROLLBACK")
        self._execute("BEGIN")

    def _save(self, state: Mapping[str, Any]) -> None:
        """Write a row for each key; the rows together are the state."""
        encode = msgspec.json.Encoder(decimal_format="number").encode
        self._execute(f"DELETE FROM {self._state_table}")
        for key, value in state.items():
            values = [key, encode(value).decode()]
            self._execute(f"INSERT INTO {self._state_table} VALUES (?, ?::JSON, now())", values)
        if not state:
            self._execute(f"INSERT INTO {self._state_table} VALUES (NULL, NULL, now())")

    def state(self) -> dict[str, Any] | None:
        """Read the state of the last commit."""
        rows = self._execute(f"SELECT key, value::VARCHAR FROM {self._state_table}").fetchall()
        return {key: msgspec.json.decode(value) for key, value in rows if key is not None} if rows else None

    def _execute(self, statement: str, values: list[Any] | None = None) -> DuckDBPyConnection:
        with refused(self.place):
            return self._connection.execute(statement, values)
