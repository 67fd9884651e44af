"""Expressions that read answers: JMESPath and XPath, checked once as the spec is loaded, quick ever after."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from operator import methodcaller
from typing import Any, Final, TypeAlias

from tapwright.errors import BodyError
from tapwright.functions import interpreter_of_jmespath

Look: TypeAlias = Callable[[Any], Any]
"""Takes one value out of a decoded document or record; None if it is not there."""

LONGEST, DEEPEST = 4_000, 60
"""How many characters an expression may have, and how deep it may nest."""


class Missing:
    """The type of MISSING."""

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING: Final = Missing()
"""What `present` finds where there is nothing, not even null."""

_STEP = r'(?:[A-Za-z_][A-Za-z0-9_]*|"(?:[^"\\]|\\.)+")'
_PLAIN = re.compile(rf"\s*(?:@|{_STEP}(?:\.{_STEP})*)\s*")


def plain_path(text: str) -> tuple[str, ...] | None:
    """Split a plain dotted path into its names: `()` for `@`, None for anything that is more than a path."""
    if not _PLAIN.fullmatch(text):
        return None
    steps: list[str] = [] if text.strip() == "@" else re.findall(_STEP, text)
    return tuple(json.loads(step, strict=False) if step[0] == '"' else step for step in steps)


@lru_cache(maxsize=4096)
def compile_jmespath(text: str) -> Look:
    """Compile a JMESPath, which may call the functions of `functions` too; ValueError if it is not one."""
    _bounded(text, "JMESPath")
    path = plain_path(text)
    if path is None:
        return _interpreted(text)
    if not path:
        return lambda value: value
    if len(path) == 1:
        return _member(path[0])
    return _follow(path)


@lru_cache(maxsize=4096)
def present(text: str) -> Look:
    """Compile a plain path so that it tells null (None) from what is not there (MISSING)."""
    path = plain_path(text)
    if path is None:
        raise ValueError(f"{text!r} is not a plain path such as data.items")

    def look(value: Any) -> Any:
        for name in path:
            if not isinstance(value, dict) or name not in value:
                return MISSING
            value = value[name]
        return value

    return look


def _member(name: str) -> Look:
    return lambda value: value.get(name) if isinstance(value, dict) else None


def _follow(path: tuple[str, ...]) -> Look:
    def look(value: Any) -> Any:
        for name in path:
            if not isinstance(value, dict):
                return None
            value = value.get(name)
        return value

    return look


def _bounded(text: str, language: str) -> None:
    if len(text) > LONGEST:
        raise ValueError(f"a {language} of {len(text)} characters; at most {LONGEST} are allowed")
    deepest = depth = 0
    for mark in re.findall(r"[(\[{]|[)\]}]", text):
        depth += 1 if mark in "([{" else -1
        deepest = max(deepest, depth)
    if deepest > DEEPEST:
        raise ValueError(f"brackets nest {deepest} deep; at most {DEEPEST} are allowed")


def _interpreted(text: str) -> Look:
    import jmespath

    try:
        tree = jmespath.compile(text).parsed
    except RecursionError:
        raise ValueError("the expression nests too deep") from None
    except jmespath.exceptions.JMESPathError as error:
        raise ValueError(f"{text[:80]!r} is not a JMESPath: {_misread(error, text)}") from None
    _check(tree)
    interpreter = interpreter_of_jmespath()

    def look(value: Any) -> Any:
        try:
            return interpreter.visit(tree, value)
        except (ValueError, TypeError, ArithmeticError) as error:
            raise BodyError(f"{text}: {_one_line(error)}") from None

    return look


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _misread(error: Any, text: str) -> str:
    """Say where a JMESPath goes wrong; the library says it in several lines, and in the words of its parser."""
    place = getattr(error, "lex_position", getattr(error, "lexer_position", None))
    if not isinstance(place, int) or not 0 <= place < len(text):
        return "it ends too early"
    if text[place] == "=" and text[place + 1 : place + 2] != "=":
        return f"a single '=' at character {place + 1}; compare by '=='"
    if text[place] in "\"'`" and getattr(error, "lexer_value", None) is not None:
        return f"the {text[place]} at character {place + 1} is never closed"
    return f"'{text[place : place + 20]}' is not expected at character {place + 1}"


def _check(tree: Mapping[str, Any]) -> None:
    """Find unknown functions, wrong numbers of arguments and bottomless trees in a parsed JMESPath."""
    level: list[Mapping[str, Any]] = [tree]
    for _ in range(DEEPEST * 2):
        for node in level:
            if node["type"] == "function_expression":
                _check_call(node["value"], len(node["children"]))
        level = [child for node in level for child in node.get("children", ()) if isinstance(child, dict)]
        if not level:
            return
    raise ValueError("the expression nests too deep")


def _check_call(name: str, given: int) -> None:
    known = interpreter_of_jmespath()._functions.FUNCTION_TABLE
    if name not in known:
        raise ValueError(f"unknown function {name}(); there are {', '.join(sorted(known))}")
    signature = known[name]["signature"]
    wanted = len(signature)
    if given < wanted or (given > wanted and not (signature and signature[-1].get("variadic"))):
        raise ValueError(f"{name}() takes {wanted} argument{'s' * (wanted != 1)}, {given} given")


_NAME = r"[^\W\d][\w.-]*"
_QNAME = rf"(?:{_NAME}:)?{_NAME}"
_UP = re.compile(rf"(?:(?P<parents>(?:\.\./)+)|ancestor::(?P<ancestor>{_QNAME})/)@(?P<attribute>{_QNAME})")
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

    _bounded(text, "XPath")
    uris = {"xml": "http://www.w3.org/XML/1998/namespace", **dict(namespaces)}
    _check_names(text, uris)
    try:
        compiled = etree.XPath(text, namespaces=dict(namespaces), regexp=False, smart_strings=False)
        compiled(etree.Element("dry-run"))
    except etree.XPathError as error:
        raise ValueError(f"{text!r} is not an XPath: {_one_line(error)}") from None

    def look(element: Any) -> Any:
        try:
            return _plain(compiled(element))
        except etree.XPathError as error:
            raise BodyError(f"{text}: {_one_line(error)}") from None

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
        wanted = fewest if fewest == most else f"{fewest} to {most}"
        raise ValueError(f"{text!r}: {name}() takes {wanted} argument{'s' * (wanted != 1)}, {given} given")


def _plain(found: Any) -> Any:
    """Make what XPath finds into plain values."""
    if isinstance(found, list):
        return _one_or_all([node if isinstance(node, str) else text_content(node) for node in found])
    return None if isinstance(found, float) and not math.isfinite(found) else found


def _one_or_all(texts: list[str]) -> Any:
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
    if up := _UP.fullmatch(text):
        attribute = clark(up["attribute"], uris)
        if up["parents"]:
            return _of_parent(len(up["parents"]) // 3, attribute)
        return _of_ancestor(clark(up["ancestor"], uris), attribute, slow)
    if down := _DOWN.fullmatch(text):
        tags = [clark(name, uris) for name in down["path"].split("/")]
        take = methodcaller("get", clark(down["attribute"], uris)) if down["attribute"] else text_content
        return _below(tags, _own_text if down["text"] else take, slow)
    return None


def clark(name: str, uris: Mapping[str, str]) -> str:
    """Write a name with its namespace as lxml does: `{uri}local`."""
    prefix, colon, local = name.rpartition(":")
    if colon and prefix not in uris:
        raise ValueError(f"the prefix {prefix!r} is not among `namespaces`")
    return f"{{{uris[prefix]}}}{local}" if colon else local


def _of_parent(levels: int, attribute: str) -> Look:
    def look(element: Any) -> Any:
        for _ in range(levels):
            element = element.getparent()
            if element is None:
                return None
        return element.get(attribute)

    return look


def _of_ancestor(tag: str, attribute: str, slow: Look) -> Look:
    def look(element: Any) -> Any:
        found = list(element.iterancestors(tag))
        return found[0].get(attribute) if len(found) == 1 else slow(element) if found else None

    return look


def _below(tags: list[str], take: Look, slow: Look) -> Look:
    first, *others = tags

    def look(element: Any) -> Any:
        found = list(element.iterchildren(first))
        for tag in others:
            found = [child for parent in found for child in parent.iterchildren(tag)]
        return take(found[0]) if len(found) == 1 else slow(element) if found else None

    return look
