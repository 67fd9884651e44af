"""Chunks of XML elements, and what fields see of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from itertools import compress
from typing import Any

from tapwright.decode.kind import Chunk, Getter
from tapwright.decode.place import Place, way_to
from tapwright.expression import Look, compile_xpath

_QUICK = re.compile(r"(?:(?:\.\./)+|ancestor::[\w.:-]+/)@[\w.:-]+")
_CLIMBS = re.compile(r"\.\.|::|(?:^|[^\w.)\]*/])/")
_DOWNWARD = re.compile(r"(?:self|child|descendant|descendant-or-self|attribute)::")
_BESIDE = re.compile(
    r"(?:preceding|following)(?:-sibling)?::"
    r"|(?:\.\.|(?:parent|ancestor|ancestor-or-self)::[\w.:*()-]+(?:\[[^\]]*\])?)/(?!\.\.|@|attribute::|ancestor|parent)"
)


@dataclass(frozen=True)
class Elements:
    """Records that are XML elements, in their document."""

    elements: list[Any]
    unit: Place | None = None
    """The place of the ancestor that was read whole, if one was."""

    def __len__(self) -> int:
        return len(self.elements)

    def rest(self, known: frozenset[str]) -> dict[str, list[Any]]:
        """The attributes and child elements that no field takes, by their local names."""
        columns: dict[str, list[Any]] = {}
        size = len(self.elements)
        for index, element in enumerate(self.elements):
            for name, value in _members(element).items():
                if name not in known:
                    columns.setdefault(name, [None] * size)[index] = value
        taken = known | columns.keys()
        return {name if (bare := name.removeprefix("@")) in taken else bare: column for name, column in columns.items()}

    def kept(self, flags: Sequence[object]) -> Elements:
        """The records whose flag is true."""
        return Elements(list(compress(self.elements, flags)), self.unit)

    def record(self, index: int) -> Any:
        """One record: its attributes, each with an @ before its name, and its child elements."""
        return plain(self.elements[index])

    @cached_property
    def alone(self) -> list[Any]:
        """The records once more, each with nothing around it but what its fields may see."""
        copies: dict[Any, dict[Any, Any]] = {}
        return [self._alone(element, copies) for element in self.elements]

    def _alone(self, element: Any, copies: dict[Any, dict[Any, Any]]) -> Any:
        unit = element if self.unit is None else self._unit_of(element)
        if unit not in copies:
            copy = deepcopy(unit)
            copies[unit] = dict(zip(unit.iter(), copy.iter(), strict=True))
            _enclose(copy, reversed(list(unit.iterancestors())))
        return copies[unit][element]

    def _unit_of(self, element: Any) -> Any:
        assert self.unit is not None
        found = [ancestor for ancestor in element.iterancestors() if self.unit.holds(way_to(ancestor))]
        return found[-1]


def _enclose(element: Any, ancestors: Iterable[Any]) -> None:
    """Put an element into elements of the same names and attributes as these, in a document of its own."""
    from lxml import etree

    shell: Any = None
    for ancestor in ancestors:
        words = (ancestor.tag, dict(ancestor.attrib), ancestor.nsmap)
        shell = etree.Element(*words) if shell is None else etree.SubElement(shell, *words)
    if shell is not None:
        shell.append(element)


def xpath_getter(expression: str, namespaces: Mapping[str, str], whole: bool) -> Getter:
    """Compile what a field takes from records that are XML elements.

    Whatever has streamed by or is still to come must not matter: an expression that leaves its record is evaluated
    on a copy with nothing else around.
    """
    look = compile_xpath(expression, namespaces)
    if not whole and _BESIDE.search(expression):
        raise ValueError(
            f"{expression!r} looks at elements beside the record, which are not kept; "
            "name the step to be read whole: `whole` beside `each`"
        )
    if _QUICK.fullmatch(expression.strip()):
        return lambda chunk: list(_by_parent(look, _elements(chunk).elements))
    if _CLIMBS.search(_DOWNWARD.sub("", expression)):
        return lambda chunk: list(map(look, _elements(chunk).alone))
    return lambda chunk: list(map(look, _elements(chunk).elements))


def _by_parent(look: Look, elements: Iterable[Any]) -> Iterator[Any]:
    """Look once for all neighbours that have the same parent, on which alone the value depends."""
    last = value = None
    for element in elements:
        parent = element.getparent()
        if parent is None or parent is not last:
            last, value = parent, look(element)
        yield value


def _elements(chunk: Chunk) -> Elements:
    assert isinstance(chunk, Elements)
    return chunk


def plain(element: Any) -> Any:
    """Make an element into plain data: its text if it has nothing else, else its attributes and child elements."""
    members = _members(element)
    if not members:
        return element.text or ""
    own = "".join(element.xpath("text()")).strip()
    return {**members, "#text": own} if own else members


def _members(element: Any) -> dict[str, Any]:
    members: dict[str, Any] = {f"@{_local(name)}": value for name, value in element.attrib.items()}
    for child in element:
        name = _local(child.tag)
        value = plain(child) if len(child) or child.attrib else child.text or ""
        if name not in members:
            members[name] = value
        elif isinstance(members[name], _Several):
            members[name].append(value)
        else:
            members[name] = _Several((members[name], value))
    return members


class _Several(list[Any]):
    """The values of child elements that have one name."""


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
