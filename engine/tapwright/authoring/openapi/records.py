"""Find the list of records in an answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tapwright.authoring.names import names_in, singular, snake
from tapwright.authoring.openapi.operations import Operation
from tapwright.authoring.openapi.schemas import Known, understood

DEEPEST = 3
LARGEST_AROUND = 20
"""An object with more members than this is a record."""
USUAL = names_in(
    "collection content data docs documents elements entities entries hits items list nodes objects records"
    " resource resources response result results rows value values"
)
"""The names that lists of records often have."""
BESIDE = names_in(
    "aggregations columns errors facets fields filters included links messages order parameters sort warnings"
)
"""The names of lists that stand beside the records."""
AROUND = re.compile(
    r"(n_)?(links?|meta(data)?|paging|pagination|page_?info|info|debug|status|success|ok|errors?|messages?|code|kind"
    r"|etag|object|ur[il]|href|self|type|api_version|version|request_id|id_request|took|time(stamp|out)?|first|last"
    r"|size|number|sort|offset|limit|start|max|query|truncated|count|total|more|empty|(total|count|num|page|per|next"
    r"|prev|previous|has|is|max|start|end|cursor|result|response|odata|current|last|first|number|items|included|_)_?.*"
    r"|.*(cursor|count|token|page|pages|total))"
)
"""The names of what stands around a list of records, rather than in a record."""


@dataclass(frozen=True, kw_only=True)
class Listing:
    """An operation that answers with a list of records."""

    operation: Operation
    at: tuple[str, ...]
    """Where the records sit."""
    item: Known
    """A record."""
    rivals: tuple[tuple[str, ...], ...] = ()
    """The other lists that might be the records."""
    one: bool = False
    """Whether the description speaks of one object, though its parameters ask for pages."""


def listing(operation: Operation) -> Listing | None:
    """Find the records in what an operation answers; None if it gives no list of objects."""
    answer = operation.answer.schema
    if answer.is_list:
        item = understood(answer.items)
        return Listing(operation=operation, at=(), item=item) if _are_records(item) else None
    every = {path: item for path, item in _lists(answer, ()) if _are_records(item)}
    if not every and answer.is_object and _asks_for_pages(operation):
        return Listing(operation=operation, at=(), item=answer, one=True)
    scores = {path: _score(answer, path, operation, len(every)) for path in every}
    ranked = sorted(every, key=lambda path: -scores[path])
    if not ranked or scores[ranked[0]] < 1:
        return None
    rivals = tuple(path for path in ranked[1:] if snake(path[-1]) not in BESIDE and len(path) <= len(ranked[0]))
    return Listing(operation=operation, at=ranked[0], item=every[ranked[0]], rivals=rivals)


def _asks_for_pages(operation: Operation) -> bool:
    return bool({"page", "offset", "per_page", "page_size"} & {snake(param.name) for param in operation.params})


def _are_records(item: Known) -> bool:
    return item.is_object or not item.types


def _lists(known: Known, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Known]]:
    """Every list within objects, and what it holds; a record's own lists only right inside of it."""
    deeper = len(path) + 1 < DEEPEST and len(known.properties) <= LARGEST_AROUND and "id" not in known.properties
    for name in known.properties:
        member = known.member(name)
        if member.is_list:
            yield (*path, name), understood(member.items)
        elif member.is_object and deeper:
            yield from _lists(member, (*path, name))


def _score(answer: Known, path: tuple[str, ...], operation: Operation, lists: int) -> int:
    """How likely a list is to be the records, and the answer no record itself."""
    name, usual = snake(path[-1]), snake(path[-1]) in USUAL
    beside = list(_beside(answer, path))
    said = [step for step in operation.steps if "{" not in step]
    score = 4 * usual + 5 * (bool(said) and singular(name) == singular(snake(said[-1])))
    score -= 6 * ("id" in beside and (not usual or len(path) > 1)) + 5 * (name in BESIDE) + len(path) - 1
    score -= 4 * (bool(operation.steps) and operation.steps[-1].startswith("{"))
    strangers = sum(not AROUND.fullmatch(key) for key in beside)
    return score + (3 if lists == 1 and not strangers else -min(strangers, 6))


def _beside(answer: Known, path: tuple[str, ...]) -> Iterator[str]:
    """What stands beside a list, and beside what holds it."""
    for number, step in enumerate(path):
        every = ((name, answer.member(name)) for name in answer.properties if name != step)
        yield from (snake(name) for name, known in every if number or not known.is_list)
        answer = answer.member(step)
