"""What flows between the kinds: `Request`, `Response`, `Page`, and the conversation of a paginator."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, quote, unquote, urlsplit, urlunsplit

from tapwright.body import Body

Pairs: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Request:
    """One HTTP request, before it is put on the wire; every text is plain and gets encoded once, by `target`."""

    url: str
    """Absolute; a query that it carries (a next link's) is kept as it is."""
    method: str = "GET"
    params: Pairs = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    form: Pairs | None = None
    text: str | None = None
    percent_encode: str = ""
    """Characters that URLs allow bare but this provider wants percent-encoded, such as `~`."""

    def with_param(self, name: str, value: Any) -> Request:
        """Set a query parameter, replacing every one of that name; None removes it."""
        kept = tuple(pair for pair in self.params if pair[0] != name)
        parts = urlsplit(self.url)
        pieces = [piece for piece in parts.query.split("&") if piece and unquote(piece.split("=")[0]) != name]
        url = urlunsplit(parts._replace(query="&".join(pieces)))
        return replace(self, url=url, params=kept if value is None else (*kept, (name, text_of(value))))

    def with_header(self, name: str, value: Any) -> Request:
        """Set a header, whatever the case of its name; None removes it."""
        kept = {key: text for key, text in self.headers.items() if key.lower() != name.lower()}
        return replace(self, headers=kept if value is None else {**kept, name: text_of(value)})

    def with_cookie(self, name: str, value: str) -> Request:
        """Set a cookie."""
        return replace(self, cookies={**self.cookies, name: value})

    def with_body(self, path: str, value: Any) -> Request:
        """Set a value in the body: a form field, or a dotted path into the JSON."""
        if self.form is not None:
            kept = tuple(pair for pair in self.form if pair[0] != path)
            return replace(self, form=(*kept, (path, text_of(value))))
        return replace(self, json=_put(self.json if self.json is not None else {}, path.split("."), value))

    def to(self, url: str) -> Request:
        """Point at another URL, which brings its own query."""
        return replace(self, url=url, params=())

    @property
    def query(self) -> Pairs:
        """Every query parameter, those of the URL first, decoded."""
        return (*parse_qsl(urlsplit(self.url).query, keep_blank_values=True), *self.params)

    @cached_property
    def target(self) -> str:
        """The URL as it goes on the wire, each text percent-encoded once, a space as %20."""
        pieces = [f"{self._encode(name)}={self._encode(value)}" for name, value in self.params]
        parts = urlsplit(self.url)
        return urlunsplit(parts._replace(query="&".join([parts.query, *pieces] if parts.query else pieces)))

    def _encode(self, text: str) -> str:
        encoded = quote(text, safe="")
        for character in self.percent_encode:
            encoded = encoded.replace(character, f"%{ord(character):02X}")
        return encoded


@dataclass(frozen=True, kw_only=True)
class Response:
    """A complete answer, its body proven to its end (see `proof`) and unpacked."""

    request: Request
    status: int
    headers: Mapping[str, str]
    """Header names in lower case; repeated headers joined by a comma and a blank, Set-Cookie by a line break."""
    body: Body
    url: str = ""
    """Where the answer came from, after redirects."""
    proof: str = "length"
    """How the body's end is known: `length`, `chunked`, `none` (the connection just closed)."""
    hide: Callable[[str], str] = field(default=str, repr=False, compare=False)
    """Takes the secrets out of what is shown of it, before that is cut."""

    @property
    def content_type(self) -> str:
        """The media type in lower case, without parameters; empty if absent."""
        return self.headers.get("content-type", "").split(";")[0].strip().lower()


@dataclass(frozen=True, kw_only=True)
class Page:
    """What a paginator is told of each answer."""

    request: Request
    status: int
    headers: Mapping[str, str]
    body: Any
    """The decoded document: JSON values, an XML root element, or None (CSV, text).

    Records are left out where they are streamed; all but the last also where a page is like those before it, unless
    the paginator's words may look at them.
    """
    records: int
    """How many records the page held, before any filter."""
    last_record: Any = None
    """The last record as it came, for cursors taken from it; None on an empty page."""


PageFlow: TypeAlias = Generator[Request, Page, None]
"""A paginator: yields the request for each page, is sent the page, returns when done."""


def text_of(value: Any) -> str:
    """Write a value as query strings and headers want it: booleans in lower case, None empty."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _put(tree: Any, path: list[str], value: Any) -> Any:
    head, *rest = path
    inner = tree.get(head, {}) if isinstance(tree, dict) else {}
    return {**(tree if isinstance(tree, dict) else {}), head: _put(inner, rest, value) if rest else value}
