"""What a disk or DuckDB refuses, told in plain words."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tapwright.errors import SinkError
from tapwright.sealed import opened


def sync(path: Path) -> None:
    """Make a file, or the names in a folder, durable."""
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def refused(place: str) -> Iterator[None]:
    """Turn what DuckDB or the disk says into one sentence and a hint."""
    try:
        yield
    except OSError as error:
        raise SinkError(f"{place} cannot be written: {error.strerror or error}.", _way_out(str(error))) from error
    except Exception as error:
        if isinstance(error, RuntimeError) and str(error) == "Query interrupted":  # what DuckDB makes of Ctrl-C
            raise KeyboardInterrupt from error
        if type(error).__module__ != "_duckdb":  # not imported here: files are written without DuckDB
            raise
        raise SinkError(*_told(place, str(error))) from error


def cannot_become(table: str, columns: Iterable[tuple[str, object, object]], error: Exception) -> SinkError:
    """Tell that columns (name, type there, type needed) cannot be widened."""
    said = "; ".join(f"column {name} holds {have}, the records need {new}" for name, have, new in columns)
    why = str(error).splitlines()[0].removesuffix(".")
    return SinkError(
        f"Table {table}: {said}, which it cannot become: {why}.",
        "Give the field the type string, drop the column, or send the records to another table.",
    )


def shown(value: object) -> str:
    """Show a value that is refused, in Python's words and not all of it."""
    try:
        return f"{opened([value])[0]!r:.60}"
    except ValueError:  # Python writes no more than 4300 digits
        return "an integer"


def is_held(text: str) -> bool:
    """Tell whether DuckDB says that another process has the file."""
    return any(sign in text for sign in ("Could not set lock", "being used by another process", "already open"))


def _told(place: str, text: str) -> tuple[str, str]:
    if is_held(text):
        holder = re.search(r"PID (\d+)", text)
        who = f" (pid {holder[1]})" if holder else ""
        return f"{place} is in use by another process{who}.", "Close it there, then run again."
    if "not a valid DuckDB" in text or "existing extension" in text:
        return f"{place} is not a DuckDB database.", "Name another file; this one is left as it was."
    disk = next((sign for sign in DISK if sign in text), None)
    if disk:
        return f"{place} cannot be written: {disk}.", _way_out(disk)
    first = text.split("\n", 1)[0].removesuffix(".")
    return f"{place} refuses: {first}.", _way_out(text)


DISK = (
    "No space left on device",
    "Disk quota exceeded",
    "File too large",
    "Read-only file system",
    "Permission denied",
    "Input/output error",
)
"""What a disk says, in the middle of what DuckDB says of it."""


def _way_out(text: str) -> str:
    ways = {
        "Disk quota exceeded": "Your share of the disk is full: make room, then run again; what was committed is kept.",
        "No space left": "The disk is full: make room, then run again; what was committed is kept.",
        "File too large": "The disk is full: make room, then run again; what was committed is kept.",
        "Permission denied": "Check who may write there.",
        "Read-only file system": "Name a place that can be written.",
        "File exists": "It is a file: name a folder.",
        "Is a directory": "Name a file, not a folder.",
        "No such file": "Name a place where files can be made.",
        "Not a directory": "A part of the path is a file.",
        "version": "Was it written by a newer DuckDB? Upgrade the package duckdb.",
    }
    return next((hint for sign, hint in ways.items() if sign in text), "")
