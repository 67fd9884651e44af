"""Pages by their number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tapwright.paginate.answer import json_look, whole
from tapwright.paginate.kind import Into, Paginate
from tapwright.paginate.stops import Stops
from tapwright.request import PageFlow, Request
from tapwright.words import JMESPath


@dataclass(frozen=True, kw_only=True)
class Page(Stops, Into, Paginate):
    """Ask for page 1, 2, 3 and so on; name where the number goes: param, header or body.

    Example::

        page: {param: page, size: {param: per_page, value: 100}, until: short_page}
    """

    from_: int = 1
    """The number of the first page; 0 for providers that count pages to skip."""
    total_pages: JMESPath | None = None
    """Where the body says how many pages there are; a page that lacks it leaves the number as it was."""

    def pages(self, first: Request, resume: Any = None) -> PageFlow:
        """Ask for one page after another."""
        number = self.from_ if resume is None else whole(resume, "the page to resume at")
        ended = self.watch(0 if resume is None else None)
        look, total = json_look(self.total_pages), None
        sized = self.size.put(first) if self.size else first
        while True:
            page = yield self.put(sized, number)
            said = look(page)
            total = total if said is None else whole(said, f"'{self.total_pages}'")
            last = ended(page, page.records) if total is None else number - self.from_ + 1 >= total
            if last:
                return
            number += 1

    def position(self, request: Request) -> Any:
        """The page's number."""
        number = self.taken(request)
        return None if number is None else whole(number, "the page's number")

    def faults(self) -> Iterator[tuple[str, str]]:
        """Say what is wrong with these words."""
        yield from Into.faults(self)
        yield from Stops.faults(self)
        if self.total_pages is not None:
            for key in ("more", "total_records"):
                if getattr(self, key) is not None:
                    yield key, "'total_pages' already says when the pages end"
