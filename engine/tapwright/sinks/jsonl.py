"""Records as JSON lines, into a folder or onto the standard output."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Self

import msgspec

from tapwright.batch import Batch, Table
from tapwright.errors import SinkError, kept_on_disk
from tapwright.output import ending_with_its_reader
from tapwright.sinks.folder import FolderWriter, Naming
from tapwright.sinks.kind import Sink
from tapwright.sinks.lines import Lines, not_unicode
from tapwright.sinks.manifest import Part
from tapwright.writer import Mode, Writer

encode_lines = msgspec.json.Encoder(decimal_format="number").encode_lines


@dataclass(frozen=True, kw_only=True)
class Jsonl(Sink):
    """JSON lines: a folder of files for each stream, or the standard output.

    A reader takes `DIR/<stream>/part-*.jsonl`; while a run commits it may for a moment see records twice,
    unless it reads only the files that `DIR/_tapwright.json` lists.
    `merge` rewrites the files that hold a key which came again.
    Numbers are written exactly, decimals as JSON numbers, dates and times as ISO 8601.

    Example::

        jsonl: {path: out}
    """

    path: str
    """The folder; `-` for the standard output.
    There a line is the record alone, whatever its stream; every mode is `append`, and no state is kept."""

    @classmethod
    def from_text(cls, argument: str) -> Self:
        """Read `jsonl:DIR` or `jsonl:-`; without either it is the standard output."""
        return cls(path=argument or "-")

    def open(self) -> Writer:
        """Open the folder or the standard output."""
        return StandardOutput() if self.path == "-" else FolderWriter(self.path, "jsonl", _pages)

    def described(self) -> str:
        """Name the folder."""
        return "standard output" if self.path == "-" else self.path


def _pages(table: Table, old: list[Part], naming: Naming, scraps: Path) -> Lines:
    return Lines(JsonLine(), table, old, naming)


class JsonLine:
    """A record as a line of JSON."""

    def header(self, columns: Sequence[str]) -> bytes:
        """There is none."""
        return b""

    def spelled(self, batch: Batch, columns: Sequence[str]) -> bytes:
        """Write a line for each record."""
        return spelled(batch)

    def records(self, file: BinaryIO) -> Iterator[bytes]:
        """Cut at the ends of lines; JSON has none inside."""
        return iter(file)

    def keys(self, file: BinaryIO, key: tuple[str, ...], columns: Sequence[str]) -> Iterator[Hashable]:
        """Read only the key's members, as their text."""
        fields = [(f"k{number}", msgspec.Raw) for number in range(len(key))]
        names = {f"k{number}": name for number, name in enumerate(key)}
        decode = msgspec.json.Decoder(msgspec.defstruct("Key", fields, rename=names)).decode
        return (tuple(map(bytes, msgspec.structs.astuple(line))) for line in map(decode, file))

    def widened(self, record: bytes, count: int) -> bytes:
        """A record names its own members."""
        return record


class StandardOutput:
    """Lines on the standard output, written at each commit; when its reader goes away the program ends."""

    def __init__(self) -> None:
        self._lines = tempfile.SpooledTemporaryFile(max_size=2 << 20)  # noqa: SIM115 - closed with the writer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._lines.close()

    def begin(self, table: Table, mode: Mode, *, resume: bool = False) -> None:
        """Every mode is append."""

    def holds(self, table: str) -> bool:
        """Nobody here can tell."""
        return True

    def unfinished(self, table: str) -> bool:
        """Never: what was written is gone."""
        return False

    def write(self, table: str, batch: Batch) -> None:
        """Keep the lines for the commit."""
        lines = spelled(batch)
        with kept_on_disk("records on their way", SinkError):
            self._lines.write(lines)

    def finish(self, table: str) -> None:
        """Nothing is left to do."""

    def commit(self, state: Mapping[str, Any] | None = None) -> None:
        """Write the lines out; the state is not kept."""
        self._lines.seek(0)
        try:
            with ending_with_its_reader():
                shutil.copyfileobj(self._lines, sys.stdout.buffer, 1 << 20)
                sys.stdout.buffer.flush()
        except OSError as error:
            raise SinkError(f"The standard output cannot be written: {error.strerror}.") from error
        self.rollback()

    def rollback(self) -> None:
        """Drop the lines since the last commit."""
        self._lines.seek(0)
        self._lines.truncate()

    def state(self) -> dict[str, Any] | None:
        """None: the standard output remembers nothing."""
        return None


def spelled(batch: Batch) -> bytes:
    """Write a line for each record."""
    try:
        return encode_lines(batch.encodable)
    except UnicodeEncodeError as error:
        raise not_unicode(error) from error
