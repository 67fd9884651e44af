"""Where a sink writes: a folder of its own for each case, or a database of a Postgres server."""

from __future__ import annotations

import re
import shutil
import tempfile
import threading
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from tests.crash.oracle import Broken, Held, Read, canonical, held_in
from tests.crash.shop import TABLES

_STARTING = threading.Lock()
SUFFIX = {"duckdb": "shop.duckdb"}


class Place(Protocol):
    """A sink's place."""

    @property
    def to(self) -> str:
        """What `--to` is told."""

    @property
    def watched(self) -> dict[str, str]:
        """What the library is told to watch."""

    def held(self, tables: Iterable[str] = TABLES) -> Held:
        """Read it, with code that is not the engine's; raises Broken."""

    def leftovers(self) -> list[str]:
        """What nothing refers to any more."""

    def remove(self) -> None:
        """Make it go away."""


class Files:
    """A folder below which everything is."""

    def __init__(self, kind: str, root: Path, like: Files | None = None) -> None:
        self.kind, self.root = kind, root
        self.below = root / "target"
        self.path = self.below / SUFFIX.get(kind, "files")
        self.below.mkdir(parents=True, exist_ok=True)
        if like:
            shutil.copytree(like.below, self.below, dirs_exist_ok=True)

    @property
    def to(self) -> str:
        """The kind and the path."""
        return f"{self.kind}:{self.path}"

    @property
    def watched(self) -> dict[str, str]:
        """Everything below the folder."""
        return {"CRASH_BELOW": str(self.below)}

    def held(self, tables: Iterable[str] = TABLES) -> Held:
        """Read a copy."""
        return held_in(self.kind, self.path, tables)

    def leftovers(self) -> list[str]:
        """Files that were to be renamed."""
        found = [str(path.relative_to(self.below)) for path in self.below.rglob("*")]
        return [f"{name} was left behind" for name in found if re.search(r"tapwright-new|/\.part|\.new$", name)]

    def remove(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.root, ignore_errors=True)


def server() -> Any:
    """A Postgres server, which ends with this process."""
    with _STARTING:
        return _server()


@cache
def _server() -> Any:
    from pgserver.postgres_server import get_server

    began = get_server(tempfile.mkdtemp(prefix="tapwright-crash-pg-"), cleanup_mode="delete")
    for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
        name, _, value = setting.partition(" = ")
        began.psql(f"ALTER SYSTEM SET {name} = '{value}'")
    began.psql("SELECT pg_reload_conf()")
    return began


class Database:
    """A database of a server: what can be cut is the conversation with it."""

    def __init__(self, name: str, like: Database | None = None) -> None:
        self.name = name
        self._told(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{like.name}"' if like else " TEMPLATE template0"))

    def _told(self, *statements: str) -> None:
        import psycopg

        with psycopg.connect(server().get_uri(), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    @property
    def to(self) -> str:
        """Its url."""
        return str(server().get_uri(self.name))

    @property
    def watched(self) -> dict[str, str]:
        """The messages to the server."""
        return {"CRASH_WIRE": str(server().get_uri()).rpartition("host=")[2]}

    def held(self, tables: Iterable[str] = TABLES) -> Held:
        """Ask the server."""
        import psycopg

        found: dict[str, Read] = {}
        with psycopg.connect(self.to) as connection:
            names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            for (name,) in names:
                rows = connection.execute(f'SELECT * FROM "{name}"')
                found[name] = ([column.name for column in rows.description or ()], rows.fetchall())
        try:
            return canonical(found, tables)
        except (KeyError, ValueError) as error:
            raise Broken(f"cannot be read: {error}") from error

    def leftovers(self) -> list[str]:
        """Tables that were to be renamed."""
        import psycopg

        with psycopg.connect(self.to) as connection:
            names = [str(name) for (name,) in connection.execute("SELECT tablename FROM pg_tables").fetchall()]
        return [f"{name} was left behind" for name in names if name.startswith("_tapwright_new")]

    def remove(self) -> None:
        """Drop it."""
        self._told(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')
