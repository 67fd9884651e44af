"""What every auth is: words from the spec, a way to be granted credentials, a way to sign a request with them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tapwright.request import Request, Response
from tapwright.words import Template


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What a provider granted: a token, a cookie …; kept in the wallet until it expires."""

    values: dict[str, Any] = field(default_factory=dict)
    lasts: float | None = None
    """Seconds it may be used for, the safety margin already taken off; None for ever."""


GrantFlow: TypeAlias = Generator[Request, Response, Grant]
"""A conversation that ends with a grant: yields each request it needs, is sent the response, returns the grant."""


@dataclass(frozen=True, kw_only=True)
class Auth:
    """An auth kind.  Frozen, does no I/O, holds no state; its templates are rendered before its methods are called."""

    when: Template | None = None
    """Use it only if this gives something true, such as `{{ config.auth == 'bearer' }}`; always, without it."""

    def grant(self) -> GrantFlow | None:
        """Begin the conversation that is granted credentials; None when the spec's words are all it takes."""
        return None

    def rehearsal(self) -> tuple[Request, ...]:
        """Write the requests of the conversation, as far as they can be without an answer, for showing them."""
        flow = self.grant()
        return () if flow is None else (next(flow),)

    def sign(self, request: Request, grant: Grant) -> Request:
        """Return the request with the credentials on it."""
        raise NotImplementedError

    def secrets(self, grant: Grant) -> tuple[str, ...]:
        """Every text of the grant that must never be shown."""
        return tuple(str(value) for value in grant.values.values())

    def renewed(self, grant: Grant) -> Auth:
        """Return the auth to ask with next time: a refresh token that the provider rotated is in it."""
        return self

    def faults(self) -> Iterator[tuple[str, str]]:
        """Say what is wrong with these words: (key, message)."""
        yield from ()


Look: TypeAlias = Callable[[Response], Any]
"""Takes one value out of a response."""
