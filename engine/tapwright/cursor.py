"""Cursors: how values of the field that orders the records are compared, kept and read back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal

from tapwright.batch import Batch
from tapwright.errors import StateError
from tapwright.moment import as_datetime
from tapwright.shape import Field

Kind = Literal["number", "text", "time"]
_ORDERED = frozenset([date, int, Decimal, float])
"""Types whose own order is the cursor's, so that one value of a column needs to be made comparable."""
_KINDS: Mapping[str, Kind] = {"integer": "number", "number": "number", "decimal": "number", "string": "text"}


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """The cursor of a stream.  Instants are compared as instants, numbers as numbers, never as their text."""

    path: tuple[str, ...]
    """The field, and the way into it where it is nested."""
    kind: Kind
    time_zone: str = "UTC"
    """The zone of dates, and of times that name none."""

    @classmethod
    def of(cls, name: str, fields: Mapping[str, Field], time_zone: str) -> Cursor:
        """Make the cursor of a field; one of the type string whose format is not said is text."""
        words = fields.get(name)
        kind: Kind = _KINDS.get(words.type, "time") if words else "time"
        return cls(path=(name,) if words else tuple(name.split(".")), kind=kind, time_zone=time_zone)

    def each(self, batch: Batch) -> Iterator[Any]:
        """The value of each record, in the form that can be compared; None where it is null or not there."""
        column: Sequence[Any] = batch.columns.get(self.path[0], [None] * len(batch))
        for step in self.path[1:]:
            column = [value.get(step) if isinstance(value, dict) else None for value in column]
        return (None if value is None else self.comparable(value) for value in column)

    def newest(self, batch: Batch) -> Any:
        """The greatest value in a batch; None if there is none."""
        column = batch.columns.get(self.path[0], ())
        if len(self.path) == 1 and len(set(map(type, column))) == 1 and type(next(iter(column))) in _ORDERED:
            return self.comparable(max(column))
        return max((value for value in self.each(batch) if value is not None), default=None)

    def comparable(self, value: Any) -> Any:
        """The form in which values are compared: an instant, a number or a text; raises StateError for anything else."""
        try:
            if self.kind == "time":
                return as_datetime(value, self.time_zone).astimezone(UTC)
            if self.kind == "number":
                return value if isinstance(value, int | float | Decimal) else _number(value)
        except (ValueError, ArithmeticError):
            raise StateError(f"'{value}' is no {self.kind} to be a cursor of '{'.'.join(self.path)}'") from None
        return str(value)

    def kept(self, value: Any) -> str | int:
        """A value as the state keeps it."""
        if isinstance(value, datetime | date):
            return value.isoformat()
        return value if isinstance(value, int) else str(value)


def _number(value: Any) -> int | Decimal:
    number = Decimal(str(value))
    return int(number) if number == number.to_integral_value() else number
