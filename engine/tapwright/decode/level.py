"""Elements that records share: those a number of levels above them, each once for all neighbours."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import accumulate, chain, groupby, islice, repeat
from typing import Any

from tapwright.xpath import plain_nodes

_PRICE = 4
"""How many children can be read in one pass over all for the price of finding those of one name."""


class Level:
    """The elements some levels above the records of a chunk; level 0 are the records."""

    def __init__(self, nodes: list[Any], counts: list[int] | None = None) -> None:
        self.nodes = nodes
        self._counts = counts
        self._named: list[dict[str, Any]] | None = None
        self._asked = 3

    def above(self) -> Level:
        """The elements around these."""
        left = repeat(1) if self._counts is None else iter(self._counts)
        nodes, counts = [], []
        for parent, same in groupby([node.getparent() for node in self.nodes]):
            nodes.append(parent)
            counts.append(sum(islice(left, len(list(same)))))
        return Level(nodes, counts)

    def firsts(self, records: list[Any]) -> list[Any]:
        """The first record of each run that shares an element."""
        counts = self._counts or ()
        return [records[end - count] for end, count in zip(accumulate(counts), counts, strict=True)]

    def spread(self, values: Iterable[Any]) -> list[Any]:
        """Give each record the value of its element."""
        if self._counts is None:
            return list(values)
        return list(chain.from_iterable(map(repeat, values, self._counts)))

    def child(self, tag: str, look: Callable[[Any], Any]) -> Iterable[Any]:
        """Take the text of each element's children of one name, as `look` does.

        Elements with few children, or of which many are asked for, are read in one pass over them.
        """
        self._asked += 1
        if self._named is None:
            if self._asked * _PRICE * len(self.nodes) < sum(map(len, self.nodes)):
                return map(look, self.nodes)
            self._named = list(map(_named, self.nodes))
        values = [named.get(tag) for named in self._named]
        if list in set(map(type, values)):
            return [plain_nodes(value) if type(value) is list else value for value in values]
        return values


def _named(element: Any) -> dict[str, Any]:
    """The texts of an element's children by name; lists of elements, where there are several or they have children."""
    texts: dict[str, Any] = {child.tag: child.text or "" for child in element if not len(child)}
    if len(texts) == len(element):
        return texts
    found: dict[str, Any] = {}
    for child in element:
        found.setdefault(child.tag, []).append(child)
    return found
