"""XML elements as plain data: texts, dicts and lists."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

TEXT = "#text"
"""The name of an element's own text."""


def plain(element: Any) -> Any:
    """Make an element into plain data: its text if it has nothing else, else its attributes and child elements."""
    if len(element) or element.attrib:
        return members(element)
    return element.text or ""


def members(element: Any) -> dict[str, Any]:
    """Take an element's attributes, each with an @ before its name, its child elements, and its own text."""
    return (_with_attributes if _attributes()(element) else _without)(element)


def _with_attributes(element: Any) -> dict[str, Any]:
    found: dict[str, Any] = {f"@{_local(name)}": value for name, value in element.items()}
    children = element[:]
    for child in children:
        more = len(child) or child.attrib
        _add(found, _local(child.tag), _with_attributes(child) if more else child.text or "")
    return _with_text(found, element, children)


def _without(element: Any) -> dict[str, Any]:
    children = element[:]
    found: dict[str, Any] = {_local(child.tag): child.text or "" for child in children if not len(child)}
    if len(found) < len(children):
        found = {}
        for child in children:
            _add(found, _local(child.tag), _without(child) if len(child) else child.text or "")
    return _with_text(found, element, children)


class _Several(list[Any]):
    """The values of child elements that have one name."""


def _add(found: dict[str, Any], name: str, value: Any) -> None:
    if name not in found:
        found[name] = value
    elif isinstance(found[name], _Several):
        found[name].append(value)
    else:
        found[name] = _Several((found[name], value))


def _with_text(found: dict[str, Any], element: Any, children: list[Any]) -> dict[str, Any]:
    own = (element.text or "") + "".join([child.tail or "" for child in children])
    if own := own.strip():
        found[TEXT] = own
    return found


@cache
def _attributes() -> Any:
    from lxml import etree

    return etree.XPath("boolean(descendant-or-self::*/@*)")


@lru_cache(maxsize=4096)
def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
