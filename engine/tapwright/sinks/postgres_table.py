"""The rows of one table of a Postgres database, in one of the three modes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from tapwright.batch import Batch, Table
from tapwright.errors import SinkError
from tapwright.sinks.duckdb_types import quoted
from tapwright.sinks.keys import check_keys, key_of
from tapwright.sinks.postgres_session import Session
from tapwright.sinks.postgres_text import NULL, lines, spelled
from tapwright.sinks.postgres_types import BIGINT, PgType, check, converted, joined, lossy, stored, suited
from tapwright.sinks.postgres_url import LONGEST, checked_name
from tapwright.sinks.refusals import cannot_become
from tapwright.writer import Mode

BYTES = 16 << 20
"""Bytes of text that are held before they are sent."""
STEP = 10_000
"""Rows that are spelled at a time."""
ORDER = "_tapwright_row"
"""The column that numbers the rows of a merge as they came."""
STAGED = 'pg_temp."_tapwright_staged"'

Types = Mapping[str, PgType]


def new_name(table: str) -> str:
    """Name the table that a replace fills."""
    name = f"_tapwright_new_{table}"
    return name if len(name.encode()) <= LONGEST else f"_tapwright_new_{sha256(table.encode()).hexdigest()[:48]}"


class Rows:
    """A table being written.  Nothing is sent, and no lock taken, before there is enough of it or a commit."""

    def __init__(self, session: Session, schema: str, table: Table, mode: Mode, *, resume: bool = False) -> None:
        self.mode = mode
        self.finished = False
        self._session = session
        self._table = table
        self._key = key_of(table) if mode == "merge" else ()
        self._final = f"{quoted(schema)}.{quoted(checked_name('table', table.name))}"
        self._target = f"{quoted(schema)}.{quoted(new_name(table.name))}" if mode == "replace" else self._final
        if mode == "replace" and not resume:
            session.execute(f"DROP TABLE IF EXISTS {self._target}")
        self._there = self._held(self._target)
        self._types = dict(self._there or {})
        self._rows = resume and self._there is not None and self._any(self._target)
        self._indexed = False
        self._columns: dict[str, None] = {}
        self._blocks: list[bytes] = []
        self._bytes = self._numbered = 0
        for column in table.columns:
            self._declare(column.name, suited(column.type))

    def _held(self, table: str) -> dict[str, PgType] | None:
        """Look up the columns that a table has; None if it is not there."""
        if self._session.execute("SELECT to_regclass(%s)", [table]) == [(None,)]:
            return None
        query = (
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
            "WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
        )
        return {name: stored(kind) for name, kind in self._session.execute(query, [table])}

    def _any(self, table: str) -> bool:
        return bool(self._session.execute(f"SELECT 1 FROM {table} LIMIT 1"))

    # --- batches on their way

    def write(self, batch: Batch) -> None:
        """Take a batch."""
        check_keys(self._table.name, self._key, batch)
        for start in range(0, len(batch), STEP):
            part = batch.part(slice(start, start + STEP))
            self._fit(part)
            self._take(part)
            if self._bytes >= BYTES:
                self._flush()

    def _fit(self, batch: Batch) -> None:
        """Widen the columns to hold the values; refuse those that they cannot hold."""
        for name, kind in batch.types.items():
            self._declare(name, suited(kind, batch.encodable_columns[name]))
        for name, kind in batch.types.items():
            check(name, kind, self._types[name], batch.encodable_columns[name])

    def _declare(self, column: str, wanted: PgType) -> None:
        have = self._types.get(column)
        new = wanted if have is None else joined(have, wanted)
        if new is None:
            raise SinkError(
                f"Table {self._table.name}, column {column}: the table holds {have}, the records bring {wanted}.",
                "Change the table's column, drop it, or send the records to another table.",
            )
        if have is None:
            checked_name("column", column)
            if column == ORDER:
                text = f"Table {self._table.name}: no column may be called {ORDER}."
                raise SinkError(text, "Rename it in the fields.")
        elif new != have:
            self._flush()
        self._types[column] = new

    def _take(self, batch: Batch) -> None:
        if batch.columns.keys() - self._columns.keys():
            self._flush()
            self._columns.update(dict.fromkeys(batch.columns))
        columns = [
            spelled(name, batch.types[name], self._types[name], batch.encodable_columns[name])
            if name in batch.columns
            else [NULL] * len(batch)
            for name in self._columns
        ]
        if self._key:
            columns.append(list(map(str, range(self._numbered, self._numbered + len(batch)))))
            self._numbered += len(batch)
        self._blocks.append(lines(columns))
        self._bytes += len(self._blocks[-1])

    def _flush(self) -> None:
        """Send what is held."""
        if not self._blocks:
            return
        blocks, columns = self._sent(), [quoted(name) for name in self._columns]
        new = self._there is None
        self._alter()
        if self._key:
            self._merge(columns, blocks, new=new)
        else:
            self._session.copy(self._target, columns, blocks)
        self._rows, self._columns = True, {}

    def _sent(self) -> Iterator[bytes]:
        """Give the blocks, each forgotten when it is given."""
        blocks, self._blocks, self._bytes = self._blocks[::-1], [], 0
        while blocks:
            yield blocks.pop()

    def _merge(self, columns: list[str], blocks: Iterator[bytes], *, new: bool) -> None:
        """Stage the rows, then put the last of each key in the place of those that the table has."""
        if not new:
            self._index()
        execute, order = self._session.execute, quoted(ORDER)
        key, names = ", ".join(map(quoted, self._key)), ", ".join(columns)
        types = ", ".join(f"{quoted(name)} {self._types[name]}" for name in self._columns)
        execute(f"CREATE TEMP TABLE {STAGED.partition('.')[2]} ({types}, {order} {BIGINT}) ON COMMIT DROP")
        self._session.copy(STAGED, [*columns, order], blocks)
        execute(f"ANALYZE {STAGED} ({key})")
        if not new:
            same = " AND ".join(f"old.{quoted(each)} = new.{quoted(each)}" for each in self._key)
            execute(f"DELETE FROM {self._target} AS old USING {STAGED} AS new WHERE {same}")
        last = f"SELECT DISTINCT ON ({key}) {names} FROM {STAGED} ORDER BY {key}, {order} DESC"
        execute(f"INSERT INTO {self._target} ({names}) {last}")
        execute(f"DROP TABLE {STAGED}")
        if new:
            self._index()

    def _index(self) -> None:
        """Make sure that an index finds the rows of a key; it need not be unique, and a table may have had doubles."""
        if self._indexed:
            return
        query = (
            "SELECT ARRAY(SELECT attname::text FROM unnest(indkey) WITH ORDINALITY AS k (number, place) "
            "JOIN pg_attribute ON attrelid = indrelid AND attnum = number ORDER BY place) "
            "FROM pg_index WHERE indrelid = to_regclass(%s) AND indisvalid AND indpred IS NULL"
        )
        indexes = self._session.execute(query, [self._target])
        if not any({*columns[: len(self._key)]} == {*self._key} for (columns,) in indexes):
            self._session.execute(f"CREATE INDEX ON {self._target} ({', '.join(map(quoted, self._key))})")
        self._indexed = True

    # --- the table itself

    def _alter(self) -> None:
        """Make the table, or give it the columns and types that its records need."""
        if self._there is None:
            columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in self._types.items())
            self._session.execute(f"CREATE TABLE {self._target} ({columns})")
        else:
            self._evolve(self._target, self._there, self._types)
        self._there = dict(self._types)

    def _evolve(self, target: str, there: Types, wanted: Types) -> None:
        added = [f"ADD COLUMN {quoted(n)} {kind}" for n, kind in wanted.items() if n not in there]
        wider = [(n, there[n], kind) for n, kind in wanted.items() if there.get(n, kind) != kind]
        if added:
            self._session.execute(f"ALTER TABLE {target} {', '.join(added)}")
        for name, have, new in wider:
            self._widen(target, name, have, new)

    def _widen(self, target: str, name: str, have: PgType, new: PgType) -> None:
        import psycopg

        column = quoted(name)
        test = lossy(column, have, new)
        if test and self._session.execute(f"SELECT 1 FROM {target} WHERE {test} LIMIT 1"):
            raise cannot_become(self._table.name, [(name, have, new)], ValueError("an integer is beyond 2^53"))
        how = f"TYPE {new} USING {converted(column, have, new)}"
        try:
            self._session.execute(f"ALTER TABLE {target} ALTER COLUMN {column} {how}")
        except SinkError as error:
            cause = error.__cause__
            if isinstance(cause, psycopg.Error) and (cause.sqlstate or "")[:2] in ("22", "0A"):
                raise cannot_become(self._table.name, [(name, have, new)], cause) from cause
            raise

    def finish(self) -> None:
        """Send what is left."""
        self._flush()
        self.finished = True

    def settle(self) -> None:
        """Do what must be done before a commit."""
        self._flush()
        if self._types and self._types != self._there:
            self._alter()
        if self.finished and self.mode == "replace":
            self._swap()

    def _swap(self) -> None:
        """Put the new table in the place of the old one; without new rows the old one stays, emptied."""
        import psycopg

        old, execute = self._held(self._final), self._session.execute
        if old is not None and not self._rows:
            execute(f"DELETE FROM {self._final}")
            execute(f"DROP TABLE IF EXISTS {self._target}")
        elif self._there is not None:
            grants = self._grants()
            try:
                with self._session.attempt():
                    execute(f"DROP TABLE IF EXISTS {self._final}")
            except SinkError as error:
                if old is None or not isinstance(error.__cause__, psycopg.errors.DependentObjectsStillExist):
                    raise
                self._move(old)
                return
            execute(f"ALTER TABLE {self._target} RENAME TO {quoted(self._table.name)}")
            for grant in grants:
                execute(grant)

    def _move(self, old: Types) -> None:
        """Put the new rows in the place of the old ones: views and the like hold the old table fast."""
        both = {name: joined(old.get(name, kind), kind) for name, kind in self._types.items()}
        if strange := [(n, old[n], self._types[n]) for n, kind in both.items() if kind is None]:
            raise cannot_become(self._table.name, strange, ValueError("other objects depend on the table"))
        types = {name: kind for name, kind in both.items() if kind is not None}
        self._evolve(self._final, old, types)
        names = ", ".join(map(quoted, types))
        picks = ", ".join(converted(quoted(name), self._types[name], kind) for name, kind in types.items())
        self._session.execute(f"DELETE FROM {self._final}")
        self._session.execute(f"INSERT INTO {self._final} ({names}) SELECT {picks} FROM {self._target}")
        self._session.execute(f"DROP TABLE {self._target}")

    def _grants(self) -> list[str]:
        """Write down who may do what with the table, for the one that takes its place."""
        query = (
            "SELECT privilege_type, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END, "
            "CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END "
            "FROM pg_class, aclexplode(relacl) WHERE pg_class.oid = to_regclass(%s) AND grantee <> relowner"
        )
        rows: list[Any] = self._session.execute(query, [self._final])
        return [f"GRANT {right} ON {self._final} TO {who}{more}" for right, who, more in rows]
