"""Positions: what a slice can be gone on with, and whether that still leads to the same page."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cached_property
from typing import Any

from tapwright.errors import PagingError
from tapwright.paginate.kind import Paginate
from tapwright.request import Request


class Positions:
    """The positions of a slice, and their marks: digests of the requests that they lead to, without secrets."""

    def __init__(self, first: Callable[[], Request], paginate: Paginate, hide: Callable[[str], str]) -> None:
        """`first` makes the slice's first request, the same one whenever it is asked for."""
        self._make_first, self._paginate, self._hide = first, paginate, hide

    @cached_property
    def _first(self) -> Request:
        return self._make_first()

    def marked(self, request: Request | None) -> tuple[Any, str | None]:
        """The position of a request and its mark; None where it cannot be gone on with, as at a link with a secret."""
        position = None if request is None else self._paginate.position(request)
        if position is None or self._hide(repr(position)) != repr(position):
            return None, None
        return position, self._mark(position)

    def check(self, position: Any, mark: str | None) -> None:
        """Raise PagingError if a position that was kept leads to another request than it did."""
        if mark is not None and mark != self._mark(position):
            raise PagingError("the request for that page is another one by now, by the spec or the config")

    def _mark(self, position: Any) -> str:
        request = next(self._paginate.pages(self._first, position))
        headers = sorted(request.headers.items() - self._first.headers.items())
        said = (request.method, request.target, headers, request.json, request.form, request.text)
        return hashlib.blake2b(self._hide(repr(said)).encode(), digest_size=9).hexdigest()
