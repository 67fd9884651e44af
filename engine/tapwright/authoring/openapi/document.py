"""A description and the files that it is spread over, with every `$ref` followed on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from tapwright.authoring.source import MOST_DOCUMENTS, beside
from tapwright.errors import TargetError

MOST_HOPS = 50
"""How many references may lead from one to the next."""


@dataclass(frozen=True, eq=False)
class Node:
    """A value of a description; what is taken out of it has its references followed."""

    data: Any
    home: str
    """The file or address that it stands in."""
    documents: Documents

    def get(self, *steps: str) -> Node:
        """Go down by keys; a node of None where there is nothing."""
        node = self
        for step in steps:
            data = node.data.get(step) if isinstance(node.data, dict) else None
            node = self.documents.node(data, node.home)
        return node

    def items(self) -> Iterator[tuple[str, Node]]:
        """The members of an object."""
        if isinstance(self.data, dict):
            yield from ((str(key), self.documents.node(data, self.home)) for key, data in self.data.items())

    def each(self) -> Iterator[Node]:
        """The items of a list."""
        if isinstance(self.data, list):
            yield from (self.documents.node(data, self.home) for data in self.data)

    def text(self, key: str) -> str:
        """A text; empty where there is none."""
        value = self.get(key).data
        return value if isinstance(value, str) else ""

    def __bool__(self) -> bool:
        return self.data is not None


class Documents:
    """Reads each file once, as it is referred to; what cannot be followed is remembered, not fatal."""

    def __init__(self, data: Any, home: str, read: Callable[[str], Any]) -> None:
        self._read, self._known = read, {home: data}
        self._found: dict[tuple[str, str], tuple[Any, str]] = {}
        self._following: set[tuple[str, str]] = set()
        self.broken: dict[str, None] = {}
        """The references that lead nowhere, in the order in which they were met."""
        self.memory: dict[tuple[int, ...], Any] = {}
        """What was made of the values with these ids, which live as long as this."""
        self.root = Node(data, home, self)

    def node(self, data: Any, home: str) -> Node:
        """Make a node of a value, or of what it refers to."""
        reference: Any = None
        for _ in range(MOST_HOPS):
            reference = data.get("$ref") if isinstance(data, dict) else None
            if not isinstance(reference, str):
                return Node(data, home, self)
            data, home = self._followed(reference, home)
        self.broken[str(reference)] = None
        return Node(None, home, self)

    def _followed(self, reference: str, home: str) -> tuple[Any, str]:
        key = (home, reference)
        if key in self._following:  # it leads to itself
            return None, home
        if key not in self._found:
            self._following.add(key)
            self._found[key] = self._target(reference, home)
            self._following.discard(key)
            if self._found[key][0] is None:
                self.broken[reference] = None
        return self._found[key]

    def _target(self, reference: str, home: str) -> tuple[Any, str]:
        target, _, pointer = reference.partition("#")
        place = beside(home, target) if target else home
        if place is None:
            return None, home
        data = self._document(place)
        steps = [unquote(step).replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
        for number, step in enumerate(steps):
            if number:
                node = self.node(data, place)
                data, place = node.data, node.home
            data = _inside(data, step)
        return data, place

    def _document(self, place: str) -> Any:
        if place not in self._known:
            if len(self._known) >= MOST_DOCUMENTS:
                raise TargetError(f"the description is spread over more than {MOST_DOCUMENTS:,} files")
            try:
                self._known[place] = self._read(place)
            except TargetError:
                self._known[place] = None
        return self._known[place]


def _inside(data: Any, step: str) -> Any:
    if isinstance(data, dict):
        return data.get(step)
    return data[int(step)] if isinstance(data, list) and step.isdigit() and int(step) < len(data) else None
