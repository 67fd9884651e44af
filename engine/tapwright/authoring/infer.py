"""Fields with their types from the records that came: for a spec that does not name them yet."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tapwright.authoring.asked import Asked, Asking, Exchange
from tapwright.authoring.columns import Column, columns_of
from tapwright.authoring.field_types import is_id, words_for
from tapwright.authoring.guess import Guess, guessed
from tapwright.authoring.key_candidates import key_candidates
from tapwright.authoring.outline import known
from tapwright.authoring.records import field_name, records_of
from tapwright.authoring.times import formats_of
from tapwright.authoring.words_of import words_text
from tapwright.decode.kind import Decode
from tapwright.errors import BodyError, TapwrightError, TargetError
from tapwright.fetch import charset_of
from tapwright.plan import Plan

MOST_RECORDS = 10_000
_FEW, _LONG, _MEMBERS = 10, 40, 8
"""How many different values an enum may have, how long each may be; how many members of an object are named."""


@dataclass(frozen=True, kw_only=True)
class Inferred:
    """A field as the records have it."""

    name: str
    place: str
    words: dict[str, Any]
    """What to write as the field."""
    values: int
    """How many records have a value."""
    null: int
    """How many have null."""
    absent: int
    """How many do not have it at all."""
    choices: tuple[str, ...] = ()
    """The values, where they are few and come again and again."""
    remark: str = ""
    """What its writer should look at."""


@dataclass(frozen=True, kw_only=True)
class Inference:
    """What the records of a stream look like."""

    table: str
    stream: str
    records: int
    pages: int
    fields: tuple[Inferred, ...]
    """The fields that no field of the spec takes yet."""
    known: int = 0
    """How many fields the spec has already."""
    lost: Mapping[str, str] = field(default_factory=dict)
    """Fields of the spec that find nothing, each with the place that it may mean, if there is one."""
    guess: Guess | None = None
    """Where the records seem to sit, if the spec does not say it."""
    keys: tuple[tuple[str, ...], ...] = ()
    """What could be the primary key, the likeliest first."""


def inferred(
    asking: Asking, *, number: int = 1, pages: int = 1, required: bool = False, flat: bool = False
) -> Inference:
    """Ask for the first pages of a slice, and infer the fields; raises what went wrong if there is no record to see.

    `required` says so of fields that were never null; `flat` takes the members of objects as fields of their own.
    """
    plan = asking.provider.plan
    table = plan.tables[0]
    asked, records, guess = _seen(asking, number, pages)
    decode, columns = asked.table.decode, columns_of(records, flat=flat)
    takes = {name: w.from_ or decode.default_from(name) for name, w in table.fields.items() if w.value is None}
    looking = _Looking(asking, decode, len(records), required)
    every = list(looking.fields(columns, takes, set(table.fields)))
    fields, lost = _sorted_out(every, takes)
    return Inference(
        table=table.table,
        stream=table.name,
        records=len(records),
        pages=len(asked.pages),
        fields=fields,
        known=len(table.fields),
        lost=lost,
        guess=guess if guess is not None and guess.said != {"json": {}} else None,
        keys=() if table.stream.primary_key else tuple(_keys(every, columns, len(records), table.name)),
    )


def _seen(asking: Asking, number: int, pages: int) -> tuple[Asked, list[dict[str, Any]], Guess | None]:
    """Ask without the spec's fields, so that none of their faults stands in the way; guess where the records are."""
    plan = asking.provider.plan
    bare = asking.anew(_bare(plan))
    asked = bare.ask(number, pages)
    unsaid = plan.tables[0].stream.records is None and plan.spec.api.records is None
    guess = _guess(asked) if unsaid else None
    if guess is not None and guess.decode != asked.table.decode:
        bare = bare.anew(_bare(plan, guess.decode))
        asked = bare.ask(number, pages)
    records = list(_records(bare, asked))
    if not records:
        hint = "Try another --slice, or more --pages."
        raise _pointed(asked) or TargetError(f"stream '{asked.table.name}' gave no records to infer fields from", hint)
    return asked, records, guess


def _bare(plan: Plan, decode: Decode | None = None) -> Plan:
    """The plan without its fields, so that none of their faults stands in the way."""
    table = plan.tables[0]
    bare = replace(table, fields={}, select=(), primary_key=(), unlisted="drop")
    return replace(plan, tables=(replace(bare, decode=decode or table.decode),))


def _guess(asked: Asked) -> Guess | None:
    exchange = next((exchange for exchange in _exchanges(asked)), None)
    if exchange is None or exchange.response is None:
        return None
    response = exchange.response
    return guessed(known(response.body, response.content_type, charset_of(response)))


def _pointed(asked: Asked) -> TapwrightError | None:
    """The error of asking, with where the records could be if that is what is wrong."""
    guess = _guess(asked) if isinstance(asked.error, BodyError) else None
    if asked.error is not None and guess is not None and guess.count > 1:
        asked.error.hint = f"The spec could say {words_text('records', guess.said)}, which holds {guess.count}."
    return asked.error


def _exchanges(asked: Asked) -> list[Exchange]:
    """The exchanges that gave pages; one whose page was not understood if there is no other."""
    last = asked.last
    failed = [last] if last is not None and last.table is asked.table and last.response is not None else []
    return asked.pages or failed


def _records(asking: Asking, asked: Asked) -> Iterator[dict[str, Any]]:
    found = 0
    wanted = asking.provider.reader(asked.table).extraction.wanted
    for exchange in asked.pages:
        assert exchange.response is not None
        for chunk in asked.table.decode.decode(exchange.response.body, charset_of(exchange.response)).chunks:
            for record in records_of(wanted(chunk), asked.table.decode):
                found += 1
                if found > MOST_RECORDS:
                    return
                yield record


def _sorted_out(found: list[Inferred], takes: Mapping[str, str]) -> tuple[tuple[Inferred, ...], dict[str, str]]:
    """Tell the fields that are new from those that the spec takes, or means to take."""
    roots = {_root(one.place) for one in found}
    lost = {name: "" for name, expression in takes.items() if (root := _root(expression)) and root not in roots}
    new = []
    for one in found:
        alike = field_name(one.place, set())
        if alike in lost:
            lost[alike] = one.place
        elif not any(_takes(expression, one.place) for expression in takes.values()):
            new.append(one)
    return tuple(new), lost


def _takes(expression: str, place: str) -> bool:
    """Whether an expression takes what is at a place, or looks into it."""
    if _root(expression):
        return expression == place or expression.startswith((f"{place}.", f"{place}/"))
    return expression == place or {*re.findall(r"\w+", place)} <= {*re.findall(r"\w+", expression)}


def _root(place: str) -> str:
    """The first step of a plain path; nothing for any other expression."""
    found = re.fullmatch(r"([@\w -]+|\"[^\"]+\")([./].*)?", place)
    return found[1] if found else ""


@dataclass(frozen=True)
class _Looking:
    """Makes fields of columns."""

    asking: Asking
    decode: Decode
    records: int
    required: bool

    def fields(self, columns: Mapping[str, Column], takes: Mapping[str, str], names: set[str]) -> Iterator[Inferred]:
        """Make a field of each column; one that the spec takes already has the name that it has there."""
        named = {expression: name for name, expression in takes.items()}
        hide = self.asking.provider.mask.hide
        for place, column in columns.items():
            if hide(place) != place:
                continue
            name = named.get(place) or field_name(place, names)
            names.add(name)
            yield self._field(name, place, column)

    def _field(self, name: str, place: str, column: Column) -> Inferred:
        values, all_text = column.values, self.decode.speaks != "jmespath"
        words = {"type": "json"} if all_text and _several(values) else words_for(name, values, all_text=all_text)
        remark = _remark(values, words, all_text=all_text)
        source = {} if place == self.decode.default_from(name) else {"from": place}
        never = {"required": True} if self.required and len(values) == self.records else {}
        choices = _choices(name, values, words)
        hide = self.asking.provider.mask.hide
        return Inferred(
            name=name,
            place=place,
            words={**({"type": words["type"]} if "type" in words else {}), **source, **words, **never},
            values=len(values),
            null=column.null,
            absent=self.records - len(values) - column.null,
            choices=tuple(map(hide, choices)),
            remark=hide(remark),
        )


def _several(values: list[Any]) -> bool:
    """Whether an XML record has elements of one name."""
    return any(isinstance(value, list) for value in values)


def _remark(values: list[Any], words: dict[str, Any], *, all_text: bool) -> str:
    """Say what a type does not, and its writer should look at."""
    if not values:
        return "always null, so its type is not known"
    if all_text and _several(values):
        return "comes several times in a record; a stream of its own could take each"
    if not words and len(formats := formats_of(values)) > 1:
        return f"a date, by the format {' or '.join(formats)}"
    if words.get("type") == "object" and any(values):
        return f"of {', '.join(list(dict.fromkeys(name for value in values for name in value))[:_MEMBERS])}"
    return ""


def _choices(name: str, values: list[Any], words: dict[str, Any]) -> list[str]:
    """The values of an enum: few different ones, each short, coming again and again."""
    if set(map(type, values)) != {str} or words or is_id(name):
        return []
    different = set(values)
    few = 1 < len(different) <= _FEW and len(values) >= 3 * len(different)
    return sorted(different) if few and all(0 < len(value) <= _LONG for value in different) else []


def _keys(every: list[Inferred], columns: Mapping[str, Column], records: int, table: str) -> Iterator[tuple[str, ...]]:
    always = {one.name: columns[one.place].values for one in every if one.values == records}
    days = [one.name for one in every if one.words.get("type") in ("date", "datetime") and one.name in always]
    return key_candidates(always, days, records, table)
