"""From the schema of a record to a stream's fields, and to the key that tells records apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tapwright.authoring.names import place_of, sentence, singular, snake, unique
from tapwright.authoring.openapi.schemas import Known, understood
from tapwright.authoring.sample import SEEN

KEYS = ("id", "uuid", "guid", "uid", "_id", "Id", "ID")
LATER_KEYS = ("key", "slug", "code", "number", "name")
DECIMALS = frozenset(["decimal", "money", "currency", "bignumber", "big-decimal", "bigdecimal"])
MOMENTS = re.compile(r"unix|epoch|timestamp")


def fields_of(item: Known) -> dict[str, dict[str, Any]]:
    """Write a stream's fields; a name that is none of ours is taken `from` where it is."""
    fields: dict[str, dict[str, Any]] = {}
    for path, known in _members(item):
        if not path[-1] or known.words.get("writeOnly") is True:
            continue
        ours = unique(snake(path[-1], "field"), fields)
        words = {**type_of(known)}
        if (ours,) != path:
            words["from"] = place_of(path)
        if said := sentence(known.description, 120):
            words["description"] = said
        fields[ours] = words
    return fields


def _members(item: Known) -> Iterator[tuple[tuple[str, ...], Known]]:
    """What a record holds; of JSON:API also what its `attributes` hold."""
    for name in item.properties:
        known = item.member(name)
        if name == "attributes" and known.properties and {"id", "type"} <= item.properties.keys():
            yield from (((name, inner), known.member(inner)) for inner in known.properties)
        else:
            yield (name,), known


def type_of(known: Known) -> dict[str, Any]:
    """The words for a value's type; none for text."""
    if isinstance(seen := known.words.get(SEEN), dict):
        return dict(seen)
    match known.types:
        case ("string",):
            return _text(known)
        case ("integer",):
            return _whole(known)
        case ("number",) | ("integer", "number") | ("number", "integer"):
            return {"type": "decimal" if known.format in DECIMALS else "number"}
        case ("boolean",):
            return {"type": "boolean"}
        case ("object",):
            return {"type": "object"}
        case ("array",):
            return {"type": "array"} | _items(known)
    return {"type": "object" if known.is_object and not known.types else "json"}


def key_of(item: Known, names: Iterable[str], stream: str) -> str | None:
    """Guess the field that tells one record from another, by its name in the answer."""
    known = {snake(name): name for name in reversed(list(names))}
    one = snake(singular(stream))
    guesses = [*map(snake, KEYS), f"{one}_id", f"{one}_uuid", f"{one}_key", f"{one}_code", f"{one}_number"]
    guesses += [name for name in LATER_KEYS if known.get(name) in item.required]
    for guess in guesses:
        if guess in known and _is_plain(item.member(known[guess])):
            return known[guess]
    return None


def field_for(fields: Mapping[str, Mapping[str, Any]], name: str) -> str | None:
    """The field that takes what the answer calls so."""
    place = place_of([name])
    return next((key for key, words in fields.items() if words.get("from", place_of([key])) == place), None)


def _is_plain(known: Known) -> bool:
    return not known.types or set(known.types) <= {"string", "integer", "number"}


def _text(known: Known) -> dict[str, Any]:
    match known.format:
        case "date":
            return {"type": "date"}
        case "date-time" | "datetime":
            return {"type": "datetime"}
        case "int64" | "int32" | "uint64" | "uint32":
            return {"type": "integer"}
        case form if form in DECIMALS:
            return {"type": "decimal"}
    return {}


def _whole(known: Known) -> dict[str, Any]:
    if not MOMENTS.search(known.format):
        return {"type": "integer"}
    milliseconds = "milli" in known.format or "millisecond" in known.description.lower()
    return {"type": "datetime", "format": "epoch_ms" if milliseconds else "epoch_s"}


def _items(known: Known) -> dict[str, Any]:
    """The type of a list's items, where it is a plain one."""
    inner = understood(known.items)
    words = type_of(inner)
    if words.get("type", "string") in ("array", "object", "json") or "format" in words or not inner.types:
        return {}
    return {"items": {"type": words.get("type", "string")}}
