"""Cut a body after its first few records, so that it stays a valid one."""

from __future__ import annotations

import csv
from collections.abc import Callable

from tapwright.decode.csv import Csv
from tapwright.decode.json import Json
from tapwright.decode.jsonl import Jsonl
from tapwright.decode.kind import Decode
from tapwright.decode.text import Text
from tapwright.decode.xml import Xml
from tapwright.errors import BodyError
from tapwright.expression import plain_path

Cut = tuple[str, int] | None
"""A shorter body, and how many records the whole one held; None if it is short enough, or cannot be cut."""


def trimmed(decode: Decode, body: str, most: int) -> Cut:
    """Keep the first `most` records of a body."""
    for kind, cut in _CUTS:
        if isinstance(decode, kind):
            try:
                return cut(decode, body, most)
            except (BodyError, ValueError, csv.Error):
                return None
    return None


def _json(decode: Json, body: str, most: int) -> Cut:
    import msgspec

    from tapwright.decode.exact import exact

    document = exact(body.encode())
    for text in (decode.at,) if isinstance(decode.at, str) else decode.at:
        path = plain_path(text)
        items = document
        for name in path or ():
            items = items.get(name) if isinstance(items, dict) else None
        if path is None or not isinstance(items, list):
            continue
        count = len(items)
        if count <= most:
            return None
        del items[most:]
        cut = msgspec.json.Encoder(decimal_format="number").encode(document)
        return msgspec.json.format(cut, indent=2).decode() + "\n", count
    return None


def _lines(decode: Decode, body: str, most: int) -> Cut:
    lines = body.splitlines(keepends=True)
    places = [place for place, line in enumerate(lines) if line.strip()]
    if (isinstance(decode, Text) and decode.whole) or len(places) <= most:
        return None
    return "".join(lines[: places[most]]), len(places)


def _csv(decode: Csv, body: str, most: int) -> Cut:
    lines = body.splitlines(keepends=True)
    reader = csv.reader(
        lines[decode.skip_lines :],
        delimiter=decode.delimiter,
        quotechar=decode.quote or None,
        quoting=csv.QUOTE_MINIMAL if decode.quote else csv.QUOTE_NONE,
    )
    ends = [reader.line_num for row in reader if row and not (decode.comment and row[0].startswith(decode.comment))]
    count = len(ends) - decode.header
    if count <= most:
        return None
    return "".join(lines[: decode.skip_lines + ends[most + decode.header - 1]]), count


def _xml(decode: Xml, body: str, most: int) -> Cut:
    from lxml import etree

    from tapwright.decode.guarded import parse_xml
    from tapwright.decode.place import Place, way_to

    root, place = parse_xml(body.encode()), Place(decode.each, decode.namespaces)
    found = [element for element in root.iter() if isinstance(element.tag, str) and place.holds(way_to(element))]
    for element in found[most:]:
        parent = element.getparent()
        if parent is None:
            return None
        parent.remove(element)
    text: str = etree.tostring(root, encoding="unicode")
    return (text + "\n", len(found)) if len(found) > most else None


_CUTS: tuple[tuple[type[Decode], Callable[..., Cut]], ...] = (
    (Csv, _csv),
    (Json, _json),
    (Jsonl, _lines),
    (Text, _lines),
    (Xml, _xml),
)
