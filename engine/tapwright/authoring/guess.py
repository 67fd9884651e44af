"""Guess where the records sit in an answer of which no spec says it yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tapwright.authoring.outline import Known, paths
from tapwright.decode import DECODE
from tapwright.decode.kind import Decode
from tapwright.decode.place import way_to

_DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True, kw_only=True)
class Guess:
    """A decoder and its words."""

    kind: str
    words: dict[str, Any] = field(default_factory=dict)
    count: int = 0
    """How many records it finds; 0 where they were not counted."""

    @property
    def decode(self) -> Decode:
        """The decoder."""
        return DECODE[self.kind](**self.words)

    @property
    def finds(self) -> bool:
        """Whether it says more than that the whole document is the record."""
        return bool(self.words) or self.count != 1

    @property
    def said(self) -> dict[str, Any]:
        """What to write under `records`."""
        return {self.kind: self.words}


def guessed(seen: Known) -> Guess | None:
    """Guess the place of the records: the longest list of objects, the element that comes most often, the rows."""
    match seen.kind:
        case "json":
            return _in_json(seen.document) if seen.document is not None else None
        case "jsonl":
            return Guess(kind="jsonl")
        case "xml":
            return _in_xml(seen.document) if seen.document is not None else None
        case "csv":
            first = next(iter(seen.head.splitlines()), "")
            delimiter = max(_DELIMITERS, key=first.count)
            return Guess(kind="csv", words={} if delimiter == "," else {"delimiter": delimiter})
    return None


def _in_json(document: Any) -> Guess | None:
    if _of_objects(document):
        return Guess(kind="json", count=len(document))
    found = [(path, value) for path, value in paths(document) if _of_objects(value)]
    if not found:
        return Guess(kind="json", count=1) if isinstance(document, dict) else None
    path, value = max(found, key=lambda pair: len(pair[1]))
    return Guess(kind="json", words={"at": path}, count=len(value))


def _of_objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _in_xml(root: Any) -> Guess | None:
    """The elements that come again and again, and are not within others that do; a record alone, where none do."""
    firsts: dict[str, Any] = {}
    counts: Counter[str] = Counter()
    for element in _elements(root):
        way = way_to(element)
        counts[way] += 1
        firsts.setdefault(way, element)
    again = [way for way, count in counts.items() if count > 1 and counts[way.rpartition("\0")[0]] <= 1]
    likely = [way for way in again if _structured(firsts[way])] or again or _alone(root)
    way = max(likely, key=lambda way: counts[way])
    spaces = {uri: f"n{number}" for number, uri in enumerate(dict.fromkeys(_spaces(way)), 1)}
    words: dict[str, Any] = {"each": "/" + "/".join(_named(tag, spaces) for tag in way.split("\0")[1:])}
    if spaces:
        words["namespaces"] = {prefix: uri for uri, prefix in spaces.items()}
    return Guess(kind="xml", words=words, count=counts[way])


def _structured(element: Any) -> bool:
    return len(element) > 0 or len(element.attrib) > 0


def _alone(root: Any) -> list[str]:
    """The only element within the root that holds something, or else the root."""
    inside = [way_to(child) for child in root if isinstance(child.tag, str) and len(child)]
    return inside if len(inside) == 1 else [way_to(root)]


def _elements(root: Any) -> Iterator[Any]:
    return (element for element in root.iter() if isinstance(element.tag, str))


def _spaces(way: str) -> Iterator[str]:
    for tag in way.split("\0")[1:]:
        if tag.startswith("{"):
            yield tag[1:].partition("}")[0]


def _named(tag: str, spaces: dict[str, str]) -> str:
    uri, _, local = tag[1:].partition("}") if tag.startswith("{") else ("", "", tag)
    return f"{spaces[uri]}:{local}" if uri else local
