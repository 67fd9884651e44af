"""Pages by the address that the page before gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tapwright.paginate.answer import follow, json_look, xml_look
from tapwright.paginate.kind import Paginate
from tapwright.request import PageFlow, Request
from tapwright.words import JMESPath, XPath


@dataclass(frozen=True, kw_only=True)
class NextUrl(Paginate):
    """Follow the address of the next page that the body gives; none means that it was the last.

    Example::

        next_url: {next: paging.next}
    """

    next: JMESPath | None = None
    """Where a JSON body holds the address; a relative one begins at the page that gave it."""
    next_xpath: XPath | None = None
    """Where an XML body holds the address."""
    keep_params: bool = False
    """Whether the first request's query parameters are sent again, for addresses that lack them."""

    def pages(self, first: Request, resume: Any = None) -> PageFlow:
        """Ask for one page after another."""
        look = json_look(self.next) if self.next_xpath is None else xml_look(self.next_xpath)
        request: Request | None = first if resume is None else first.to(resume)
        while request is not None:
            page = yield request
            request = follow(first, page, look(page), self.keep_params)

    def position(self, request: Request) -> Any:
        """The whole address."""
        return request.target

    def faults(self) -> Iterator[tuple[str, str]]:
        """Say what is wrong with these words."""
        if (self.next is None) == (self.next_xpath is None):
            yield "", "name exactly one of next, next_xpath"
