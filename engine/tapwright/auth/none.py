"""No auth."""

from __future__ import annotations

from dataclasses import dataclass

from tapwright.auth.kind import Auth, Grant
from tapwright.request import Request


@dataclass(frozen=True, kw_only=True)
class NoAuth(Auth):
    """Send no credentials, for a stream that needs none where `api.auth` says how the others are authorised.

    Example::

        none: {}
    """

    def sign(self, request: Request, grant: Grant) -> Request:
        """Return the request as it is."""
        return request
