"""Chunks of raw records to batches of typed columns, compiled once for each table."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from tapwright.batch import Batch, Column, DataType
from tapwright.cast import One, cast_column, cast_one, first_misfit
from tapwright.decode.kind import Chunk, Decode, Getter
from tapwright.decode.structs import Structs
from tapwright.errors import RecordError, TapwrightError
from tapwright.expression import compile_jmespath
from tapwright.sealed import Sealed, opened
from tapwright.shape import Field
from tapwright.shortened import shortened
from tapwright.untouched import inferred, untouched

MISFITS = "_misfits"


@dataclass(frozen=True, kw_only=True)
class Examined:
    """What one field takes from a chunk: for whoever writes the spec."""

    name: str
    words: Field
    values: list[Any] = dataclasses.field(default_factory=list)
    """The typed value of each record; None where there is none, and where it does not fit."""
    misfits: Mapping[int, tuple[Any, str]] = dataclasses.field(default_factory=dict)
    """The values that do not fit, by the place of their record, each with the reason."""
    fault: str = ""
    """Why nothing can be taken at all."""


@dataclass(frozen=True)
class _Compiled:
    name: str
    words: Field
    kind: DataType
    one: One
    getter: Getter | None

    def typed(self, values: list[Any], before: int) -> tuple[list[Any], dict[int, str]]:
        values = self._cleaned(values)
        kept: dict[int, str] = {}
        try:
            typed = cast_column(self.kind, self.one, values, self.words.format)
        except (ValueError, ArithmeticError, TypeError):
            if self.words.misfit == "fail":
                raise self._refused(values, before) from None
            typed = self._one_by_one(values, kept)
        if self.words.required and None in typed:
            place = before + typed.index(None) + 1
            raise RecordError(f"field '{self.name}' is null in record {place} of the page", _REQUIRED)
        return typed, kept

    def _cleaned(self, values: list[Any]) -> list[Any]:
        for text in self.words.without:
            values = [value.replace(text, "") if isinstance(value, str) else value for value in values]
        if self.words.trim:
            values = [value.strip() if isinstance(value, str) else value for value in values]
        if self.words.null_when:
            nulls = frozenset(self.words.null_when)
            values = [
                None if isinstance(value, str | int | float) and str(value) in nulls else value for value in values
            ]
        return values

    def examined(self, chunk: Chunk, stamps: Mapping[str, Any]) -> Examined:
        """Take the values of a chunk one by one, and say of those that do not fit why not."""
        try:
            raw = [stamps[self.name]] * len(chunk) if self.getter is None else opened(self.getter(chunk))
        except KeyError as error:
            return Examined(name=self.name, words=self.words, fault=f"there is no column {error.args[0]!r}")
        except TapwrightError as error:
            return Examined(name=self.name, words=self.words, fault=error.message)
        values = self._cleaned(raw)
        kept: dict[int, str] = {}
        typed = self._one_by_one(values, kept)
        misfits = {index: (values[index], first_misfit(self.one, [values[index]])[2]) for index in kept}
        return Examined(name=self.name, words=self.words, values=typed, misfits=misfits)

    def _refused(self, values: list[Any], before: int) -> RecordError:
        index, value, why = first_misfit(self.one, values)
        return RecordError(
            f"field '{self.name}' should be {self.kind.name}, found {shortened(str(value), 80)!r}"
            f" in record {before + index + 1} of the page: {why}",
            "Give the field another type or format, or say 'misfit: keep' to set such values aside.",
        )

    def _one_by_one(self, values: list[Any], kept: dict[int, str]) -> list[Any]:
        typed: list[Any] = []
        for index, value in enumerate(values):
            try:
                typed.append(None if value is None else self.one(value))
            except (ValueError, ArithmeticError, TypeError):
                typed.append(None)
                kept[index] = str(value)
        return typed


_REQUIRED = "The spec says that it must have a value; it may be a part of the primary key."


class Extraction:
    """Takes the fields of one stream out of its raw records."""

    def __init__(
        self,
        decode: Decode,
        fields: Mapping[str, Field],
        *,
        time_zones: Mapping[str, str],
        unlisted: Literal["drop", "fail", "keep"],
        where: str | None = None,
        key: tuple[str, ...] = (),
    ) -> None:
        self._fields = [_compiled(decode, name, words, time_zones, key) for name, words in fields.items()]
        self._known = frozenset(
            words.from_ or decode.default_from(name) for name, words in fields.items() if words.value is None
        )
        self._unlisted = unlisted
        self._where = condition_getter(decode, where) if where else None
        self.untouching = not fields and unlisted == "keep"
        """Whether no field takes anything, and records are kept as they are."""
        self.columns = tuple(Column(name=f.name, type=f.kind, description=f.words.description) for f in self._fields)

    def batch(self, chunk: Chunk, stamps: Mapping[str, Any], before: int = 0) -> Batch:
        """Type the records of a chunk; `stamps` are the slice's values, `before` counts the page's earlier records.

        Raises RecordError, naming the field, the value and the record.
        """
        chunk = self.wanted(chunk)
        if self.untouching and (batch := untouched(chunk)):
            return batch
        columns: dict[str, list[Any]] = {}
        types: dict[str, DataType] = {}
        misfits: dict[int, dict[str, str]] = {}
        for field in self._fields:
            values = self._values(field, chunk, stamps)
            if values is None:
                continue
            if isinstance(chunk, Structs) and field.kind.name != "json":
                values = opened(values)
            columns[field.name], kept = field.typed(values, before)
            types[field.name] = field.kind
            if field.words.misfit == "keep":
                for index, text in kept.items():
                    misfits.setdefault(index, {})[field.name] = text
        if misfits:
            columns[MISFITS] = [misfits.get(index) for index in range(len(chunk))]
            types[MISFITS] = DataType(name="json")
        if self._unlisted != "drop":
            self._add_unlisted(chunk, columns, types)
        return Sealed(columns, types) if isinstance(chunk, Structs) else Batch(columns, types)

    def wanted(self, chunk: Chunk) -> Chunk:
        """The records of a chunk that `where` lets pass."""
        return chunk if self._where is None else chunk.kept(self._where(chunk))

    def examined(self, chunk: Chunk, stamps: Mapping[str, Any]) -> list[Examined]:
        """Say what each field takes from a chunk; unlike `batch`, raises nothing for values that do not fit."""
        return [field.examined(chunk, stamps) for field in self._fields]

    def untaken(self, chunk: Chunk) -> list[str]:
        """The keys or columns that no field takes, or looks into."""
        looked_into = {name for expression in self._known for name in _first_names(expression)}
        return [name for name in chunk.rest(self._known) if name not in looked_into]

    def _values(self, field: _Compiled, chunk: Chunk, stamps: Mapping[str, Any]) -> list[Any] | None:
        if field.getter is None:
            return [stamps[field.name]] * len(chunk)
        if field.words.optional:
            try:
                return field.getter(chunk)
            except KeyError:
                return None
        try:
            return field.getter(chunk)
        except KeyError as error:
            raise RecordError(
                f"field '{field.name}': the answer has no column {error.args[0]!r}",
                "Correct the field's 'from', or say 'optional: true' if the column comes only with some requests.",
            ) from None

    def _add_unlisted(self, chunk: Chunk, columns: dict[str, list[Any]], types: dict[str, DataType]) -> None:
        rest = chunk.rest(self._known)
        if self._unlisted == "fail" and rest:
            raise RecordError(
                f"the records hold {', '.join(repr(name) for name in rest)}, which the spec does not list",
                "Add them to the stream's fields, or say 'unlisted: keep' or 'drop'.",
            )
        for name, values in rest.items():
            kind = inferred(values)
            if name not in columns and kind is not None:
                columns[name], types[name] = values, kind


def _first_names(expression: str) -> Sequence[str]:
    """The name at which a plain path begins; of any other expression, each of its words."""
    plain = re.fullmatch(r"@?(?:[\w-]+:)?([\w -]+)([./].*)?", expression)
    return [plain[1]] if plain else re.findall(r"\w+", expression)


def condition_getter(decode: Decode, expression: str) -> Getter:
    """Compile a stream's `where`; rows of a table are objects of its columns there."""
    if decode.speaks != "column":
        return decode.getter(expression)
    look = compile_jmespath(expression)
    return lambda chunk: [look(chunk.record(index)) for index in range(len(chunk))]


def _compiled(
    decode: Decode, name: str, words: Field, time_zones: Mapping[str, str], key: tuple[str, ...]
) -> _Compiled:
    if name in key and not words.required:
        words = replace(words, required=True)
    one = cast_one(words.data_type, words.format, time_zones.get(name, "UTC"))
    getter = None if words.value is not None else decode.getter(words.from_ or decode.default_from(name))
    return _Compiled(name, words, words.data_type, one, getter)
