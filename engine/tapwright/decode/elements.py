"""Chunks of XML elements, and what fields see of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, compress
from typing import Any

from tapwright.decode.children import Children
from tapwright.decode.kind import Chunk, Getter
from tapwright.decode.level import Level
from tapwright.decode.place import Place, way_to
from tapwright.decode.plain import TEXT, members, plain
from tapwright.decode.sight import sight, way_up
from tapwright.expression import Look
from tapwright.xpath import child_tag, compile_xpath

_BESIDE = re.compile(
    r"(?:preceding|following)(?:-sibling)?::"
    r"|(?:\.\.|(?:parent|ancestor|ancestor-or-self)::[\w.:*()-]+(?:\[[^\]]*\])?)/(?!\.\.|@|attribute::|ancestor|parent)"
)
_OWN_TEXT = re.compile(r"\s*(?:(?:number|normalize-space|string)\(\s*)?(?:\.|(?:\./)?text\(\)|(?<=\())\s*\)?\s*")
"""What takes a record's own text."""


@dataclass(frozen=True)
class Elements:
    """Records that are XML elements, in their document."""

    elements: list[Any]
    unit: Place | None = None
    """The place of the ancestor that was read whole, if one was."""

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
        return Elements(list(compress(self.elements, flags)), self.unit)

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

    @cached_property
    def alone(self) -> list[Any]:
        """The records once more, each with nothing around it but what its fields may see."""
        copies: dict[Any, dict[Any, Any]] = {}
        return [self._alone(element, copies) for element in self.elements]

    def _alone(self, element: Any, copies: dict[Any, dict[Any, Any]]) -> Any:
        unit = element if self.unit is None else self._unit_of(element)
        if unit not in copies:
            copy = deepcopy(unit)
            copy.tail = None
            copies[unit] = dict(zip(unit.iter(), copy.iter(), strict=True))
            _enclose(copy, reversed(list(unit.iterancestors())))
        return copies[unit][element]

    def _unit_of(self, element: Any) -> Any:
        assert self.unit is not None
        found = [ancestor for ancestor in element.iterancestors() if self.unit.holds(way_to(ancestor))]
        return found[-1]

    def forget(self) -> None:
        """Know no element any more: lxml is quick to drop what Python knows nothing of."""
        self.elements.clear()
        for name in ("_levels", "alone", "children"):
            self.__dict__.pop(name, None)


def _enclose(element: Any, ancestors: Iterable[Any]) -> None:
    """Put an element into elements of the same names and attributes as these, in a document of its own."""
    from lxml import etree

    shell: Any = None
    for ancestor in ancestors:
        words = (ancestor.tag, dict(ancestor.attrib), ancestor.nsmap)
        shell = etree.Element(*words) if shell is None else etree.SubElement(shell, *words)
    if shell is not None:
        shell.append(element)


def check_xpath(expression: str, namespaces: Mapping[str, str], *, whole: bool) -> None:
    """See that a field may say so: what has streamed by, or is still to come, cannot be looked at."""
    compile_xpath(expression, namespaces)
    if not whole and _BESIDE.search(expression):
        raise ValueError(
            f"{expression!r} looks at elements beside the record, which are not kept; "
            "name the step to be read whole: `whole` beside `each`"
        )


def xpath_getter(expression: str, place: Place, whole: str | None) -> Getter:
    """Compile what a field takes from records that are XML elements.

    An expression that may look at what need not be there is evaluated on copies with nothing else around.
    """
    look, seen = compile_xpath(expression, place.namespaces), sight(expression, place)
    if seen.around > (place.within(whole) if whole else 0):
        return lambda chunk: list(map(look, _elements(chunk).alone))
    if (way := way_up(expression, place)) and (way[0] or seen.own):
        return _level_getter(*way, place)
    if not seen.own:
        return lambda chunk: _by_parent(look, _elements(chunk))
    return lambda chunk: list(map(look, _elements(chunk).elements))


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
