"""What JSON Schemas say of a value: `allOf`, `oneOf` and `anyOf` brought together, within bounds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tapwright.authoring.openapi.document import Node
from tapwright.authoring.sample import SEEN

DEEPEST = 12
"""How deep schemas may be put together of others."""
MOST_PROPERTIES = 2_000
TOGETHER = ("allOf", "oneOf", "anyOf")


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known of a value, whichever of its variants it has."""

    types: tuple[str, ...] = ()
    """Its JSON types but null; none if nothing is said."""
    properties: Mapping[str, tuple[Node, ...]] = field(default_factory=dict)
    """The schemas of its members; a member that variants describe differently has several."""
    required: frozenset[str] = frozenset()
    items: tuple[Node, ...] = ()
    others: tuple[Node, ...] = ()
    """The schemas of members without a name of their own."""
    format: str = ""
    description: str = ""
    words: Mapping[str, Any] = field(default_factory=dict)
    """The first default, example, minimum, maximum … that is given."""
    enum: tuple[Any, ...] = ()

    @property
    def is_object(self) -> bool:
        """Whether it is an object, or may be one as nothing else is said."""
        return "object" in self.types or (not self.types and bool(self.properties))

    @property
    def is_list(self) -> bool:
        """Whether it is a list."""
        return "array" in self.types and "object" not in self.types

    def member(self, name: str) -> Known:
        """What is known of a member."""
        return understood(self.properties.get(name, ()))


def understood(nodes: Iterable[Node]) -> Known:
    """Put together what schemas say of one value; what was asked before is remembered with the documents."""
    given = tuple(nodes)
    if not given:
        return Known()
    memory: dict[tuple[int, ...], Known] = given[0].documents.memory
    key = tuple(id(node.data) for node in given)
    if key not in memory:
        total = _Total()
        for node in given:
            total.add(node, 0)
        memory[key] = total.known()
    return memory[key]


class _Total:
    """Adds up schemas, each once."""

    def __init__(self) -> None:
        self.seen: set[int] = set()
        self.types: dict[str, None] = {}
        self.properties: dict[str, tuple[Node, ...]] = {}
        self.required: set[str] = set()
        self.items: list[Node] = []
        self.others: list[Node] = []
        self.enum: list[Any] = []
        self.words: dict[str, Any] = {}

    def add(self, node: Node, depth: int) -> None:
        data = node.data
        if not isinstance(data, dict) or id(data) in self.seen or depth > DEEPEST:
            return
        self.seen.add(id(data))
        self.types |= dict.fromkeys(_types(data))
        for name, value in data.items():
            if name in ("default", "description", "example", "format", "maximum", "minimum", "writeOnly", SEEN):
                self.words.setdefault(name, value)
        self.enum += [value for value in _listed(data.get("enum")) if value is not None and value not in self.enum]
        self.required |= {name for name in _listed(data.get("required")) if isinstance(name, str)}
        for name, inner in node.get("properties").items():
            self.member(name, inner)
        if isinstance(data.get("items"), dict):
            self.items.append(node.get("items"))
        if isinstance(data.get("additionalProperties"), dict):
            self.others.append(node.get("additionalProperties"))
        for word in TOGETHER:
            for part in node.get(word).each():
                self.add(part, depth + 1)

    def member(self, name: str, node: Node) -> None:
        known = self.properties.get(name, ())
        if len(self.properties) < MOST_PROPERTIES and all(node.data is not other.data for other in known):
            self.properties[name] = (*known, node)

    def known(self) -> Known:
        text = self.words.get("description")
        form = self.words.get("format")
        return Known(
            types=tuple(self.types),
            properties=self.properties,
            required=frozenset(self.required),
            items=tuple(self.items),
            others=tuple(self.others),
            format=form.lower() if isinstance(form, str) else "",
            description=text if isinstance(text, str) else "",
            words=self.words,
            enum=tuple(self.enum),
        )


def _types(data: dict[str, Any]) -> Iterator[str]:
    """The JSON types that a schema names, or that its other words tell."""
    said = data.get("type")
    if said is None:
        if isinstance(data.get("properties"), dict) or isinstance(data.get("additionalProperties"), dict):
            yield "object"
        if isinstance(data.get("items"), dict):
            yield "array"
        yield from {_TYPES[type(value)]: None for value in _listed(data.get("enum")) if type(value) in _TYPES}
    yield from (name for name in ([said] if isinstance(said, str) else _listed(said)) if name in _TYPES.values())


_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number", dict: "object", list: "array"}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
