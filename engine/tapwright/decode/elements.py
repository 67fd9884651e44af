"""Chunks of XML elements, and what fields see of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, compress
from typing import Any

from tapwright.decode.children import Children
from tapwright.decode.kind import Chunk, Getter
from tapwright.decode.level import Level
from tapwright.decode.place import Place
from tapwright.decode.plain import TEXT, members, plain
from tapwright.decode.sight import sight, way_up
from tapwright.expression import Look
from tapwright.xpath import child_tag, compile_xpath

_OWN_TEXT = re.compile(r"\s*(?:(?:number|normalize-space|string)\(\s*)?(?:\.|(?:\./)?text\(\)|(?<=\())\s*\)?\s*")
"""What takes a record's own text."""


@dataclass(frozen=True)
class Elements:
    """Records that are XML elements, in their document."""

    elements: list[Any]

    def __len__(self) -> int:
        return len(self.elements)

    def rest(self, known: frozenset[str]) -> dict[str, list[Any]]:
        """The attributes, child elements and own text that no field takes, by their local names and `#text`."""
        rows = list(map(members, self.elements))
        said = {*known, TEXT} if any(map(_OWN_TEXT.fullmatch, known)) else known
        names = [name for name in dict.fromkeys(chain.from_iterable(rows)) if name not in said]
        columns = {name: [row.get(name) for row in rows] for name in names}
        taken = known | columns.keys()
        return {name if (bare := name.removeprefix("@")) in taken else bare: column for name, column in columns.items()}

    def kept(self, flags: Sequence[object]) -> Elements:
        """The records whose flag is true."""
        return Elements(list(compress(self.elements, flags)))

    def record(self, index: int) -> Any:
        """One record: its attributes, each with an @ before its name, and its child elements."""
        return plain(self.elements[index])

    def level(self, number: int) -> Level:
        """The elements so many levels above the records."""
        while len(self._levels) <= number:
            self._levels.append(self._levels[-1].above())
        return self._levels[number]

    @cached_property
    def _levels(self) -> list[Level]:
        return [Level(self.elements)]

    @cached_property
    def children(self) -> Children:
        """The child elements of the records."""
        return Children(self.elements)

    def forget(self) -> None:
        """Know no element any more: lxml is quick to drop what Python knows nothing of."""
        self.elements.clear()
        for name in ("_levels", "children"):
            self.__dict__.pop(name, None)


def xpath_getter(expression: str, place: Place) -> Getter:
    """Compile what a field takes from records that are XML elements; ValueError where it looks at what is not kept."""
    look, seen = compile_xpath(expression, place.namespaces), sight(expression, place)
    if seen.around > place.kept:
        raise ValueError(_out_of_sight(expression, place))
    if (way := way_up(expression, place)) and (way[0] or seen.own):
        return _level_getter(*way, place)
    if not seen.own:
        return lambda chunk: _by_parent(look, _elements(chunk))
    return lambda chunk: list(map(look, _elements(chunk).elements))


def _out_of_sight(expression: str, place: Place) -> str:
    """Say that what has streamed by, or is still to come, cannot be looked at, and which step to read whole for it."""
    wholes = (Place(place.text, place.namespaces, name) for name in reversed(place.names[:-1]))
    fits = next((one.whole for one in wholes if sight(expression, one).around <= one.kept), None)
    way_out = f"say `whole: {fits}`" if fits else "write `each` from the root, and say `whole` with the step it is in"
    return f"{expression!r} looks beyond {place.whole or 'the record'}, where only attributes are kept; {way_out}"


def _level_getter(number: int, path: str, place: Place) -> Getter:
    """Follow a path from the elements so many levels above the records, from each only once."""
    look, tag = compile_xpath(path, place.namespaces), child_tag(path, place.namespaces)
    if not number and tag is not None:
        return lambda chunk: _elements(chunk).children.column(tag, look)

    def get(chunk: Chunk) -> list[Any]:
        level = _elements(chunk).level(number)
        return level.spread(map(look, level.nodes))

    return get


def _by_parent(look: Look, chunk: Elements) -> list[Any]:
    level = chunk.level(1)
    return level.spread(map(look, level.firsts(chunk.elements)))


def _elements(chunk: Chunk) -> Elements:
    assert isinstance(chunk, Elements)
    return chunk
