"""Pages by expressions: the general way, when no other paginator fits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tapwright.errors import PagingError
from tapwright.expression import compile_jmespath
from tapwright.paginate.answer import is_true, json_body, resolved
from tapwright.paginate.kind import Paginate
from tapwright.request import Page, PageFlow, Request
from tapwright.words import JMESPath

_BODY = re.compile(r"\bbody\b")


@dataclass(frozen=True, kw_only=True)
class Expression(Paginate):
    """Write the next request from the answer by expressions, when no other paginator fits.

    Each is JMESPath over `{status, headers, body, records, last_record, page, seen, params}`: `records` is
    the number of records on the page, `page` the number of pages read so far, `seen` that of the records,
    `params` the query that was sent.  The pages end when `stop` holds, or when every expression gives null.

    Example::

        expression:
          params: {after: body.cursor.after, version: body.cursor.version}
          stop: "body.cursor.done || records == `0`"
    """

    params: dict[str, JMESPath] = field(default_factory=dict)
    """Query parameters of the next request; null leaves one out."""
    headers: dict[str, JMESPath] = field(default_factory=dict)
    """Headers of the next request, in lower case when read from an answer; null leaves one out."""
    body: dict[str, JMESPath] = field(default_factory=dict)
    """Form fields, or dotted paths in the JSON body, of the next request."""
    url: JMESPath | None = None
    """The address of the next request; a relative one begins at the page that gave it."""
    stop: JMESPath | None = None
    """What is true of the last page."""

    def pages(self, first: Request, resume: Any = None) -> PageFlow:
        """Ask for one page after another."""
        advance, stop = self._advance(), _look(self.stop or "`false`")
        request: Request | None = first
        count = seen = 0
        while request is not None:
            page = yield request
            count, seen = count + 1, seen + page.records
            counts = {"page": count, "seen": seen}
            if is_true(stop(page, counts)):
                return
            request = advance(first, page, counts)

    def faults(self) -> Iterator[tuple[str, str]]:
        """Say what is wrong with these words."""
        if not (self.params or self.headers or self.body or self.url):
            yield "", "the next request needs at least one of params, headers, body, url"

    def _advance(self) -> Callable[[Request, Page, dict[str, int]], Request | None]:
        """Compile the expressions into the step from a page to the next request; None after the last."""
        address = _look(self.url or "`null`")
        puts = [
            (put, name, _look(text))
            for put, words in (
                (Request.with_param, self.params),
                (Request.with_header, self.headers),
                (Request.with_body, self.body),
            )
            for name, text in words.items()
        ]

        def advance(first: Request, page: Page, counts: dict[str, int]) -> Request | None:
            link = address(page, counts)
            values = [look(page, counts) for _, _, look in puts]
            if link in (None, "") and all(value is None for value in values):
                return None
            request = first if link in (None, "") else first.to(resolved(page, link))
            for (put, name, _), value in zip(puts, values, strict=True):
                request = put(request, name, value)
            if request == page.request:
                raise PagingError("the expressions give the request that was just answered", "Add a 'stop'.")
            return request

        return advance


def _look(expression: str) -> Callable[[Page, dict[str, int]], Any]:
    search = compile_jmespath(expression)
    of_body = _BODY.search(expression) is not None

    def look(page: Page, counts: dict[str, int]) -> Any:
        body = json_body(page, expression) if of_body else None
        answer = {"status": page.status, "headers": dict(page.headers), "body": body}
        records = {"records": page.records, "last_record": page.last_record}
        return search({**answer, **records, **counts, "params": dict(page.request.query)})

    return look
