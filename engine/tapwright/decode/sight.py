"""What an XPath looks at: its record alone, attributes of what is around it, or more."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from math import inf
from operator import or_

from tapwright.decode.grammar import NOWHERE, Call, Expression, Path, Step, parse
from tapwright.decode.place import Place

_NAMES_ONLY = frozenset(("and", "boolean", "count", "local-name", "name", "namespace-uri", "not"))
"""Functions that do not look into the elements they are given."""
_OF_CONTEXT = frozenset(("normalize-space", "number", "string", "string-length"))
_OF_NOTHING = frozenset(("", "false", "last", "position", "true"))


@dataclass(frozen=True)
class Sight:
    """What an expression looks at; never less than it does."""

    own: bool = False
    """Whether it matters which of its neighbours the record is: it looks at itself, into itself, or to its sides."""
    around: float = 0
    """The highest element, counted in levels above the record, of which more than its name and attributes matters."""

    def __or__(self, other: Sight) -> Sight:
        return Sight(self.own or other.own, max(self.around, other.around))


EVERYTHING = Sight(own=True, around=inf)


@dataclass(frozen=True)
class _Spot:
    """Where evaluation may have come to."""

    level: float = 0
    """The highest it may be, in levels above the record."""
    own: bool = True
    """Whether it may be the record, or in it."""
    climbs: bool = True
    """Whether it is the record or around it; else it may be in what is around."""
    value: bool = False
    """Whether there is nothing below: it is an attribute."""

    def __or__(self, other: _Spot) -> _Spot:
        return _Spot(
            level=max(self.level, other.level),
            own=self.own or other.own,
            climbs=self.climbs and other.climbs,
            value=self.value and other.value,
        )

    def read(self) -> Sight:
        """See its text."""
        return Sight(own=self.own, around=0 if self.value else self.level)


_VALUE = _Spot(own=False, climbs=False, value=True)


def sight(text: str, place: Place) -> Sight:
    """Tell what an expression, evaluated from a record at a place, looks at."""
    try:
        return _read(parse(text), _Spot(), place)
    except ValueError:
        return EVERYTHING


def _read(tree: Expression, spot: _Spot, place: Place) -> Sight:
    """See what an expression gives as a value."""
    seen, end = _look(tree, spot, place)
    return seen | end.read()


def _look(tree: Expression, spot: _Spot, place: Place) -> tuple[Sight, _Spot]:
    """See what it takes to evaluate an expression; the second is where the nodes are that it gives."""
    match tree:
        case Path():
            return _followed(tree, spot, place)
        case Call("|"):
            looks = [_look(part, spot, place) for part in tree.parts]
            return reduce(or_, (seen for seen, _ in looks)), reduce(or_, (end for _, end in looks))
    return _called(tree, spot, place), _VALUE


def _called(call: Call, spot: _Spot, place: Place) -> Sight:
    if call.name == "id":
        return EVERYTHING
    if not call.parts:
        return Sight() if call.name in _OF_NOTHING else Sight(own=spot.own) if call.name in _NAMES_ONLY else spot.read()
    if call.name in _NAMES_ONLY:
        return reduce(or_, (_met(part, spot, place) for part in call.parts))
    seen = Sight(own=spot.own and call.name == "lang")
    return reduce(or_, (_read(part, spot, place) for part in call.parts), seen)


def _followed(path: Path, spot: _Spot, place: Place) -> tuple[Sight, _Spot]:
    seen, steps = Sight(), path.steps
    if path.start is not None:
        seen, spot = _look(path.start, spot, place)
    elif path.absolute:
        root, *rest = steps
        if root.axis != "child" or root.test.endswith(")"):
            raise ValueError("the document is no element")
        spot, steps = _root(place), (replace(root, axis="self"), *rest)
    for step in steps:
        passed, spot = _stepped(step, spot, place)
        seen = reduce(or_, (_met(predicate, spot, place) for predicate in step.predicates), seen | passed)
    return seen, spot


def _met(tree: Expression, spot: _Spot, place: Place) -> Sight:
    """See what it takes to tell whether an expression is true: of nodes, whether there are any."""
    seen, end = _look(tree, spot, place)
    return seen | Sight(own=end.own)


def _root(place: Place) -> _Spot:
    return _Spot(level=inf if place.nests else len(place.names) - 1, own=False)


def _stepped(step: Step, spot: _Spot, place: Place) -> tuple[Sight, _Spot]:
    """See what a step looks at, and where it leads to."""
    if step.axis == "self":
        return Sight(own=spot.own), spot
    match step.axis:
        case "attribute":
            return Sight(), replace(spot, climbs=False, value=True)
        case "child" | "descendant" | "descendant-or-self":
            return Sight(around=spot.level), replace(spot, climbs=False)
        case "parent":
            return Sight(), _above(spot)
        case "ancestor" | "ancestor-or-self":
            return _climbed(step, spot, place)
        case "following-sibling" | "preceding-sibling":
            above = replace(_above(spot), climbs=False)
            return Sight(own=True, around=above.level), above
    raise ValueError(f"the axis {step.axis}")


def _above(spot: _Spot) -> _Spot:
    return replace(spot, level=spot.level + 1, own=spot.own and not spot.climbs, value=False)


def _climbed(step: Step, spot: _Spot, place: Place) -> tuple[Sight, _Spot]:
    level = place.highest(step.test)
    if not spot.climbs:
        return Sight(own=spot.own), replace(spot, level=max(spot.level, level), value=False)
    own = step.axis == "ancestor-or-self" and spot.own and place.may_be(step.test)
    return Sight(own=own), _Spot(level=level, own=own)


def way_up(text: str, place: Place) -> tuple[int, str] | None:
    """Take the first steps of a path apart, if they lead straight up: how many levels, and the path on from there."""
    try:
        tree = parse(text)
        if not isinstance(tree, Path) or tree.start is not None:
            return None
        level, steps = 0, list(tree.steps)
        if tree.absolute:
            level, root = len(place.names) - 1, steps.pop(0)
            if root.axis != "child" or root.predicates or place.levels(root.test) != [level]:
                return None
        while steps[1:] and steps[1].place != NOWHERE and (up := _straight_up(steps[0], level, place)) is not None:
            level = up
            steps.pop(0)
    except ValueError:
        return None
    begins = steps and steps[0].place != NOWHERE and level < len(place.names)
    return (level, text[steps[0].place :]) if begins else None


def _straight_up(step: Step, level: int, place: Place) -> int | None:
    """To which level a step leads, if it surely leads to one element."""
    if step.predicates:
        return None
    match step.axis, step.test:
        case "self", "node()":
            return level
        case "parent", "node()" | "*":
            return level + 1
        case "parent", name:
            found = {above for above in place.levels(name) if above == level + 1}
        case "ancestor" | "ancestor-or-self", name:
            found = {above for above in place.levels(name) if above >= level + (step.axis == "ancestor")}
        case _:
            return None
    return int(found.pop()) if len(found) == 1 and place.surely(step.test, *found) else None
