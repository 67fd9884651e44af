"""What a catalog chooses: streams, fields at any depth, keys, the way of replication, and schemas of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from tapwright.batch import TypeName
from tapwright.errors import TargetError
from tapwright.fronts.schema import JsonSchema
from tapwright.fronts.singer_catalog import Crumb, SingerStream
from tapwright.fronts.singer_given import entries_in
from tapwright.shape import Field, Shape
from tapwright.writer import Mode

Warn = Callable[[str], None]
Words = TypeVar("Words", Field, Shape)


class Metadata:
    """What a catalog says of a stream and of its properties."""

    def __init__(self, entry: Mapping[str, Any]) -> None:
        said = entry.get("metadata") or ()
        self._known = {tuple(one.get("breadcrumb") or ()): one.get("metadata") or {} for one in said}
        self.root: Mapping[str, Any] = {"selected": entry.get("selected"), **self._known.get((), {})}

    @property
    def selected(self) -> bool:
        """Whether the stream is wanted."""
        return self._chosen(self.root, False)

    def selects(self, crumb: Crumb) -> bool:
        """Whether a property is wanted, its parents being so; one that the catalog does not name goes with them."""
        return self._chosen(self._known.get(crumb, {}), True)

    @property
    def named(self) -> frozenset[str]:
        """The properties that the catalog speaks of."""
        return frozenset(crumb[1] for crumb in self._known if len(crumb) == 2)

    @staticmethod
    def _chosen(said: Mapping[str, Any], parent: bool) -> bool:
        if said.get("inclusion") in ("unsupported", "automatic"):
            return bool(said["inclusion"] == "automatic")
        values = (said.get("selected"), said.get("selected-by-default"), parent)
        value = next(value for value in values if value is not None)
        return value.strip().lower() == "true" if isinstance(value, str) else bool(value)


def chosen(streams: list[SingerStream], document: Any, warn: Warn) -> list[SingerStream]:
    """The streams that a catalog selects, narrowed to what it selects of them; raises TargetError."""
    entries = entries_in(document)
    known = {stream.name for stream in streams}
    for name, entry in entries.items():
        if name not in known and Metadata(entry).selected:
            warn(f"the catalog selects stream '{name}', which there is not")
    picked = [(stream, entries[stream.name]) for stream in streams if stream.name in entries]
    return [_narrowed(stream, entry, warn) for stream, entry in picked if Metadata(entry).selected]


def _narrowed(stream: SingerStream, entry: Mapping[str, Any], warn: Warn) -> SingerStream:
    said = Metadata(entry)
    stream = _replicated(_keyed(stream, entry, said), entry, said, warn)
    given = (entry.get("schema") or {}).get("properties") or {}
    own = stream.schema["properties"]
    fields: dict[str, Field] = {}
    for name, words in stream.table.fields.items():
        kept = _kept(stream, name, words, said, given)
        if kept is not None:
            fields[name] = kept
    schemas = {name: schema for name, schema in given.items() if name in fields and _differs(schema, own[name])}
    if stream.grows:
        unwanted = (stream.table.fields.keys() | said.named) - stream.automatic
        dropped = {name for name in unwanted if name not in fields and not said.selects(("properties", name))}
        more = {name: schema for name, schema in given.items() if name not in own and name not in dropped}
        fields = {name: fields.get(name, words) for name, words in stream.table.fields.items()}
        typed = {name: Field(type=_type(schema)) for name, schema in more.items() if _type(schema) != "json"}
        fields |= {name: replace(words, optional=True) for name, words in typed.items()}
        table = replace(stream.table, fields=_typed(fields, schemas))
        return replace(stream, table=table, schemas={**schemas, **more}, dropped=frozenset(dropped))
    wanted = tuple(name for name in fields if not stream.table.select or name in stream.table.select)
    table = replace(stream.table, fields=_typed(fields, schemas), select=wanted)
    return replace(stream, table=table, schemas=schemas)


def _kept(
    stream: SingerStream, name: str, words: Field, said: Metadata, given: Mapping[str, JsonSchema]
) -> Field | None:
    """A field with what is selected of it; None if nothing is."""
    crumb = ("properties", name)
    if name in stream.automatic:
        return words
    if not said.selects(crumb) or (given and name not in given):
        return None
    return _pruned(words, crumb, said)


def _pruned(words: Words, crumb: Crumb, said: Metadata) -> Words | None:
    items, properties = words.items, words.properties
    if items is not None:
        items = _pruned(items, (*crumb, "items"), said)
        if items is None:
            return None
    if properties:
        inner = {name: (shape, (*crumb, "properties", name)) for name, shape in properties.items()}
        kept = {name: _pruned(shape, at, said) for name, (shape, at) in inner.items() if said.selects(at)}
        properties = {name: shape for name, shape in kept.items() if shape is not None}
        if not properties:
            return None
    return replace(words, items=items, properties=properties)


def _keyed(stream: SingerStream, entry: Mapping[str, Any], said: Metadata) -> SingerStream:
    """The stream with the key that the catalog gives it."""
    own = list(stream.key_properties)
    given = next(
        (key for key in (said.root.get("table-key-properties"), entry.get("key_properties")) if key not in (None, own)),
        None,
    )
    if given is None:
        return stream
    known = stream.schema["properties"]
    unknown = [name for name in given if name not in known and not stream.grows]
    if unknown:
        raise TargetError(f"stream '{stream.name}' has no property '{unknown[0]}' to be a key")
    mode: Mode = "merge" if given else "append" if stream.cursor else "replace"
    table = replace(stream.table, primary_key=tuple(given), mode=mode)
    return replace(stream, table=table)


def _replicated(stream: SingerStream, entry: Mapping[str, Any], said: Metadata, warn: Warn) -> SingerStream:
    """The stream read in the way that the catalog gives it."""
    root = said.root
    ways = (root.get("replication-method"), entry.get("replication_method"), root.get("forced-replication-method"))
    method = next((str(way).upper() for way in ways if way), "INCREMENTAL" if stream.cursor else "FULL_TABLE")
    if method == "FULL_TABLE":
        mode = "replace" if stream.table.mode == "append" and not stream.table.primary_key else stream.table.mode
        table = replace(stream.table, mode=mode)
        return replace(stream, cursor=None, overridden=True, table=table) if stream.cursor else stream
    if stream.cursor is None:
        warn(f"stream '{stream.name}' can only be read as a whole; {method} is passed over")
        return stream
    key = root.get("replication-key") or entry.get("replication_key")
    if key and key != stream.cursor:
        raise TargetError(
            f"stream '{stream.name}' cannot be read along '{key}'",
            f"Its valid replication key is '{stream.cursor}'; or set replication-method to FULL_TABLE.",
        )
    return stream


def _differs(schema: JsonSchema, own: JsonSchema) -> bool:
    """Whether a catalog says something else than we do; a part that was left out of an object is no other word."""
    return _type(schema) != _type(own) or bool({**own, **_outer(schema)} != own)


def _outer(schema: JsonSchema) -> JsonSchema:
    return {name: value for name, value in schema.items() if name not in ("properties", "items", "type", "description")}


def _typed(fields: Mapping[str, Field], schemas: Mapping[str, JsonSchema]) -> dict[str, Field]:
    """The fields with the types that the catalog gives them, so that values are cast to them."""
    cast = {name: _type(schema) for name, schema in schemas.items()}
    return {
        name: replace(words, type=cast[name], items=None, properties=None, format=None)
        if name in cast and cast[name] != _type(_plain(words))
        else words
        for name, words in fields.items()
    }


def _plain(words: Field) -> JsonSchema:
    from tapwright.fronts.schema import field_schema

    return field_schema(words)


_PLAIN: Mapping[str, TypeName] = {
    "string": "string",
    "integer": "integer",
    "number": "decimal",
    "boolean": "boolean",
    "object": "object",
    "array": "array",
}


def _type(schema: JsonSchema) -> TypeName:
    """The type that takes what a schema takes."""
    types = schema.get("type") or []
    named = [name for name in ([types] if isinstance(types, str) else types) if name != "null"]
    if len(named) != 1:
        return "json"
    formats: Mapping[Any, TypeName] = {"date-time": "datetime", "date": "date"}
    return formats.get(schema.get("format"), "string") if named == ["string"] else _PLAIN.get(named[0], "json")
