"""A token in a header."""

from __future__ import annotations

from dataclasses import dataclass

from tapwright.auth.answer import HINT
from tapwright.auth.kind import Auth, Grant
from tapwright.errors import AuthError
from tapwright.request import Request, text_of
from tapwright.words import Template


@dataclass(frozen=True, kw_only=True)
class Bearer(Auth):
    """Send a token that you already have in the `Authorization` header.

    Example::

        bearer: {token: "{{ config.token }}"}
    """

    token: Template
    """The token, usually `{{ config.token }}`."""
    prefix: str = "Bearer"
    """The word before the token and a blank, such as `Bearer`, `Token` or `SSWS`; empty if there is none."""
    header: str = "Authorization"
    """The header that carries it."""

    def sign(self, request: Request, grant: Grant) -> Request:
        """Put the token into the header."""
        token = text_of(self.token).strip()
        if not token:
            raise AuthError("the bearer token is empty", HINT)
        return request.with_header(self.header, f"{self.prefix} {token}".strip())

    def secrets(self, grant: Grant) -> tuple[str, ...]:
        """The token."""
        return (text_of(self.token).strip(),)
