"""A connection to Postgres: opened, locked, its refusals told in plain words."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NoReturn
from zlib import crc32

from tapwright.errors import RecordError, SinkError
from tapwright.mask import Mask
from tapwright.sinks.decimals import WIDER
from tapwright.sinks.postgres_url import Address

if TYPE_CHECKING:
    import psycopg

SETTINGS = (
    "SET client_encoding = 'UTF8'; SET DateStyle = 'ISO'; SET TimeZone = 'UTC'; SET lock_timeout = '1s'; "
    "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET tcp_keepalives_idle = 60"
)
"""Times and texts mean the same everywhere, and the wait for a slow provider is no fault.

The schema's lock is waited for only as long as the server may need to see that a killed run is gone.
"""
ALIVE: dict[str, int] = {"keepalives_idle": 60, "keepalives_interval": 10, "keepalives_count": 6}
SECONDS = 15
"""That a server may take to answer a connection."""
TAPWRIGHT = crc32(b"tapwright") - 2**31
"""The first half of the advisory lock; the second is made of the schema."""
HOLDER = """
    SELECT pid, application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND granted AND objsubid = 2
        AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND classid::bigint = %s AND objid::bigint = %s
"""
LOST = "Run again: rows and state are committed together, so the next run goes on from the last commit."
WAYS = {
    "password authentication failed": "Check the user and the password in the url.",
    "no password supplied": "Put the password into the url, or into PGPASSWORD or ~/.pgpass.",
    "no pg_hba.conf entry": "The server lets no such user in from here: ask who runs it, or try ?sslmode=require.",
    "Connection refused": "Is the server running there? Check host and port in the url.",
    "No such file or directory": "Is the server running there? Check host and port in the url.",
    "resolve host": "Check the host in the url.",
    "translate host": "Check the host in the url.",
    "timeout expired": "Check host and port in the url, and the firewall between.",
    "too many": "Wait until others have gone, or raise the server's limit of connections.",
}
"""What to do, by what libpq says when it cannot connect."""
STATES = {
    "42501": "Grant the user the rights to create and write tables in the schema, or name another schema.",
    "25006": "Connect to a server that can be written, not to a replica.",
    "53100": "The server's disk is full: make room, then run again; what was committed is kept.",
    "55P03": "Another session holds a lock on the table: end it (see pg_stat_activity), then run again.",
}
"""What to do, by Postgres's error code."""


class Session:
    """A connection that holds the lock of its schema; a transaction is open from its first statement to the commit."""

    def __init__(self, address: Address) -> None:
        self._place = self._at = address.place
        self._mask = Mask()
        self._mask.add(*address.secrets)
        self._connection = self._connected(address)
        try:
            with self.told():
                self._connection.execute(SETTINGS.encode())
                self._lock(address.schema)
                self._connection.set_autocommit(False)
        except BaseException:
            self.close()
            raise

    def _connected(self, address: Address) -> psycopg.Connection:
        try:
            import psycopg
            from psycopg.conninfo import conninfo_to_dict
        except ImportError:
            raise SinkError("Postgres needs the package psycopg.", "pip install 'tapwright[postgres]'") from None
        name = f"tapwright, pid {os.getpid()} on {platform.node()}"
        try:
            given = conninfo_to_dict(address.url)
            self._mask.add(str(given.get("password") or ""))
            words: dict[str, Any] = {"connect_timeout": SECONDS, "fallback_application_name": name, **ALIVE, **given}
            connection = psycopg.connect(**words, autocommit=True, prepare_threshold=None)
        except (psycopg.Error, UnicodeError) as error:
            raise self._unreached(str(error)) from None
        return connection

    def _unreached(self, text: str) -> SinkError:
        said = self._mask.hide(re.sub(r"\s+", " ", text)).removeprefix("connection failed: ")
        said = said.split(" Is the server ")[0].removesuffix(".")
        hint = next((way for sign, way in WAYS.items() if sign in text), "Check the url.")
        if re.search(r'database ".*" does not exist', text):
            hint = "Create the database, or correct its name in the url."
        return SinkError(f"{self._place} cannot be reached: {said}.", hint)

    def _lock(self, schema: str) -> None:
        """Let no second run into the schema; Postgres frees the lock when this connection ends, however it ends."""
        import psycopg

        keys = (TAPWRIGHT, crc32(schema.encode()) - 2**31)
        try:
            self._connection.execute("SELECT pg_advisory_lock(%s, %s)", keys)
        except psycopg.errors.LockNotAvailable:
            raise self._taken(keys) from None
        self._connection.execute("SET lock_timeout = '60s'")

    def _taken(self, keys: tuple[int, int]) -> SinkError:
        holders = self.execute(HOLDER, tuple(key % 2**32 for key in keys))
        pid, who = holders[0] if holders else ("", "")
        ours = re.fullmatch(r"tapwright, pid (\d+) on (.*)", who)
        process = f"pid {ours[1]} on {ours[2]}" if ours else f"application {who or 'unnamed'}"
        return SinkError(
            f"{self._place} is in use by another process ({process}; the server's pid {pid}).",
            "Wait until that run is done, or end it, then run again.",
        )

    def execute(self, statement: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        """Carry out a statement, give its rows; with values, % in it is doubled."""
        with self.told():
            cursor = self._connection.execute(statement.encode(), tuple(values) or None)
            return cursor.fetchall() if cursor.description else []

    def copy(self, table: str, columns: Iterable[str], blocks: Iterable[bytes]) -> None:
        """Send lines of text into columns (quoted) of a table."""
        statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
        with self.told(), self._connection.cursor().copy(statement.encode()) as copy:
            for block in blocks:
                copy.write(block)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Undo what is done in here, and nothing else, where it fails."""
        with self.told(), self._connection.transaction():
            yield

    def commit(self) -> None:
        """Commit; after an error nobody knows whether it happened."""
        with self.told(during=" during a commit, which may or may not have happened"):
            self._connection.commit()

    def rollback(self) -> None:
        """Drop everything since the last commit; a lost connection has done so already."""
        import psycopg

        with suppress(psycopg.Error):
            self._connection.rollback()

    def close(self) -> None:
        """Free the lock."""
        import psycopg

        with suppress(psycopg.Error):
            self._connection.close()

    @contextmanager
    def of(self, table: str) -> Iterator[None]:
        """Name a table in what is refused in here."""
        self._at = f"{self._place}, table {table}"
        try:
            yield
        finally:
            self._at = self._place

    @contextmanager
    def told(self, *, during: str = "") -> Iterator[None]:
        """Turn what Postgres says into one sentence and a hint."""
        import psycopg

        try:
            yield
        except psycopg.Error as error:
            if self._connection.closed:
                said = f"{self._place}: the connection was lost{during}: {self._first(error)}."
                raise SinkError(said, LOST) from error
            self._refuse(error)

    def _refuse(self, error: psycopg.Error) -> NoReturn:
        copied = re.search(r'^COPY .*?, line \d+, column (.*?): "(.*)"', error.diag.context or "", re.M | re.S)
        if copied and (error.sqlstate or "").startswith("22"):
            raise RecordError(f"{copied[1]}: {copied[2]:.60} is refused: {self._first(error)}.", WIDER) from error
        raise SinkError(f"{self._at} refuses: {self._first(error)}.", STATES.get(error.sqlstate or "", "")) from error

    def _first(self, error: Exception) -> str:
        return self._mask.hide(str(error)).split("\n", 1)[0].removesuffix(".")
