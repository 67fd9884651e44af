"""The two forms of a chunk: JSON objects, and columns of text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, compress, islice
from typing import Any, TypeVar

from tapwright.decode.kind import Chunk, Getter

T = TypeVar("T")

PARENT, POSITION = "_parent", "_position"
CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Rows:
    """Records that are JSON objects."""

    rows: list[dict[str, Any]]

    @property
    def sealed(self) -> list[dict[str, Any]]:
        """The same: these are open."""
        return self.rows

    def __len__(self) -> int:
        return len(self.rows)

    def rest(self, known: frozenset[str]) -> dict[str, list[Any]]:
        """The top-level keys that no field takes."""
        names = dict.fromkeys(chain.from_iterable(self.rows))
        wanted = [name for name in names if name not in known and name not in (PARENT, POSITION)]
        return {name: [row.get(name) for row in self.rows] for name in wanted}

    def kept(self, flags: Sequence[object]) -> Rows:
        """The records whose flag is true."""
        return Rows(list(compress(self.rows, flags)))

    def record(self, index: int) -> dict[str, Any]:
        """One record."""
        return self.rows[index]


@dataclass(frozen=True, slots=True)
class Columns:
    """Records that are rows of a table of text."""

    columns: Mapping[str, Sequence[Any]]
    length: int

    def __len__(self) -> int:
        return self.length

    def rest(self, known: frozenset[str]) -> dict[str, list[Any]]:
        """The columns that no field takes."""
        return {name: list(values) for name, values in self.columns.items() if name not in known}

    def kept(self, flags: Sequence[object]) -> Columns:
        """The records whose flag is true."""
        columns = {name: list(compress(values, flags)) for name, values in self.columns.items()}
        return Columns(columns, sum(map(bool, flags)))

    def record(self, index: int) -> dict[str, Any]:
        """One record."""
        return {name: values[index] for name, values in self.columns.items()}


def in_chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """Cut items into lists of at most `size`."""
    rest = iter(items)
    while piece := list(islice(rest, size)):
        yield piece


def column_getter(name: str) -> Getter:
    """Take a column by its name; KeyError if there is none."""

    def get(chunk: Chunk) -> list[Any]:
        assert isinstance(chunk, Columns)
        return list(chunk.columns[name])

    return get
