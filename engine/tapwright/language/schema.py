"""Write the JSON Schema of a dataclass."""

from __future__ import annotations

import dataclasses
import re
import types
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NewType, Union, get_args, get_origin

from tapwright.language.annotations import OneOf, Words
from tapwright.language.attributes import Attribute, attributes, marks, once_per_class
from tapwright.language.docstrings import attribute_docs, class_doc, first_sentence

DIALECT = "https://json-schema.org/draft/2020-12/schema"
PLAIN: dict[Any, dict[str, Any]] = {
    Any: {},
    object: {},
    bool: {"type": "boolean"},
    dict: {"type": "object"},
    float: {"type": "number"},
    int: {"type": "integer"},
    list: {"type": "array"},
    str: {"type": "string"},
    types.NoneType: {"type": "null"},
}

Schema = dict[str, Any]


@once_per_class
def schema_of(cls: type[Any]) -> Schema:
    """Write the JSON Schema of a dataclass and of all it holds; do not change the answer, it is shared."""
    writer = _Writer()
    schema = {"$schema": DIALECT} | writer.definition(cls)
    return schema | {"$defs": writer.definitions} if writer.definitions else schema


class _Writer:
    """Collect the definitions a schema refers to."""

    def __init__(self) -> None:
        self.references: dict[type[Any], str] = {}
        self.definitions: dict[str, Schema] = {}

    def definition(self, cls: type[Any]) -> Schema:
        docs = attribute_docs(cls)
        keys = attributes(cls)
        schema: Schema = {"type": "object"}
        if doc := class_doc(cls):
            schema["description"] = doc
        schema["properties"] = {each.key: self.property(each, docs.get(each.name)) for each in keys}
        schema["additionalProperties"] = False
        if required := [each.key for each in keys if each.required]:
            schema["required"] = required
        return schema

    def property(self, attribute: Attribute, doc: str | None) -> Schema:
        schema = dict(self.of(attribute.hint))
        if doc:
            schema["description"] = doc
        if attribute.default is not None:
            schema["default"] = attribute.default
        return schema

    def of(self, hint: Any) -> Schema:
        """Write the schema of any annotation."""
        if isinstance(hint, type) and dataclasses.is_dataclass(hint):
            return self.reference(hint)
        if isinstance(hint, NewType):
            return self.of(hint.__supertype__) | {"format": _format(hint.__name__)}
        if extras := marks(hint):
            return self.annotated(get_args(hint)[0], extras)
        if hint in PLAIN:
            return PLAIN[hint]
        return self.generic(hint)

    def generic(self, hint: Any) -> Schema:
        origin, inside = get_origin(hint), get_args(hint)
        if origin in (Union, types.UnionType):
            return _union([self.of(each) for each in inside])
        if origin is Literal:
            return {"enum": list(inside)}
        if origin in (list, Sequence) or (origin is tuple and inside[1:] == (...,)):
            return {"type": "array", "items": self.of(inside[0])}
        if origin in (dict, Mapping):
            return self.mapping(*inside)
        raise TypeError(f"the language has no word for the annotation {hint!r}")

    def mapping(self, key: Any, value: Any) -> Schema:
        schema: Schema = {"type": "object", "additionalProperties": self.of(value)}
        names = self.of(key)
        return schema if names == PLAIN[str] else schema | {"propertyNames": names}

    def annotated(self, hint: Any, extras: tuple[Any, ...]) -> Schema:
        choices = [mark for mark in extras if isinstance(mark, OneOf)]
        schema = self.choice(choices[0]) if choices else dict(self.of(hint))
        for mark in extras:
            if isinstance(mark, Words):
                schema |= mark.keywords()
        return schema

    def choice(self, mark: OneOf) -> Schema:
        return {
            "type": "object",
            "properties": {name: self.kind(cls) for name, cls in mark.kinds.items()},
            "additionalProperties": False,
            "minProperties": 1,
            "oneOf": [{"required": [name]} for name in mark.kinds],
        }

    def kind(self, cls: type[Any]) -> Schema:
        sentence = first_sentence(class_doc(cls))
        return self.reference(cls) | ({"description": sentence} if sentence else {})

    def reference(self, cls: type[Any]) -> Schema:
        if cls not in self.references:
            name = self.free_name(cls)
            self.references[cls] = f"#/$defs/{name}"
            self.definitions[name] = {}  # Hold the name: what the class holds may need one too.
            self.definitions[name] = self.definition(cls)
        return {"$ref": self.references[cls]}

    def free_name(self, cls: type[Any]) -> str:
        """Name a definition after its class; if another module's class has that name, add the module."""
        parts = [*cls.__module__.split("."), cls.__name__]
        names = (".".join(parts[start:]) for start in range(len(parts) - 1, -1, -1))
        return next(name for name in names if name not in self.definitions)


def _union(branches: list[Schema]) -> Schema:
    if all(branch.keys() == {"type"} for branch in branches):
        return {"type": [branch["type"] for branch in branches]}
    return {"anyOf": branches}


def _format(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()
