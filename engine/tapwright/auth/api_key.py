"""A key under a name of the provider's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tapwright.auth.answer import HINT
from tapwright.auth.kind import Auth, Grant
from tapwright.errors import AuthError
from tapwright.request import Request, text_of
from tapwright.words import Template


@dataclass(frozen=True, kw_only=True)
class ApiKey(Auth):
    """Send a key under a name of the provider's own, in a header, the query or a cookie.

    Example::

        api_key: {key: "{{ config.api_key }}", name: X-Api-Key}
    """

    key: Template
    """The key, usually `{{ config.api_key }}`."""
    name: Template
    """The name of the header, query parameter or cookie."""
    place: Literal["cookie", "header", "query"] = "header"
    """Where the key goes; prefer `header`, as addresses with their query end up in many logs."""

    def sign(self, request: Request, grant: Grant) -> Request:
        """Put the key in its place."""
        key = text_of(self.key).strip()
        if not key:
            raise AuthError(f"the API key for '{self.name}' is empty", HINT)
        if self.place == "cookie":
            return request.with_cookie(self.name, key)
        if self.place == "query":
            return request.with_param(self.name, key)
        return request.with_header(self.name, key)

    def secrets(self, grant: Grant) -> tuple[str, ...]:
        """The key."""
        return (text_of(self.key).strip(),)

    def faults(self) -> Iterator[tuple[str, str]]:
        """Say what is wrong with these words."""
        if not self.name.strip():
            yield "name", "the key needs a name to be sent under"
