"""A login that gives a token or a cookie for the requests that follow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tapwright.auth.answer import HINT, message_of, place, refuse_errors, seconds_usable
from tapwright.auth.kind import Auth, Grant, GrantFlow
from tapwright.auth.login import Login, fill, holds, placeholders
from tapwright.condition import Condition
from tapwright.errors import AuthError
from tapwright.request import Request, text_of

_MARGIN_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Put:
    """Where a session's values go in each request; `{name}` stands for a value that a login took."""

    headers: dict[str, str] = field(default_factory=dict)
    """Headers to set, such as `Authorization: "Token {token}"`."""
    params: dict[str, str] = field(default_factory=dict)
    """Query parameters to set."""
    cookies: dict[str, str] = field(default_factory=dict)
    """Cookies to set, such as `sid: "{sid}"`."""
    body: dict[str, str] = field(default_factory=dict)
    """Values to set in the body, by form field or dotted path in the JSON."""

    def faults(self) -> Iterator[tuple[str, str]]:
        """Say what is wrong with these words."""
        if self == Put():
            yield "", "a session must go somewhere: name headers, params, cookies or body"

    @property
    def texts(self) -> list[str]:
        """Every text that can hold a placeholder."""
        return [text for words in (self.headers, self.params, self.cookies, self.body) for text in words.values()]

    def on(self, request: Request, values: dict[str, Any]) -> Request:
        """Return the request with the values in their places."""
        for name, text in self.headers.items():
            request = request.with_header(name, fill(text, values))
        for name, text in self.params.items():
            request = request.with_param(name, fill(text, values))
        for name, text in self.cookies.items():
            request = request.with_cookie(name, text_of(fill(text, values)))
        for path, text in self.body.items():
            request = request.with_body(path, fill(text, values))
        return request


@dataclass(frozen=True, kw_only=True)
class Session(Auth):
    """Log in first, and send what the login gave (a cookie, a token) with every request.

    Each request of `login` takes values out of its answer; `put` says where they go, and `{name}` stands
    there for the value taken as `name`.  A value that the answer lacks means that the login failed.

    Example::

        session:
          login:
            - url: https://api.example.com/login
              form: {user: "{{ config.user }}", password: "{{ config.password }}"}
              take: {sid: {cookie: session_id}}
          put: {cookies: {session_id: "{sid}"}}
          lasts_seconds: 86400
    """

    login: tuple[Login, ...]
    """The requests that log in, one after another; `{name}` in a later one stands for what an earlier one
    took."""
    put: Put
    """Where the values go in each request."""
    lasts: str | None = None
    """The taken value that is the number of seconds the session may be used for."""
    lasts_seconds: int | None = None
    """For how many seconds a session may be used, if no answer says so; without it, until the provider
    refuses it."""
    failed: Condition | None = None
    """What is true of an answer that says, under a good status, that the login failed."""

    def grant(self) -> GrantFlow:
        """Log in."""
        values: dict[str, Any] = {}
        for login in self.login:
            response = yield login.request(values)
            refuse_errors(response)
            if self.failed is not None and holds(self.failed, response):
                raise AuthError(f"{place(response)} refused: {message_of(response)}", HINT)
            values |= login.taken(response)
        return Grant(values=values, lasts=self._lasts(values))

    def rehearsal(self) -> tuple[Request, ...]:
        """Write every request that logs in; `{name}` stays where an answer would give the value."""
        return tuple(login.request({}) for login in self.login)

    def sign(self, request: Request, grant: Grant) -> Request:
        """Put the values in their places."""
        return self.put.on(request, grant.values)

    def secrets(self, grant: Grant) -> tuple[str, ...]:
        """The values taken, but for those that are no secret, and the encoded password of a login."""
        public = {name for login in self.login for name, take in login.take.items() if not take.secret}
        taken = (text_of(value) for name, value in grant.values.items() if name not in public)
        basics = (text for login in self.login if login.basic for text in login.basic.secrets(grant))
        return (*taken, *basics)

    def faults(self) -> Iterator[tuple[str, str]]:
        """Say what is wrong with these words."""
        if not self.login:
            yield "login", "name at least one request that logs in"
        known: set[str] = set()
        for login in self.login:
            for name in sorted(placeholders(login.flat) - known):
                yield "login", f"'{{{name}}}' in {login.url} stands for nothing that an earlier request takes"
            known |= login.take.keys()
        taken = ", ".join(sorted(known)) or "nothing"
        for name in sorted(placeholders(self.put.texts) - known):
            yield "put", f"'{{{name}}}' stands for nothing that 'login' takes; it takes {taken}"
        if self.lasts is not None and self.lasts not in known:
            yield "lasts", f"no request of 'login' takes a value named '{self.lasts}'"
        if self.lasts is not None and self.lasts_seconds is not None:
            yield "lasts_seconds", "'lasts' says it already"

    def _lasts(self, values: dict[str, Any]) -> float | None:
        seconds = values.get(self.lasts, self.lasts_seconds) if self.lasts else self.lasts_seconds
        if seconds is None:
            return None
        try:
            return seconds_usable(seconds, _MARGIN_SECONDS)
        except ValueError:
            text = f"what the login took as '{self.lasts}' is no number of seconds"
            raise AuthError(text, "Check its `take`.") from None
