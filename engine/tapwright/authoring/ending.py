"""Say why a page was the last one, and what in the answer looks as if it were not."""

from __future__ import annotations

from collections.abc import Iterator

from tapwright.authoring.outline import paths
from tapwright.authoring.records import field_name
from tapwright.expression import compile_jmespath
from tapwright.paginate.answer import is_true
from tapwright.paginate.cursor import Cursor
from tapwright.paginate.expression import Expression
from tapwright.paginate.kind import Paginate
from tapwright.paginate.link_header import LinkHeader, links
from tapwright.paginate.next_url import NextUrl
from tapwright.paginate.none import NonePaginate
from tapwright.paginate.stops import Stops
from tapwright.request import Page

_TELLING = frozenset(
    [
        "after",
        "continuation",
        "count",
        "cursor",
        "last",
        "more",
        "next",
        "offset",
        "page",
        "pages",
        "total",
        "truncated",
    ]
)
"""Words of which one is in the name of whatever says that there are more pages."""


def why_it_ends(paginate: Paginate, page: Page) -> str:
    """Say why no page follows this one."""
    match paginate:
        case NonePaginate():
            return "the spec asks for a single page"
        case Cursor():
            return _stopped(paginate.more, page) or f"{_source(paginate)} gives nothing"
        case NextUrl():
            return f"'{paginate.next or paginate.next_xpath}' gives no address"
        case LinkHeader():
            return f"the answer has no Link header with rel={paginate.rel}"
        case Expression():
            return f"'{paginate.stop}' holds, or the expressions give nothing" if paginate.stop else "nothing is given"
        case Stops():
            return _numbered(paginate, page)
    return "the paginator says so"


def _source(words: Cursor) -> str:
    if words.next_from_record is not None:
        return f"'{words.next_from_record}' of the last record"
    return f"the header '{words.next_header}'" if words.next_header else f"'{words.next or words.next_xpath}'"


def _stopped(more: str | None, page: Page) -> str:
    if more is None:
        return ""
    said = compile_jmespath(more)(page.body)
    return "" if said is None or is_true(said) else f"'{more}' says {said!r}"


def _numbered(words: Stops, page: Page) -> str:
    if said := _stopped(words.more, page):
        return said
    for key in ("total_records", "total_pages"):
        expression = getattr(words, key, None)
        if expression and (total := compile_jmespath(expression)(page.body)) is not None:
            return f"'{expression}' says {total}"
    if page.records and words.size is not None:
        return f"fewer records than {words.size.value} are on the page: {page.records}"
    return "the page holds no records" if not page.records else "the paginator says so"


def looks_unfinished(page: Page) -> Iterator[str]:
    """Give what in an answer looks like the way to another page: members of the body, headers."""
    for target, params in links(page.headers.get("link", "")):
        if "next" in params.get("rel", ""):
            yield f"the Link header: {target}"
    for name, text in page.headers.items():
        if _telling(name):
            yield f"the header {name}: {text}"
    for path, value in paths(page.body):
        empty = value is None or value is False or value == ""
        if _telling(path.rpartition(".")[2]) and not empty and not isinstance(value, dict | list):
            yield f"{path}: {value}"


def _telling(name: str) -> bool:
    return bool(_TELLING & {*field_name(name, set()).split("_")})
