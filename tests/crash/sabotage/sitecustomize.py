"""Splits every commit in two, so that the crash test can be seen to fail: never part of the command."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from tapwright.sinks.duckdb import DuckDBWriter
from tapwright.sinks.folder import FolderWriter


def split(writer: Any) -> None:
    """Commit the rows alone, and the state with the next breath; with CRASH_SPLIT=state the other way round."""
    whole: Callable[..., None] = writer.commit

    def commit(self: Any, state: Mapping[str, Any] | None = None) -> None:
        if os.environ.get("CRASH_SPLIT") == "state":
            held = self._tables if hasattr(self, "_tables") else self._shelves
            rows = {name: held.pop(name) for name in list(held)}
            whole(self, state)
            held = self._tables if hasattr(self, "_tables") else self._shelves
            held.update(rows)
            whole(self)
        else:
            whole(self)
            whole(self, state)

    writer.commit = commit


for kind in (DuckDBWriter, FolderWriter):
    split(kind)
