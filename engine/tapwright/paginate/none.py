"""A single page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tapwright.paginate.kind import Paginate
from tapwright.request import PageFlow, Request


@dataclass(frozen=True, kw_only=True)
class NonePaginate(Paginate):
    """Ask once, for a stream that is a single page where `api.paginate` says how the others go on.

    Example::

        none: {}
    """

    def pages(self, first: Request, resume: Any = None) -> PageFlow:
        """Ask once."""
        yield first
