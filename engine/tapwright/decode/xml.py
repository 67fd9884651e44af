"""Records in an XML document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Literal

from tapwright.body import Body
from tapwright.decode.elements import xpath_getter
from tapwright.decode.guarded import parse_xml, utf8_xml
from tapwright.decode.kind import Decode, Decoded, Getter
from tapwright.decode.pack import unpacked
from tapwright.decode.place import Place
from tapwright.decode.sift import Sift
from tapwright.decode.sniff import refused, sniff
from tapwright.suggestion import meant
from tapwright.xpath import compile_xpath

__all__ = ["Xml", "parse_xml"]


KEPT = 1 << 18
"""The largest body, in bytes, whose elements are all kept: they need more than ten times as much memory."""


@dataclass(frozen=True)
class Late:
    """A document that is read once more, as a whole, if somebody looks into it."""

    body: Body
    charset: str | None

    def xpath(self, expression: str) -> Any:
        """Evaluate an XPath from its root element."""
        return self._root.xpath(expression)

    @cached_property
    def _root(self) -> Any:
        return parse_xml(self.body.content, self.charset)


@dataclass(frozen=True, kw_only=True)
class Xml(Decode):
    """Records in an XML document: every element at one place.

    Where keys that no field takes are kept, they are its attributes, its child elements and, as `#text`, its own text.

    Example::

        xml: {each: /reports/report/sample}
    """

    each: str
    """The place of the elements that are the records, from the root: `/reports/report/sample`.
    Names, `*` and `prefix:name` may stand between `/` and `//`."""
    whole: str | None = None
    """The step of `each` whose element is read whole before its records are taken, so that fields may look at
    anything in it: `recipe`, for `../amount`.  Else a field sees its record.  Of what is around it sees attributes;
    an expression that looks for more is an error."""
    namespaces: Mapping[str, str] = field(default_factory=dict)
    """The namespaces that prefixes in `each` and in fields stand for."""

    speaks: ClassVar[Literal["jmespath", "xpath", "column"]] = "xpath"
    media: ClassVar[tuple[str, ...]] = ("xml",)
    reads: ClassVar[frozenset[str]] = frozenset(("gzip", "xml", "zip"))

    def faults(self) -> Iterator[tuple[str, str]]:
        """Say what is wrong with these words: (key, message)."""
        try:
            place = self._place
        except ValueError as error:
            yield "each", str(error)
            return
        if self.whole is not None and self.whole not in (around := place.names[:-1]):
            yield "whole", f"{self.whole!r} is not a step of `each` before its last{_way_out(self.whole, around)}"

    def decode(self, body: Body, charset: str | None = None) -> Decoded:
        """Understand a body; its document is the root element, or what gives it when it is asked.

        When the body is on disk the root keeps, of what is not a record or around one, the first hundred elements
        of each name; it is complete once the chunks are exhausted.
        """
        body = unpacked(body, self.member)
        if sniff(body.head(), "xml") != "xml":
            raise refused(body.head(), "XML", "xml")
        keep = body.size <= KEPT and not body.spooled
        sift = Sift(utf8_xml(body, charset), self._place, self.whole, keep=keep)
        if keep:
            return Decoded(sift.root, iter(list(sift.chunks())))
        return Decoded(sift.root if body.spooled else Late(body, charset), sift.chunks())

    def getter(self, expression: str) -> Getter:
        """Compile an XPath from the record."""
        if any(self.faults()):
            compile_xpath(expression, self.namespaces)
            return lambda chunk: []  # never called: `faults` refuses these words
        return xpath_getter(expression, self._place)

    @cached_property
    def _place(self) -> Place:
        return Place(self.each, self.namespaces, self.whole)


def _way_out(whole: str, around: tuple[str, ...]) -> str:
    if not around:
        return ": nothing is around the root"
    *others, last = dict.fromkeys(around)
    return meant(whole, around) or f"; use {', '.join(others)}{' or ' * bool(others)}{last}"
