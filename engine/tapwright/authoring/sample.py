"""From values that came to the JSON Schema that describes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from tapwright.authoring.field_types import words_for
from tapwright.authoring.names import snake

SEEN = "\0seen"
"""A key that no description has by chance."""
MOST_ITEMS = 2_000
"""How many items of one list are looked at."""
MOST_MEMBERS = 200
"""An object with more members than this is a map, whose names are values."""
DEEPEST = 8
_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number", dict: "object", list: "array"}


def schema_of(values: Iterable[Any], name: str = "", depth: int = 0) -> dict[str, Any]:
    """Describe values by what they have in common; under SEEN are the words of a field that would take them."""
    present = [value for value in values if value is not None]
    types = list(dict.fromkeys(_TYPES[type(value)] for value in present if type(value) in _TYPES))
    if {"integer", "number"} <= {*types}:
        types.remove("integer")
    schema: dict[str, Any] = {"type": types} if types else {}
    if name and present:
        schema[SEEN] = words_for(snake(name), present, all_text=False)
    if types == ["string"] and all(text.startswith(("https://", "http://")) for text in present):
        schema["format"] = "uri"
    if depth > DEEPEST:
        return schema
    if objects := [value for value in present if isinstance(value, dict)]:
        schema |= _members(objects, depth)
    if lists := [value for value in present if isinstance(value, list)]:
        schema["items"] = schema_of((item for each in lists for item in islice(each, MOST_ITEMS)), depth=depth + 1)
    return schema


def _members(objects: Sequence[dict[str, Any]], depth: int) -> dict[str, Any]:
    held: dict[str, list[Any]] = {}
    for value in objects:
        for name, inner in value.items():
            held.setdefault(str(name), []).append(inner)
    if len(held) > MOST_MEMBERS:
        return {"additionalProperties": schema_of((each[0] for each in held.values()), depth=depth + 1)}
    required = [name for name, each in held.items() if len(each) == len(objects) and None not in each]
    return {"properties": {name: schema_of(each, name, depth + 1) for name, each in held.items()}, "required": required}
