"""What parameters and the answer's members are called, as far as it tells how the next page is reached."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tapwright.authoring.names import names_in, place_of, snake
from tapwright.authoring.openapi.operations import Operation, Parameter
from tapwright.authoring.openapi.records import DEEPEST, Listing
from tapwright.authoring.openapi.schemas import Known

PAGE = names_in("page page_number pagenumber page_no pageno page_num pagenum p pg current_page page_index pageindex")
SIZE = names_in(
    "limit per_page perpage page_size pagesize page_limit size count max max_results maxresults results_per_page"
    " items_per_page records_per_page top rows first take max_items max_records num_results max_page_size list_size"
    " hits_per_page page_length max_count"
)
OFFSET = names_in(
    "offset skip start start_index startindex start_at first_result page_offset from starting_index start_record"
    " start_row"
)
CURSOR = names_in(
    "cursor page_token pagetoken next_token nexttoken next_page_token continuation continuation_token starting_after"
    " after after_cursor start_cursor page_cursor page_after marker token pagination_token scroll_id bookmark"
    " next_cursor next cursor_mark exclusive_start_key start_after last_key last_id last_evaluated_key search_after"
    " page_key next_page next_page_id page_state paging_token next_key next_marker"
)
NEXT = CURSOR | frozenset(["end_cursor", "next_page_cursor", "next_start_cursor", "next_id", "next_cursor_mark"])
"""What an answer calls the value for the next page."""
NEXT_URL = re.compile(r"(odata_)?next(_page)?(_(url|uri|link|href|path))?|next_(results|records)_url")
MORE = names_in(
    "has_more hasmore has_next has_next_page hasnextpage more more_results has_more_items more_available more_records"
    " is_truncated truncated has_more_pages has_more_results"
)
LAST = names_in("last is_last is_last_page last_page is_end end_of_list is_done")
TOTAL_PAGES = names_in(
    "total_pages totalpages page_count pagecount pages pages_total total_page_count number_of_pages num_pages last_page"
)
TOTAL_RECORDS = names_in(
    "total total_count totalcount total_records total_results total_items total_elements total_size total_hits"
    " num_found total_rows total_entries"
)
LARGEST_PAGE = 10_000
_LARGEST = re.compile(r"(?:max(?:imum)?|up to|at most|(?:no|not) more than|between \d+ and)\D{0,30}?(\d[\d,]*)", re.I)
_FROM_0 = re.compile(r"(?:zero|0)[- ](?:based|indexed)|(?:start|begin)(?:s|ing)? (?:at|from|with) (?:0|zero)\b", re.I)


@dataclass(frozen=True, kw_only=True)
class Place:
    """A member of the answer, outside of its records."""

    path: tuple[str, ...]
    known: Known

    @property
    def name(self) -> str:
        return snake(self.path[-1])

    @property
    def text(self) -> str:
        return place_of(self.path)


class Clues:
    """What the guesses look at."""

    def __init__(self, found: Listing) -> None:
        self.operation: Operation = found.operation
        self.item = found.item
        query = [param for param in found.operation.params if param.place == "query"]
        self.page = _first(query, PAGE, _counts)
        self.size = _first(query, SIZE, _counts)
        self.offset = _first(query, OFFSET, _counts)
        self.cursor = _first(query, CURSOR, lambda param: is_token(param.schema))
        self.places = list(_around(found.operation.answer.schema, ()))
        self.more = self.named(MORE, "boolean")
        self.last = self.named(LAST, "boolean")

    def named(self, names: Iterable[str], kind: str) -> Place | None:
        every = [place for place in self.places if place.name in names and kind in place.known.types]
        return min(every, key=lambda place: len(place.path), default=None)

    def claims(self, *params: Parameter | None) -> frozenset[str]:
        known = (self.page, self.size, self.offset, *params)
        return frozenset(param.name for param in known if param is not None)

    @property
    def sized(self) -> dict[str, Any]:
        """The size of a page as a plain parameter."""
        value = largest(self.size) if self.size else None
        return {self.size.name: value} if self.size and value else {}


def _around(known: Known, path: tuple[str, ...]) -> Iterator[Place]:
    """Every member of the answer that is no list and in none."""
    for name in known.properties:
        member, place = known.member(name), (*path, name)
        if member.is_object and member.properties:
            if len(place) <= DEEPEST:
                yield from _around(member, place)
        elif not member.is_list:
            yield Place(path=place, known=member)


def is_token(known: Known) -> bool:
    return set(known.types) <= {"string", "integer", "number"} and not is_date(known)


def is_date(known: Known) -> bool:
    return known.format.startswith("date")


def _counts(param: Parameter) -> bool:
    """Whether a parameter is a number, as far as is said."""
    plain = {"integer", "number"} | (
        {"string"} if snake(param.name) in ("page", "offset", "limit", "per_page") else set()
    )
    return set(param.schema.types) <= plain and not is_date(param.schema)


def _first(params: list[Parameter], names: frozenset[str], fits: Callable[[Parameter], bool]) -> Parameter | None:
    return next((param for param in params if snake(param.name).removeprefix("n_") in names and fits(param)), None)


def largest(param: Parameter) -> int | None:
    """The largest page to ask for: the most that is allowed, else what the provider takes by itself."""
    said = [int(number.replace(",", "")) for number in _LARGEST.findall(param.description)]
    words = param.schema.words
    for value in (words.get("maximum"), *sorted(said, reverse=True), words.get("default"), words.get("example")):
        if isinstance(value, int | float) and not isinstance(value, bool) and 1 <= value <= LARGEST_PAGE:
            return int(value)
    return None


def begins_at_0(param: Parameter) -> bool:
    first = param.schema.words.get("default", param.schema.words.get("minimum"))
    return first == 0 if isinstance(first, int) else bool(_FROM_0.search(param.description))


def is_url(place: Place) -> bool:
    if place.known.format in ("uri", "url", "uri-reference", "uri-template"):
        return True
    if re.search(r"ur[il]|link|href", "_".join(map(snake, place.path))):
        return True
    example = place.known.words.get("example")
    said = f"{example if isinstance(example, str) else ''} {place.known.description}"
    return bool(re.search(r"https?://|\bURLs?\b|\bURIs?\b|^/\w|\blink to\b", said))
