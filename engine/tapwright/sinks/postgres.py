"""Records into a Postgres database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Self

import msgspec

from tapwright.batch import Batch, Table
from tapwright.errors import SinkError
from tapwright.language import Words
from tapwright.sinks.duckdb_types import quoted
from tapwright.sinks.kind import Sink
from tapwright.sinks.postgres_session import Session
from tapwright.sinks.postgres_table import Rows, new_name
from tapwright.sinks.postgres_url import Address, checked_name
from tapwright.writer import Mode

STATE = "_tapwright_state"


@dataclass(frozen=True, kw_only=True)
class Postgres(Sink):
    """A Postgres database: one table for each stream.  `pip install 'tapwright[postgres]'` brings its driver.

    Rows, new columns and the state (in the table `_tapwright_state`) are committed in one transaction.
    `merge` replaces whole rows by the stream's primary key, the last one wins.
    It makes an index on the key where there is none, and not a unique one.
    `replace` fills a table beside the old one (`_tapwright_new_…`) and swaps them in the last commit.
    Grants go with it, indexes do not; where a view depends on the old table, its rows are replaced instead.
    A column that records outgrow is widened, never rounded: see `tapwright.sinks.postgres_types`.
    Objects, arrays and JSON are `jsonb`; text with NUL characters is refused, for Postgres cannot hold it.
    One run at a time writes to a schema: an advisory lock of the session holds off the others.
    A pooler in between must pool sessions, not transactions.

    Example::

        postgres: {url: "${POSTGRES_URL}", schema: raw}
    """

    url: Annotated[str, Words(write_only=True)] = field(repr=False)
    """`postgresql://user:password@host:port/database`, with any of libpq's `?name=value`.
    What it leaves out comes from `PGHOST`, `PGPASSWORD`, `~/.pgpass` and the like."""
    schema: str = "public"
    """The schema that holds the tables and the state; it is made when there is none."""

    @classmethod
    def from_text(cls, argument: str) -> Self:
        """Read `postgresql://…?schema=…`, also behind `postgres:`; empty is libpq's default database."""
        return cls(url=argument if argument.startswith("postgres") else f"postgresql:{argument or '//'}")

    def open(self) -> PostgresWriter:
        """Connect, and hold the schema until the writer is closed."""
        return PostgresWriter(Address.of(self.url, self.schema))

    def described(self) -> str:
        """Name host, database and schema."""
        try:
            return Address.of(self.url, self.schema).place
        except SinkError:
            return "postgresql"


class PostgresWriter:
    """An open Postgres database.  A transaction goes from the first statement after a commit to the next commit."""

    def __init__(self, address: Address) -> None:
        self.place = address.place
        self.schema = checked_name("schema", address.schema)
        self._tables: dict[str, Rows] = {}
        self._state_table = f"{quoted(self.schema)}.{quoted(STATE)}"
        self._session = Session(address)
        try:
            self._give_birth()
        except BaseException:
            self._session.close()
            raise

    def _give_birth(self) -> None:
        """Make what is not there; to ask first needs no right to make it."""
        execute = self._session.execute
        if execute("SELECT to_regnamespace(%s)", [quoted(self.schema)]) == [(None,)]:
            execute(f"CREATE SCHEMA {quoted(self.schema)}")
        if not self._is_there(STATE):
            execute(f"CREATE TABLE {self._state_table} (key text, value json, updated timestamptz)")
        self._session.commit()

    def _is_there(self, table: str) -> bool:
        return self._session.execute("SELECT to_regclass(%s)", [f"{quoted(self.schema)}.{quoted(table)}"]) != [(None,)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._session.close()

    def begin(self, table: Table, mode: Mode, *, resume: bool = False) -> None:
        """Make a table ready; a second `begin` of the same table changes nothing until it is finished."""
        if table.name in self._tables:
            return
        if table.name.startswith("_tapwright_"):
            raise SinkError(f"No table may be called {table.name}.", "Names with _tapwright_ are tapwright's own.")
        with self._session.of(table.name):
            self._tables[table.name] = Rows(self._session, self.schema, table, mode, resume=resume)

    def holds(self, table: str) -> bool:
        """Whether there is such a table."""
        return self._is_there(table)

    def unfinished(self, table: str) -> bool:
        """Whether a replace of this table has committed rows and was never finished."""
        return self._is_there(new_name(table))

    def write(self, table: str, batch: Batch) -> None:
        """Take a batch."""
        with self._session.of(table):
            self._tables[table].write(batch)

    def finish(self, table: str) -> None:
        """Send what is left of the table."""
        with self._session.of(table):
            self._tables[table].finish()

    def commit(self, state: Mapping[str, Any] | None = None) -> None:
        """Commit rows and state in one transaction."""
        for name, rows in self._tables.items():
            with self._session.of(name):
                rows.settle()
        if state is not None:
            self._save(state)
        self._session.commit()
        self._tables = {name: rows for name, rows in self._tables.items() if not rows.finished}

    def rollback(self) -> None:
        """Drop everything since the last commit.

        A lost connection is not made again, and what is left of the run fails: it cannot know what was committed last.
        """
        self._tables = {}
        self._session.rollback()

    def _save(self, state: Mapping[str, Any]) -> None:
        """Write a row for each key; the rows together are the state."""
        encode = msgspec.json.Encoder(decimal_format="number").encode
        self._session.execute(f"DELETE FROM {self._state_table}")
        pairs: list[Any] = [(key, encode(value).decode()) for key, value in state.items()] or [(None, None)]
        table, rows = self._state_table.replace("%", "%%"), "unnest(%s::text[], %s::text[]) AS new (key, value)"
        insert = f"INSERT INTO {table} SELECT key, value::json, now() FROM {rows}"
        self._session.execute(insert, map(list, zip(*pairs, strict=True)))

    def state(self) -> dict[str, Any] | None:
        """Read the state of the last commit."""
        rows = self._session.execute(f"SELECT key, value::text FROM {self._state_table}")
        return {key: msgspec.json.decode(value) for key, value in rows if key is not None} if rows else None
