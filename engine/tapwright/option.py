"""What a spec lets its user say: the words of `config` and `options`, which are JSON Schema's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from tapwright.words import JSONSchema, Pattern

UNSET: Final = "\0unset"
"""Stands for a default that was not given; null is a default like any other."""

Kind = Literal["array", "boolean", "integer", "number", "object", "string"]


@dataclass(frozen=True, kw_only=True)
class Option:
    """One value that the user gives.  It is required unless it has a default; `default: null` makes it optional.

    Example::

        config:
          account_id: {type: string, description: The number on the bill., examples: ["4711"]}
          token: {type: string, writeOnly: true}
          start_date: {type: string, format: date}
          regions: {type: array, items: {enum: [eu, us]}, default: [eu]}
    """

    type: Kind | list[Kind] | None = None
    """Its JSON type."""
    title: str = ""
    """What to call it in a form."""
    description: str = ""
    """What it is, in a sentence."""
    default: Any = UNSET
    """Its value when the user gives none."""
    enum: list[Any] | None = None
    """The values it may have."""
    examples: list[Any] | None = None
    """Some values, for the docs."""
    format: Literal["date", "date-time", "time-zone", "uri"] | None = None
    """What kind of text it is: a day, a moment, a time zone's name or a URL."""
    pattern: Pattern = Pattern("")
    """A regular expression that the text must match."""
    writeOnly: bool = False
    """Whether it is a secret: never shown, whatever its encoding."""
    items: JSONSchema | None = None
    """The JSON Schema of an array's items."""
    minItems: int | None = None
    """The least number of items."""
    maxItems: int | None = None
    """The greatest number of items."""
    uniqueItems: bool | None = None
    """Whether no item may come twice."""
    minimum: float | None = None
    """The least number."""
    maximum: float | None = None
    """The greatest number."""
    minLength: int | None = None
    """The least length of the text."""
    maxLength: int | None = None
    """The greatest length of the text."""
    properties: dict[str, JSONSchema] | None = None
    """The JSON Schemas of an object's members."""
    required: list[str] | None = None
    """The members that an object must have."""
    additionalProperties: bool | JSONSchema | None = None
    """Whether an object may have other members, or their JSON Schema."""

    @property
    def types(self) -> tuple[str, ...]:
        """Its JSON types; none if it may be anything."""
        return () if self.type is None else (self.type,) if isinstance(self.type, str) else tuple(self.type)

    @property
    def has_default(self) -> bool:
        """Whether the user may leave it out."""
        return self.default is not UNSET


def options_schema(options: Mapping[str, Option]) -> dict[str, Any]:
    """Make the JSON Schema of an object that gives these options."""
    return {
        "type": "object",
        "properties": {name: option_schema(option) for name, option in options.items()},
        "required": [name for name, option in options.items() if not option.has_default],
        "additionalProperties": False,
    }


def use_schema(options: Mapping[str, Option]) -> dict[str, Any]:
    """Make the JSON Schema of what holds `options` for these, and must hold them if one of them is required."""
    schema = options_schema(options)
    needed = schema["required"]
    said = {"description": f"what it needs: {', '.join(needed)}"} if needed else {}
    return {"properties": {"options": {**schema, **said}}, "required": ["options"] if needed else []}


def option_schema(option: Option) -> dict[str, Any]:
    """Make the JSON Schema of one option."""
    words = vars(option)
    said = {name: value for name, value in words.items() if value is not None and value != ""}
    schema = {name: list(value) if isinstance(value, tuple) else value for name, value in said.items()}
    schema.pop("default", None)
    if option.has_default:
        schema["default"] = option.default
        if option.default is None:
            _allow_null(schema)
    return schema


def with_defaults(options: Mapping[str, Option], given: Mapping[str, Any]) -> dict[str, Any]:
    """Fill in the defaults of what the user did not give."""
    return {name: given.get(name, option.default if option.has_default else None) for name, option in options.items()}


def stand_in(name: str, option: Option) -> Any:
    """Make a value for an option that is not given: its first example or choice, else one that shows its name."""
    if option.examples:
        return option.examples[0]
    if option.enum:
        return option.enum[0]
    if option.format:
        return _STAND_INS.get(option.format) or f"https://{name.replace('_', '-')}.example"
    items: Mapping[str, Any] = option.items or {}
    by_type: dict[str, Any] = {
        "array": (items.get("enum") or [name])[:1],
        "integer": 1,
        "number": 1,
        "boolean": True,
        "object": {},
    }
    return by_type.get(next(iter(option.types), ""), name.upper())


_STAND_INS = {"date": "2026-01-01", "date-time": "2026-01-01T00:00:00Z", "time-zone": "UTC"}


_PASSWORD = re.compile(r"[a-z][a-z0-9+.-]*://[^/@\s]*?:([^/@\s]+)@", re.I)


def secrets_of(options: Mapping[str, Option], given: Mapping[str, Any]) -> list[str]:
    """List the texts and numbers that must never be shown, whatever the shape of the values that they are in."""
    return [text for name, option in options.items() for text in _secrets(option_schema(option), given.get(name))]


def _secrets(schema: Any, value: Any) -> list[str]:
    """The secrets in a value whose schema says which of its members are; a password in a URL is one in any case."""
    if isinstance(value, str) and (found := _PASSWORD.match(value)):
        return [found[1], *(_leaves(value) if isinstance(schema, Mapping) and schema.get("writeOnly") else [])]
    if not isinstance(schema, Mapping) or schema.get("writeOnly"):
        return _leaves(value) if isinstance(schema, Mapping) else []
    if isinstance(value, Mapping):
        known, other = schema.get("properties") or {}, schema.get("additionalProperties")
        return [text for name, inner in value.items() for text in _secrets(known.get(name, other), inner)]
    if isinstance(value, list | tuple):
        return [text for inner in value for text in _secrets(schema.get("items"), inner)]
    return []


def _leaves(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [text for inner in value.values() for text in _leaves(inner)]
    if isinstance(value, list | tuple):
        return [text for inner in value for text in _leaves(inner)]
    return [] if value is None or isinstance(value, bool) or value == "" else [str(value)]


def _allow_null(schema: dict[str, Any]) -> None:
    if "type" in schema:
        kinds = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
        schema["type"] = [*kinds, "null"]
    if "enum" in schema and None not in schema["enum"]:
        schema["enum"] = [*schema["enum"], None]
