"""Batches on their way into DuckDB: spooled as JSON beside it, typed, loaded many rows at a time.

A line of the spool holds a few thousand rows by column, `{"id": [1, 2], "name": ["a", null]}`: written in one
call, and in all half the work of a line for each row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import msgspec

from tapwright.batch import Batch
from tapwright.errors import RecordError, SinkError, kept_on_disk
from tapwright.sinks.database import in_memory
from tapwright.sinks.duckdb_types import (
    BIGINT,
    DOUBLE,
    EXACT_IN_DOUBLE,
    INTEGERS,
    SqlType,
    joined,
    literal,
    quoted,
    suited,
)

ROWS = 100_000
"""Rows that are loaded at a time."""
BYTES = 16 << 20
"""Bytes of the spool that are loaded at a time, even if they are fewer rows."""
LINE = 1 << 18
"""Bytes that a line of the spool is meant to have."""
ORDER = "_tapwright_row"
"""The column that numbers the rows of a load as they came, where a spool is told to."""

WIDER = "Give the field a wider type, such as decimal or string, and let it be a new column or table."

encode = msgspec.json.Encoder().encode
encode_numbers = msgspec.json.Encoder(decimal_format="number").encode


def _on_disk() -> AbstractContextManager[None]:
    return kept_on_disk("records on their way", SinkError)


class Place(Protocol):
    """Where a table's rows are loaded to."""

    def change(self, column: str, have: SqlType | None, new: SqlType) -> None:
        """Add a column, or widen it."""

    def load(self, select: str, rows: int) -> None:
        """Take the rows of a SELECT."""


class Spool:
    """The rows of one table that are not loaded yet, and the types of its columns."""

    def __init__(
        self,
        table: str,
        file: Path,
        place: Place,
        types: Mapping[str, SqlType],
        *,
        numbered: bool = False,
        stand_in: Callable[[SqlType], SqlType] = lambda kind: kind,
        most_rows: int = ROWS,
    ) -> None:
        self.table = table
        self.types = dict(types)
        self.file = file
        self.place = place
        self.numbered = numbered
        """Whether the rows carry the column `ORDER`."""
        self.stand_in = stand_in
        """Gives another type for one that the place cannot hold."""
        self.most_rows = most_rows
        """Rows that are loaded at a time."""
        self.rows = self.bytes = self.longest = 0
        self._step = 100
        """Rows of the next line."""
        self._lines: BinaryIO | None = None
        self._columns: dict[str, None] = {}
        self._as_text: set[str] = set()
        """Columns whose JSON is spooled as text, because DuckDB would round the decimals in it."""

    def take(self, batch: Batch) -> None:
        """Spool a batch; load what is spooled whenever that is enough."""
        for part in self._cut(batch):
            self._fit(part)
            self._write(part.columns, len(part))
            if self.rows >= self.most_rows or self.bytes >= BYTES * self.most_rows // ROWS:
                self.flush()

    def _cut(self, batch: Batch) -> Iterator[Batch]:
        """Cut a batch into lines."""
        start = 0
        while start < len(batch):
            span = slice(start, start + self._step)
            start = span.stop
            yield Batch({name: values[span] for name, values in batch.columns.items()}, batch.types)

    def flush(self) -> None:
        """Load what is spooled."""
        if self._lines is None:
            return
        with _on_disk():
            self._lines.close()
        self._lines = None
        try:
            self.place.load(self._select(), self.rows)
        except Exception as error:
            if blamed := self._blamed(str(error)):
                raise blamed from error
            raise
        self.file.unlink()
        self.rows = self.bytes = self.longest = 0
        self._columns = {}

    def _blamed(self, text: str) -> RecordError | None:
        """Find the column with a value that DuckDB did not take."""
        found = re.search(r"JSON transform error in file .*, in line \d+: (?:Failed to cast value.*?: )?(.*)", text)
        if not found:
            return None
        engine = in_memory(self.file.parent)
        for name in self._columns:
            try:
                engine.execute(self._select([name])).fetchall()
            except Exception:
                return RecordError(f"{name}: {found[1]:.80} does not fit {self.types[name]}.", WIDER)
        return None

    def drop(self) -> None:
        """Forget what is spooled."""
        if self._lines is not None:
            self._lines.close()
            self._lines = None

    def declare(self, column: str, wanted: SqlType) -> None:
        """Make sure that the table has a column which holds values of a type."""
        have = self.types.get(column)
        new = wanted if have is None else joined(have, wanted)
        if new is None:
            raise SinkError(
                f"Table {self.table}, column {column}: the table holds {have}, the records bring {wanted}.",
                "Change the table's column, drop it, or send the records to another table.",
            )
        if new == have:
            return
        if have is None:
            self._refuse_twin(column)
        else:
            self.flush()
        self.place.change(column, have, new)
        self.types[column] = new

    def _refuse_twin(self, column: str) -> None:
        if column == ORDER:
            raise SinkError(f"Table {self.table}: no column may be called {ORDER}.", "Rename it in the fields.")
        twin = next((name for name in self.types if name.casefold() == column.casefold()), None)
        if twin is not None:
            raise SinkError(
                f"Table {self.table}: columns {twin} and {column} differ only in upper and lower case.",
                "DuckDB takes them for one column: rename one of them in the stream's fields.",
            )

    def _fit(self, batch: Batch) -> None:
        """Check the values, and widen the table's columns to hold them."""
        wanted = {n: self.stand_in(suited(kind, batch.columns[n], n)) for n, kind in batch.types.items()}
        for name, kind in wanted.items():
            self.declare(name, kind)
        for name, kind in wanted.items():
            self._check(name, kind, self.types[name], batch.columns[name])

    def _check(self, name: str, kind: SqlType, held: SqlType, values: Sequence[Any]) -> None:
        """Check what only the table's own type can tell."""
        if held == DOUBLE and kind.name in INTEGERS:
            for value in filter(None, values):
                if abs(value) > EXACT_IN_DOUBLE:
                    raise RecordError(
                        f"{name}: {value} cannot be held exactly by the column's type DOUBLE.",
                        WIDER,
                    )

    def _write(self, columns: Mapping[str, Sequence[Any]], rows: int) -> None:
        line = {name: self._shaped(name, values) for name, values in columns.items()}
        if self.numbered:
            line[ORDER] = list(range(self.rows, self.rows + rows))
        text = _encoded(line)
        with _on_disk():
            if self._lines is None:
                self._lines = self.file.open("wb", buffering=1 << 20)
            self._lines.write(text)
        self._columns.update(dict.fromkeys(columns))
        self.rows, self.bytes = self.rows + rows, self.bytes + len(text)
        self.longest = max(self.longest, len(text))
        self._step = max(1, rows * LINE // len(text))

    def _shaped(self, name: str, values: Sequence[Any]) -> Sequence[Any]:
        kind = self.types[name]
        if not kind.holds_json:
            return values
        if name not in self._as_text and len(encode(values)) != len(encode_numbers(values)):
            self.flush()
            self._as_text.add(name)
        return [_json_as_text(value, kind) for value in values] if name in self._as_text else values

    def _select(self, names: Iterable[str] = ()) -> str:
        """Write the SELECT that reads the spool, or some of its columns."""
        numbers = {ORDER: BIGINT} if self.numbered and not names else {}
        reads, picks = [], []
        for name in (*(names or self._columns), *numbers):
            kind, column = (self.types | numbers)[name], quoted(name)
            read = kind.spelled("VARCHAR" if name in self._as_text else "JSON")
            cast = f"::{kind}" if name in self._as_text else ""
            reads.append(f"{column}: {literal(read + '[]')}")
            picks.append(f"unnest({column}){cast} AS {column}")
        options = (
            f"format = 'newline_delimited', columns = {{{', '.join(reads)}}}, "
            f"maximum_object_size = {max(self.longest + 1, 1 << 20)}"
        )
        return f"SELECT {', '.join(picks)} FROM read_json({literal(str(self.file))}, {options})"


def _json_as_text(value: Any, kind: SqlType) -> Any:
    """Turn the JSON inside a value into its text."""
    if value is None or not kind.holds_json:
        return value
    if kind.name == "LIST":
        return [_json_as_text(item, kind.members["items"]) for item in value]
    if kind.name == "STRUCT":
        return {name: _json_as_text(value.get(name), member) for name, member in kind.members.items()}
    return encode_numbers(value).decode()


def _encoded(line: Mapping[str, Sequence[Any]]) -> bytes:
    try:
        return encode(line) + b"\n"
    except (UnicodeEncodeError, TypeError, RecursionError):
        for name, values in line.items():
            _encode_each(name, values)
        raise


def _encode_each(name: str, values: Sequence[Any]) -> None:
    for value in values:
        try:
            encode(value)
        except (UnicodeEncodeError, TypeError, RecursionError) as error:
            raise RecordError(f"{name}: {value!r:.60} cannot be written: {error}.") from error
