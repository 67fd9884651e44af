"""Records as CSV files in a folder."""

from __future__ import annotations

import csv
import io
import secrets
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO, Self

import msgspec

from tapwright.batch import Batch, Table
from tapwright.sinks.folder import FolderWriter, Naming
from tapwright.sinks.kind import Sink
from tapwright.sinks.lines import Lines, not_unicode
from tapwright.sinks.manifest import Part

encode = msgspec.json.Encoder(decimal_format="number").encode
LONGEST = 2**31 - 1
"""Characters that a cell may have when it is read again; Python's limit is 131,072 unless told."""


@dataclass(frozen=True, kw_only=True)
class Csv(Sink):
    """CSV: a folder of files for each stream, each with the same header.

    UTF-8, commas, quotes as RFC 4180 has them, lines end with a line feed.
    Null is an empty cell, an empty text is `""`, booleans are `true` and `false`, decimals have no exponent,
    dates and times are ISO 8601, objects, arrays and JSON values are JSON.
    Texts that a spreadsheet would take for a formula are left as they are.
    A reader takes `DIR/<stream>/part-*.csv`; while a run commits it may for a moment see records twice,
    unless it reads only the files that `DIR/_tapwright.json` lists.
    Where a column is new, and where `merge` brings a key again, the files are rewritten in the commit.

    Example::

        csv: {path: out}
    """

    path: str
    """The folder."""

    @classmethod
    def from_text(cls, argument: str) -> Self:
        """Read `csv:DIR`; without a folder it is `tapwright-csv`."""
        return cls(path=argument or "tapwright-csv")

    def open(self) -> FolderWriter:
        """Open the folder, and hold it until the writer is closed."""
        return FolderWriter(self.path, "csv", _pages)

    def described(self) -> str:
        """Name the folder."""
        return self.path


def _pages(table: Table, old: list[Part], naming: Naming, scraps: Path) -> Lines:
    return Lines(CsvRow(), table, old, naming)


class CsvRow:
    """A record as a row of CSV."""

    def __init__(self) -> None:
        self._empty = f"tapwright-{secrets.token_hex(16)}"
        """Stands for an empty text, which Python's writer cannot tell from null."""

    def header(self, columns: Sequence[str]) -> bytes:
        """Write the names."""
        return _rows([columns]).encode()

    def spelled(self, batch: Batch, columns: Sequence[str]) -> bytes:
        """Write a row for each record."""
        nothing = [None] * len(batch)
        cells = [self._cells(batch, name) if name in batch.columns else nothing for name in columns]
        try:
            return _rows(zip(*cells, strict=True)).replace(self._empty, '""').encode()
        except UnicodeEncodeError as error:
            raise not_unicode(error) from error

    def _cells(self, batch: Batch, name: str) -> Sequence[Any]:
        values, kind = batch.encodable_columns[name], batch.types[name].name
        if kind == "string":
            return [self._empty if value == "" else value for value in values] if "" in values else values
        spell = SPELLED.get(kind)
        return [value if value is None else spell(value) for value in values] if spell else values

    def records(self, file: BinaryIO) -> Iterator[bytes]:
        """Cut at the ends of lines that are not within quotes."""
        held: list[bytes] = []
        within = passed = False
        for line in file:
            held.append(line)
            within ^= line.count(b'"') % 2 == 1
            if not within:
                if passed:
                    yield b"".join(held)
                passed, held = True, []

    def keys(self, file: BinaryIO, key: tuple[str, ...], columns: Sequence[str]) -> Iterator[Hashable]:
        """Read the key's cells, as their text."""
        csv.field_size_limit(LONGEST)
        rows = csv.reader(io.TextIOWrapper(file, encoding="utf-8", newline=""))
        next(rows)
        return map(itemgetter(*(list(columns).index(name) for name in key)), rows)

    def widened(self, record: bytes, count: int) -> bytes:
        """Add empty cells."""
        return record.removesuffix(b"\n") + b"," * count + b"\n"


def _rows(rows: Any) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _json(value: Any) -> str:
    return encode(value).decode()


SPELLED: dict[str, Callable[[Any], str]] = {
    "array": _json,
    "boolean": lambda value: "true" if value else "false",
    "date": lambda value: str(value.isoformat()),
    "datetime": lambda value: str(value.isoformat()),
    "decimal": lambda value: format(value, "f"),
    "json": _json,
    "local_datetime": lambda value: str(value.isoformat()),
    "object": _json,
}
"""How a value's text is made, where Python's own writer would make another."""
