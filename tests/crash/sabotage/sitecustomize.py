"""Splits every commit in two, so that the crash test can be seen to fail: never part of the command."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tapwright.sinks.duckdb import DuckDBWriter
from tapwright.sinks.folder import FolderWriter
from tapwright.sinks.postgres import PostgresWriter
from tapwright.sinks.postgres_session import Session


def split(writer: Any) -> None:
    """With CRASH_SPLIT=rows commit the rows alone, and the state with the next breath; state: the other way round."""
    whole: Callable[..., None] = writer.commit

    def commit(self: Any, state: Mapping[str, Any] | None = None) -> None:
        if os.environ.get("CRASH_SPLIT") == "state":
            held = self._tables if hasattr(self, "_tables") else self._shelves
            rows = {name: held.pop(name) for name in list(held)}
            whole(self, state)
            held = self._tables if hasattr(self, "_tables") else self._shelves
            held.update(rows)
            whole(self)
        elif os.environ.get("CRASH_SPLIT") == "rows":
            whole(self)
            whole(self, state)
        else:
            whole(self, state)

    writer.commit = commit


def swap_in_two() -> None:
    """With CRASH_SPLIT=swap commit that an old table is gone, before the new one has its name."""
    whole = Session.attempt

    @contextmanager
    def attempt(session: Session) -> Iterator[None]:
        with whole(session):
            yield
        if os.environ.get("CRASH_SPLIT") == "swap":
            session.commit()

    Session.attempt = attempt  # type: ignore[method-assign]


for kind in (DuckDBWriter, FolderWriter, PostgresWriter):
    split(kind)
swap_in_two()
