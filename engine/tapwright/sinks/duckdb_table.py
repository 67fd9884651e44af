"""The rows of one table of a DuckDB file, in one of the three modes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tapwright.batch import Batch, Table
from tapwright.sinks.duckdb_types import SqlType, converted, declared, quoted, stored
from tapwright.sinks.keys import check_keys, key_of
from tapwright.sinks.refusals import cannot_become
from tapwright.sinks.spool import ORDER, Spool
from tapwright.writer import Mode

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

STAGED = "_tapwright_staged"


class Rows:
    """A table being written; a `Place` for its spool."""

    def __init__(
        self,
        connection: DuckDBPyConnection,
        schema: str,
        table: Table,
        mode: Mode,
        file: Path,
        *,
        resume: bool = False,
    ) -> None:
        self.mode = mode
        self.finished = False
        self._altered = False
        self._rows = 0
        self._connection = connection
        self._table = table
        self._key = key_of(table) if mode == "merge" else ()
        self._schema = schema
        self._final = f"{quoted(schema)}.{quoted(table.name)}"
        new = f"{quoted(schema)}.{quoted(f'_tapwright_new_{table.name}')}"
        self._target = new if mode == "replace" else self._final
        if mode == "replace" and not resume:
            connection.execute(f"DROP TABLE IF EXISTS {self._target}")
        types = self._held(self._target)
        self._exists = bool(types)
        if resume and self._exists:
            self._rows = int(connection.sql(f"SELECT count(*) FROM {self._target}").fetchall()[0][0])
        self._spool = Spool(table.name, file, self, types, numbered=mode == "merge")
        for column in table.columns:
            self._spool.declare(column.name, declared(column.type))

    def _held(self, table: str) -> dict[str, SqlType]:
        """Look up the columns that a table has already; none if it is not there."""
        query = "SELECT table_name FROM information_schema.tables WHERE table_schema = ?"
        names = self._connection.execute(query, [self._schema]).fetchall()
        if table not in (f"{quoted(self._schema)}.{quoted(name)}" for (name,) in names):
            return {}  # asking the table itself, DuckDB would look for a file of that name: "main"."json" is main.json
        held = self._connection.sql(f"SELECT * FROM {table} LIMIT 0")
        return {name: stored(kind) for name, kind in zip(held.columns, held.types, strict=True)}

    def write(self, batch: Batch) -> None:
        """Take a batch."""
        check_keys(self._table.name, self._key, batch)
        self._spool.take(batch)

    def finish(self) -> None:
        """Load what is left."""
        self._spool.flush()
        self.finished = True

    def settle(self) -> None:
        """Do what must be done before a commit."""
        self._spool.flush()
        if self.finished and self.mode == "replace":
            self._swap()

    def take_altered(self) -> bool:
        """Tell whether tables were made or altered since it was last asked."""
        altered, self._altered = self._altered, False
        return altered

    def _swap(self) -> None:
        """Put the new table in the place of the old one; without new rows the old one stays, emptied."""
        if not self._rows and self._held(self._final):
            self._connection.execute(f"DELETE FROM {self._final}")
            self._connection.execute(f"DROP TABLE IF EXISTS {self._target}")
        elif self._exists:
            self._connection.execute(f"DROP TABLE IF EXISTS {self._final}")
            self._connection.execute(f"ALTER TABLE {self._target} RENAME TO {quoted(self._table.name)}")

    def change(self, column: str, have: SqlType | None, new: SqlType) -> None:
        """Make the table, add a column to it, or widen one."""
        self._altered = True
        name = quoted(column)
        if not self._exists:
            self._connection.execute(f"CREATE TABLE {self._target} ({name} {new})")
            self._exists = True
        elif have is None:
            self._connection.execute(f"ALTER TABLE {self._target} ADD COLUMN {name} {new}")
        else:
            self._widen(column, have, new)

    def _widen(self, column: str, have: SqlType, new: SqlType) -> None:
        import duckdb

        name = quoted(column)
        how = f"TYPE {new} USING {converted(name, have, new)}"
        try:
            self._connection.execute(f"ALTER TABLE {self._target} ALTER COLUMN {name} {how}")
        except duckdb.Error as error:
            raise cannot_become(self._table.name, [(column, have, new)], error) from error

    def load(self, select: str, rows: int) -> None:
        """Insert the rows of a SELECT; in a merge, in the place of those with the same key."""
        self._rows += rows
        if not self._key:
            self._connection.execute(f"INSERT INTO {self._target} BY NAME {select}")
            return
        keys, order = ", ".join(map(quoted, self._key)), quoted(ORDER)
        same = " AND ".join(f"{self._target}.{quoted(key)} = new.{quoted(key)}" for key in self._key)
        last = f"QUALIFY row_number() OVER (PARTITION BY {keys} ORDER BY {order} DESC) = 1"
        for statement in (
            f"CREATE OR REPLACE TEMP TABLE {STAGED} AS SELECT * FROM ({select}) {last}",
            f"DELETE FROM {self._target} USING {STAGED} AS new WHERE {same}",
            f"INSERT INTO {self._target} BY NAME SELECT * EXCLUDE ({order}) FROM {STAGED} ORDER BY {order}",
            f"DROP TABLE {STAGED}",
        ):
            self._connection.execute(statement)
