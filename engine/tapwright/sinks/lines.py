"""A table kept as lines of text: CSV and JSON lines."""

from __future__ import annotations

from collections.abc import Container, Hashable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Protocol

from tapwright.batch import Batch, Table
from tapwright.errors import RecordError
from tapwright.sinks.folder import Naming
from tapwright.sinks.manifest import Part


class Form(Protocol):
    """How records are spelled."""

    def header(self, columns: Sequence[str]) -> bytes:
        """Spell the first line of a file; empty for none."""

    def spelled(self, batch: Batch, columns: Sequence[str]) -> bytes:
        """Spell the records of a batch."""

    def records(self, file: BinaryIO) -> Iterator[bytes]:
        """Cut the rest of a file into the texts of its records, unchanged."""

    def keys(self, file: BinaryIO, key: tuple[str, ...], columns: Sequence[str]) -> Iterator[Hashable]:
        """Read the primary keys of a file's records."""

    def widened(self, record: bytes, count: int) -> bytes:
        """Add empty columns to a record's text."""


class Lines:
    """The pages of a table that is kept as lines."""

    def __init__(self, form: Form, table: Table, old: list[Part], naming: Naming) -> None:
        self._form = form
        self._naming = naming
        self._columns: dict[str, str] = {}
        for part in old:
            self._columns |= part.columns
        self._columns |= {column.name: column.type.name for column in table.columns}
        self._file: BinaryIO | None = None
        self._parts: list[Part] = []

    def write(self, batch: Batch) -> None:
        """Write a batch; where a column is new to the header, into a new file."""
        known = list(self._columns)
        columns = self._columns | {name: kind.name for name, kind in batch.types.items()}
        text = self._form.spelled(batch, list(columns))
        if self._file and self._form.header(known) != self._form.header(list(columns)):
            self._file.close()
            self._file = None
        self._columns = columns
        if not self._file:
            self._file = self._start()
        self._parts[-1].columns.update(columns)
        self._file.write(text)

    def _start(self) -> BinaryIO:
        part = Part(self._naming(), dict(self._columns))
        file = part.path.open("wb", buffering=1 << 20)
        file.write(self._form.header(list(self._columns)))
        self._parts.append(part)
        return file

    def close(self) -> list[Part]:
        """Complete the files begun since the last time."""
        if self._file:
            self._file.close()
            self._file = None
        parts, self._parts = self._parts, []
        return parts

    def fitted(self, part: Part) -> Part:
        """Give the part with the header of the table."""
        header = self._form.header(list(part.columns))
        if header == self._form.header(list(self._columns)):
            return part
        more = len(self._columns) - len(part.columns)
        return self._rewritten(self._form.widened(record, more) for record in self._read(part.path))

    def drop(self) -> None:
        """Let go of the files begun."""
        self.close()

    def merged(self, key: tuple[str, ...], kept: list[Part], new: list[Part]) -> list[Part]:
        """Drop the records whose key came again.  The keys of the new records are held in memory."""
        came = [part.path for part in new]
        last = {value: place for place, value in enumerate(self._keys(key, *came))}
        parts = [self._without(part, key, last) for part in kept]
        if len(last) < sum(1 for _ in self._read(*came)):
            pairs = enumerate(zip(self._read(*came), self._keys(key, *came), strict=True))
            new = [self._rewritten(record for place, (record, value) in pairs if last[value] == place)]
        return [*filter(None, parts), *new]

    def _without(self, part: Part, key: tuple[str, ...], gone: Container[Hashable]) -> Part | None:
        """Give the part without some keys; None if nothing is left."""
        if not any(value in gone for value in self._keys(key, part.path)):
            return part
        pairs = zip(self._read(part.path), self._keys(key, part.path), strict=True)
        rest = self._rewritten(record for record, value in pairs if value not in gone)
        return rest if rest.path.stat().st_size > len(self._form.header(list(self._columns))) else None

    def empty(self, like: Part | None) -> list[Part]:
        """Make a part without records."""
        self._columns = (like.columns if like else {}) | self._columns
        self._start().close()
        return self.close()

    def _read(self, *paths: Path) -> Iterator[bytes]:
        for path in paths:
            with path.open("rb") as file:
                yield from self._form.records(file)

    def _keys(self, key: tuple[str, ...], *paths: Path) -> Iterator[Hashable]:
        for path in paths:
            with path.open("rb") as file:
                yield from self._form.keys(file, key, list(self._columns))

    def _rewritten(self, records: Iterable[bytes]) -> Part:
        with self._start() as file:
            file.writelines(records)
        return self._parts.pop()


def not_unicode(error: UnicodeEncodeError) -> RecordError:
    """Tell which text cannot be written."""
    return RecordError(f"A record holds text that is not Unicode: {error.object[error.start : error.end]!a}.")
