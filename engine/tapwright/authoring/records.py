"""Raw records as places and values: each place is an expression that a field could take."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tapwright.authoring.names import snake, unique
from tapwright.authoring.outline import step
from tapwright.decode.elements import Elements
from tapwright.decode.kind import Chunk, Decode
from tapwright.decode.rows import PARENT, POSITION
from tapwright.decode.xml import Xml
from tapwright.xpath import text_content


def records_of(chunk: Chunk, decode: Decode, *, parents: bool = False) -> Iterator[dict[str, Any]]:
    """Give the records of a chunk, each as the places at its top and what is there; `parents` among them or not."""
    if isinstance(chunk, Elements):
        prefixes = {uri: prefix for prefix, uri in decode.namespaces.items()} if isinstance(decode, Xml) else {}
        yield from (dict(_in_element(element, prefixes, "")) for element in chunk.elements)
        return
    quoted = decode.speaks == "jmespath"
    for index in range(len(chunk)):
        record = chunk.record(index)
        pairs = ((name, value) for name, value in record.items() if parents or name not in (PARENT, POSITION))
        yield {step(name) if quoted else name: value for name, value in pairs}


def _in_element(element: Any, prefixes: dict[str, str], before: str) -> Iterator[tuple[str, Any]]:
    """Attributes and texts, by their XPaths from the record; what comes several times is a list."""
    for name, value in element.attrib.items():
        yield f"{before}@{_written(name, prefixes)}", value
    children = [child for child in element if isinstance(child.tag, str)]
    if not children:
        if before or not element.attrib or (element.text or "").strip():
            yield before.rstrip("/") or ".", text_content(element) or None
        return
    tags = [child.tag for child in children]
    for tag in dict.fromkeys(tags):
        place = f"{before}{_written(tag, prefixes)}"
        same = [child for child in children if child.tag == tag]
        if len(same) > 1:
            yield place, [text_content(child) for child in same]
        else:
            yield from _in_element(same[0], prefixes, f"{place}/")


def _written(tag: str, prefixes: dict[str, str]) -> str:
    """Write a name for an XPath."""
    uri, _, local = tag[1:].partition("}") if tag.startswith("{") else ("", "", tag)
    if not uri:
        return local
    return f"{prefixes[uri]}:{local}" if uri in prefixes else f"*[local-name()='{local}']"


def field_name(place: str, taken: set[str]) -> str:
    """Make a field's name of a place: snake_case, of letters and digits, of no other field."""
    local = re.sub(r"(^|/)\w+:", r"\1", place.replace("@", ""))
    name = snake(re.sub(r"\*\[local-name\(\)='(.*?)'\]", r"\1", local), "field")
    return unique("value" if name == "field" and not re.search(r"\w", local) else name, taken)
