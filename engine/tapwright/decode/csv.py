"""Records in comma-separated values."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, ClassVar, Literal

from tapwright.body import Body
from tapwright.counted import counted
from tapwright.decode.characters import lines
from tapwright.decode.kind import Chunk, Decode, Decoded, Getter
from tapwright.decode.pack import unpacked
from tapwright.decode.rows import CHUNK, Columns, column_getter
from tapwright.decode.sniff import refused, sniff
from tapwright.errors import BodyError

LONGEST_FIELD = 1 << 24
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, kw_only=True)
class Csv(Decode):
    """Records in comma-separated values, one row each, every row as long as the header; blank lines are passed over.

    Example::

        csv: {delimiter: ";", skip_lines: 1}
    """

    delimiter: str = ","
    """The character between values; `\\t` for tab-separated values."""
    quote: str = '"'
    """The character around values that hold delimiters or line breaks, doubled inside them; empty if there is none."""
    header: bool = True
    """Whether the first row names the columns."""
    columns: tuple[str, ...] = ()
    """The names of the columns, where there is no header, or instead of it."""
    skip_lines: int = 0
    """How many lines to pass over before the header."""
    comment: str | None = None
    """What rows begin with that are remarks and no records."""
    section: str | None = None
    """The column to make of headings between the rows, which are shorter and hold a first value alone: each record has
    there the heading before it."""
    encoding: str | None = None
    """The charset of the body, whatever its Content-Type says."""
    strip: bool = False
    """Whether blanks around values are dropped, quoted ones too; around column names they always are."""
    empty_means_null: bool = True
    """Whether an empty value means none; else it is an empty text."""
    empty_means_none: bool = False
    """Whether an empty body holds no records; else it is an error."""

    speaks: ClassVar[Literal["jmespath", "xpath", "column"]] = "column"
    media: ClassVar[tuple[str, ...]] = ("csv", "separated-values", "text/plain", "octet-stream", "excel", "zip")
    reads: ClassVar[frozenset[str]] = frozenset(("csv", "empty", "gzip", "text", "zip"))
    closed: ClassVar[bool] = False

    def faults(self) -> Iterator[tuple[str, str]]:
        """Say what is wrong with these words: (key, message)."""
        if len(self.delimiter) != 1:
            yield "delimiter", f"{self.delimiter!r} is not one character"
        if len(self.quote) > 1:
            yield "quote", f"{self.quote!r} is not one character, or empty"
        if not self.header and not self.columns:
            yield "columns", "name the columns, as there is no header"
        if len(set(self.columns)) != len(self.columns):
            yield "columns", "a name comes twice"
        if self.section in self.columns:
            yield "section", f"'{self.section}' is one of the 'columns' already"

    def decode(self, body: Body, charset: str | None = None) -> Decoded:
        """Understand a body; it has no document."""
        body = unpacked(body, self.member)
        sort = sniff(body.head())
        if sort == "empty" and self.empty_means_none:
            return Decoded(None, iter(()))
        if sort not in ("csv", "text"):
            raise refused(body.head(), "CSV")
        csv.field_size_limit(LONGEST_FIELD)  # of the whole process; the CSV sink sets its own when it reads
        rows = _Rows(self._reader(body, charset), self.skip_lines, self.comment)
        names = self._names(rows)
        if self.section is not None:
            if self.section in names:
                raise BodyError(
                    f"the header names {self.section!r}, which is also the section", "Name the section otherwise."
                )
            names.append(self.section)
            rows.reader = _Sections(rows.reader, len(names))
        return Decoded(None, self._chunks(names, rows))

    def getter(self, expression: str) -> Getter:
        """Take a column by its name; KeyError if the body has none of that name."""
        return column_getter(expression)

    def _reader(self, body: Body, charset: str | None) -> Any:
        return csv.reader(
            islice(lines(body, self.encoding or charset), self.skip_lines, None),
            delimiter=self.delimiter,
            quotechar=self.quote or None,
            quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            skipinitialspace=self.strip,
            strict=True,
        )

    def _names(self, rows: _Rows) -> list[str]:
        """Read the header, and settle the names of the columns."""
        names = list(self.columns)
        if self.header:
            header = [name.strip() for row in rows.read(1) for name in row]
            if not header:
                raise BodyError("the CSV has no header")
            if names and len(names) != len(header):
                raise BodyError(f"the header has {len(header)} columns, not the {len(names)} that `columns` names")
            names = names or header
        for place, name in enumerate(names):
            if not name or name in names[:place]:
                what = f"names {name!r} twice" if name else f"has no name for column {place + 1}"
                raise BodyError(f"the header {what}", "Name the columns under `columns`.")
        return names

    def _chunks(self, names: list[str], rows: _Rows) -> Iterator[Chunk]:
        size = max(100, min(CHUNK, 40_000 // len(names)))  # wide rows take as much memory as many
        while piece := rows.read(size, len(names)):
            values = [self._cleaned(column) for column in zip(*piece, strict=True)]
            yield Columns(dict(zip(names, values, strict=True)), len(piece))

    def _cleaned(self, column: tuple[str, ...]) -> Sequence[str | None]:
        values: Sequence[str] = list(map(str.strip, column)) if self.strip else column
        return [value or None for value in values] if self.empty_means_null and not all(values) else values


class _Sections:
    """The rows of a CSV reader, the heading before each as one more value; the headings themselves are blank rows."""

    def __init__(self, reader: Any, width: int) -> None:
        self._reader, self._width, self._heading = reader, width, ""

    @property
    def line_num(self) -> int:
        return int(self._reader.line_num)

    def __iter__(self) -> Iterator[list[str]]:
        return self

    def __next__(self) -> list[str]:
        row: list[str] = next(self._reader)
        if row and row[0] and len(row) < self._width - 1 and not any(row[1:]):
            self._heading = row[0]
            return []
        return [*row, self._heading] if row else row


class _Rows:
    """The rows of a CSV body, with their line numbers."""

    def __init__(self, reader: Any, skipped: int, comment: str | None) -> None:
        self.reader, self.skipped, self.comment = reader, skipped, comment

    def read(self, count: int, width: int | None = None) -> list[list[str]]:
        """Read up to `count` rows, each of `width` values; none at the end."""
        while True:
            line = self.skipped + int(self.reader.line_num)
            piece = self._piece(count)
            widths = set(map(len, piece))
            kept = [row for row in piece if row] if 0 in widths else piece
            if self.comment:
                kept = [row for row in kept if not row[0].startswith(self.comment)]
                widths = set(map(len, kept))
            if width and not widths <= {0, width}:
                raise self._uneven(piece, line, width)
            if kept or not piece:
                return kept

    def _piece(self, count: int) -> list[list[str]]:
        try:
            return list(islice(self.reader, count))
        except csv.Error as error:
            what = "a quote that is opened but not closed" if "unexpected end" in str(error) else str(error)
            raise BodyError(f"line {self.skipped + self.reader.line_num} of the CSV: {what}") from None

    def _uneven(self, piece: list[list[str]], line: int, width: int) -> BodyError:
        for row in piece:
            remark = self.comment and row and row[0].startswith(self.comment)
            if row and len(row) != width and not remark:
                break
            line += 1 + sum(len(_LINE_END.findall(value)) for value in row)
        extra = isinstance(self.reader, _Sections)
        count = counted(len(row) - extra, "value")
        return BodyError(f"line {line + 1} of the CSV has {count}, not the {width - extra} of the header")
