"""A DuckDB database file: born whole, held by one process."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tapwright.sinks.duckdb_types import literal
from tapwright.sinks.refusals import is_held, refused, sync

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
"""DuckDB must not fetch anything from the network on its own."""

MEMORY = 512
"""MiB that DuckDB may use."""
MEMORY_OF_ENGINE = 128
"""MiB of memory for a DuckDB that only writes files."""
THREADS = 4
"""Threads that DuckDB may use; each wants an eighth of a GiB."""


def connect(path: Path, birth: tuple[str, ...]) -> DuckDBPyConnection:
    """Open a database file; where there is none, make one with the statements of its birth."""
    with refused(str(path)):
        path = Path(os.path.abspath(path))
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.stat().st_size == 0:
            _give_birth(path)
        connection = _opened(path)
        for statement in birth:
            connection.execute(statement)
        return connection


def in_memory(overflow: Path) -> DuckDBPyConnection:
    """Open a database that is only an engine; what outgrows the memory goes to a folder."""
    connection = _opened(Path(":memory:"))
    connection.execute(f"SET temp_directory = {literal(str(overflow))}")
    connection.execute(f"SET memory_limit = '{MEMORY_OF_ENGINE}MiB'")
    connection.execute("SET threads = 1")  # each thread packs a part of its own in memory
    return connection


def _opened(path: Path) -> DuckDBPyConnection:
    import duckdb

    connection = duckdb.connect(str(path), config=SETTINGS)
    connection.execute("SET TimeZone = 'UTC'")
    _moderate(connection)
    return connection


def _moderate(connection: DuckDBPyConnection) -> None:
    """Bound DuckDB's memory, which it else takes up to four fifths of; what outgrows it goes to disk."""
    row = connection.execute("SELECT current_setting('memory_limit'), current_setting('threads')").fetchone()
    (size, unit), threads = str(row[0]).split() if row else ("0", "B"), row[1] if row else 0
    if unit in ("GiB", "TiB") or (unit == "MiB" and float(size) > MEMORY):
        connection.execute(f"SET memory_limit = '{MEMORY}MiB'")
    if threads > THREADS:
        connection.execute(f"SET threads = {THREADS}")


def _give_birth(path: Path) -> None:
    """Make the file beside its place and move it there: DuckDB's first operations do not survive a crash."""
    new = path.with_name(f".{path.name}.tapwright-new")
    connection = _unborn(new)
    connection.execute("CREATE OR REPLACE TABLE first (nothing BOOLEAN)")
    connection.execute("DROP TABLE first")
    connection.execute("CHECKPOINT")
    connection.close()
    sync(new)
    with suppress(FileNotFoundError):
        new.rename(path)
    sync(path.parent)


def _unborn(new: Path) -> DuckDBPyConnection:
    """Open the file to be; what a crash left of an earlier one is removed, but not one that is held."""
    import duckdb

    try:
        return _opened(new)
    except duckdb.Error as error:  # cut anywhere in its first blocks, of which DuckDB says this and that
        if is_held(str(error)) or not new.exists():
            raise
        new.unlink()
        return _opened(new)
