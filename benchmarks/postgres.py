"""A Postgres of one's own, from the package pgserver: started when a job asks for it, gone at the end."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from itertools import count
from pathlib import Path

_NOBODY = {"user": 65534, "group": 65534} if os.geteuid() == 0 else {}
"""Postgres does not run as root."""


def installed() -> bool:
    """Whether there is a Postgres to measure with."""
    return all(map(importlib.util.find_spec, ("pgserver", "psycopg")))


class Postgres:
    """A server that is started with its first database."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._numbers = folder, count(1)

    @cached_property
    def _bin(self) -> Path:
        found = importlib.util.find_spec("pgserver")
        assert found and found.origin
        return Path(found.origin).parent / "pginstall" / "bin"

    @cached_property
    def _url(self) -> str:
        if _NOBODY:
            os.chown(self._folder, _NOBODY["user"], _NOBODY["group"])
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        data = self._folder / "data"
        self._run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        options = f"-h 127.0.0.1 -p {port} -k {self._folder}"
        self._run("pg_ctl", "-D", data, "-w", "-s", "-l", self._folder / "log", "-o", options, "start")
        return f"postgresql://postgres:none@127.0.0.1:{port}"

    def _run(self, program: str, *words: str | Path) -> None:
        command = [self._bin / program, *words]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **_NOBODY)  # type: ignore[call-overload]

    def database(self) -> str:
        """Make an empty database; give its address."""
        import psycopg

        name = f"run{next(self._numbers)}"
        with psycopg.connect(f"{self._url}/postgres", autocommit=True) as session:
            session.execute(f"CREATE DATABASE {name}".encode())
        return f"{self._url}/{name}"

    def stop(self) -> None:
        """Stop it, if it was started."""
        if "_url" in self.__dict__:
            self._run("pg_ctl", "-D", self._folder / "data", "-m", "immediate", "-s", "stop")


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Give a Postgres for as long as it is wanted."""
    folder = Path(tempfile.mkdtemp(prefix="bench-postgres-"))
    server = Postgres(folder)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
