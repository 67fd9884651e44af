"""Sift the records out of an XML document while it is being read, and let go of what was read."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from tapwright.decode.elements import Elements
from tapwright.decode.guarded import SETTINGS, malformed, past_prolog
from tapwright.decode.kind import Chunk
from tapwright.decode.place import Place, way_to
from tapwright.decode.rows import in_chunks
from tapwright.errors import BodyError

KEPT = 100
"""How many elements of each name the document keeps in each element, of those that are not records or around them."""


class Sift:
    """One document on its way through."""

    def __init__(self, pieces: Iterator[bytes], place: Place, whole: str | None, *, keep: bool) -> None:
        from lxml import etree

        tag, self._pieces = past_prolog(pieces)
        if place.root not in (None, tag):
            raise BodyError(f"the root element is {tag}, not {place.root}")
        self._keep, self._error = keep, etree.XMLSyntaxError
        self._unit, inner = place.upto(whole) if whole else (place, ".")
        self._within: Any = etree.XPath(inner, namespaces=dict(place.namespaces)) if whole else None
        names = None if "*" in self._unit.tag else (tag, self._unit.tag)
        self._parser: Any = etree.XMLPullParser(("start", "end"), tag=names, **SETTINGS)
        self._around: set[Any] = set()
        self.root: Any = None
        self._events: list[tuple[str, Any]] = []
        while self.root is None and self._feed():
            pass

    def chunks(self) -> Iterator[Chunk]:
        """Read on: the records, then faults if there are any; each chunk must be used before the next is asked for."""
        more = True
        while more:
            units = list(self._units())
            records = [record for unit in units for record in self._within(unit)] if self._within else units
            for piece in in_chunks(records):
                chunk = Elements(piece)
                yield chunk
                if not self._keep:
                    chunk.forget()
            self._events = []
            units = records = []
            if not self._keep:
                self._let_go()
            more = self._feed()

    def _feed(self) -> bool:
        """Parse one more piece; False if that was the end."""
        piece = next(self._pieces, None)
        try:
            if piece is None:
                self._parser.close()
            else:
                self._parser.feed(piece)
        except self._error as error:
            log = self._parser.feed_error_log.filter_from_errors()
            raise malformed(log[0] if error.position == (0, 0) and len(log) else error) from None
        # lxml passes over undefined entities as if the document ended there.
        if len(faults := self._parser.feed_error_log.filter_from_errors()):
            raise malformed(faults[0])
        self._events.extend(self._parser.read_events())
        if self.root is None and self._events:
            self.root = self._events[0][1]
        return piece is not None

    def _units(self) -> Iterator[Any]:
        """The elements that have ended and are records, or are read whole; neighbours are all alike."""
        parent, fits, wild = None, False, "*" in self._unit.tag
        for event, element in self._events:
            if event == "end":
                if (around := element.getparent()) is not parent or wild or around is None:
                    parent, fits = around, self._unit.holds(way_to(element))
                    if fits:
                        self._around.update(element.iterancestors())
                if fits and not (self._within and self._unit.nests and self._is_within(element)):
                    yield element

    def _is_within(self, element: Any) -> bool:
        return any(self._unit.holds(way_to(ancestor)) for ancestor in element.iterancestors())

    def _let_go(self) -> None:
        """Drop what has been read: records, what was around them, and all but the first of other elements.

        Elements are dropped only when Python knows no other element in them: lxml is quick then.
        """
        node, way = self.root, f"\0{self.root.tag}"
        nodes: list[Any] = []
        doomed: list[Any] = []
        while len(node) and not self._unit.holds(way):
            nodes.append(node)
            *closed, last = node
            doomed.extend(self._done_with(closed, way))
            node, way = last, f"{way}\0{last.tag}"
        self._around.intersection_update((*nodes, node))
        closed = []
        while doomed:
            child = doomed.pop()
            child.getparent().remove(child)

    def _done_with(self, elements: list[Any], way: str) -> Iterator[Any]:
        """Choose those of an element's children that the document does not keep."""
        counts: dict[str, int] = {}
        is_unit = cache(lambda tag: self._unit.holds(f"{way}\0{tag}"))
        for element in elements:
            count = counts[element.tag] = counts.get(element.tag, 0) + 1
            if count > KEPT or element in self._around or is_unit(element.tag):
                yield element
