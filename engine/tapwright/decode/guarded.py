"""XML, guarded: no document type, no entities, nothing fetched, every fault with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

from tapwright.body import Body
from tapwright.decode.characters import utf8, utf8_blocks
from tapwright.errors import BodyError

LONGEST_PROLOG = 1 << 20
PIECE = 1 << 16
"""How many bytes are parsed at a time: so few that what becomes of them fits into a processor's cache."""
SETTINGS: dict[str, Any] = {
    "encoding": "utf-8",
    "huge_tree": False,
    "load_dtd": False,
    "no_network": True,
    "remove_comments": True,
    "remove_pis": True,
    "resolve_entities": False,
}
"""How lxml is set, wherever it parses; the bytes are made UTF-8 before."""

_DECLARED = re.compile(rb"""\s*<\?xml[^>]*?\bencoding\s*=\s*["']([A-Za-z][\w.-]*)["']""")
_DECLARATION = re.compile(rb"\s*<\?xml[^>]*\?>")


def parse_xml(data: bytes, charset: str | None = None) -> Any:
    """Read a small XML body, such as an error's, into its root element.

    Fragments that have lost their root are read as if within `<result>`.
    """
    text = utf8(Body.of(data), _charset(data, charset))
    try:
        return _parsed(text)
    except BodyError as fault:
        if not text.lstrip().startswith(b"<"):
            raise
        try:
            return _parsed(b"<result>" + _DECLARATION.sub(b"", text, count=1) + b"</result>")
        except BodyError:
            raise fault from None


def utf8_xml(body: Body, charset: str | None) -> Iterator[bytes]:
    """Read an XML body as UTF-8, piece by piece."""
    return utf8_blocks(body, _charset(body.head(), charset), PIECE)


def _charset(head: bytes, charset: str | None) -> str | None:
    declared = _DECLARED.match(head)
    return charset or (declared[1].decode() if declared else None)


def _parsed(text: bytes) -> Any:
    from lxml import etree

    past_prolog(iter([text]))
    try:
        return etree.fromstring(text, etree.XMLParser(**SETTINGS))
    except etree.XMLSyntaxError as error:
        raise malformed(error) from None


class _Root:
    """Told by a parser what it meets; remembers the first element."""

    tag: str | None = None

    def start(self, tag: str, attributes: object) -> None:
        self.tag = self.tag or tag


def past_prolog(pieces: Iterator[bytes]) -> tuple[str, Iterator[bytes]]:
    """See, with defusedxml, that what comes before the root element is harmless.

    Gives the root's name, as lxml writes it, and all pieces again.
    """
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser, ParseError

    root, read = _Root(), []
    parser = DefusedXMLParser(target=root, forbid_dtd=True, encoding="utf-8")
    try:
        for piece in pieces:
            read.append(piece)
            for start in range(0, min(len(piece), LONGEST_PROLOG), 4096):
                parser.feed(piece[start : start + 4096])
                if root.tag is not None:
                    return root.tag, chain(read, pieces)
            if sum(map(len, read)) >= LONGEST_PROLOG:
                raise BodyError(f"the first {LONGEST_PROLOG:,} bytes of the XML hold no element")
        parser.close()
    except DefusedXmlException:
        raise BodyError("the XML has a document type (<!DOCTYPE …>), which is refused: it can be an attack") from None
    except ParseError as error:
        if root.tag is None:
            raise BodyError(f"the XML is malformed: {error}") from None
    if root.tag is None:
        raise BodyError("the XML holds no element")
    return root.tag, chain(read, pieces)


def malformed(error: Any) -> BodyError:
    """Say where XML is malformed and how; `error` is an lxml syntax error or log entry."""
    line, column = error.position if hasattr(error, "position") else (error.line, error.column)
    text = str(getattr(error, "msg", None) or getattr(error, "message", "")).split(", line ")[0]
    return BodyError(f"the XML is malformed at line {line}, column {column}: {' '.join(text.split())}")
