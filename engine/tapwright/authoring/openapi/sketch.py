"""A stream as far as its own operation tells: its name, fields, key and pages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tapwright.authoring.names import singular, snake, unique
from tapwright.authoring.openapi.fields import field_for, fields_of, key_of
from tapwright.authoring.openapi.operations import Operation
from tapwright.authoring.openapi.paging import Guess, guess
from tapwright.authoring.openapi.records import Listing

SAYS_NOTHING = frozenset(["all", "get", "index", "list"])
"""The ends of paths that add nothing to what stands before them."""
BEGINS = re.compile(r"api|rest|v\d+(_\d+)*")
"""What paths begin with and every path has."""
SAYS_LITTLE = frozenset(["count", "export", "find", "items", "query", "results", "search"])


@dataclass(frozen=True, kw_only=True)
class Sketch:
    """A stream before it is tied to others."""

    name: str
    listing: Listing
    fields: dict[str, dict[str, Any]]
    key: str | None
    """The field that tells one record from another."""
    pages: Guess

    @property
    def operation(self) -> Operation:
        """What it asks for."""
        return self.listing.operation


def sketches_of(listings: Iterable[Listing]) -> dict[str, Sketch]:
    """Name every list and work out what it tells by itself."""
    return {name: _sketch(name, found) for name, found in _named(list(listings)).items()}


def _sketch(name: str, found: Listing) -> Sketch:
    fields = fields_of(found.item)
    key = key_of(found.item, found.item.properties, name)
    return Sketch(
        name=name, listing=found, fields=fields, key=None if key is None else field_for(fields, key), pages=guess(found)
    )


def _named(listings: list[Listing]) -> Mapping[str, Listing]:
    """Give each list the shortest name that tells it from the others; the shortest paths choose first."""
    guesses = [list(_guesses(found.operation)) for found in listings]
    wanted = Counter(each[0] for each in guesses)
    named: dict[int, str] = {}
    taken: set[str] = set()
    order = sorted(range(len(listings)), key=lambda place: (_braces(listings[place]), len(guesses[place])))
    for place in order:
        shared = wanted[guesses[place][0]] > 1 and _braces(listings[place]) > 0 and len(guesses[place]) > 1
        free = [name for name in guesses[place][shared:] if name not in taken]
        name = free[0] if free else unique(guesses[place][-1], taken)
        taken.add(name)
        named[place] = name
    return {named[place]: found for place, found in enumerate(listings)}


def _guesses(operation: Operation) -> Iterator[str]:
    """The names that an operation may have, from short to long: `posts`, `user_posts`, …, its own id."""
    words = [snake(step) for step in operation.steps if "{" not in step]
    while len(words) > 1 and BEGINS.fullmatch(words[0]):
        words.pop(0)
    if len(words) > 1 and words[-1] in SAYS_NOTHING:
        yield words[-2]
    begin = len(words) - (2 if len(words) > 1 and words[-1] in (*SAYS_NOTHING, *SAYS_LITTLE) else 1)
    for start in range(begin, -1, -1):
        yield "_".join([*map(singular, words[start:-1]), words[-1]])
    yield snake(operation.name or "records")


def _braces(found: Listing) -> int:
    return found.operation.path.count("{")
