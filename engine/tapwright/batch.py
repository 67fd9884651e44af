"""Records on their way: a batch of typed columns, and the columns' types."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import compress
from typing import Any, Literal

TypeName = Literal[
    "string", "integer", "number", "decimal", "boolean", "date", "datetime", "local_datetime", "object", "array", "json"
]


@dataclass(frozen=True, kw_only=True)
class DataType:
    """The type of a column.

    Python values in a batch: str, int (any size), float, Decimal, bool, datetime.date, aware datetime.datetime
    (datetime), naive datetime.datetime (local_datetime), dict (object), list (array), any JSON value (json).
    Every column may hold None.
    """

    name: TypeName
    scale: int = 9
    """Digits after the point, for a decimal; its precision is 38."""
    items: DataType | None = None
    """The type of an array's items; None for JSON of any shape."""
    properties: Mapping[str, DataType] | None = None
    """The types of an object's members; None for JSON of any shape."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a table."""

    name: str
    type: DataType
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class Table:
    """What a sink is told before the first batch."""

    name: str
    columns: tuple[Column, ...]
    """The columns known so far; more may come."""
    primary_key: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True)
class Batch:
    """Some records of one stream, by column; every column has the same length."""

    columns: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    types: Mapping[str, DataType] = field(default_factory=dict)
    """The type of each column, in the columns' order."""

    def __len__(self) -> int:
        return len(next(iter(self.encodable_columns.values()), ()))

    @cached_property
    def records(self) -> list[dict[str, Any]]:
        """The same records as dicts."""
        names = tuple(self.columns)
        return [dict(zip(names, row, strict=True)) for row in zip(*self.columns.values(), strict=True)]

    def part(self, span: slice) -> Batch:
        """Some of the records, by their places."""
        return self._with({name: values[span] for name, values in self.encodable_columns.items()})

    def kept(self, flags: Sequence[object]) -> Batch:
        """Only the records whose flag is true."""
        return self._with({name: list(compress(values, flags)) for name, values in self.encodable_columns.items()})

    @cached_property
    def encodable_columns(self) -> Mapping[str, Sequence[Any]]:
        """The same columns, with JSON in the form that is written the fastest: see `tapwright.sealed`."""
        return self.columns

    @cached_property
    def encodable(self) -> Sequence[Any]:
        """The same records, in the form that is written as JSON objects the fastest."""
        columns = self.encodable_columns
        make = _record_class(tuple(columns))
        return self.records if make is None else list(map(make, *columns.values()))

    def chosen(self, names: Iterable[str]) -> Batch:
        """Only some of the columns."""
        columns = self.encodable_columns
        return self._with({name: columns[name] for name in names if name in columns})

    def _with(self, columns: Mapping[str, Sequence[Any]]) -> Batch:
        return Batch(columns, {name: self.types[name] for name in columns})


@lru_cache(maxsize=512)
def _record_class(names: tuple[str, ...]) -> Callable[..., Any] | None:
    """A class with these members, which is made and written several times faster than a dict; None if it cannot be."""
    import msgspec

    members = {f"f{number}": name for number, name in enumerate(names)}
    if not members:
        return None
    try:
        return msgspec.defstruct("Record", [(member, object) for member in members], rename=members, gc=False)
    except ValueError:  # a name that JSON must escape
        return None
