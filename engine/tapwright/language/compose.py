"""Compose the parser's events into plain data, within bounds, refusing what YAML allows and people regret."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

import yaml

from tapwright.language.place import Path, Place, path_text, plain, quoted
from tapwright.language.problem import Code, Problem, Refused
from tapwright.language.scalars import TAG, resolve, resolve_tagged
from tapwright.language.syntax import TEMPLATE, begins_template

MOST_BYTES = 1 << 20
MOST_ALIASES = 1_000
MOST_NODES = 100_000
DEEPEST = 50
TAGS = {
    yaml.ScalarEvent: {"str", "int", "float", "bool", "null"},
    yaml.SequenceStartEvent: {"seq"},
    yaml.MappingStartEvent: {"map"},
}
MERGE = "merge keys ('<<') are not allowed; write the keys out, or use the language's own words for reuse"


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """Remember a value that has a name, and how much an alias of it adds."""

    value: Any
    path: Path
    nodes: int
    height: int


class Composer:
    """Build the data of one document, noting places and problems on the way."""

    def __init__(self, loader: Any, file: str, text: str) -> None:
        self.loader, self.file, self.text = loader, file, text
        self.values: dict[Path, Place] = {}
        self.keys: dict[Path, Place] = {}
        self.aliases: dict[Path, Path] = {}
        self.anchors: dict[str, Anchor] = {}
        self.problems: list[Problem] = []
        self.nodes = self.uses = self.deepest = 0

    def document(self) -> Any:
        """Compose the only document; an empty text is null."""
        self.loader.get_event()
        event = self.loader.get_event()
        self.values[()] = (1, 1)
        if isinstance(event, yaml.StreamEndEvent):
            return None
        data = self.node(self.loader.get_event(), ())
        self.loader.get_event()
        event = self.loader.get_event()
        if not isinstance(event, yaml.StreamEndEvent):
            self.note("syntax", event, (), "a second document begins here; keep one in each file")
        if self.problems:
            raise Refused(self.problems)
        return data

    def node(self, event: Any, path: Path) -> Any:
        """Compose a value and everything in it."""
        self.values[path] = _place(event)
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event, path)
        nodes, deepest, self.deepest = self.nodes, self.deepest, len(path)
        self.grow(event, 1, len(path))
        value = self.tagged(event, path) if event.tag else self.untagged(event, path)
        if event.anchor:
            height = self.deepest - len(path)
            self.name(event, Anchor(value=value, path=path, nodes=self.nodes - nodes, height=height))
        self.deepest = max(deepest, self.deepest)
        return value

    def untagged(self, event: Any, path: Path) -> Any:
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event, path) if event.implicit[0] else event.value
        return self.items(path) if isinstance(event, yaml.SequenceStartEvent) else self.pairs(path)

    def tagged(self, event: Any, path: Path) -> Any:
        known = event.tag == "!" or event.tag.removeprefix(TAG) in TAGS[type(event)]
        if not known:
            self.note("syntax", event, path, f"the tag {quoted(event.tag)} is not allowed; write plain values")
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event, path) if known and event.tag != "!" else event.value
        return self.untagged(event, path)

    def scalar(self, event: Any, path: Path) -> Any:
        try:
            return resolve_tagged(event.tag, event.value) if event.tag else resolve(event.value)
        except ValueError as error:
            self.note("value", event, path, str(error))

    def items(self, path: Path) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := self.loader.get_event(), yaml.SequenceEndEvent):
            items.append(self.node(event, (*path, len(items))))
        return items

    def pairs(self, path: Path) -> dict[str, Any]:
        pairs: dict[str, Any] = {}
        while not isinstance(event := self.loader.get_event(), yaml.MappingEndEvent):
            key = self.key(event, path)
            inside = (*path, key)
            if key in pairs:
                first = self.keys[inside][0]
                self.note("duplicate-key", event, inside, f"this key is already on line {first}")
            else:
                self.keys[inside] = _place(event)
            value = self.node(self.loader.get_event(), inside)
            pairs.setdefault(key, value)
        return pairs

    def key(self, event: Any, path: Path) -> str:
        """Take a key as it is written: `1`, `true` and `~` are text where a key stands."""
        if not isinstance(event, yaml.ScalarEvent):
            template = begins_template(self.text, _place(event))
            self.stop("syntax", event, path, TEMPLATE if template else "a key must be text")
        if event.value == "<<" and event.implicit[0]:
            self.note("syntax", event, path, MERGE)
        if event.tag or event.anchor:
            self.note("syntax", event, path, "a key cannot have a tag or an anchor")
        return str(event.value)

    def alias(self, event: Any, path: Path) -> Any:
        if event.anchor not in self.anchors:
            self.stop("syntax", event, path, f"no value before this one is named '&{plain(event.anchor)}'")
        anchor = self.anchors[event.anchor]
        self.uses += 1
        if self.uses > MOST_ALIASES:
            self.stop("limit", event, path, f"more than {MOST_ALIASES:,} aliases are used")
        self.grow(event, anchor.nodes, len(path) + anchor.height)
        self.aliases[path] = anchor.path
        return anchor.value

    def name(self, event: Any, anchor: Anchor) -> None:
        if event.anchor in self.anchors:
            self.note("syntax", event, anchor.path, f"the name '&{plain(event.anchor)}' is already used above")
        self.anchors[event.anchor] = anchor

    def grow(self, event: Any, nodes: int, depth: int) -> None:
        """Count what a value adds, aliases written out, and stop at the bounds."""
        self.nodes += nodes
        self.deepest = max(self.deepest, depth)
        if self.nodes > MOST_NODES:
            self.stop("limit", event, (), f"the file holds more than {MOST_NODES:,} values")
        if depth > DEEPEST:
            self.stop("limit", event, (), f"values are nested more than {DEEPEST} deep")

    def note(self, code: Code, event: Any, path: Path, message: str) -> None:
        line, column = _place(event)
        where = {"file": self.file, "path": path_text(path)}
        self.problems.append(Problem(code=code, line=line, column=column, message=message, **where))

    def stop(self, code: Code, event: Any, path: Path, message: str) -> NoReturn:
        self.note(code, event, path, message)
        raise Refused(self.problems)


def _place(event: Any) -> Place:
    return event.start_mark.line + 1, event.start_mark.column + 1
