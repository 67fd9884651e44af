"""Records that no field touches: they stay as they came, and become columns only where columns are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from tapwright.batch import Batch, DataType
from tapwright.decode.kind import Chunk
from tapwright.decode.rows import PARENT, Rows
from tapwright.decode.structs import Structs
from tapwright.sealed import Sealed


class Untouched(Sealed):
    """JSON objects as they came; a member that one lacks is None in its column, and absent from its record."""

    chunk: Rows | Structs

    def __init__(self, chunk: Rows | Structs) -> None:
        self.__dict__.update(chunk=chunk, encodable=chunk.sealed)

    def __reduce__(self) -> Any:
        return Untouched, (Rows(self.records),)

    def __len__(self) -> int:
        return len(self.chunk)

    @cached_property
    def records(self) -> list[dict[str, Any]]:
        """The records as objects."""
        return self.chunk.rows

    @cached_property
    def encodable_columns(self) -> Mapping[str, Sequence[Any]]:
        """The columns that hold more than null."""
        return {name: values for name, (values, kind) in self._guessed.items() if kind is not None}

    @cached_property
    def types(self) -> dict[str, DataType]:
        """The type of each column, guessed from its values."""
        return {name: kind for name, (_, kind) in self._guessed.items() if kind is not None}

    @cached_property
    def _guessed(self) -> dict[str, tuple[list[Any], DataType | None]]:
        return {name: (values, inferred(values)) for name, values in self.chunk.rest(frozenset()).items()}


def untouched(chunk: Chunk) -> Batch | None:
    """Take the records of a chunk as they are, if they are JSON objects of their own."""
    if isinstance(chunk, Structs) or (isinstance(chunk, Rows) and not (chunk.rows and PARENT in chunk.rows[0])):
        return Untouched(chunk)
    return None


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
