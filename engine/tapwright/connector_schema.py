"""The JSON Schema of one spec's connectors: an editor completes its config, its streams and their options."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from tapwright.option import options_schema, use_schema
from tapwright.plan import fields_of, options_of
from tapwright.schemas import published_schema
from tapwright.spec import Spec

Schema = dict[str, Any]

_FROM_ENVIRONMENT = {"type": "string", "pattern": r"^\$\{", "description": "A variable of the environment."}


def connector_schema(spec: Spec) -> Schema:
    """Narrow the schema of connectors to those of a spec."""
    schema = deepcopy(published_schema("connector"))
    known = schema["properties"]
    known["spec"] |= {"default": spec.name, "examples": [spec.name]}
    known["config"] = {"description": known["config"]["description"], **_with_variables(options_schema(spec.config))}
    uses = {name: _use(spec, name) for name, stream in spec.streams.items() if not stream.hidden}
    known["streams"]["properties"] = {
        name: {"allOf": [{"$ref": "#/$defs/Use"}, use, {"description": spec.streams[name].title}]}
        for name, use in uses.items()
    }
    named = [{"if": _names(name), "then": use} for name, use in uses.items()]
    known["streams"]["additionalProperties"] = {"allOf": [{"$ref": "#/$defs/Use"}, *named]}
    schema["$defs"]["Use"]["properties"]["stream"]["enum"] = list(uses)
    if known["config"]["required"]:
        schema["required"] = [*schema["required"], "config"]
    return schema


def _names(stream: str) -> Schema:
    return {"properties": {"stream": {"const": stream}}, "required": ["stream"]}


def _use(spec: Spec, name: str) -> Schema:
    """What a use of a stream may say: its options, and the names of its fields."""
    stream = spec.streams[name]
    schema = use_schema(options_of(spec, stream))
    if stream.unlisted != "keep" and fields_of(spec, stream):
        schema["properties"]["select"] = {"items": {"enum": list(fields_of(spec, stream))}}
    return schema


def _with_variables(schema: Schema) -> Schema:
    """Take `${NAME}` wherever a value is no text."""
    for name, option in schema["properties"].items():
        if option.get("type") not in (None, "string") or "enum" in option or "format" in option:
            about = {"description": option.get("description", "")}
            schema["properties"][name] = {**about, "anyOf": [option, _FROM_ENVIRONMENT]}
    return schema
