"""Hold one fault as the `jsonschema` library reports it, and the finding it becomes."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from tapwright.language.phrases import found
from tapwright.language.place import Path
from tapwright.language.problem import Code

Schema = Mapping[str, Any]


class Finding(NamedTuple):
    """Say what is wrong, before its line is known."""

    code: Code
    path: Path
    message: str


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Say which rule of which schema refuses which value."""

    error: Any
    root: Schema

    @property
    def value(self) -> Any:
        return self.error.instance

    @property
    def rule(self) -> Any:
        return self.error.validator_value

    @property
    def schema(self) -> Schema:
        return self.error.schema if isinstance(self.error.schema, Mapping) else {}

    @property
    def found(self) -> str:
        return found(self.value, self.secret)

    @functools.cached_property
    def path(self) -> Path:
        """The path of the value; of the key, when it is a key's name that is refused."""
        path = tuple(self.error.absolute_path)
        return (*path, self.value) if "propertyNames" in self.error.absolute_schema_path else path

    @functools.cached_property
    def secret(self) -> bool:
        """Whether a schema around the value, or an alternative for it, says `writeOnly`."""
        node: Any = self.root
        for step in self.error.absolute_schema_path:
            if _hides(node):
                return True
            node = _step(node, step, self.root)
        return any(_hides(each) for each in _alternatives(self.schema, self.root))


def follow(schema: Any, root: Schema) -> Any:
    """Find the schema a reference into the same file stands for."""
    while isinstance(schema, Mapping) and str(schema.get("$ref", "")).startswith("#"):
        reference, schema = schema["$ref"], root
        for step in reference.split("/")[1:]:
            schema = _step(schema, step.replace("~1", "/").replace("~0", "~"), root)
    return schema


def _step(node: Any, step: Any, root: Schema) -> Any:
    if isinstance(node, Mapping) and step not in node and "$ref" in node:
        node = follow(node, root)
    try:
        return node[step]
    except (LookupError, TypeError):
        return {}


def _hides(node: Any) -> bool:
    return isinstance(node, Mapping) and node.get("writeOnly") is True


def _alternatives(schema: Any, root: Schema, depth: int = 5) -> Iterator[Any]:
    yield schema
    if isinstance(schema, Mapping) and depth:
        if "$ref" in schema:
            yield from _alternatives(follow(schema, root), root, depth - 1)
        for keyword in ("anyOf", "oneOf", "allOf"):
            for each in schema.get(keyword, ()):
                yield from _alternatives(each, root, depth - 1)
