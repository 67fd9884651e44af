"""Ctrl-C and SIGTERM: the first ends a run in good order, the second at once."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tapwright.run import Interrupt

GRACE_SECONDS = 1.0
"""How long the page in hand may take to its end."""


@contextmanager
def listening() -> Iterator[Interrupt]:
    """Hear the signals, and leave the handlers as they were."""
    from tapwright.run import Interrupt

    interrupt = Interrupt()

    def heard(number: int, frame: FrameType | None) -> None:
        try:
            interrupt.heard(number)
        finally:  # an exception may be lost in a finalizer: ask again
            _wake(GRACE_SECONDS)

    def overdue(number: int, frame: FrameType | None) -> None:
        try:
            interrupt.overdue()
        finally:
            _wake(GRACE_SECONDS)

    handlers = {signal.SIGINT: heard, signal.SIGTERM: heard}
    if hasattr(signal, "SIGALRM"):
        handlers[signal.SIGALRM] = overdue
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield interrupt
    finally:
        _wake(0)
        for number, handler in before.items():
            signal.signal(number, handler)


def _wake(seconds: float) -> None:
    """Send ourselves a SIGALRM after some seconds, and none any more after 0."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)
