"""Records that no field touches: they stay as they came, and become columns only where columns are asked for."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from tapwright.batch import Batch, DataType
from tapwright.decode.alike import Texts
from tapwright.decode.kind import Chunk
from tapwright.decode.rows import PARENT, Rows


class Untouched(Batch):
    """JSON objects as they came; a member that one lacks is None in its column, and absent from its record."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.__dict__.update(records=rows, encodable=rows)

    def __len__(self) -> int:
        return len(self.records)

    @cached_property
    def columns(self) -> dict[str, list[Any]]:
        """The columns that hold more than null."""
        return {name: values for name, (values, kind) in self._guessed.items() if kind is not None}

    @cached_property
    def types(self) -> dict[str, DataType]:
        """The type of each column, guessed from its values."""
        return {name: kind for name, (_, kind) in self._guessed.items() if kind is not None}

    @cached_property
    def _guessed(self) -> dict[str, tuple[list[Any], DataType | None]]:
        columns = Rows(self.records).rest(frozenset())
        return {name: (values, inferred(values)) for name, values in columns.items()}


class Unopened(Untouched):
    """Records as lines of JSON; they become objects only where objects are asked for."""

    texts: Texts

    def __init__(self, texts: Texts) -> None:
        self.__dict__.update(texts=texts)

    def __len__(self) -> int:
        return len(self.texts)

    def __reduce__(self) -> Any:
        return Untouched, (self.records,)

    @property
    def lines(self) -> bytes:
        """A line of JSON for each record."""
        return self.texts.lines

    @cached_property
    def records(self) -> list[dict[str, Any]]:
        """The records as objects."""
        return self.texts.rows

    @cached_property
    def encodable(self) -> list[dict[str, Any]]:
        """The same."""
        return self.records


def untouched(chunk: Chunk) -> Batch | None:
    """Take the records of a chunk as they are, if they are JSON objects of their own."""
    if isinstance(chunk, Texts):
        return Unopened(chunk)
    if not isinstance(chunk, Rows) or (chunk.rows and PARENT in chunk.rows[0]):
        return None
    return Untouched(chunk.rows)


def inferred(values: list[Any]) -> DataType | None:
    """Guess the type of a column that no field names; None if it holds nothing but null."""
    kinds = set(map(type, values)) - {type(None)}
    if not kinds:
        return None
    if kinds == {str}:
        return DataType(name="string")
    if kinds == {bool}:
        return DataType(name="boolean")
    if kinds == {int}:
        return DataType(name="integer")
    if kinds <= {int, float} and all(abs(value) <= 2**53 for value in values if type(value) is int):
        return DataType(name="number")
    return DataType(name="json")
