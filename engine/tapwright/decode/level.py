"""Elements that records share: those a number of levels above them, each once for all neighbours."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate, chain, groupby, islice, repeat
from typing import Any


class Level:
    """The elements some levels above the records of a chunk; level 0 are the records."""

    def __init__(self, nodes: list[Any], counts: list[int] | None = None) -> None:
        self.nodes = nodes
        self._counts = counts

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
