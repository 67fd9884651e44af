"""A user and a password in every request."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass

from tapwright.auth.kind import Auth, Grant
from tapwright.errors import AuthError
from tapwright.request import Request, text_of
from tapwright.words import Template


@dataclass(frozen=True, kw_only=True)
class Basic(Auth):
    """Send a user and a password with every request (HTTP Basic, RFC 7617).

    Example::

        basic: {user: "{{ config.user }}", password: "{{ config.password }}"}
    """

    user: Template
    """The user; where an API wants its key alone, the key."""
    password: Template | None = None
    """The password; empty without it."""

    def sign(self, request: Request, grant: Grant) -> Request:
        """Put both, encoded, into the `Authorization` header."""
        if ":" in text_of(self.user):
            raise AuthError("the user holds a colon, which HTTP Basic cannot carry", "Check `user`.")
        return request.with_header("Authorization", f"Basic {self._encoded}")

    def secrets(self, grant: Grant) -> tuple[str, ...]:
        """The password, or the user if it stands alone, and both encoded."""
        return (text_of(self.password) or text_of(self.user), self._encoded)

    @property
    def _encoded(self) -> str:
        return b64encode(f"{text_of(self.user)}:{text_of(self.password)}".encode()).decode()
