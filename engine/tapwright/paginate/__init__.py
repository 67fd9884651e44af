"""Ways to reach the next page.  To add one: a file here, its import and line below, an example spec."""

from __future__ import annotations

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
