"""When numbered pages end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from tapwright.errors import PagingError
from tapwright.paginate.answer import is_true, json_look, whole
from tapwright.paginate.kind import Into
from tapwright.request import Page, Request
from tapwright.words import JMESPath, Template


@dataclass(frozen=True, kw_only=True)
class Size(Into):
    """How many records a page holds, and where that is said: at most one of param, header and body."""

    value: Template | int
    """The number of records to ask for, usually the largest that the API allows."""

    def put(self, request: Request, value: object = None) -> Request:
        """Return the request with the size in its place, if it has one."""
        return super().put(request, self.number) if self.param or self.header or self.body else request

    @property
    def number(self) -> int:
        """The size, once templates are rendered."""
        number = whole(self.value, "the page size")
        if number < 1:
            raise PagingError(f"the page size is {number}; it must be at least 1")
        return number

    def faults(self) -> Iterator[tuple[str, str]]:
        """Say what is wrong with these words."""
        named = [key for key in ("param", "header", "body") if getattr(self, key) is not None]
        if len(named) > 1:
            yield named[1], f"name at most one of param, header, body; found {', '.join(named)}"
        if isinstance(self.value, int) and self.value < 1:
            yield "value", "a page holds at least 1 record"


@dataclass(frozen=True, kw_only=True)
class Stops:
    """How it is known that a page is the last: what the answer says wins over what its length suggests."""

    size: Size | None = None
    """The page size to ask for; `{value: 50}` alone names one that the provider does not let you choose."""
    until: Literal["empty_page", "short_page"] = "empty_page"
    """What ends the pages where the answer does not say it: a page without records, or also one with fewer
    than `size`, which saves a request."""
    more: JMESPath | None = None
    """Where the body says whether more follow, such as `meta.has_more`; an empty page ends as well.  Where a
    page lacks it, `until` decides."""
    total_records: JMESPath | None = None
    """Where the body says how many records there are in all; a page that lacks it leaves the number as it
    was."""

    def watch(self, seen: int | None) -> Callable[[Page, int], bool]:
        """Begin to watch pages; what this returns says whether a page, which advances by so many, is the
        last.

        `seen` records came before the first; None if that is not known.
        """
        size = self.size.number if self.size else 0
        more, total = json_look(self.more), json_look(self.total_records)
        total_counts, known = self.total_records is not None, None

        def ended(page: Page, advance: int) -> bool:
            nonlocal seen, known
            goes_on, said = more(page), total(page)
            known = known if said is None else whole(said, f"'{self.total_records}'")
            seen = None if seen is None else seen + advance
            if goes_on is not None:
                return not is_true(goes_on) or page.records == 0
            if total_counts and seen is None:  # resumed: only an empty page is sure to be past the total
                return page.records == 0
            if known is not None and seen is not None:
                return _reached(page, seen, known)
            return page.records == 0 or (self.until == "short_page" and page.records < size)

        return ended

    def total(self, page: Page) -> int | None:
        """Return how many records all pages hold together, where this one says it."""
        said = json_look(self.total_records)(page)
        return None if said is None else whole(said, f"'{self.total_records}'")

    def faults(self) -> Iterator[tuple[str, str]]:
        """Say what is wrong with these words."""
        if self.until == "short_page" and self.size is None:
            yield "until", "'short_page' needs 'size', to know what a full page is"
        if self.more is not None and self.total_records is not None:
            yield "total_records", "'more' already says when the pages end"


def _reached(page: Page, seen: int, known: int) -> bool:
    if seen >= known:
        return True
    if page.records == 0:
        text = f"a page is empty after {seen} records, but the provider counts {known}"
        raise PagingError(text, "Leave out 'total_records' if that counts records which are never sent.")
    return False
