"""The place of elements in an XML document: `/reports/report/sample`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from math import inf
from typing import Any

from tapwright.xpath import clark

_STEPS = re.compile(r"(//?)(\*|[^\W\d][\w.-]*(?::(?:\*|[^\W\d][\w.-]*))?)")


class Place:
    """A location path from the root, matched against the names on the way to an element."""

    def __init__(self, text: str, namespaces: Mapping[str, str], whole: str | None = None) -> None:
        self.text, self.namespaces, self.whole = text, namespaces, whole
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

    @property
    def kept(self) -> float:
        """How many levels above an element here all is kept, at least: up to the step that is read whole."""
        whole = self.names.index(self.whole) if self.whole else len(self.names) - 1
        return inf if whole == 0 and self._steps[0][0] == "/" else len(self.names) - 1 - whole

    def highest(self, name: str) -> float:
        """How many levels above it an element of a name may be, at most."""
        if not self.nests:
            return max(self.levels(name), default=0)
        return self.kept if self.whole and not self._beyond(name, self.names.index(self.whole)) else inf

    def _beyond(self, name: str, whole: int) -> bool:
        """Whether an element of a name may be around the one that is read whole: the outermost of its place."""
        if name.endswith(("*", ")")):
            return True
        tag = clark(name, self.namespaces)
        gaps = [index for index, (between, _) in enumerate(self._steps[: whole + 1]) if between == "//"]
        above = any(own == tag or "*" in own for own in self._tags[:whole])
        return above or (bool(gaps) and (gaps != [whole] or self._tags[whole] != tag))

    def levels(self, name: str) -> list[float]:
        """Where an element of a name may be, the element at this place or around it: how many levels above it."""
        if self.nests or name.endswith(("*", ")")):
            return [inf]
        tag = clark(name, self.namespaces)
        return [level for level, own in enumerate(reversed(self._tags)) if own == tag or "*" in own]

    def surely(self, name: str, level: float) -> bool:
        """Whether the element so many levels above must have a name."""
        return level < len(self._tags) and self._tags[-1 - int(level)] == clark(name, self.namespaces)

    def may_be(self, name: str) -> bool:
        """Whether the element at this place may have a name."""
        return "*" in self.tag or name.endswith(("*", ")")) or self.tag == clark(name, self.namespaces)

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
