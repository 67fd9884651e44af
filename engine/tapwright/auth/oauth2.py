"""A token from a token endpoint, RFC 6749."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from urllib.parse import quote_plus

from tapwright.auth.answer import HINT, json_of, message_of, place, refuse_errors, seconds_usable
from tapwright.auth.bearer import Bearer
from tapwright.auth.kind import Auth, Grant, GrantFlow
from tapwright.errors import AuthError
from tapwright.expression import compile_jmespath
from tapwright.request import Request, Response, text_of
from tapwright.words import JMESPath, Template

_TOKEN, _LASTS = JMESPath("access_token"), JMESPath("expires_in")
_OWN = {"password": ("user", "password"), "refresh_token": ("refresh_token",)}
_NEEDED = {**_OWN, "client_credentials": ("client_id", "client_secret")}


@dataclass(frozen=True, kw_only=True)
class OAuth2(Auth):
    """Ask a token endpoint for a token (OAuth 2), send it with every request, and renew it before it expires.

    Example::

        oauth2:
          url: https://api.example.com/oauth2/token
          grant: client_credentials
          client_id: "{{ config.client_id }}"
          client_secret: "{{ config.client_secret }}"
    """

    url: Template
    """The token endpoint."""
    grant_: Literal["client_credentials", "password", "refresh_token"]
    """What the token is granted for: the client's own id and secret, a user and password, or a refresh token
    that the user was once given."""
    client_id: Template | None = None
    """The client's id, also called app id or consumer key."""
    client_secret: Template | None = None
    """The client's secret."""
    user: Template | None = None
    """The user, for `grant: password`; sent as `username`."""
    password: Template | None = None
    """The user's password, for `grant: password`."""
    refresh_token: Template | None = None
    """The refresh token, for `grant: refresh_token`; when the provider answers with another, that one is used
    next."""
    scope: Template | None = None
    """The scopes to ask for, with blanks between them; those the provider gives by itself without it."""
    client_in: Literal["body", "header", "header_raw"] = "header"
    """Where the client's id and secret go: the `Authorization` header (HTTP Basic) or the `body`, as
    `client_id` and `client_secret`.  `header_raw` is for providers that expect special characters in them
    not to be form-encoded first, against RFC 6749."""
    send: Literal["form", "json", "query"] = "form"
    """How the request's fields are sent: as a form, which is the standard, as JSON, or in the query."""
    extra: dict[str, Template] = field(default_factory=dict)
    """Further fields of the request, such as `audience` or `realm`; one whose template gives nothing is not
    sent."""
    grant_type: str | None = None
    """The text to send as `grant_type`, if it is not the name of the grant, such as
    `http://auth0.com/oauth/grant-type/password-realm`."""
    token: JMESPath = _TOKEN
    """Where the answer holds the token."""
    lasts: JMESPath = _LASTS
    """Where the answer holds for how many seconds the token may be used."""
    lasts_default_seconds: int = 3600
    """For how many seconds a token may be used if the answer does not say so."""
    margin_seconds: int = 60
    """How many seconds before its end a token is renewed; at most a tenth of its life."""
    prefix: str = "Bearer"
    """The word before the token and a blank; empty if there is none."""
    header: str = "Authorization"
    """The header that carries the token."""

    def grant(self) -> GrantFlow:
        """Ask for a token."""
        response = yield self._asked()
        refuse_errors(response)
        answer = json_of(response)
        token = compile_jmespath(self.token)(answer)
        if isinstance(token, bool | dict | list) or not token:
            said = f"{place(response)} gave no token at '{self.token}': {message_of(response)}"
            raise AuthError(said, f"Set `token` to where the answer holds it, or: {HINT}")
        values = {"token": token}
        if isinstance(answer, dict) and answer.get("refresh_token"):
            values["refresh_token"] = answer["refresh_token"]
        return Grant(values=values, lasts=self._lasts(answer, response))

    def sign(self, request: Request, grant: Grant) -> Request:
        """Put the token into its header."""
        token = Template(text_of(grant.values["token"]))
        return Bearer(token=token, prefix=self.prefix, header=self.header).sign(request, grant)

    def secrets(self, grant: Grant) -> tuple[str, ...]:
        """The tokens, and all that the request for them holds."""
        own = (self.client_secret, self.password, self.refresh_token, *grant.values.values())
        return tuple(text for secret in (*own, self._basic()) if (text := text_of(secret)))

    def renewed(self, grant: Grant) -> OAuth2:
        """Use a rotated refresh token from now on."""
        rotated = grant.values.get("refresh_token")
        return replace(self, refresh_token=rotated) if rotated and self.grant_ == "refresh_token" else self

    def faults(self) -> Iterator[tuple[str, str]]:
        """Say what is wrong with these words."""
        for key in _NEEDED[self.grant_]:
            if getattr(self, key) is None:
                yield "", f"'grant: {self.grant_}' needs '{key}'"
        for grant, keys in _OWN.items():
            for key in keys:
                if grant != self.grant_ and getattr(self, key) is not None:
                    yield key, f"'grant: {self.grant_}' does not use it; '{grant}' does"
        if self.client_secret is not None and self.client_id is None:
            yield "client_secret", "a secret needs its 'client_id'"

    def _asked(self) -> Request:
        fields = {name: value for name, value in self._fields().items() if value is not None and value != ""}
        request = Request(url=self.url, method="POST", headers={"Accept": "application/json"})
        if basic := self._basic():
            request = request.with_header("Authorization", f"Basic {basic}")
        if self.send == "json":
            return replace(request, json=fields)
        pairs = tuple((name, text_of(value)) for name, value in fields.items())
        return replace(request, form=pairs) if self.send == "form" else replace(request, params=pairs)

    def _fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = {"grant_type": self.grant_type or self.grant_}
        if self.grant_ == "password":
            fields |= {"username": self.user, "password": self.password}
        if self.grant_ == "refresh_token":
            fields |= {"refresh_token": self.refresh_token}
        if not self._basic():
            fields |= {"client_id": self.client_id, "client_secret": self.client_secret}
        return {**fields, "scope": self.scope, **self.extra}

    def _basic(self) -> str:
        """The encoded client; empty if it goes into the body, as a client without a secret must."""
        if self.client_in == "body" or self.client_id is None or self.client_secret is None:
            return ""
        both = (text_of(self.client_id), text_of(self.client_secret))
        # RFC 6749 2.3.1: both are form-encoded first, so that a colon cannot be mistaken.
        parts = both if self.client_in == "header_raw" else map(quote_plus, both)
        return b64encode(":".join(parts).encode()).decode()

    def _lasts(self, answer: Any, response: Response) -> float:
        said = compile_jmespath(self.lasts)(answer)
        try:
            return seconds_usable(self.lasts_default_seconds if said is None else said, self.margin_seconds)
        except ValueError:
            text = f"{place(response)} gave no number of seconds at '{self.lasts}'"
            raise AuthError(text, "Set `lasts` to where the answer holds it.") from None
