"""A signal is heard wherever the main thread is."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from queue import Queue

import pytest

from tapwright.cli import signals
from tapwright.cli.signals import listening
from tapwright.interrupt import Interrupt

NUMBERS = [signal.SIGINT, signal.SIGTERM]


@pytest.fixture
def no_turns() -> Iterator[None]:
    """Let no other thread run before this one waits."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(100)
    yield
    sys.setswitchinterval(before)


def waiting(begun: threading.Event, results: Queue[None]) -> Iterator[None]:
    begun.set()
    yield results.get()


@pytest.mark.usefixtures("no_turns")
@pytest.mark.parametrize("number", NUMBERS)
def test_a_signal_that_another_thread_gets_is_heard_while_the_main_thread_waits(number: signal.Signals) -> None:
    """As is one that comes just before the waiting begins, which no test can bring about at will."""
    begun, heard, late = threading.Event(), threading.Event(), []
    results: Queue[None] = Queue()

    def elsewhere() -> None:
        begun.wait()
        signal.pthread_kill(threading.get_ident(), number)
        if not heard.wait(30):
            late.append(number)
            results.put(None)

    other = threading.Thread(target=elsewhere)
    other.start()
    with listening() as interrupt, pytest.raises(KeyboardInterrupt):
        interrupt.wait_for(waiting(begun, results))
    heard.set()
    other.join()
    assert (interrupt.signal, late) == (number, [])


def in_hand(number: signal.Signals, lost: int) -> None:
    """Hear a signal while something is in hand, and lose some of the interruptions that follow."""
    with listening() as interrupt:
        signal.raise_signal(number)
        assert interrupt.signal == number, "the first one breaks off nothing that is in hand"
        for _ in range(lost):
            with suppress(KeyboardInterrupt):
                Queue[None]().get(timeout=60)
        Queue[None]().get(timeout=60)


@pytest.mark.parametrize("lost", [0, 1], ids=["heard", "lost in a finalizer"])
@pytest.mark.parametrize("number", NUMBERS)
def test_what_is_in_hand_has_its_grace_and_no_more(
    number: signal.Signals, lost: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signals, "GRACE_SECONDS", 0.01)
    with pytest.raises(KeyboardInterrupt):
        in_hand(number, lost)


def test_the_handlers_and_the_threads_are_as_they_were() -> None:
    numbers = [*NUMBERS, signal.SIGALRM]
    before = [signal.getsignal(number) for number in numbers], threading.active_count(), open_files()
    with listening() as interrupt:
        signal.raise_signal(signal.SIGINT)
        assert interrupt.signal == signal.SIGINT
    after = [signal.getsignal(number) for number in numbers], threading.active_count(), open_files()
    assert after == before
    assert signal.set_wakeup_fd(-1) == -1


def test_nothing_is_left_to_nudge_when_no_signal_came() -> None:
    before = threading.active_count()
    with listening() as interrupt:
        assert isinstance(interrupt, Interrupt)
    assert (interrupt.signal, threading.active_count()) == (None, before)


def open_files() -> int:
    return len(os.listdir("/dev/fd"))
