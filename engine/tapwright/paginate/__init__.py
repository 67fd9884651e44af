"""Ways to reach the next page.  To add one: a file here, its import and line below, an example spec."""

from __future__ import annotations

from functools import cache

from tapwright.paginate.cursor import Cursor
from tapwright.paginate.expression import Expression
from tapwright.paginate.kind import Paginate
from tapwright.paginate.link_header import LinkHeader
from tapwright.paginate.next_url import NextUrl
from tapwright.paginate.none import NonePaginate
from tapwright.paginate.offset import Offset
from tapwright.paginate.page import Page

PAGINATE: dict[str, type[Paginate]] = {
    "cursor": Cursor,
    "expression": Expression,
    "link_header": LinkHeader,
    "next_url": NextUrl,
    "none": NonePaginate,
    "offset": Offset,
    "page": Page,
}


@cache
def every_paginate() -> dict[str, type[Paginate]]:
    """List the kinds above, and those that installed packages add by entry points `tapwright.paginate`."""
    from importlib.metadata import entry_points  # slow to import

    return {entry.name: entry.load() for entry in entry_points(group="tapwright.paginate")} | PAGINATE
