"""A DuckDB database file: born whole, held by one process."""

from __future__ import annotations

import os
import re
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

MEMORY = 128
"""MiB that DuckDB may use; what outgrows it goes to disk."""
ROWS_IN_GROUP = 49_152
"""Rows that DuckDB packs together; whatever a commit brings beyond that is packed once, and not held until then."""
NAME = "_tapwright_file"
"""What DuckDB calls the database.  By its file's name it could be mistaken for a schema."""


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
    import duckdb

    connection = duckdb.connect(":memory:", config=SETTINGS)
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET threads = 1")  # each wants memory of its own, and some of the time that it saves
    connection.execute(f"SET memory_limit = '{MEMORY}MiB'")
    connection.execute(f"SET temp_directory = {literal(str(overflow))}")
    return connection


def _opened(path: Path) -> DuckDBPyConnection:
    connection = in_memory(path.with_name(f"{path.name}.tmp"))
    try:
        connection.execute(f"ATTACH {literal(str(path))} AS {NAME} (ROW_GROUP_SIZE {ROWS_IN_GROUP})")
        connection.execute(f"USE {NAME}")
        connection.execute("SET max_vacuum_tasks = 0")
    except BaseException:
        connection.close()
        raise
    return connection


def tables(connection: DuckDBPyConnection, schema: str) -> list[str]:
    """List the tables and views of a schema."""
    query = (
        "SELECT table_name FROM information_schema.tables WHERE table_catalog = current_database() AND table_schema = ?"
    )
    return [name for (name,) in connection.execute(query, [schema]).fetchall()]


def allow(connection: DuckDBPyConnection, more: int) -> None:
    """Let DuckDB have some bytes of memory more than usual."""
    connection.execute(f"SET memory_limit = '{MEMORY + (more >> 20)}MiB'")


def tidy(connection: DuckDBPyConnection) -> None:
    """Let DuckDB close the gaps that deleted rows leave; else it would also move rows that are merely few."""
    connection.execute("RESET max_vacuum_tasks")


def packing(connection: DuckDBPyConnection) -> str:
    """Choose how the JSON of a new column is packed: zstd makes it smaller, sooner; older files know no zstd."""
    said = connection.execute("SELECT tags FROM duckdb_databases() WHERE database_name = current_database()").fetchall()
    version = re.match(r"v(\d+)\.(\d+)", said[0][0].get("storage_version", ""))
    return "zstd" if version and (int(version[1]), int(version[2])) >= (1, 2) else ""


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
