"""The place of elements in an XML document: `/reports/report/sample`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tapwright.expression import clark

_STEPS = re.compile(r"(//?)(\*|[^\W\d][\w.-]*(?::(?:\*|[^\W\d][\w.-]*))?)")


class Place:
    """A location path from the root, matched against the names on the way to an element."""

    def __init__(self, text: str, namespaces: Mapping[str, str]) -> None:
        self.text, self.namespaces = text, namespaces
        self._steps: list[tuple[str, str]] = _STEPS.findall(text)
        if not self._steps or "".join(map("".join, self._steps)) != text:
            raise ValueError(f"{text!r} is not a place such as /reports/report: names between / and //, from the root")
        self.names = tuple(name for _, name in self._steps)
        self._tags = [clark(name, namespaces) for name in self.names]
        self.tag = self._tags[-1]
        """The name that such elements have, as lxml writes it; may be or end in `*`."""
        self.root = None if self._steps[0][0] == "//" or "*" in self._tags[0] else self._tags[0]
        """The name that the root element must have, if it is said."""
        self.nests = "//" in text
        self._pattern = re.compile("".join(map(_matching, self._steps, self._tags)))

    def upto(self, name: str) -> tuple[Place, str]:
        """Cut it after its first step of that name: the place up to there, and the path on from there."""
        index = self.names.index(name) + 1
        steps = ["".join(step) for step in self._steps]
        return Place("".join(steps[:index]), self.namespaces), "." + "".join(steps[index:])

    def holds(self, way: str) -> bool:
        """Whether an element is here; `way` is the names from the root to it, each after a NUL."""
        return self._pattern.fullmatch(way) is not None


def _matching(step: tuple[str, str], tag: str) -> str:
    """Write the pattern of one step."""
    between = "(?:\0[^\0]*)*" if step[0] == "//" else ""
    return between + "\0" + re.escape(tag).replace(r"\*", "[^\0]*")


def way_to(element: Any) -> str:
    """Write the names from the root to an element, each after a NUL."""
    return "".join(f"\0{tag}" for tag in reversed(list(_tags_up(element))))


def _tags_up(element: Any) -> Iterator[str]:
    yield element.tag
    for ancestor in element.iterancestors():
        yield ancestor.tag
