"""Pages by how many records to skip."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from tapwright.paginate.answer import whole
from tapwright.paginate.kind import Into, Paginate
from tapwright.paginate.stops import Stops
from tapwright.request import PageFlow, Request


@dataclass(frozen=True, kw_only=True)
class Offset(Stops, Into, Paginate):
    """Ask for the records after the first 0, 100, 200 …; name where the number goes: param, header or body.

    Example::

        offset: {param: offset, size: {param: limit, value: 100}, total_records: meta.total}
    """

    from_: int = 0
    """The offset of the first page; 1 for providers that ask for the first record's number."""
    step: Literal["records", "size"] = "records"
    """What the offset grows by: the number of `records` the page held, which loses none when the provider
    sends fewer than asked for, or `size`, for providers that hide records after counting them, and for
    streams that make several records of each item."""

    def pages(self, first: Request, resume: Any = None) -> PageFlow:
        """Ask for one page after another."""
        offset = self.from_ if resume is None else whole(resume, "the offset to resume at")
        ended = self.watch(offset - self.from_)
        size = self.size.number if self.size else 0
        sized = self.size.put(first) if self.size else first
        while True:
            page = yield self.put(sized, offset)
            advance = size if self.step == "size" else page.records
            if ended(page, advance):
                return
            offset += advance

    def position(self, request: Request) -> Any:
        """The offset."""
        offset = self.taken(request)
        return None if offset is None else whole(offset, "the offset")

    def faults(self) -> Iterator[tuple[str, str]]:
        """Say what is wrong with these words."""
        yield from Into.faults(self)
        yield from Stops.faults(self)
        if self.step == "size" and self.size is None:
            yield "step", "'size' is not named, so the offset cannot grow by it"
