"""Notices pages that go round in circles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tapwright.batch import Batch
from tapwright.errors import PagingError
from tapwright.request import Request, Response

MOST_EMPTY = 10
_HINT = (
    "The spec's 'paginate' asks for the same pages again and again; "
    "correct how the next page is reached, or when to stop."
)


class PagesSeen:
    """What a slice has asked and been answered so far; raises PagingError at a repetition or a bound."""

    def __init__(self, most_pages: int) -> None:
        self._most = most_pages
        self._asked: dict[int, int] = {}
        self._bodies: dict[int, int] = {}
        self._sketches: set[int] = set()
        self._records: dict[int, int] = {}
        self._empty = 0

    def asking(self, request: Request) -> None:
        """Note a request about to be made."""
        key = hash(
            (request.method, request.target, repr(request.json), request.form, request.text, repr(request.headers))
        )
        page = len(self._asked) + 1
        if key in self._asked:
            raise PagingError(f"page {page} would ask for page {self._asked[key]} again", _HINT)
        if page > self._most:
            raise PagingError(
                f"the slice has more than {self._most:,} pages", "Raise 'api.most_pages' if that is right."
            )
        self._asked[key] = page

    def answered(self, response: Response, records: int) -> None:
        """Note the answer to the last request."""
        page = len(self._asked)
        self._empty = 0 if records else self._empty + 1
        if self._empty >= MOST_EMPTY:
            raise PagingError(f"pages {page - MOST_EMPTY + 1} to {page} are empty, and there should be more", _HINT)
        if not records or response.body.data is None:
            return
        key = hash(response.body.data)
        if key in self._bodies:
            raise PagingError(f"page {page} holds the same as page {self._bodies[key]}", _HINT)
        self._bodies[key] = page

    def held(self, records: int, last: Any, batches: Sequence[Batch]) -> None:
        """Note the records of the last answer, whose body may differ by a page number or a link alone.

        All are compared only where as many came before with the same one at their end.
        """
        if not records:
            return
        page, sketch = len(self._asked), hash(repr((records, last)))
        if sketch not in self._sketches:
            self._sketches.add(sketch)
            return
        key = hash(repr([dict(batch.columns) for batch in batches]))
        if key in self._records:
            raise PagingError(f"page {page} holds the same records as page {self._records[key]}", _HINT)
        self._records[key] = page
