"""Cursors: how values of the field that orders the records are compared, kept and read back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal

from tapwright.batch import Batch
from tapwright.errors import RecordError
from tapwright.moment import as_datetime
from tapwright.shape import Field, Shape

Kind = Literal["number", "text", "time"]
_KINDS: Mapping[str, Kind] = {
    "integer": "number",
    "number": "number",
    "decimal": "number",
    "date": "time",
    "datetime": "time",
    "local_datetime": "time",
}
_ORDERED = frozenset([date, int, Decimal, float])
"""Types whose own order is the cursor's, so that one value of a column needs to be made comparable."""


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """The cursor of a stream.  Instants are compared as instants, numbers as numbers, never as their text."""

    path: tuple[str, ...]
    """The field, and the way into it where it is nested."""
    kind: Kind
    time_zone: str = "UTC"
    """The zone of dates, and of times that name none."""

    @classmethod
    def of(cls, name: str, fields: Mapping[str, Field], time_zone: str = "UTC", start: Any = None) -> Cursor:
        """Make the cursor of a field; where its type does not say, `start` tells a time from a number from a text."""
        path, type = _place(name, fields)
        return cls(path=path, kind=_KINDS.get(type) or _kind_of(start, type), time_zone=time_zone)

    @property
    def name(self) -> str:
        """The field, as the spec names it."""
        return ".".join(self.path)

    def each(self, batch: Batch) -> Iterator[Any]:
        """The value of each record, in the form that can be compared; None where it is null or not there."""
        column: Sequence[Any] = batch.columns.get(self.path[0], [None] * len(batch))
        for step in self.path[1:]:
            column = [value.get(step) if isinstance(value, dict) else None for value in column]
        return (None if value is None else self._of_record(value) for value in column)

    def newest(self, batch: Batch, most: Any = None) -> Any:
        """The greatest value in a batch that is not beyond `most`; None if there is none."""
        column = batch.columns.get(self.path[0], ())
        if len(self.path) == 1 and len(set(map(type, column))) == 1 and type(column[0]) in _ORDERED:
            value = self._of_record(max(column))
            if most is None or value <= most:
                return value
        values = (value for value in self.each(batch) if value is not None)
        return max((value for value in values if most is None or value <= most), default=None)

    def comparable(self, value: Any) -> Any:
        """The form in which values are compared: an instant, a number or a text; raises ValueError for others."""
        if self.kind == "text":
            return str(value)
        try:
            return _instant(value, self.time_zone) if self.kind == "time" else _number(value)
        except (ValueError, ArithmeticError, OSError):
            raise ValueError(f"'{value}' is no {self.kind} for the cursor '{self.name}'") from None

    def _of_record(self, value: Any) -> Any:
        try:
            return self.comparable(value)
        except ValueError as error:
            raise RecordError(str(error), "Give the field its type, and its 'format' if it is a time.") from None

    def kept(self, value: Any) -> str | int:
        """A value as the state keeps it."""
        if isinstance(value, datetime | date):
            return value.isoformat()
        return value if isinstance(value, int) else str(value)


def _place(name: str, fields: Mapping[str, Field]) -> tuple[tuple[str, ...], str]:
    """Find a field: the way into the records, and its type, empty where it is not declared."""
    if name in fields:
        return (name,), fields[name].type
    path = tuple(name.split("."))
    words: Field | Shape | None = fields.get(path[0])
    for step in path[1:]:
        words = (words.properties or {}).get(step) if words else None
    return path, words.type if words else ""


def _kind_of(start: Any, type: str) -> Kind:
    if isinstance(start, date):
        return "time"
    if isinstance(start, int | float | Decimal):
        return "text" if type == "string" else "number"
    try:
        as_datetime(start)
    except ValueError:
        return "text" if type == "string" or not str(start).isdecimal() else "number"
    return "time"


def _instant(value: Any, time_zone: str) -> datetime:
    moment = as_datetime(value, time_zone)
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # "forever" and "never", in a zone where they lie beyond the calendar
        return moment.replace(tzinfo=UTC)


def _number(value: Any) -> int | float | Decimal:
    if isinstance(value, int | float | Decimal):
        return value
    number = Decimal(str(value))
    if not number.is_finite():
        raise ValueError
    return int(number) if number == number.to_integral_value() else number
