"""Pages by a value that the page before gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from tapwright.errors import PagingError
from tapwright.expression import compile_jmespath
from tapwright.paginate.answer import check_moved, is_true, json_look, xml_look
from tapwright.paginate.kind import Into, Paginate
from tapwright.request import Page, PageFlow, Request, text_of
from tapwright.shortened import shortened
from tapwright.words import JMESPath, XPath

_SOURCES = ("next", "next_header", "next_from_record", "next_xpath")


@dataclass(frozen=True, kw_only=True)
class Cursor(Into, Paginate):
    """Send a value (cursor, page token, last id) that the page before gave; none means that it was the last.

    Name where the value comes from (exactly one of next, next_header, next_from_record, next_xpath) and where
    it goes (param, header or body).

    Example::

        cursor: {next: meta.next_cursor, param: cursor}
    """

    next: JMESPath | None = None
    """Where the body holds the value."""
    next_header: str | None = None
    """The header that holds the value."""
    next_from_record: JMESPath | None = None
    """What of a page's last record is the value, such as `id`."""
    next_xpath: XPath | None = None
    """Where an XML body holds the value."""
    more: JMESPath | None = None
    """Where the body says whether more follow, such as `has_more`; if it says no, the pages end, whatever the
    value."""
    repeat: Literal["end", "fail"] = "fail"
    """What it means if a page gives the value that it was asked with: a fault, or the `end`, as with Solr."""

    def pages(self, first: Request, resume: Any = None) -> PageFlow:
        """Ask for one page after another."""
        look, more = self._look(), json_look(self.more)
        value = self.taken(first) if resume is None else resume
        request = first if resume is None else self.put(first, resume)
        while True:
            page = yield request
            previous, value, goes_on = value, look(page), more(page)
            ends = value is None or value is False or value in ("", [], {})
            if goes_on is not None and not is_true(goes_on):
                return
            if ends and goes_on is not None:
                text = f"'{self.more}' says that more pages follow, but {self._source} gives no cursor"
                raise PagingError(text, f"Check where the cursor is; 'more' was {goes_on!r}.")
            if ends or (self.repeat == "end" and text_of(value) == text_of(previous)):
                return
            check_moved(value, previous)
            request = self._next(first, value)

    def position(self, request: Request) -> Any:
        """The cursor that the request carries; None for the first page."""
        return self.taken(request)

    def faults(self) -> Iterator[tuple[str, str]]:
        """Say what is wrong with these words."""
        yield from super().faults()
        named = [key for key in _SOURCES if getattr(self, key) is not None]
        if len(named) != 1:
            text = f"name exactly one of {', '.join(_SOURCES)}; found {', '.join(named) or 'nothing'}"
            yield (named[1] if named else ""), text

    def _look(self) -> Callable[[Page], Any]:
        if self.next_header is not None:
            name = self.next_header.lower()
            return lambda page: page.headers.get(name)
        if self.next_xpath is not None:
            return xml_look(self.next_xpath)
        if self.next_from_record is None:
            return json_look(self.next)
        search = compile_jmespath(self.next_from_record)
        return lambda page: None if page.last_record is None else search(page.last_record)

    def _next(self, first: Request, value: Any) -> Request:
        if isinstance(value, dict | list) and self.body is None:
            text = f"{self._source} gives {shortened(str(value), 80)}, which only a JSON body can carry"
            raise PagingError(text, "Let the expression lead to a text, or name 'body'.")
        return self.put(first, value)

    @property
    def _source(self) -> str:
        return next(f"'{getattr(self, key)}'" for key in _SOURCES if getattr(self, key) is not None)
