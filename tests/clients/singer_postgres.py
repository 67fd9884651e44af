"""A PostgreSQL server of our own on 127.0.0.1, run as nobody important."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any, Self


class Postgres:
    """Starts where it is entered, and is gone with its folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._bin = Path(shutil.which("initdb") or "/usr/lib/postgresql/15/bin/initdb").resolve().parent
        user = pwd.getpwnam("postgres") if os.getuid() == 0 else None
        self._as: dict[str, Any] = {"user": user.pw_uid, "group": user.pw_gid} if user else {}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]

    def __enter__(self) -> Self:
        self._folder.mkdir()
        self._folder.parent.chmod(0o755)
        if self._as:
            os.chown(self._folder, self._as["user"], self._as["group"])
        self._run("initdb", "-D", self._folder / "data", "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8")
        options = f"-h 127.0.0.1 -p {self.port} -k {self._folder} -c fsync=off"
        log = ("-l", self._folder / "log")
        self._run("pg_ctl", "-D", self._folder / "data", "-w", "-s", *log, "-o", options, "start")
        return self

    def __exit__(self, *_: object) -> None:
        self._run("pg_ctl", "-D", self._folder / "data", "-m", "immediate", "-s", "stop")

    def _run(self, program: str, *words: object) -> None:
        with open(os.devnull, "wb") as nothing:
            subprocess.run([self._bin / program, *map(str, words)], check=True, stdout=nothing, cwd="/", **self._as)

    def make(self, database: str) -> None:
        """Make an empty database."""
        self.ask("postgres", f"drop database if exists {database}")
        self.ask("postgres", f"create database {database}")

    def ask(self, database: str, query: str) -> list[str]:
        """The lines of an answer."""
        place = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", database]
        done = subprocess.run([self._bin / "psql", "-qAt", *place, "-c", query], capture_output=True, check=True)
        return done.stdout.decode().splitlines()
