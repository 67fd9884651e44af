"""The streams of a plan as Singer knows them: the catalog that `--discover` prints, and what a catalog chooses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from tapwright.clock import Clock
from tapwright.fronts.schema import JsonSchema, record_schema
from tapwright.fronts.singer_config import Tap, stand_in
from tapwright.plan import Plan, TablePlan, goes_on, make_plan, templates_of
from tapwright.shape import Field, Shape

ANYTHING: JsonSchema = {"type": ["object", "array", "string", "null"]}
"""A column of any JSON; some targets drop what has no type."""
_UNKNOWN: JsonSchema = {"type": ["string", "integer"]}
"""A key before its first value."""
Crumb: TypeAlias = tuple[str, ...]
"""A place in a schema: `("properties", "address", "properties", "city")`."""


@dataclass(frozen=True, kw_only=True)
class SingerStream:
    """One stream as it is to be sent."""

    table: TablePlan
    """What is read; a catalog may have narrowed it."""
    cursor: str | None = None
    """The replication key; None for a full table."""
    overridden: bool = False
    """Whether a catalog wants the full table of a stream that could be read along its cursor."""
    schemas: Mapping[str, JsonSchema] = field(default_factory=dict)
    """What a catalog says of properties instead of our own words."""
    dropped: frozenset[str] = frozenset()
    """Columns that are read but not sent."""

    @property
    def name(self) -> str:
        """The name in messages."""
        return self.table.table

    @property
    def key_properties(self) -> tuple[str, ...]:
        """The primary key; none for a stream whose records are to be appended."""
        return () if self.table.mode == "append" else self.table.primary_key

    @property
    def bookmark_properties(self) -> tuple[str, ...]:
        """The replication key, where it is a property of its own."""
        return (self.cursor,) if self.cursor and (self.cursor in self.table.fields or self.grows) else ()

    @property
    def automatic(self) -> frozenset[str]:
        """The properties that nobody can deselect."""
        return frozenset((*self.table.primary_key, *self.bookmark_properties))

    @property
    def grows(self) -> bool:
        """Whether columns may come that no field names."""
        return self.table.unlisted == "keep"

    @property
    def schema(self) -> JsonSchema:
        """The schema of every field, also those that come only with some requests."""
        schema = record_schema(self.table.fields, self.table.primary_key)
        own = schema["properties"]
        own |= {name: {} for name in self.bookmark_properties if name not in own}
        for name in [name for name in own if "type" not in own[name]]:
            own[name] = {**(_UNKNOWN if name in self.automatic else ANYTHING), **own[name]}
        return schema


def streams_of(plan: Plan) -> list[SingerStream]:
    """Every table of a plan, as it is without a catalog."""
    templates = templates_of(plan.spec)
    found = []
    for table in plan.tables:
        words, scope = table.stream.incremental, plan.scope(table.options)
        incremental = table.mode != "replace" and goes_on(table.stream, templates, scope)
        found.append(_whole(SingerStream(table=table, cursor=words.cursor if words and incremental else None)))
    return found


def _whole(stream: SingerStream) -> SingerStream:
    """The stream with its cursor read, where a connector selects only some fields."""
    table = stream.table
    if not table.select or not stream.bookmark_properties:
        return stream
    select = tuple(dict.fromkeys((*table.select, *stream.bookmark_properties)))
    return replace(stream, table=replace(table, select=select))


def discovered(tap: Tap) -> dict[str, Any]:
    """The catalog of a tap, without asking the provider; settings that are not given are stood in for."""
    config = {**stand_in(tap.spec), **tap.config}
    return catalog(streams_of(make_plan(tap.spec, config, tap.uses, Clock().now())))


def catalog(streams: list[SingerStream]) -> dict[str, Any]:
    """The catalog of these streams."""
    return {"streams": [_entry(stream) for stream in streams]}


def _entry(stream: SingerStream) -> dict[str, Any]:
    chosen = stream.table.select
    fields = {name: words for name, words in stream.table.fields.items() if not chosen or name in chosen}
    stream = replace(stream, table=replace(stream.table, fields=fields))
    method = "INCREMENTAL" if stream.cursor else "FULL_TABLE"
    key = {"replication_key": stream.cursor} if stream.bookmark_properties else {}
    return {
        "tap_stream_id": stream.name,
        "stream": stream.name,
        "schema": stream.schema,
        "key_properties": list(stream.key_properties),
        "replication_method": method,
        **key,
        "metadata": [_root(stream, method), *_metadata(stream)],
    }


def _root(stream: SingerStream, method: str) -> dict[str, Any]:
    said: dict[str, Any] = {
        "inclusion": "available",
        "selected": True,
        "selected-by-default": True,
        "table-key-properties": list(stream.key_properties),
        "forced-replication-method": method,
    }
    if stream.bookmark_properties:
        said |= {"valid-replication-keys": list(stream.bookmark_properties), "replication-key": stream.cursor}
    return {"breadcrumb": [], "metadata": said}


def _metadata(stream: SingerStream) -> Iterator[dict[str, Any]]:
    for name in stream.schema["properties"]:
        inclusion = "automatic" if name in stream.automatic else "available"
        yield {"breadcrumb": ["properties", name], "metadata": {"inclusion": inclusion, "selected-by-default": True}}
        words = stream.table.fields.get(name)
        for crumb in _inner(words, ("properties", name)) if words else ():
            said = {"inclusion": "available", "selected-by-default": True}
            yield {"breadcrumb": list(crumb), "metadata": said}


def _inner(words: Field | Shape, crumb: Crumb) -> Iterator[Crumb]:
    """The places within a field."""
    if words.items is not None:
        yield from _inner(words.items, (*crumb, "items"))
    for name, shape in (words.properties or {}).items():
        yield (*crumb, "properties", name)
        yield from _inner(shape, (*crumb, "properties", name))
