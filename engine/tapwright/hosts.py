"""The one allow-list of hosts: next pages, redirects, token endpoints and downloads all pass here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from tapwright.errors import HostError
from tapwright.shortened import shortened

PORTS = {"http": 80, "https": 443}
HINT = "Name the host in the spec if this provider's data may come from there."
WHOLE = "Write an address as https://api.example.com/v2."
_START = re.compile(r"(https?://[A-Za-z0-9._:-]+)(?:[/?#]|\Z)")
"""What most URLs begin with; whatever comes after it says nothing of the origin."""
_NETLOC = re.compile(r"(([A-Za-z0-9_-]+\.)*[A-Za-z0-9_-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")


class Origin(NamedTuple):
    """Scheme, host and port; two URLs of one origin may share credentials."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if PORTS[self.scheme] == self.port else f":{self.port}")


def origin(url: str) -> Origin:
    """Take the origin out of a URL, refusing one that two readers could understand differently."""
    if start := _START.match(url):
        with suppress(HostError):  # which shows the whole address
            return _origin(start[1])
    return _origin(url)


@lru_cache(maxsize=1_000)
def _origin(url: str) -> Origin:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise HostError(f"'{_start(url)}' is no address of a web server", WHOLE) from None
    if parts.scheme not in PORTS:
        raise HostError(f"the address '{_start(url)}' does not begin with https:// or http://", WHOLE)
    if "@" in parts.netloc:
        raise HostError("the address has a user name or password before its host", "Say those under `auth`.")
    if not _NETLOC.fullmatch(parts.netloc):
        raise HostError(f"the address '{_start(url)}' has no host that can be trusted to be read right", WHOLE)
    return Origin(parts.scheme, parts.hostname or "", PORTS[parts.scheme] if port is None else port)


def _start(url: str) -> str:
    """What an address begins with, without a query, a user name or a password."""
    return shortened(url.partition("?")[0].rpartition("@")[2], 60)


class Hosts:
    """Origins, URLs or host patterns that may be asked: `https://api.x.com`, `api.x.com:8443`, `*.x.com`."""

    def __init__(self, allowed: Iterable[str]) -> None:
        self._named: set[Origin] = set()
        self._above: set[Origin] = set()
        for text in allowed:
            whole = text if "://" in text else f"https://{text}"
            plain = whole.replace("://*.", "://", 1)
            (self._named if plain == whole else self._above).add(origin(plain))
        if wide := next((above for above in self._above if "." not in above.host), None):
            raise HostError(f"the host pattern '*.{wide.host}' is too wide", "Write it like *.example.com.")

    def check(self, url: str, came_from: str | None = None) -> None:
        """Raise HostError unless the URL's origin is one named; or if, on a redirect, it gives up https."""
        asked = origin(url)
        if came_from is not None and asked.scheme == "http" and origin(came_from).scheme == "https":
            raise HostError(f"the redirect to {asked} would give up https", "Nothing was sent there.")
        if asked in self._named or self._covered(asked):
            return
        if asked.scheme == "http" and any(named.host == asked.host for named in self._named):
            raise HostError(f"the link to {asked} would give up https", "Nothing was sent there.")
        raise HostError(f"the link leads to {asked}, a host that the spec does not name", HINT)

    def _covered(self, asked: Origin) -> bool:
        """Whether the host is under a domain that a pattern names."""
        parts = asked.host.split(".")
        names = (".".join(parts[place:]) for place in range(1, len(parts)))
        return any(asked._replace(host=name) in self._above for name in names)
