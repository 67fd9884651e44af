"""The credentials of a session: how they are sent, for a spec to ask for them; what they are, to keep them out."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tapwright.authoring.credentials import is_credential, is_random

if TYPE_CHECKING:
    from tapwright.authoring.har import Exchange

SHORTEST = 6
"""Shorter values are no credentials that could be told from words."""


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """What lets a session in."""

    schemes: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The security schemes, as OpenAPI writes them."""
    values: frozenset[str] = frozenset()

    @classmethod
    def of(cls, exchanges: Iterable[Exchange]) -> Secrets:
        """Collect them from what was sent and from what the answers set."""
        schemes: dict[str, dict[str, Any]] = {}
        values: set[str] = set()
        for each in exchanges:
            for name, value in each.query:
                if is_credential(name, value):
                    schemes.setdefault(name, {"type": "apiKey", "in": "query", "name": name})
                    values.add(value)
            for name, value in each.headers:
                if scheme := _scheme(name, value):
                    schemes.setdefault(name.lower(), scheme)
                    values.update(_within(name, value))
            values.update(_cookies(each.answered.get("set-cookie", "").replace("\n", ";")))
        if "authorization" in schemes:
            schemes.pop("cookie", None)
        return cls(schemes=schemes, values=frozenset(value for value in values if len(value) >= SHORTEST))

    def hold(self, text: str) -> bool:
        """Whether a text is one of them, or has one in it."""
        return any(value in text for value in self.values)


def _scheme(name: str, value: str) -> dict[str, Any] | None:
    """How a header lets somebody in; None for one that does not."""
    match name.lower():
        case "authorization":
            return _authorization(value)
        case "cookie":
            said = "The Cookie header of a session in your browser, as it is; it ends with the session."
            return {"type": "apiKey", "in": "header", "name": "Cookie", "description": said}
    return {"type": "apiKey", "in": "header", "name": name} if is_credential(name, value) else None


def _authorization(value: str) -> dict[str, Any]:
    kind, blank, _ = value.partition(" ")
    if blank and kind.lower() in ("bearer", "basic"):
        return {"type": "http", "scheme": kind.lower()}
    return {"type": "apiKey", "in": "header", "name": "Authorization"}


def _within(name: str, value: str) -> Iterator[str]:
    """The credentials that a header is made of."""
    if name.lower() == "cookie":
        yield from _cookies(value)
        return
    kind, blank, rest = value.partition(" ")
    yield rest if blank else value
    if kind.lower() == "basic":
        try:
            yield from base64.b64decode(rest, validate=True).decode().split(":", 1)
        except (binascii.Error, UnicodeDecodeError):
            return


def _cookies(header: str) -> Iterator[str]:
    """The values that may let somebody in; others, such as a language, are words like any other."""
    for part in header.split(";"):
        name, _, value = part.strip().partition("=")
        if is_credential(name, value) or is_random(value):
            yield value.strip('"')
