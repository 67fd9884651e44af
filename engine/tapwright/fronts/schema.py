"""The JSON Schema of a stream's records: what a column may hold, and how that grows as records come."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from tapwright.batch import DataType
from tapwright.shape import Field

JsonSchema: TypeAlias = dict[str, Any]
Extras: TypeAlias = Callable[[DataType], Mapping[str, Any]]
"""What a protocol adds to the schema of a type, such as Airbyte's `airbyte_type`."""

_TYPES: Mapping[str, JsonSchema] = {
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "decimal": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "local_datetime": {"type": "string"},
    "object": {"type": "object"},
    "array": {"type": "array"},
    "json": {},
}
"""A `local_datetime` has no offset, so it is no `date-time`."""


def nothing_more(kind: DataType) -> Mapping[str, Any]:
    """Add nothing."""
    return {}


def type_schema(kind: DataType, *, nullable: bool = True, extras: Extras = nothing_more) -> JsonSchema:
    """The schema of one type; `json` is anything."""
    schema = {**_TYPES[kind.name], **extras(kind)}
    if nullable and "type" in schema:
        schema["type"] = [schema["type"], "null"]
    if kind.items is not None:
        schema["items"] = type_schema(kind.items, extras=extras)
    if kind.properties:
        members = {name: type_schema(inner, extras=extras) for name, inner in kind.properties.items()}
        schema["properties"] = members
    return schema


def field_schema(words: Field, *, nullable: bool = True, extras: Extras = nothing_more) -> JsonSchema:
    """The schema of a field, with its description."""
    said = {"description": " ".join(words.description.split())} if words.description else {}
    return {**type_schema(words.data_type, nullable=nullable, extras=extras), **said}


def record_schema(
    fields: Mapping[str, Field], primary_key: Iterable[str] = (), *, extras: Extras = nothing_more
) -> JsonSchema:
    """The schema of records with these fields.  Keys and fields that are required are never null."""
    key = tuple(primary_key)
    always = [name for name, words in fields.items() if name in key or words.required]
    properties = {
        name: field_schema(words, nullable=name not in always, extras=extras) for name, words in fields.items()
    }
    properties |= {name: {} for name in key if name not in fields}
    required = [*always, *(name for name in key if name not in fields)]
    return {"type": "object", "properties": properties, **({"required": required} if required else {})}


def widened(known: JsonSchema, new: JsonSchema) -> JsonSchema:
    """A schema that takes what either takes; `known` itself if it takes all that `new` does."""
    if known == new or not _types(known):
        return known
    if not _types(new):
        return {}
    before, now = _types(known), _types(new)
    more = [name for name in now if name not in before and not (name == "integer" and "number" in before)]
    if not more and _details(known) == _details(new):
        return known
    types = [name for name in before if not (name == "integer" and "number" in more)]
    types = [*(name for name in (*types, *more) if name != "null"), *(["null"] if "null" in before + more else [])]
    details = {key: value for key, value in _details(known).items() if _details(new).get(key, value) == value}
    merged = {**details, "type": types if len(types) > 1 else types[0]}
    return known if merged == known else merged


def _types(schema: JsonSchema) -> list[str]:
    found = schema.get("type", [])
    return [found] if isinstance(found, str) else list(found)


def _details(schema: JsonSchema) -> JsonSchema:
    return {key: value for key, value in schema.items() if key not in ("type", "description")}
