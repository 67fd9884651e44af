"""Pages by the `Link` header, RFC 8288."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tapwright.paginate.answer import follow
from tapwright.paginate.kind import Paginate
from tapwright.request import PageFlow, Request

_TARGET = re.compile(r"<([^>]*)>")
_PARAM = re.compile(r"""\s*;\s*(?:([^\s=;,"]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?)?""")


@dataclass(frozen=True, kw_only=True)
class LinkHeader(Paginate):
    """Follow the `Link` header of each answer, as in `Link: <https://example.com/items?page=2>; rel="next"`.

    Example::

        link_header: {}
    """

    rel: str = "next"
    """The link's relation that means the next page."""
    keep_params: bool = False
    """Whether the first request's query parameters are sent again, for addresses that lack them."""

    def pages(self, first: Request, resume: Any = None) -> PageFlow:
        """Ask for one page after another."""
        request: Request | None = first if resume is None else first.to(resume)
        while request is not None:
            page = yield request
            link = _target(page.headers.get("link", ""), self.rel)
            request = follow(first, page, link, self.keep_params)

    def position(self, request: Request) -> Any:
        """The whole address."""
        return request.target


def links(header: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Read a Link header, or several joined by commas: (target, its parameters by lower-case name)."""
    place = 0
    while found := _TARGET.search(header, place):
        place = found.end()
        params: dict[str, str] = {}
        while given := _PARAM.match(header, place):
            place = given.end()
            name, quoted, token = given.groups()
            text = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else token or ""
            if name:  # the first of a name counts
                params.setdefault(name.lower(), text)
        yield found[1], params


def _target(header: str, rel: str) -> str | None:
    """The target of the first link of that relation; one with an anchor speaks of another page."""
    for target, params in links(header):
        if rel.lower() in params.get("rel", "").lower().split() and "anchor" not in params:
            return target
    return None
