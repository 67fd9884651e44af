"""A spec's config as the form that Airbyte shows: its `connectionSpecification`."""

from __future__ import annotations

from typing import Any

from tapwright.fronts.target import Target
from tapwright.option import Option, option_schema

_FORMATS = ("date", "date-time", "uri")


def connection_specification(target: Target) -> dict[str, Any]:
    """Make the body of a SPEC message."""
    spec = target.spec
    properties = {
        name: _property(option, order, target.fixed.get(name))
        for order, (name, option) in enumerate(spec.config.items())
    }
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": target.title,
        "type": "object",
        "required": [n for n, option in spec.config.items() if not option.has_default and n not in target.fixed],
        "properties": properties,
        "additionalProperties": True,
    }
    said = {"documentationUrl": spec.docs} if spec.docs else {}
    incremental = any(spec.streams[use.stream or name].incremental for name, use in target.uses.items())
    return {**said, "connectionSpecification": schema, "supportsIncremental": incremental}


def _property(option: Option, order: int, fixed: Any) -> dict[str, Any]:
    """One value of the form: optional is what is not required, for its fields know no null."""
    schema = option_schema(option)
    secret = schema.pop("writeOnly", False)
    if isinstance(schema.get("type"), list):
        kinds = [kind for kind in schema["type"] if kind != "null"]
        schema["type"] = kinds[0] if len(kinds) == 1 else kinds
    if "enum" in schema:
        schema["enum"] = [value for value in schema["enum"] if value is not None]
    if schema.get("format") not in _FORMATS:
        schema.pop("format", None)
    if fixed is not None:
        schema["default"] = fixed
    if secret or schema.get("default") is None:
        schema.pop("default", None)
    return {**schema, **({"airbyte_secret": True} if secret else {}), "order": order}
