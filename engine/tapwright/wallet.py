"""Where granted credentials are remembered, for all threads of a run."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from tapwright.auth.kind import Grant
from tapwright.clock import Clock
from tapwright.errors import AuthError


@dataclass
class _Pocket:
    lock: threading.Lock = field(default_factory=threading.Lock)
    grant: Grant | None = None
    last: Grant | None = None
    expires: float = 0.0
    refused: AuthError | None = None


class Wallet:
    """Holds each grant until it expires; only one thread at a time asks for a new one."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or Clock()
        self._lock = threading.Lock()
        self._pockets: dict[Hashable, _Pocket] = {}

    def granted(self, key: Hashable, begin: Callable[[], Grant]) -> Grant:
        """Return the grant of this key, having `begin` ask for it when there is none that lasts."""
        pocket = self._pocket(key)
        with pocket.lock:
            if pocket.refused is not None:  # asking again, from every thread, could lock the account
                raise AuthError(pocket.refused.message, pocket.refused.hint)
            if pocket.grant is not None and self._clock.monotonic() < pocket.expires:
                return pocket.grant
            return self._renew(pocket, begin)

    def forget(self, key: Hashable, grant: Grant) -> None:
        """Drop this very grant; one that another thread has renewed since stays."""
        pocket = self._pocket(key)
        with pocket.lock:
            if pocket.grant is grant:
                pocket.grant = None

    def last(self, key: Hashable) -> Grant | None:
        """Return the latest grant, even expired or forgotten: a rotated refresh token may be in it."""
        return self._pocket(key).last

    def _pocket(self, key: Hashable) -> _Pocket:
        with self._lock:
            return self._pockets.setdefault(key, _Pocket())

    def _renew(self, pocket: _Pocket, begin: Callable[[], Grant]) -> Grant:
        began = self._clock.monotonic()
        try:
            grant = begin()
        except AuthError as error:
            pocket.refused = error
            raise
        pocket.grant = pocket.last = grant
        pocket.expires = float("inf") if grant.lasts is None else began + grant.lasts
        return grant
