"""What a document holds, in outline: its members and what they are, without their values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tapwright.body import Body
from tapwright.decode.characters import lines, texts
from tapwright.decode.json import parse_json
from tapwright.decode.pack import unpacked
from tapwright.decode.sniff import sniff
from tapwright.errors import BodyError

LARGEST = 1 << 26
"""How many bytes a document may have to be looked at whole."""
HEAD = 64_000
"""How many bytes of a body are shown at most."""
_MOST, _DEEPEST = 25, 3
_PLAIN = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.S | re.I)


@dataclass(frozen=True, kw_only=True)
class Known:
    """A body, understood as whatever it is."""

    kind: str
    """What it is: json, jsonl, xml, html, csv, text, empty or binary."""
    document: Any = None
    """JSON values, or an XML root element."""
    head: str = ""
    """How it begins, as text."""


def known(body: Body, content_type: str = "", charset: str | None = None) -> Known:
    """Understand a body, whatever the spec says of it."""
    try:
        body = unpacked(body, None)
    except BodyError:
        return Known(kind="binary")
    kind = sniff(body.head(), content_type)
    head = "" if kind == "binary" else _head(body, charset)
    if body.size > LARGEST or kind not in ("json", "xml"):
        return Known(kind=kind, head=head)
    try:
        if kind == "json":
            return Known(kind="json", document=parse_json(Body.of(body.content)), head=head)
        from tapwright.decode.xml import parse_xml

        return Known(kind="xml", document=parse_xml(body.content), head=head)
    except BodyError:
        return Known(kind="jsonl" if _lines_of_json(body, charset) else "text", head=head)


def _head(body: Body, charset: str | None) -> str:
    """How a body begins, as far as it is text in its charset."""
    begin = Body.of(body.head(HEAD))
    try:
        return "".join(texts(begin, charset))
    except BodyError:
        return begin.content.decode("utf-8", "replace")


def outline(seen: Known) -> Iterator[str]:
    """Say what a body holds, member by member."""
    if seen.kind == "xml" and seen.document is not None:
        yield from _elements(seen.document)
    elif seen.document is not None:
        yield described(seen.document)
        yield from _members(seen.document, 1)
    elif seen.kind == "html":
        title = _TITLE.search(seen.head)
        yield "an HTML page" + (f", titled {' '.join(title[1].split())!r}" if title else "")
    elif seen.kind in ("csv", "text"):
        yield f"lines of text; the first: {next(iter(seen.head.splitlines()), '')[:200]}"
    else:
        yield {"empty": "nothing at all", "jsonl": "lines of JSON"}.get(seen.kind, f"{seen.kind} data")


def described(value: Any) -> str:
    """Say what a JSON value is."""
    match value:
        case dict():
            return f"an object of {len(value)}" if value else "an empty object"
        case list():
            kinds = sorted({_kind(item) for item in value})
            return f"a list of {len(value)} {' or '.join(kinds)}" if value else "an empty list"
        case None:
            return "null"
    return f"a {_kind(value).removesuffix('s')}"


def paths(value: Any, before: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Give every member within objects by its path, in JMESPath; lists are not entered."""
    if isinstance(value, dict) and depth < 6:
        for name, inner in value.items():
            path = f"{before}.{step(name)}" if before else step(name)
            yield path, inner
            yield from paths(inner, path, depth + 1)


def step(name: str) -> str:
    """Write a key as a step of a JMESPath."""
    import json

    return name if _PLAIN.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _members(value: Any, depth: int) -> Iterator[str]:
    inside: Mapping[str, Any] = {}
    if isinstance(value, dict):
        inside = value
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        inside = value[0]
    width = max((len(name) for name in list(inside)[:_MOST]), default=0)
    for name in list(inside)[:_MOST]:
        yield f"{'  ' * depth}{name.ljust(min(width, 30))}  {described(inside[name])}"
        if depth < _DEEPEST:
            yield from _members(inside[name], depth + 1)
    if len(inside) > _MOST:
        yield f"{'  ' * depth}… and {len(inside) - _MOST} more"


def _elements(root: Any, depth: int = 0) -> Iterator[str]:
    attributes = "".join(f" @{name}" for name in list(root.attrib)[:8])
    yield f"{'  ' * depth}<{_local(root.tag)}>{attributes}"
    if depth >= _DEEPEST:
        return
    seen: dict[str, int] = {}
    for child in root:
        if isinstance(child.tag, str):
            seen[child.tag] = seen.get(child.tag, 0) + 1
    for tag, count in list(seen.items())[:_MOST]:
        first, *others = _elements(root.find(tag), depth + 1)
        yield first + (f"  {count} times" if count > 1 else "")
        yield from others


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _kind(value: Any) -> str:
    kinds = {dict: "objects", list: "lists", str: "texts", bool: "booleans", type(None): "nulls"}
    return kinds.get(type(value), "numbers")


def _lines_of_json(body: Body, charset: str | None) -> bool:
    """Whether the first line by itself is a JSON object, and there are others."""
    found = [Body.of(text.encode()) for text, _ in zip(lines(body, charset), range(2), strict=False)]
    try:
        return len(found) == 2 and all(isinstance(parse_json(line), dict) for line in found)
    except BodyError:
        return False
