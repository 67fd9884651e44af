"""The rows of one table of a DuckDB file, in one of the three modes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tapwright.batch import Batch, Table
from tapwright.sinks.database import allow, packing, tables, tidy
from tapwright.sinks.duckdb_types import JSON, SqlType, converted, quoted, stored
from tapwright.sinks.keys import check_keys, key_of
from tapwright.sinks.refusals import cannot_become
from tapwright.sinks.spool import ORDER, Load, Spool
from tapwright.writer import Mode

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

BYTES = 16 << 20
"""Bytes of rows that are loaded at a time."""
LARGE = 1 << 17
"""Bytes of a row that is called large: DuckDB keeps a value of twice as many apart from the others."""
LAST = "_tapwright_last"
"""The keys of a load in a merge, and the row that each came in last."""


class Rows:
    """A table being written; a `Place` for its spool."""

    def __init__(
        self,
        connection: DuckDBPyConnection,
        schema: str,
        table: Table,
        mode: Mode,
        *,
        resume: bool = False,
    ) -> None:
        self.mode = mode
        self.finished = False
        self._altered = False
        self._large = self._room = 0
        self._rows = 0
        self.connection = connection
        self._table = table
        self._packing = packing(connection)
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
        self._spool = Spool(table.name, self, types, most_bytes=BYTES, numbered=mode == "merge")
        for column in table.columns:
            self._spool.declare(column.name, column.type)

    def _held(self, table: str) -> dict[str, SqlType]:
        """Look up the columns that a table has already; none if it is not there."""
        if table not in (f"{quoted(self._schema)}.{quoted(name)}" for name in tables(self.connection, self._schema)):
            return {}  # asking the table itself, DuckDB would look for a file of that name: "main"."json" is main.json
        held = self.connection.sql(f"SELECT * FROM {table} LIMIT 0")
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

    def committed(self) -> bool:
        """Note that all is committed; tell whether a table was made or altered since the last time."""
        altered, self._altered, self._large = self._altered, False, 0
        return altered

    def _swap(self) -> None:
        """Put the new table in the place of the old one; without new rows the old one stays, emptied."""
        if not self._rows and self._held(self._final):
            self.connection.execute(f"DELETE FROM {self._final}")
            self.connection.execute(f"DROP TABLE IF EXISTS {self._target}")
        elif self._exists:
            self.connection.execute(f"DROP TABLE IF EXISTS {self._final}")
            self.connection.execute(f"ALTER TABLE {self._target} RENAME TO {quoted(self._table.name)}")

    def change(self, column: str, have: SqlType | None, new: SqlType) -> None:
        """Make the table, add a column to it, or widen one."""
        self._altered = True
        name = quoted(column)
        if not self._exists:
            self.connection.execute(f"CREATE TABLE {self._target} ({name} {self._spelled(new)})")
            self._exists = True
        elif have is None:
            self.connection.execute(f"ALTER TABLE {self._target} ADD COLUMN {name} {self._spelled(new)}")
        else:
            self._widen(column, have, new)

    def _spelled(self, kind: SqlType) -> str:
        return f"{kind} USING COMPRESSION {self._packing}" if self._packing and kind == JSON else str(kind)

    def _widen(self, column: str, have: SqlType, new: SqlType) -> None:
        import duckdb

        name = quoted(column)
        how = f"TYPE {new} USING {converted(name, have, new)}"
        try:
            self.connection.execute(f"ALTER TABLE {self._target} ALTER COLUMN {name} {how}")
        except duckdb.Error as error:
            raise cannot_become(self._table.name, [(column, have, new)], error) from error

    def load(self, load: Load) -> None:
        """Insert the rows; in a merge, in the place of those with the same key."""
        self._rows += load.rows
        self._make_room(load)
        if not self._key:
            load.execute(f"INSERT INTO {self._target} BY NAME {load.select}")
            return
        keys, order = ", ".join(map(quoted, self._key)), quoted(ORDER)
        last = f"SELECT {keys}, max({order}) AS {order} FROM ({load.select}) GROUP BY {keys}"
        ((distinct,),) = load.execute(f"CREATE OR REPLACE TEMP TABLE {LAST} AS {last}")
        self._delete_last()
        some = f" WHERE {order} IN (SELECT {order} FROM {LAST})" if distinct < load.rows else ""
        load.execute(f"INSERT INTO {self._target} BY NAME SELECT * EXCLUDE ({order}) FROM ({load.select}){some}")
        self.connection.execute(f"DROP TABLE {LAST}")

    def _delete_last(self) -> None:
        """Delete the rows whose keys came again."""
        same = " AND ".join(f"{self._target}.{quoted(key)} = new.{quoted(key)}" for key in self._key)
        ((deleted,),) = self.connection.execute(
            f"DELETE FROM {self._target} USING {LAST} AS new WHERE {same}"
        ).fetchall()
        if deleted:
            tidy(self.connection)

    def _make_room(self, load: Load) -> None:
        """Let DuckDB have the memory that it needs to commit very large values: it holds all the new ones, twice."""
        if load.bytes > load.rows * LARGE:
            self._large += load.bytes
            self._room = max(self._room, 2 * self._large)
            allow(self.connection, self._room)
