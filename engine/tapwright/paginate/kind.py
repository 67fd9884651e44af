"""What every paginator is: words from the spec, and the conversation that asks for one page after another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tapwright.request import Page, PageFlow, Request


@dataclass(frozen=True, kw_only=True)
class Paginate:
    """A paginator kind.  Frozen, does no I/O; templates are rendered before; pages not moving is `read`'s to notice.

    `pages` yields the first request as soon as it is started; it is sent a `Page` for each request that it yields.
    `resume` is what a checkpoint kept from `position`: the flow then begins at that page instead of the first.
    """

    def pages(self, first: Request, resume: Any = None) -> PageFlow:
        """Yield the request for each page, be sent the page, return when done."""
        raise NotImplementedError

    def position(self, request: Request) -> Any:
        """Return what `resume` needs to begin at this request again, as JSON; None if that cannot be."""
        return None

    def total(self, page: Page) -> int | None:
        """Return how many records all pages hold together, where this one says it."""
        return None

    def faults(self) -> Iterator[tuple[str, str]]:
        """Say what is wrong with these words: (key, message)."""
        yield from ()


@dataclass(frozen=True, kw_only=True)
class Into:
    """Where a paginator puts a value: exactly one of param, header and body."""

    param: str | None = None
    """The query parameter that carries it."""
    header: str | None = None
    """The header that carries it."""
    body: str | None = None
    """The dotted path in the JSON body, or the form field, that carries it."""

    def put(self, request: Request, value: Any) -> Request:
        """Return the request with the value in its place."""
        if self.param:
            return request.with_param(self.param, value)
        if self.header:
            return request.with_header(self.header, value)
        return request.with_body(self.body or "", value)

    def taken(self, request: Request) -> Any:
        """Read the value back from a request; None if it is not there."""
        if self.param:
            return dict(request.query).get(self.param)
        if self.header:
            return {name.lower(): value for name, value in request.headers.items()}.get(self.header.lower())
        value: Any = dict(request.form) if request.form is not None else request.json
        for step in (self.body or "").split("."):
            value = value.get(step) if isinstance(value, dict) else None
        return value

    def faults(self) -> Iterator[tuple[str, str]]:
        """Say what is wrong with these words: (key, message)."""
        named = [key for key in ("param", "header", "body") if getattr(self, key) is not None]
        if len(named) != 1:
            yield (
                (named[1] if named else ""),
                f"name exactly one of param, header, body; found {', '.join(named) or 'nothing'}",
            )
