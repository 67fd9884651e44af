"""Remembering grants."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tapwright.auth.kind import Grant
from tapwright.clock import Clock
from tapwright.errors import AuthError, TransportError
from tapwright.wallet import Wallet


class FakeClock(Clock):
    def __init__(self) -> None:
        self.time = 0.0

    def monotonic(self) -> float:
        return self.time


def test_a_grant_is_asked_for_once() -> None:
    wallet = Wallet()
    first = wallet.granted("a", lambda: Grant(values={"token": "1"}))
    assert wallet.granted("a", lambda: Grant(values={"token": "2"})) is first
    assert wallet.granted("b", lambda: Grant(values={"token": "3"})) is not first


def test_a_grant_expires_counted_from_before_it_was_asked_for() -> None:
    clock = FakeClock()
    wallet = Wallet(clock)

    def slowly() -> Grant:
        clock.time += 5
        return Grant(lasts=60.0)

    first = wallet.granted("a", slowly)
    clock.time = 59.9
    assert wallet.granted("a", Grant) is first
    clock.time = 60.0
    assert wallet.granted("a", Grant) is not first


def test_only_the_very_grant_is_forgotten() -> None:
    wallet = Wallet()
    old = wallet.granted("a", Grant)
    wallet.forget("a", old)
    new = wallet.granted("a", Grant)
    wallet.forget("a", old)
    assert wallet.granted("a", Grant) is new is not old
    wallet.forget("unknown", new)


def test_the_latest_grant_is_known_even_when_forgotten() -> None:
    wallet = Wallet()
    assert wallet.last("a") is None
    old = wallet.granted("a", Grant)
    wallet.forget("a", old)
    assert wallet.last("a") is old


def test_threads_ask_once_between_them() -> None:
    wallet, asked, gate = Wallet(), [], threading.Barrier(8)

    def begin() -> Grant:
        asked.append(1)
        return Grant()

    def granted(_: int) -> Grant:
        gate.wait()
        return wallet.granted("a", begin)

    with ThreadPoolExecutor(8) as pool:
        grants = list(pool.map(granted, range(8)))
    assert len(asked) == 1
    assert all(grant is grants[0] for grant in grants)


def test_refused_credentials_are_not_tried_again() -> None:
    wallet, asked = Wallet(), []

    def refused() -> Grant:
        asked.append(1)
        raise AuthError("The password is wrong.", "Change it.")

    for _ in range(3):
        with pytest.raises(AuthError, match=r"The password is wrong\.\nChange it\."):
            wallet.granted("a", refused)
    assert len(asked) == 1


def test_a_failed_connection_is_tried_again() -> None:
    wallet = Wallet()

    def broken() -> Grant:
        raise TransportError("gone")

    with pytest.raises(TransportError):
        wallet.granted("a", broken)
    assert wallet.granted("a", Grant) == Grant()
