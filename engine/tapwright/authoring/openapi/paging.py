"""Guess how the next page is reached, from what parameters and the answer's members are called."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from tapwright.authoring.names import snake
from tapwright.authoring.openapi.clues import (
    NEXT,
    NEXT_URL,
    TOTAL_PAGES,
    TOTAL_RECORDS,
    Clues,
    Place,
    begins_at_0,
    is_date,
    is_token,
    is_url,
    largest,
)
from tapwright.authoring.openapi.operations import Parameter
from tapwright.authoring.openapi.records import Listing

_HEADER = re.compile(r"x-(next-(page|cursor|token)|.*continuation.*|.*next-cursor|.*next-page-token)")


@dataclass(frozen=True, kw_only=True)
class Guess:
    """How the next page seems to be reached."""

    paginate: dict[str, Any] = field(default_factory=dict)
    """The words; none if there seems to be one page."""
    params: dict[str, Any] = field(default_factory=dict)
    """What to send with every page."""
    claimed: frozenset[str] = frozenset()
    """The parameters that it takes care of."""
    why: str = ""
    """What it was guessed from."""
    doubt: str = ""
    """What could not be made out."""

    @property
    def kind(self) -> str:
        """Its name in the spec."""
        return next(iter(self.paginate), "")


def guess(found: Listing) -> Guess:
    """Guess the pages of a list; the surest sign wins."""
    clues = Clues(found)
    for attempt in (_link_header, _next_url, _cursor, _page, _offset):
        if made := attempt(clues):
            return made
    if clues.cursor is not None:
        return Guess(doubt=f"`{clues.cursor.name}` looks like a cursor, but the answer does not show where the next is")
    if clues.size is not None:
        return Guess(doubt=f"`{clues.size.name}` limits the answer, but nothing says how the rest is reached")
    if told := clues.named(TOTAL_PAGES, "integer") or clues.more:
        return Guess(doubt=f"`{told.text}` of the answer speaks of more pages, but no parameter asks for one")
    return Guess()


def _link_header(clues: Clues) -> Guess | None:
    told = [clues.operation.description, *(param.description for param in (clues.cursor, clues.page) if param)]
    speaks = any(re.search(r"\blink\W{0,3} header|rfc ?(?:5988|8288)", text, re.I) for text in told)
    if "link" not in clues.operation.answer.headers and not speaks:
        return None
    if not (clues.page or clues.size or clues.offset or clues.cursor):
        return None
    why = _from(clues.size, "the answer's Link header" if not speaks else "the Link header that the description names")
    claimed = clues.claims(clues.cursor) | _opposites(clues)
    return Guess(paginate={"link_header": {}}, params=clues.sized, claimed=claimed, why=why)


def _next_url(clues: Clues) -> Guess | None:
    for place in clues.places:
        text = place.known.types in (("string",), ())
        linked = place.name == "href" and len(place.path) > 1 and snake(place.path[-2]) == "next"
        if text and (linked or (NEXT_URL.fullmatch(place.name) and is_url(place))):
            why = _from(clues.size, f"`{place.text}` of the answer")
            claimed = clues.claims(clues.cursor)
            return Guess(paginate={"next_url": {"next": place.text}}, params=clues.sized, claimed=claimed, why=why)
    return None


def _cursor(clues: Clues) -> Guess | None:
    param = clues.cursor or _page_token(clues)
    header = next((name for name in sorted(clues.operation.answer.headers) if _HEADER.fullmatch(name)), None)
    if header and (param or clues.page):
        carrier = param or clues.page
        words = {"next_header": header, "param": carrier.name if carrier else ""}
        return Guess(
            paginate={"cursor": words},
            params=clues.sized,
            claimed=clues.claims(param),
            why=_from(carrier, f"the answer's header {header}"),
        )
    if param is None:
        return None
    place = _token(clues, param)
    more = {"more": clues.more.text} if clues.more else {}
    claimed = (clues.claims(param) - {clues.offset.name if clues.offset else ""}) | {param.name} | _opposites(clues)
    if place is not None:
        words = {"next": place.text, "param": param.name, **more}
        why = _from(param, *[f"`{each.text}` of the answer" for each in (place, clues.more) if each])
        return Guess(paginate={"cursor": words}, params=clues.sized, claimed=claimed, why=why)
    if "id" in clues.item.properties and (more or "starting_after" in snake(param.name)):
        words = {"next_from_record": "id", "param": param.name, **more}
        why = _from(param, "each record's `id`", *([f"`{clues.more.text}` of the answer"] if clues.more else []))
        return Guess(paginate={"cursor": words}, params=clues.sized, claimed=claimed, why=why)
    return None


def _page(clues: Clues) -> Guess | None:
    if clues.page is None:
        return None
    start = 0 if begins_at_0(clues.page) else 1
    words: dict[str, Any] = {"param": clues.page.name} | ({"from": 0} if start == 0 else {}) | _size(clues)
    pages = clues.named(TOTAL_PAGES, "integer")
    stop = {"total_pages": pages.text} if pages else _stop(clues)
    why = _from(clues.page, *_stop_told(stop))
    return Guess(paginate={"page": words | stop}, claimed=clues.claims(), why=why)


def _offset(clues: Clues) -> Guess | None:
    if clues.offset is None:
        return None
    schema = clues.offset.schema.words
    start = {"from": 1} if schema.get("minimum") == 1 or schema.get("default") == 1 else {}
    words: dict[str, Any] = {"param": clues.offset.name} | start | _size(clues)
    stop = _stop(clues)
    why = _from(clues.offset, *_stop_told(stop))
    return Guess(paginate={"offset": words | stop}, claimed=clues.claims(), why=why)


def _size(clues: Clues) -> dict[str, Any]:
    value = largest(clues.size) if clues.size else None
    return {"size": {"param": clues.size.name, "value": value}} if clues.size and value else {}


def _stop(clues: Clues) -> dict[str, Any]:
    """What of the answer says that a page is the last."""
    if clues.more is not None:
        return {"more": clues.more.text}
    if clues.last is not None:
        return {"more": f"!({clues.last.text})"}
    total = clues.named(TOTAL_RECORDS, "integer")
    return {"total_records": total.text} if total else {}


def _stop_told(stop: dict[str, Any]) -> list[str]:
    return [f"`{text.strip('!()')}` of the answer" for text in stop.values()]


def _token(clues: Clues, param: Parameter) -> Place | None:
    """Where the answer holds the value for a parameter: its namesake, or what is called the next."""
    name = snake(param.name)
    tokens = [place for place in clues.places if is_token(place.known)]
    for matches in (
        lambda place: place.name in (f"next_{name}", f"next{name}"),
        lambda place: place.name in NEXT and "next" in "_".join(map(snake, place.path)),
        lambda place: place.name == "end_cursor",
        lambda place: place.name == name,
        lambda place: place.name in NEXT,
    ):
        if found := next(filter(matches, tokens), None):
            return found
    return None


def _page_token(clues: Clues) -> Parameter | None:
    """A `page` that is no number, where the answer gives the next one."""
    text = clues.page is not None and clues.page.schema.types == ("string",)
    given = any(place.name in ("next_page", "next_page_token") and is_token(place.known) for place in clues.places)
    return clues.page if text and given else None


def _opposites(clues: Clues) -> frozenset[str]:
    """The parameters that lead back, which no run needs."""
    back = re.compile(r"(.*_)?(ending_)?before(_cursor)?|prev(ious)?(_.*)?")
    query = (param for param in clues.operation.params if param.place == "query")
    return frozenset(param.name for param in query if back.fullmatch(snake(param.name)) and not is_date(param.schema))


def _from(param: Parameter | None, *others: str) -> str:
    """Tell what a guess is from: `page` and what of the answer."""
    parts = ([f"the parameter `{param.name}`"] if param else []) + list(others)
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 2 else parts)
