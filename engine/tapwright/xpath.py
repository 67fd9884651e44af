"""XPath, checked once as the spec is loaded, quick ever after."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from operator import methodcaller
from typing import Any

from tapwright.counted import counted
from tapwright.errors import BodyError
from tapwright.expression import Look, bounded, one_line

_NAME = r"[^\W\d][\w.-]*"
_QNAME = rf"(?:{_NAME}:)?{_NAME}"
_DOWN = re.compile(rf"(?P<path>{_QNAME}(?:/{_QNAME})*)(?:/@(?P<attribute>{_QNAME})|(?P<text>/text\(\)))?")
_TOKEN = re.compile(
    rf"""\s*(?:"[^"]*"|'[^']*'|(?P<name>{_NAME})(?::(?P<local>{_NAME}|\*))?(?P<call>\s*(?:::|\())?|.)""", re.S
)
_ARITIES: Mapping[str, tuple[int, int]] = {
    name: arity
    for names, arity in {
        "false last position true": (0, 0),
        "local-name name namespace-uri normalize-space number string string-length": (0, 1),
        "boolean ceiling count floor id lang not round sum": (1, 1),
        "contains starts-with substring-after substring-before": (2, 2),
        "substring": (2, 3),
        "translate": (3, 3),
        "concat": (2, 100),
    }.items()
    for name in names.split()
}
_NODE_TESTS = ("text", "node", "comment", "processing-instruction")
_OPERATORS = ("and", "or", "div", "mod")


def compile_xpath(text: str, namespaces: Mapping[str, str] | None = None) -> Look:
    """Compile an XPath 1.0; ValueError if it is not one.

    It gives: None for no node, the text of one node, a list of texts for several, and XPath's own text, number (a
    float; None for NaN) or boolean.
    """
    return _xpath(text, tuple(sorted((namespaces or {}).items())))


@lru_cache(maxsize=4096)
def _xpath(text: str, namespaces: tuple[tuple[str, str], ...]) -> Look:
    from lxml import etree

    bounded(text, "XPath")
    uris = {"xml": "http://www.w3.org/XML/1998/namespace", **dict(namespaces)}
    _check_names(text, uris)
    try:
        compiled = etree.XPath(text, namespaces=dict(namespaces), regexp=False, smart_strings=False)
        compiled(etree.Element("dry-run"))
    except etree.XPathError as error:
        raise ValueError(f"{text!r} is not an XPath: {one_line(error)}") from None

    def look(element: Any) -> Any:
        try:
            return _plain(compiled(element))
        except etree.XPathError as error:
            raise BodyError(f"{text}: {one_line(error)}") from None

    return _shortcut(text.strip(), uris, look) or look


def _check_names(text: str, uris: Mapping[str, str]) -> None:
    """Find what lxml would find only where it is evaluated: unknown functions and prefixes, wrong arities."""
    calls: list[tuple[str, int, int]] = []
    for token in _TOKEN.finditer(text):
        mark, name, call = token[0].strip(), token["name"], (token["call"] or "").strip()
        if token["local"] and name not in uris:
            raise ValueError(f"{text!r} uses the prefix {name!r}, which `namespaces` does not name")
        if call == "(" or mark in ("(", "["):
            known = name is None or name in _NODE_TESTS or name in _OPERATORS
            if not known and (token["local"] or name not in _ARITIES):
                raise ValueError(f"{text!r} calls {name}(), which XPath 1.0 does not have")
            calls.append(("" if known else name, 0, token.end()))
        elif mark == "," and calls:
            calls[-1] = (calls[-1][0], calls[-1][1] + 1, calls[-1][2])
        elif mark in (")", "]") and calls:
            _check_arity(*calls.pop(), text, token.start())
        elif mark == "$" or (name == "namespace" and call == "::"):
            raise ValueError(f"{text!r} uses {'a variable' if mark == '$' else 'the namespace axis'}; there is none")


def _check_arity(name: str, commas: int, begin: int, text: str, end: int) -> None:
    given = commas + 1 if text[begin:end].strip() else 0
    fewest, most = _ARITIES.get(name, (0, 100))
    if not fewest <= given <= most:
        wanted = counted(fewest, "argument") if fewest == most else f"{fewest} to {most} arguments"
        raise ValueError(f"{text!r}: {name}() takes {wanted}, {given} given")


def _plain(found: Any) -> Any:
    """Make what XPath finds into plain values."""
    if isinstance(found, list):
        return plain_nodes(found)
    return None if isinstance(found, float) and not math.isfinite(found) else found


def plain_nodes(nodes: list[Any]) -> Any:
    """Make elements and texts into None, one text or a list of several."""
    texts = [node if isinstance(node, str) else text_content(node) for node in nodes]
    return texts[0] if len(texts) == 1 else texts or None


def text_content(element: Any) -> str:
    """Take all text within an element."""
    text: str = _evaluated("string()")(element) if len(element) else element.text or ""
    return text


@cache
def _evaluated(text: str) -> Callable[[Any], Any]:
    from lxml import etree

    return etree.XPath(text, smart_strings=False)


def _own_text(element: Any) -> Any:
    return _plain(_evaluated("text()")(element)) if len(element) else element.text or None


def _shortcut(text: str, uris: Mapping[str, str], slow: Look) -> Look | None:
    """Make the usual paths into closures that lxml need not evaluate; where they branch, it does."""
    if text == ".":
        return text_content
    if text == "text()":
        return _own_text
    if text[:1] == "@" and re.fullmatch(_QNAME, text[1:]):
        return methodcaller("get", clark(text[1:], uris))
    if down := _DOWN.fullmatch(text):
        tags = [clark(name, uris) for name in down["path"].split("/")]
        take = methodcaller("get", clark(down["attribute"], uris)) if down["attribute"] else text_content
        return _below(tags, _own_text if down["text"] else take, slow)
    return None


def child_tag(text: str, namespaces: Mapping[str, str]) -> str | None:
    """The name of the child elements that a path is for, as lxml writes it; None if it is more than a name."""
    return clark(text.strip(), namespaces) if re.fullmatch(_QNAME, text.strip()) else None


def clark(name: str, uris: Mapping[str, str]) -> str:
    """Write a name with its namespace as lxml does: `{uri}local`."""
    prefix, colon, local = name.rpartition(":")
    if colon and prefix not in uris:
        raise ValueError(f"the prefix {prefix!r} is not among `namespaces`")
    return f"{{{uris[prefix]}}}{local}" if colon else local


def _below(tags: list[str], take: Look, slow: Look) -> Look:
    first, *others = tags

    def look(element: Any) -> Any:
        found = list(element.iterchildren(first))
        for tag in others:
            found = [child for parent in found for child in parent.iterchildren(tag)]
        return take(found[0]) if len(found) == 1 else slow(element) if found else None

    return look
