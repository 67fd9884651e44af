"""A folder of part files: hidden until a commit, then published by the rename of the manifest.

    DIR/_tapwright.json                          the manifest
    DIR/<table>/part-<run>-<number>.<format>     what it lists
    DIR/<table>/.part-<run>-<number>.<format>    not committed yet

A commit makes the new parts visible, renames the manifest, then removes the parts that it lists no more.
What a crash leaves on either side of that rename is removed when the folder is next opened.
"""

from __future__ import annotations

import os
import re
import secrets
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, Protocol, Self, TypeAlias

from tapwright.batch import Batch, Table
from tapwright.errors import SinkError
from tapwright.sinks.keys import check_keys, key_of
from tapwright.sinks.manifest import Part, read_manifest
from tapwright.sinks.refusals import refused, sync
from tapwright.writer import Mode

PART = re.compile(r"\.?part-\d{8}T\d{6}[0-9a-f]{6}-\d{5}\.[a-z]+")


class Pages(Protocol):
    """One table in a file format.  Every file it makes has a name that it was given."""

    def write(self, batch: Batch) -> None:
        """Take a batch."""

    def close(self) -> list[Part]:
        """Complete the files begun since the last time."""

    def drop(self) -> None:
        """Let go of the files begun; they are removed afterwards."""

    def fitted(self, part: Part) -> Part:
        """Give the part with all columns that the table has by now: the same one, or a new one."""

    def merged(self, key: tuple[str, ...], kept: list[Part], new: list[Part]) -> list[Part]:
        """Give parts that hold each key once, as it came last."""

    def empty(self, like: Part | None) -> list[Part]:
        """Make a part without rows, with the columns of another; none where no column is known."""


Naming: TypeAlias = Callable[[], Path]
"""Gives the path of the next hidden part."""
Opening: TypeAlias = Callable[[Table, list[Part], Naming, Path], Pages]
"""Makes the pages of a table from what is known of it, its parts, names for more, and a folder for scraps."""


class Shelf:
    """One table's place in the folder."""

    def __init__(self, table: Table, mode: Mode, pages: Pages, old: list[Part], pending: list[Part]) -> None:
        self.table = table
        self.mode = mode
        self.pages = pages
        self.parts = old
        """What the manifest lists."""
        self.pending = pending
        """New parts of a `replace` that is not finished."""
        self.finished = False
        self.key = key_of(table) if mode == "merge" else ()

    @property
    def unfinished(self) -> bool:
        return self.mode == "replace" and not self.finished

    def settled(self) -> list[Part]:
        """Give the parts that the manifest is to list now."""
        new = [*self.pending, *self.pages.close()]
        if self.unfinished:
            self.pending = new
            return self.parts
        kept = [] if self.mode == "replace" else [self.pages.fitted(part) for part in self.parts]
        new = [self.pages.fitted(part) for part in new]
        parts = self.pages.merged(self.key, kept, new) if self.key and new else [*kept, *new]
        return parts or self.pages.empty(self.parts[0] if self.parts else None)


class FolderWriter:
    """An open folder."""

    def __init__(self, path: str, format: str, opening: Opening) -> None:
        self.place = path
        self._folder = Path(os.path.abspath(path))
        self._opening = opening
        self._shelves: dict[str, Shelf] = {}
        self._run = time.strftime("%Y%m%dT%H%M%S", time.gmtime()) + secrets.token_hex(3)
        self._number = 0
        self._open = ExitStack()
        with refused(path):
            self._folder.mkdir(parents=True, exist_ok=True)
            self._open.callback(_held(self._folder, path).close)
            self._manifest = read_manifest(self._folder, format)
            self._tidy()
            self._scraps = Path(self._open.enter_context(tempfile.TemporaryDirectory(prefix="tapwright-")))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        with suppress(SinkError):
            self.rollback()
        self._open.close()

    def rollback(self) -> None:
        """Drop everything since the last commit."""
        shelves, self._shelves = self._shelves, {}
        for shelf in shelves.values():
            with suppress(OSError):  # a full disk does not even take the rest
                shelf.pages.drop()
        with refused(self.place):
            self._manifest = read_manifest(self._folder, self._manifest.format)  # a commit that failed may be made
            self._tidy()

    def holds(self, table: str) -> bool:
        """Whether every file of the table is there."""
        parts = self._manifest.tables.get(table)
        return parts is not None and all(part.path.exists() for part in parts)

    def unfinished(self, table: str) -> bool:
        """Whether a replace of this table was committed and never finished."""
        return table in self._manifest.pending

    def begin(self, table: Table, mode: Mode, *, resume: bool = False) -> None:
        """Make a table ready; a second `begin` of the same table changes nothing until it is finished."""
        if table.name in self._shelves:
            return
        for other in (*self._shelves, *self._manifest.tables):
            if other.casefold() == table.name.casefold() and other != table.name:
                raise SinkError(
                    f"{self.place}: tables {other} and {table.name} differ only in upper and lower case.",
                    "Some disks take them for one folder: rename one of the streams.",
                )
        old = [part for part in self._manifest.tables.get(table.name, []) if part.path.exists()]
        pending = self._manifest.pending.get(table.name, []) if resume else []
        with refused(self.place):
            folder = self._folder / _safe(table.name)
            folder.mkdir(exist_ok=True)
            known = pending if mode == "replace" else old
            pages = self._opening(table, known, self._naming(folder), self._scraps)
            self._shelves[table.name] = Shelf(table, mode, pages, old, pending)

    def _naming(self, folder: Path) -> Naming:
        def hidden() -> Path:
            self._number += 1
            return folder / f".part-{self._run}-{self._number:05}.{self._manifest.format}"

        return hidden

    def write(self, table: str, batch: Batch) -> None:
        """Take a batch."""
        shelf = self._shelves[table]
        check_keys(table, shelf.key, batch)
        with refused(f"{self.place}, table {table}"):
            shelf.pages.write(batch)

    def finish(self, table: str) -> None:
        """Remember that this was all of the table."""
        self._shelves[table].finished = True

    def commit(self, state: Mapping[str, Any] | None = None) -> None:
        """Publish the new parts and the state."""
        with refused(self.place):
            settled = {name: shelf.settled() for name, shelf in self._shelves.items()}
            tables = {name: [_published(part) for part in parts] for name, parts in settled.items()}
            pending = {name: parts for name, parts in self._manifest.pending.items() if name not in tables}
            pending |= {name: shelf.pending for name, shelf in self._shelves.items() if shelf.unfinished}
            self._publish(self._manifest.tables | tables, pending, state)
        for name, shelf in self._shelves.items():
            shelf.parts = tables[name]
        self._shelves = {name: shelf for name, shelf in self._shelves.items() if not shelf.finished}

    def _publish(
        self, tables: dict[str, list[Part]], pending: dict[str, list[Part]], state: Mapping[str, Any] | None
    ) -> None:
        kept = self._manifest.state if state is None else dict(state)
        old, new = self._manifest, replace(self._manifest, tables=tables, pending=pending, state=kept)
        for path in new.paths() - old.paths():
            sync(path)
        for folder in {path.parent for path in new.paths() - old.paths()}:
            sync(folder)
        new.write(self._folder)
        self._manifest = new
        with suppress(OSError):  # they are not listed any more, and removed when the folder is next opened
            for path in old.paths() - new.paths():
                path.unlink(missing_ok=True)

    def state(self) -> dict[str, Any] | None:
        """Read the state of the last commit."""
        return self._manifest.state

    def _tidy(self) -> None:
        """Hide pending parts that a commit made visible and did not come to list; remove parts that are not listed."""
        listed = self._manifest.paths()
        for path in listed:
            shown = path.with_name(path.name.removeprefix("."))
            if shown != path and not path.exists() and shown.exists():
                shown.rename(path)
        for path in self._folder.glob(f"*/*part-*.{self._manifest.format}"):
            if PART.fullmatch(path.name) and path not in listed:
                path.unlink(missing_ok=True)


def _published(part: Part) -> Part:
    """Make a hidden part visible."""
    if not part.path.name.startswith("."):
        return part
    return Part(part.path.rename(part.path.with_name(part.path.name[1:])), part.columns)


def _safe(name: str) -> str:
    """Write a table's name as a folder's: letters, digits, `_` and `-`, the rest like `%2F`."""
    return re.sub(r"[^\w-]", lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), name, flags=re.A)


def _held(folder: Path, place: str) -> BinaryIO:
    """Hold a folder for this process alone, for as long as the file is open."""
    lock = (folder / ".tapwright.lock").open("a+b")
    try:
        import fcntl
    except ImportError:  # pragma: no cover - Windows
        return lock
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        raise SinkError(
            f"{place} is in use by another process (pid {lock.read().decode() or 'unknown'}).",
            "Wait for it to end, then run again.",
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()).encode())
    lock.flush()
    return lock
