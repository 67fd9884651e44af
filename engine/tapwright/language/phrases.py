"""Put types and values into words: what a schema expects, what a file says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tapwright.language.place import quoted

TYPES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "nothing",
    "number": "a number",
    "object": "a map",
    "string": "text",
}
Schema = Mapping[str, Any]


def type_text(schema: Schema) -> str:
    """Name the type of a key for its reference: "list of text", "one of cursor, offset"."""
    if reference := schema.get("$ref"):
        return str(reference).rpartition("/")[2]
    if names := kind_names(schema):
        return "one of " + ", ".join(names)
    if "enum" in schema:
        return either(map(plainly, schema["enum"]))
    if "anyOf" in schema and "format" not in schema:
        return either(type_text(each) for each in schema["anyOf"] if each != {"type": "null"})
    return _plain_type_text(schema)


def _plain_type_text(schema: Schema) -> str:
    if name := schema.get("format"):
        return str(name)
    if isinstance(schema.get("items"), Mapping):
        return f"list of {type_text(schema['items'])}"
    if isinstance(schema.get("additionalProperties"), Mapping):
        return f"map of {type_text(schema['additionalProperties'])}"
    return type_words(schema["type"]).replace("a ", "") if "type" in schema else "anything"


def type_words(types: str | Sequence[str]) -> str:
    """Say which types are expected: "text or a list"; nothing is only said when it is all there is."""
    names = [types] if isinstance(types, str) else list(types)
    return either(TYPES.get(name, name) for name in names if name != "null" or len(names) == 1)


def either(words: Iterable[str]) -> str:
    """Join alternatives: "text, a number or a list"."""
    *most, last = dict.fromkeys(words)
    return f"{', '.join(most)} or {last}" if most else last


def expected(schema: Any) -> str:
    """Say what a branch of a union expects."""
    if not isinstance(schema, Mapping):
        return "anything"
    if names := kind_names(schema):
        return "one of " + ", ".join(names)
    if "enum" in schema or "const" in schema:
        return either(map(shown, schema.get("enum", [schema.get("const")])))
    if "type" in schema:
        return type_words(schema["type"])
    return "a map" if "properties" in schema else "anything"


def found(value: Any, secret: bool = False) -> str:
    """Say what stands in the file; of a secret, only the type."""
    if value is None:
        return "nothing"
    if isinstance(value, dict | list) or secret:
        return type_words(json_type(value))
    if isinstance(value, bool):
        return shown(value)
    return f"the {'text' if isinstance(value, str) else 'number'} {shown(value)}"


def shown(value: Any) -> str:
    """Write a value as YAML does, text in quotes."""
    return quoted(value) if isinstance(value, str) else plainly(value)


def plainly(value: Any) -> str:
    """Write a value as YAML does."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return quoted(str(value))[1:-1]


def json_type(value: Any) -> str:
    """Name the JSON type of a value."""
    names = {bool: "boolean", dict: "object", float: "number", int: "number", list: "array", str: "string"}
    return names.get(type(value), "null")


def kind_names(schema: Schema) -> list[str]:
    """Give the names a schema chooses one of, when it is written `{kind: {…}}`."""
    branches = schema.get("oneOf", ())
    if not all(isinstance(each, Mapping) and each.keys() == {"required"} for each in branches):
        return []
    return [name for each in branches for name in each["required"]]
