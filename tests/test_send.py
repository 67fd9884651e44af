"""One exchange: hosts, pace, signatures, grants, redirects, masks.  The provider is a function."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tapwright.auth.kind import Auth, Grant, GrantFlow
from tapwright.body import Body
from tapwright.clock import Clock
from tapwright.errors import AuthError, HostError, ProviderError, TapwrightError, TransportError
from tapwright.hosts import Hosts
from tapwright.mask import Mask
from tapwright.pace import Pace
from tapwright.request import Request, Response
from tapwright.send import Sender
from tapwright.wallet import Wallet

API = "https://api.x.com"
FILES = "https://files.x.com"


class FakeClock(Clock):
    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.time, UTC)

    def monotonic(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


@dataclass(frozen=True, kw_only=True)
class Key(Auth):
    """A key from the config."""

    key: str

    def sign(self, request: Request, grant: Grant) -> Request:
        return request.with_header("X-Key", self.key).with_param("key", self.key).with_cookie("key", self.key)

    def secrets(self, grant: Grant) -> tuple[str, ...]:
        return (self.key,)


@dataclass(frozen=True, kw_only=True)
class Token(Auth):
    """A token that is granted, and rotated."""

    refresh: str = "refresh-0"
    url: str = f"{API}/token"
    extra: dict[str, str] = field(default_factory=dict)

    def grant(self) -> GrantFlow:
        response = yield Request(url=self.url, method="POST", form=(("refresh", self.refresh),))
        said = response.body.content.decode()
        if response.status != 200:
            raise AuthError(f"The provider says: {said}")
        return Grant(values={"token": said}, lasts=100.0)

    def sign(self, request: Request, grant: Grant) -> Request:
        return request.with_header("Authorization", f"Bearer {grant.values['token']}")

    def renewed(self, grant: Grant) -> Token:
        return replace(self, refresh=f"refresh-after-{grant.values['token']}")


def said(status: int = 200, text: str = "", **headers: str) -> Callable[[Request], Response]:
    """A provider that always answers this."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda request: Response(request=request, status=status, headers=names, body=Body.of(text.encode()))


class Provider:
    """Answers by path, and remembers the requests; a path with several answers gives one after another."""

    def __init__(self, **answers: Any) -> None:
        self.answers = {f"/{path}": given if isinstance(given, list) else [given] for path, given in answers.items()}
        self.calls: list[Request] = []
        self.lock = threading.Lock()

    def __call__(self, request: Request) -> Response:
        path = "/" + request.url.split("?")[0].split("/", 3)[-1]
        with self.lock:
            self.calls.append(request)
            left = self.answers[path]
            answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        response: Response = answer(request)
        return response

    def paths(self) -> list[str]:
        return ["/" + request.url.split("?")[0].split("/", 3)[-1] for request in self.calls]


def sender(provider: Callable[[Request], Response], **parts: Any) -> Sender:
    clock = parts.get("clock") or FakeClock()
    hosts = Hosts(parts.get("hosts", [API, FILES]))
    wallet, mask = parts.get("wallet") or Wallet(clock), parts.get("mask") or Mask()
    return Sender(provider, hosts, clock, wallet, mask, parts.get("paces", ()), told=parts.get("told", print))


ASKED = Request(url=f"{API}/a", params=(("page", "1"),), headers={"Accept": "text/csv"})

# --- hosts, paces


def test_nothing_is_sent_to_another_host() -> None:
    provider = Provider(a=said())
    with pytest.raises(HostError, match=r"leads to https://evil\.com, a host that the spec does not name"):
        sender(provider).send(ASKED.to("https://evil.com/a"), [Key(key="hush-hush")])
    assert provider.calls == []


def test_a_token_is_not_asked_of_another_host() -> None:
    provider = Provider(token=said())
    with pytest.raises(HostError, match=r"evil\.com"):
        sender(provider).send(ASKED, [Token(url="https://evil.com/token")])
    assert provider.calls == []


def test_an_auth_cannot_move_a_request_to_another_host() -> None:
    class Mover(Key):
        def sign(self, request: Request, grant: Grant) -> Request:
            return request.to("https://evil.com/a")

    provider = Provider(a=said())
    with pytest.raises(HostError):
        sender(provider).send(ASKED, [Mover(key="hush-hush")])
    assert provider.calls == []


def test_every_request_takes_its_turn() -> None:
    clock = FakeClock()
    sending = sender(Provider(a=said()), clock=clock, paces=[Pace(1, 10.0, clock)])
    for _ in range(3):
        sending.send(ASKED, paces=[Pace(1, 1.0, clock)])
    assert clock.time == 20.0


def test_after_429_the_next_request_waits() -> None:
    clock = FakeClock()
    sending = sender(Provider(a=said(429, retry_after="30")), clock=clock)
    pace = Pace(100, 1.0, clock)
    assert sending.send(ASKED, paces=[pace]).status == 429
    assert clock.time == 0
    sending.send(ASKED, paces=[pace])
    assert clock.time == 30.0


# --- signatures and grants


def test_the_answer_is_to_the_request_without_credentials() -> None:
    response = sender(provider := Provider(a=said(404))).send(ASKED, [Key(key="hush-hush")])
    assert (response.status, response.request, response.url) == (404, ASKED, ASKED.target)
    assert dict(provider.calls[0].query)["key"] == provider.calls[0].headers["X-Key"] == "hush-hush"


def test_a_token_is_granted_once_and_used() -> None:
    sending = sender(provider := Provider(token=said(200, "token-1"), a=said()))
    for _ in range(2):
        sending.send(ASKED, [Token(), Key(key="hush-hush")])
    assert provider.paths() == ["/token", "/a", "/a"]
    assert provider.calls[2].headers == {
        "Accept": "text/csv",
        "Authorization": "Bearer token-1",
        "X-Key": "hush-hush",
    }
    assert provider.calls[0].headers == {}


def test_an_expired_token_is_renewed_with_the_rotated_refresh_token() -> None:
    clock = FakeClock()
    provider = Provider(token=[said(200, "token-1"), said(200, "token-2")], a=said())
    sending = sender(provider, clock=clock)
    sending.send(ASKED, [Token()])
    clock.time = 100.0
    sending.send(ASKED, [Token()])
    assert provider.calls[2].form == (("refresh", "refresh-after-token-1"),)
    assert provider.calls[3].headers["Authorization"] == "Bearer token-2"


def test_a_forgotten_token_is_renewed() -> None:
    sending = sender(provider := Provider(token=[said(200, "token-1"), said(200, "token-2")], a=said()))
    sending.send(ASKED, [Token()])
    sending.forget([Token()])
    sending.forget([Token()])
    sending.send(ASKED, [Token()])
    assert provider.paths() == ["/token", "/a", "/token", "/a"]


def test_two_threads_that_meet_a_401_renew_once() -> None:
    tokens = [said(200, f"token-{number}") for number in range(9)]
    sending, gate = (
        sender(provider := Provider(token=tokens, a=said(401)), wallet=Wallet()),
        threading.Barrier(4),
    )

    def work(_: int) -> None:
        sending.send(ASKED, [Token()])
        gate.wait()
        sending.forget([Token()])
        sending.send(ASKED, [Token()])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert provider.paths().count("/token") == 2


def test_auths_that_cannot_be_hashed_have_a_wallet_of_their_own() -> None:
    sending = sender(provider := Provider(token=said(200, "token-1"), a=said()))
    for extra in ("1", "2", "1"):
        sending.send(ASKED, [Token(extra={"a": extra})])
    assert provider.paths().count("/token") == 2


def test_a_busy_token_endpoint_is_asked_again() -> None:
    clock, heard = FakeClock(), list[str]()
    answers = [said(503), said(429, retry_after="20"), TransportError("cut"), said(200, "token-1")]
    provider = Provider(token=answers, a=said())
    assert sender(provider, clock=clock, told=heard.append).send(ASKED, [Token()]).status == 200
    assert provider.paths() == ["/token"] * 4 + ["/a"]
    assert clock.time > 20
    assert heard[0].startswith(f"POST {API}/token answers 503, so no credentials were granted; waiting")


def test_a_token_endpoint_that_stays_busy_is_an_error() -> None:
    with pytest.raises(ProviderError, match=r"answers 503.*\nTried 4 times"):
        sender(Provider(token=said(503))).send(ASKED, [Token()])


def test_a_refused_login_is_said_in_the_providers_words_and_not_tried_again() -> None:
    mask = Mask()
    mask.add("hush-hush")
    sending = sender(provider := Provider(token=said(400, "no user hush-hush")), mask=mask)
    for _ in range(2):
        with pytest.raises(AuthError, match=r"The provider says: no user \*\*\*"):
            sending.send(ASKED, [Token()])
    assert len(provider.calls) == 1


def test_an_auth_sees_the_redirects_of_its_own_requests() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Form(Token):
        def grant(self) -> GrantFlow:
            response = yield Request(url=f"{API}/login", method="POST")
            return Grant(values={"token": response.headers["set-cookie"]})

    sending = sender(provider := Provider(login=said(302, set_cookie="sid-1", location="/home"), a=said()))
    sending.send(ASKED, [Form()])
    assert provider.paths() == ["/login", "/a"]
    assert provider.calls[1].headers["Authorization"] == "Bearer sid-1"


# --- redirects


def test_a_redirect_on_the_same_origin_is_signed_again() -> None:
    sending = sender(provider := Provider(a=said(302, location="/b?page=1&key=old"), b=said(200, "here")))
    response = sending.send(ASKED, [Key(key="hush-hush")])
    assert (response.status, response.url, response.request) == (200, f"{API}/b?page=1&key=old", ASKED)
    assert provider.calls[1].query == (("page", "1"), ("key", "hush-hush"))
    assert provider.calls[1].headers == {"Accept": "text/csv", "X-Key": "hush-hush"}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_named_host_carries_nothing(status: int) -> None:
    provider = Provider(a=said(status, location=f"{FILES}/f?signature=1"), f=said(200, "here"))
    asked = replace(ASKED, headers={"X-Own-Key": "1"}, cookies={"own": "1"}, json={"a": 1})
    sender(provider).send(asked, [Key(key="hush-hush")])
    assert provider.calls[1] == Request(url=f"{FILES}/f?signature=1")


def test_a_redirect_to_an_unnamed_host_is_refused() -> None:
    provider = Provider(a=said(302, location="https://evil.com/a"))
    with pytest.raises(HostError, match=r"https://evil\.com"):
        sender(provider).send(ASKED)
    assert len(provider.calls) == 1


@pytest.mark.parametrize(
    "location", ["http://api.x.com/a", "https://api.x.com:8443/a", "file:///etc/passwd", "//evil.com"]
)
def test_a_redirect_to_another_scheme_or_port_is_refused(location: str) -> None:
    with pytest.raises(HostError):
        sender(Provider(a=said(302, location=location))).send(ASKED)


def test_a_redirect_may_not_give_up_https_even_between_named_origins() -> None:
    provider = Provider(a=said(302, location="http://127.0.0.1:80/a"))
    with pytest.raises(HostError, match="give up https"):
        sender(provider, hosts=[API, "http://127.0.0.1"]).send(ASKED)


def test_a_redirect_may_not_carry_a_secret_to_another_host() -> None:
    provider = Provider(a=said(302, location=f"{FILES}/f?key=hush%2Dhush"))
    with pytest.raises(HostError, match=r"would carry a secret") as caught:
        sender(provider).send(ASKED, [Key(key="hush-hush")])
    assert "hush" not in str(caught.value)
    assert len(provider.calls) == 1


def test_redirects_that_return_are_signed_again() -> None:
    provider = Provider(a=said(302, location=f"{FILES}/f"), f=said(302, location=f"{API}/b"), b=said())
    sender(provider).send(ASKED, [Key(key="hush-hush")])
    assert provider.calls[1].headers == {}
    assert provider.calls[2].headers["X-Key"] == "hush-hush"


def test_redirects_come_to_an_end() -> None:
    provider = Provider(a=said(302, location="/a"))
    with pytest.raises(ProviderError, match=r"more than 5 redirects, the last to https://api\.x\.com$"):
        sender(provider).send(ASKED)
    assert len(provider.calls) == 6


def test_a_post_is_not_repeated_elsewhere() -> None:
    sending = sender(provider := Provider(a=said(307, location="/b")))
    assert sending.send(replace(ASKED, method="POST", json={"a": 1})).status == 307
    assert len(provider.calls) == 1


def test_303_turns_a_post_into_a_get() -> None:
    asked = replace(ASKED, method="POST", json={"a": 1}, headers={"content-type": "application/json"})
    sender(provider := Provider(a=said(303, location="b"), b=said())).send(asked)
    assert provider.calls[1] == Request(url=f"{API}/b")


def test_a_head_stays_a_head() -> None:
    sender(provider := Provider(a=said(303, location="b"), b=said())).send(replace(ASKED, method="HEAD"))
    assert provider.calls[1].method == "HEAD"


def test_a_location_in_utf8_with_blanks_is_encoded() -> None:
    location = "/ä b?q=ü%20#part".encode().decode("latin-1")
    provider = Provider(a=said(302, location=location), **{"%C3%A4%20b": said()})
    assert sender(provider).send(ASKED).url == f"{API}/%C3%A4%20b?q=%C3%BC%20"


@pytest.mark.parametrize("status", [300, 304, 400])
def test_other_statuses_do_not_redirect(status: int) -> None:
    assert sender(Provider(a=said(status, location="/b"))).send(ASKED).status == status


# --- masks


def test_errors_leave_without_secrets() -> None:
    error = TransportError("GET https://api.x.com/hush%2Dhush failed", "See token-1.")
    error.context = {"stream": "hush-hush"}
    sending = sender(Provider(token=said(200, "token-1"), a=error))
    with pytest.raises(TapwrightError) as caught:
        sending.send(ASKED, [Token(), Key(key="hush-hush")])
    assert str(caught.value) == "stream ***: GET https://api.x.com/*** failed\nSee ***."
    assert caught.value.args == ("GET https://api.x.com/*** failed",)


def test_every_grant_is_masked() -> None:
    mask = Mask()
    sender(Provider(token=said(200, "token-1"), a=said()), mask=mask).send(ASKED, [Token()])
    assert mask.hide("Bearer token-1") == "Bearer ***"
