"""What a paginator reads of a page: an expression's value, a whole number, a flag, the next address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urljoin

from tapwright.errors import PagingError
from tapwright.expression import compile_jmespath
from tapwright.request import Page, Request, text_of
from tapwright.shortened import shortened

_FALSE = ("", "0", "false", "no")


def json_look(expression: str | None) -> Callable[[Page], Any]:
    """Compile a JMESPath expression over a page's JSON body; without one, it gives None."""
    if expression is None:
        return lambda page: None
    search = compile_jmespath(expression)
    return lambda page: search(json_body(page, expression))


def xml_look(expression: str) -> Callable[[Page], Any]:
    """Compile an XPath expression over a page's XML body; of what it finds, it gives the first text."""
    from lxml import etree

    def look(page: Page) -> Any:
        if not hasattr(page.body, "xpath"):
            text = f"'{expression}' looks into an XML body, but the answer is no XML"
            raise PagingError(text, "Use JMESPath for JSON.")
        try:
            found = page.body.xpath(expression)
        except etree.XPathError as error:
            raise PagingError(f"the XPath '{expression}' cannot be evaluated: {error}") from None
        first = found[0] if isinstance(found, list) and found else found
        return "".join(first.itertext()).strip() if hasattr(first, "itertext") else first or None

    return look


def json_body(page: Page, expression: str) -> Any:
    """The body as JSON; None for an answer with nothing in it."""
    if isinstance(page.body, dict | list) or (page.body is None and page.records == 0):
        return page.body
    text = f"'{expression}' looks into a JSON body, but the answer is no JSON"
    raise PagingError(text, "Use a paginator that needs no body, such as page, offset or link_header.")


def whole(value: Any, what: str) -> int:
    """Read a whole number, which a template or a header may give as text."""
    try:
        number = int(value)
        if isinstance(value, bool) or (not isinstance(value, str) and number != value):
            raise ValueError
    except (TypeError, ValueError, OverflowError):
        raise PagingError(f"{what} is {value!r}, which is no whole number") from None
    return number


def is_true(value: Any) -> bool:
    """Whether a flag of the answer says yes; providers also write `"false"` and 0."""
    return value.strip().lower() not in _FALSE if isinstance(value, str) else bool(value)


def follow(first: Request, page: Page, link: Any, keep_params: bool) -> Request | None:
    """Make the request for the address that a page gives; None if it gives none."""
    if link is None or link == "":
        return None
    request = first.to(resolved(page, link))
    if keep_params:
        given = {name for name, _ in request.query}
        request = replace(request, params=tuple(pair for pair in first.query if pair[0] not in given))
    if request.target == page.request.target:
        raise PagingError(f"the page names itself as the next one: {link}")
    return request


def resolved(page: Page, link: Any) -> str:
    """Make an address that a page gives absolute."""
    if not isinstance(link, str):
        text = f"the next page's address is {link!r}, which is no text"
        raise PagingError(text, "Let the expression lead to the URL.")
    try:
        return urljoin(page.request.target, link.strip())
    except ValueError:
        raise PagingError(f"the next page's address is no URL: {link}") from None


def check_moved(value: Any, previous: Any) -> None:
    """Raise if a page gives the cursor that it was asked with."""
    if previous is not None and text_of(value) == text_of(previous):
        text = f"the page gives the cursor that it was asked with: {shortened(text_of(value), 80)}"
        raise PagingError(text, "Check that the cursor is sent where the provider looks for it.")
