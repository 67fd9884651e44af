"""One request of a session's login, and what is taken from its answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from urllib.parse import quote

from tapwright.auth.answer import HINT, cookie_of, found_by, json_of, message_of, place
from tapwright.auth.basic import Basic
from tapwright.auth.kind import Grant
from tapwright.condition import Condition
from tapwright.errors import AuthError
from tapwright.expression import compile_jmespath
from tapwright.request import Pairs, Request, Response, text_of
from tapwright.words import JMESPath, Template, Value, XPath

_PLACEHOLDER = re.compile(r"(?<!\{)\{([A-Za-z_]\w*)\}(?!\})")


@dataclass(frozen=True, kw_only=True)
class Take:
    """What to take from the answer of a login: exactly one of json, cookie, header and xpath."""

    json: JMESPath | None = None
    """Where the value is in a JSON body."""
    cookie: str | None = None
    """The name of the cookie that the answer sets."""
    header: str | None = None
    """The name of the header."""
    xpath: XPath | None = None
    """Where the value is in an XML or HTML body."""
    secret: bool = True
    """Whether the value must never be shown; say false for one such as a number of seconds."""

    def faults(self) -> Iterator[tuple[str, str]]:
        """Say what is wrong with these words."""
        named = [key for key in ("json", "cookie", "header", "xpath") if getattr(self, key) is not None]
        if len(named) != 1:
            text = f"name exactly one of json, cookie, header, xpath; found {', '.join(named) or 'nothing'}"
            yield (named[1] if named else ""), text

    def out_of(self, response: Response) -> Any:
        """Take the value, or raise with what the provider says instead."""
        value = self._found(response)
        if value is None or value == "" or isinstance(value, bool | dict | list):
            said = message_of(response)
            text = f"{place(response)} gave no {self._named}, so the login failed: {said}"
            raise AuthError(text, HINT)
        return value

    def _found(self, response: Response) -> Any:
        if self.json is not None:
            return compile_jmespath(self.json)(json_of(response))
        if self.cookie is not None:
            return cookie_of(response, self.cookie)
        if self.header is not None:
            return response.headers.get(self.header.lower())
        return _text_at(found_by(self.xpath or "", response))

    @property
    def _named(self) -> str:
        if self.cookie or self.header:
            return f"cookie '{self.cookie}'" if self.cookie else f"header '{self.header}'"
        return f"value at '{self.json or self.xpath}'"


@dataclass(frozen=True, kw_only=True)
class Login:
    """One request of a login; one body at most."""

    url: Template
    """Its address."""
    method: Literal["GET", "POST", "PUT"] = "POST"
    """Its HTTP method."""
    params: dict[str, Template] = field(default_factory=dict)
    """Its query parameters."""
    headers: dict[str, Template] = field(default_factory=dict)
    """Its headers."""
    cookies: dict[str, Template] = field(default_factory=dict)
    """Its cookies."""
    basic: Basic | None = None
    """A user and a password for HTTP Basic."""
    form: dict[str, Template] | None = None
    """A form-encoded body; a field whose template gives nothing is not sent."""
    json: Value | None = None
    """A JSON body."""
    text: Template | None = None
    """A body of text, such as SOAP; give its Content-Type among the headers."""
    take: dict[str, Take]
    """The values to take from the answer, by the names that `{name}` uses."""

    def request(self, values: Mapping[str, Any]) -> Request:
        """Write the request, with what earlier ones took in it."""
        request = Request(url=self._address(values), method=self.method, params=_pairs(self.params, values))
        for name, header in self.headers.items():
            request = request.with_header(name, fill(header, values))
        for name, cookie in self.cookies.items():
            request = request.with_cookie(name, text_of(fill(cookie, values)))
        if self.basic is not None:
            request = self.basic.sign(request, Grant())
        form = None if self.form is None else _pairs(self.form, values)
        text = None if self.text is None else text_of(fill(self.text, values))
        return replace(request, form=form, json=fill(self.json, values), text=text)

    def taken(self, response: Response) -> dict[str, Any]:
        """Take the values from the answer."""
        return {name: take.out_of(response) for name, take in self.take.items()}

    @property
    def flat(self) -> list[Any]:
        """The texts that can hold a placeholder and in which braces mean nothing else."""
        words = (self.params, self.headers, self.cookies, self.form or {})
        return [self.url, *(text for each in words for text in each.values())]

    def faults(self) -> Iterator[tuple[str, str]]:
        """Say what is wrong with these words."""
        bodies = [name for name in ("form", "json", "text") if getattr(self, name) is not None]
        if len(bodies) > 1:
            yield bodies[1], f"a request has one body; found {' and '.join(bodies)}"
        if bodies and self.method == "GET":
            yield bodies[0], "a GET request has no body; name `method: POST`"

    def _address(self, values: Mapping[str, Any]) -> str:
        """A taken value is percent-encoded in the address, unless it begins it."""
        encoded = {name: quote(text_of(value), safe="") for name, value in values.items()}
        first = _PLACEHOLDER.match(self.url)
        if first and first[1] in values:
            return f"{text_of(values[first[1]])}{fill(self.url[first.end() :], encoded)}"
        return text_of(fill(self.url, encoded))


def fill(value: Any, values: Mapping[str, Any]) -> Any:
    """Replace `{name}` by the value of that name; one that stands alone keeps the value's type."""
    if isinstance(value, str):
        alone = _PLACEHOLDER.fullmatch(value)
        if alone and alone[1] in values:
            return values[alone[1]]
        return _PLACEHOLDER.sub(lambda found: text_of(values.get(found[1], found[0])), value)
    if isinstance(value, Mapping):
        return {name: fill(inner, values) for name, inner in value.items()}
    return [fill(inner, values) for inner in value] if isinstance(value, list | tuple) else value


def placeholders(texts: Iterable[Any]) -> set[str]:
    """List the names that texts have placeholders for."""
    return {name for text in texts if isinstance(text, str) for name in _PLACEHOLDER.findall(text)}


def holds(condition: Condition, response: Response) -> bool:
    """Whether all that a condition says is true of an answer."""
    statuses = (condition.status,) if isinstance(condition.status, int) else condition.status
    if statuses is not None and response.status not in statuses:
        return False
    if any(text not in response.headers.get(name.lower(), "") for name, text in condition.header.items()):
        return False
    if condition.body is not None and not compile_jmespath(condition.body)(json_of(response)):
        return False
    if condition.xpath is not None and not found_by(condition.xpath, response):
        return False
    text = response.body.head(65_536).decode("utf-8", "replace")
    return condition.text is None or re.search(condition.text, text) is not None


def _pairs(words: Mapping[str, Any], values: Mapping[str, Any]) -> Pairs:
    filled = ((name, fill(text, values)) for name, text in words.items())
    return tuple((name, text_of(value)) for name, value in filled if value is not None)


def _text_at(found: Any) -> Any:
    first = found[0] if isinstance(found, list) and found else found
    if isinstance(first, list):
        return None
    return "".join(first.itertext()).strip() if hasattr(first, "itertext") else first
