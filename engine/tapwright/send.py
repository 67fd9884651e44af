"""One exchange with a provider: host check → pace → signature → transport → redirects, every error masked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, replace
from random import Random
from urllib.parse import quote, urljoin

from tapwright.auth.kind import Auth, Grant
from tapwright.clock import Clock
from tapwright.errors import HostError, ProviderError, TapwrightError
from tapwright.hosts import Hosts, origin
from tapwright.mask import Mask
from tapwright.pace import Pace
from tapwright.quota import quota_of
from tapwright.request import Request, Response
from tapwright.retry import Again, Retry, retry_after, seconds_behind
from tapwright.wallet import Wallet

MOST_REDIRECTS = 5
REDIRECTS = frozenset([301, 302, 303, 307, 308])
AGAIN = frozenset([408, 425, 429])
AUTH_RETRY = Retry(attempts=4, longest_wait_seconds=15.0, longest_total_seconds=120.0)
"""A conversation about credentials is retried here, so that no caller has to know of it."""
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))


class Sender:
    """Sends the requests of a run; its threads may share it."""

    def __init__(
        self,
        transport: Callable[[Request], Response],
        hosts: Hosts,
        clock: Clock,
        wallet: Wallet,
        mask: Mask,
        paces: Sequence[Pace] = (),
        *,
        random: Random | None = None,
        told: Callable[[str], None] = lambda text: None,
    ) -> None:
        """Set the parts; `paces` hold for every request, `told` hears when a login is tried again."""
        self._transport, self._hosts, self._clock = transport, hosts, clock
        self._wallet, self._mask, self._paces = wallet, mask, tuple(paces)
        self._random, self._told = random or Random(), told
        self._used = threading.local()
        self.behind = 0.0
        """By how many seconds the provider's clock is behind ours, for all its answers say."""

    def send(self, request: Request, auths: Sequence[Auth] = (), paces: Sequence[Pace] = ()) -> Response:
        """Return the answer, whatever its status; its `request` is the one given, without credentials."""
        with _masking(self._mask):
            return self._followed(request, tuple(auths), (*self._paces, *paces))

    def hide(self, text: str) -> str:
        """Take the secrets out of a text."""
        return self._mask.hide(text)

    def slow(self, seconds: float, paces: Sequence[Pace] = (), *, too_soon: bool = False) -> None:
        """Make everybody wait, for the provider asks one to come back later; and go slower, if that came too soon."""
        for pace in (*self._paces, *paces):
            if too_soon:
                pace.refused(seconds)
            else:
                pace.slow(seconds)

    def forget(self, auths: Sequence[Auth]) -> None:
        """Drop the grants that this thread last used, so that the next request is signed with new ones."""
        for auth in auths:
            key = _key(auth)
            if (grant := self._grants.pop(key, None)) is not None:
                self._wallet.forget(key, grant)

    def _followed(self, request: Request, auths: tuple[Auth, ...], paces: tuple[Pace, ...]) -> Response:
        """Follow redirects: signed again on the request's own origin, bare on another."""
        asked = request
        for _ in range(MOST_REDIRECTS + 1):
            own = origin(asked.url) == origin(request.url)
            response = self._exchange(asked, auths if own else (), paces)
            following = _redirected(asked, response)
            if following is None:
                return replace(response, request=request, url=asked.target)
            self._hosts.check(following, came_from=asked.url)
            asked = self._next(request, following)
        raise ProviderError(f"more than {MOST_REDIRECTS} redirects, the last to {origin(asked.url)}")

    def _next(self, request: Request, url: str) -> Request:
        method = "HEAD" if request.method == "HEAD" else "GET"
        if origin(url) == origin(request.url):
            bare = replace(request.to(url), method=method, json=None, form=None, text=None)
            return bare.with_header("Content-Type", None)
        if self._mask.hide(url) != url:
            raise HostError(f"the redirect to {origin(url)} would carry a secret there", "It was not sent.")
        return Request(url=url, method=method)

    def _exchange(self, request: Request, auths: tuple[Auth, ...], paces: tuple[Pace, ...]) -> Response:
        self._hosts.check(request.url)
        for pace in paces:
            pace.take()
        try:
            for auth in auths:
                request = auth.sign(request, self._grant(auth))
            self._hosts.check(request.url)
            sent = self._clock.now()
            response = replace(self._transport(request), hide=self._mask.hide)
        finally:
            for pace in paces:
                pace.answered()
        self.behind = max(self.behind, seconds_behind(response.headers, sent))
        self._learn(response, paces)
        return response

    def _learn(self, response: Response, paces: tuple[Pace, ...]) -> None:
        """Let everybody hear what an answer says of the provider's limit."""
        now = self._clock.now()
        quota = quota_of(response.headers, now)
        for pace in paces:
            if response.status == 429:
                pace.refused(retry_after(response.headers, now))
            elif response.status < 400 and quota is not None:
                pace.told(quota.left, quota.seconds)

    # --- credentials

    @property
    def _grants(self) -> dict[Hashable, Grant]:
        """The grants that this thread last used."""
        grants: dict[Hashable, Grant] = self._used.__dict__.setdefault("grants", {})
        return grants

    def _grant(self, auth: Auth) -> Grant:
        key = _key(auth)

        def begin() -> Grant:
            self._mask.add(*auth.secrets(Grant()))  # a login that fails may repeat what it was told
            last = self._wallet.last(key)
            return self._conversed(auth if last is None else auth.renewed(last))

        grant = self._grants[key] = self._wallet.granted(key, begin)
        self._mask.add(*auth.secrets(grant))
        return grant

    def _conversed(self, auth: Auth) -> Grant:
        """Hold the conversation that an auth begins, to its grant."""
        flow = auth.grant()
        if flow is None:
            return Grant()
        try:
            request = next(flow)
            while True:
                request = flow.send(self._asked(request))
        except StopIteration as end:
            grant: Grant = end.value
            return grant

    def _asked(self, request: Request) -> Response:
        """Ask on behalf of an auth: unsigned, and redirects are for it to see, as they may set its cookie."""

        def attempt() -> Response:
            response = self._exchange(request, (), self._paces)
            if response.status in AGAIN or response.status >= 500:
                where = f"{request.method} {request.target.split('?')[0]}"
                error = ProviderError(f"{where} answers {response.status}, so no credentials were granted")
                raise Again(error, retry_after(response.headers, self._clock.now()))
            return response

        return AUTH_RETRY.run(attempt, self._clock, self._random, self._tell)

    def _tell(self, text: str) -> None:
        self._told(self._mask.hide(text))


def _redirected(asked: Request, response: Response) -> str | None:
    """Say where a redirect leads, if it may be followed: a GET or HEAD is repeated, 303 asks for a GET."""
    location = response.headers.get("location")
    if response.status not in REDIRECTS or not location:
        return None
    if asked.method not in ("GET", "HEAD") and response.status != 303:
        return None
    text = location.encode("latin-1", "replace").decode("utf-8", "replace")  # read as latin-1
    return quote(urljoin(asked.target, text), safe=_PRINTABLE).split("#")[0]


def _key(auth: Auth) -> Hashable:
    try:
        hash(auth)
    except TypeError:
        return type(auth), repr(astuple(auth))
    return auth


@contextmanager
def _masking(mask: Mask) -> Iterator[None]:
    """Take the secrets out of every error that passes through."""
    try:
        yield
    except TapwrightError as error:
        error.message, error.hint = mask.hide(error.message), mask.hide(error.hint)
        error.context = {name: mask.hide(text) for name, text in error.context.items()}
        error.args = (error.message,)
        raise
