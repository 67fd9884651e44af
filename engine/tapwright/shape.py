"""The words for a field of a record: what to take, where from, of which type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from tapwright.batch import DataType, TypeName
from tapwright.words import Expression, Template, Value


@dataclass(frozen=True, kw_only=True)
class Shape:
    """The type of an array's items, or of an object's member."""

    type: TypeName = "json"
    """Its type."""
    scale: int = 9
    """Digits after the point, for a decimal (38 digits in all)."""
    items: Shape | None = None
    """The type of an array's items; without it the array is kept as JSON."""
    properties: dict[str, Shape] | None = None
    """The types of an object's members; without them the object is kept as JSON."""

    @property
    def data_type(self) -> DataType:
        """The type that a column of this shape has."""
        members = {name: shape.data_type for name, shape in (self.properties or {}).items()}
        items = None if self.items is None else self.items.data_type
        return DataType(name=self.type, scale=self.scale, items=items, properties=members or None)


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of a stream's records: a column of the table.

    Example::

        fields:
          id: {type: integer, required: true}
          spend: {type: decimal, from: costs.gross, description: "What was spent, in the account's currency."}
          day: {type: date, format: "%d/%m/%Y"}
          tags: {type: array, items: {type: string}}
          account_id: {value: "{{ config.account_id }}"}
    """

    type: TypeName = "string"
    """Its type.  A `string` takes numbers too, every digit that counts; `datetime` is an instant, `local_datetime` a
    time on a clock with no zone; `json` is anything."""
    from_: Expression | None = None
    """What to take from the record: JMESPath for JSON, XPath for XML, a column's name for CSV.  Without it, what has
    the field's own name."""
    value: Value | None = None
    """A template to stamp on every record instead, such as `{{ slice.start | date }}`."""
    description: str = ""
    """What it is, in a sentence, with its unit."""
    format: str | None = None
    """How a date or a time is written: `iso`, `epoch_s`, `epoch_ms`, or strptime's codes; without it, ISO 8601.
    For a number `comma`, the mark before its fraction, as in `1.234,5`; a point without it."""
    time_zone: Template | None = None
    """The zone of a datetime that names none; UTC without it."""
    scale: int = 9
    """Digits after the point, for a decimal (38 digits in all)."""
    items: Shape | None = None
    """The type of an array's items; without it the array is kept as JSON."""
    properties: dict[str, Shape] | None = None
    """The types of an object's members; without them the object is kept as JSON."""
    required: bool = False
    """Whether null is an error."""
    optional: bool = False
    """Whether the answer may lack it altogether; then the column is left out."""
    trim: bool = False
    """Whether blanks and line breaks around a text go."""
    without: list[str] = field(default_factory=list)
    """Texts to take out of the value first, such as `$`, `%` or the comma of thousands."""
    null_when: list[str] = field(default_factory=list)
    """Texts that mean null, such as `N/A`."""
    misfit: Literal["blank", "fail", "keep"] = "fail"
    """What to do with a value that does not fit: `fail` the stream; make it `blank`, that is null; or `keep` it, as
    text, in the column `_misfits` with null in its own."""

    @property
    def data_type(self) -> DataType:
        """The type of its column."""
        return Shape(type=self.type, scale=self.scale, items=self.items, properties=self.properties).data_type

    def faults(self) -> Iterator[tuple[str, str]]:
        """Say what is wrong with these words."""
        if self.from_ is not None and self.value is not None:
            yield "value", "a field is taken 'from' the record or stamped with a 'value', not both"
        if self.format and self.type in ("decimal", "integer", "number"):
            if self.format != "comma":
                yield "format", "a number has no format but 'comma'; dates and times have types of their own"
        elif self.format and self.type not in ("date", "datetime", "local_datetime"):
            yield "format", f"only dates, times and numbers have a format; this is {self.type}"
