"""Ctrl-C and SIGTERM: the first ends a run in good order, the second at once."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from tapwright.interrupt import Interrupt

GRACE_SECONDS = 1.0
"""How long the page in hand may take to its end."""
_NUDGE_SECONDS = 0.25


@contextmanager
def listening() -> Iterator[Interrupt]:
    """Hear the signals, and leave the handlers as they were; in the main thread, as Python wants it."""
    ear = _Ear(Interrupt())
    handlers = {signal.SIGINT: ear.heard, signal.SIGTERM: ear.heard}
    if hasattr(signal, "SIGALRM"):
        handlers[signal.SIGALRM] = ear.nudged
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        with _nudging():
            yield ear.interrupt
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Ear:
    """The handlers."""

    def __init__(self, interrupt: Interrupt) -> None:
        self.interrupt = interrupt
        self._until: float | None = None
        """When the grace ends; None before any signal."""

    def heard(self, number: int, frame: FrameType | None) -> None:
        self._until = time.monotonic() + GRACE_SECONDS
        self.interrupt.heard(number)

    def nudged(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if self._until is not None and now >= self._until:
            self._until = now + GRACE_SECONDS  # an exception may be lost in a finalizer: ask again
            self.interrupt.overdue()


@contextmanager
def _nudging() -> Iterator[None]:
    """From the first signal on, send the main thread a SIGALRM every so often.

    Python runs a handler between two steps of the main thread.  A signal that comes just before that thread begins to
    wait (for a lock, for the network), or that the system gives to another thread, would be handled only when the
    waiting is over; a nudge ends it.
    """
    if not hasattr(signal, "pthread_kill"):
        yield
        return
    heard, told = os.pipe()
    os.set_blocking(told, False)
    over, main = threading.Event(), threading.get_ident()

    def nudge() -> None:
        os.read(heard, 1)
        while not over.wait(_NUDGE_SECONDS):
            signal.pthread_kill(main, signal.SIGALRM)

    thread = threading.Thread(target=nudge, daemon=True, name="tapwright-signals")
    before = signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    thread.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        over.set()
        os.close(told)  # which ends a read that nothing came for
        thread.join()
        os.close(heard)
