"""A signal, and where it may end a run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


class Interrupt:
    """Hears a signal: the run stops at the end of the page in hand, or at once while it waits for one."""

    def __init__(self) -> None:
        self.signal: int | None = None
        self._waiting = False
        """Whether nothing is in hand, so that the run can be stopped right here."""
        self._unbroken = False
        """Whether something is kept right now."""

    def heard(self, signal: int) -> None:
        """A signal came; called from its handler.  The second one stops the run wherever it is."""
        again, self.signal = self.signal is not None, signal
        if self._waiting or again:
            self._waiting = False
            raise KeyboardInterrupt(self.signal)

    def overdue(self) -> None:
        """The page in hand takes too long: the run stops, unless it is just keeping what it has."""
        if not self._unbroken:
            raise KeyboardInterrupt(self.signal)

    def over(self) -> None:
        """Reading has ended: what is left to do is not overdue any more; only a second signal breaks it off."""
        self._unbroken = True

    @contextmanager
    def unbroken(self) -> Iterator[None]:
        """Let a commit come to its end; only a second signal breaks it off."""
        before, self._unbroken = self._unbroken, True
        try:
            yield
        finally:
            self._unbroken = before

    def wait_for(self, results: Iterator[T]) -> T | None:
        """Give the next result, or None at the end; raises KeyboardInterrupt for a signal heard before it came."""
        self._waiting = True
        try:
            if self.signal is not None:
                raise KeyboardInterrupt(self.signal)
            return next(results, None)
        finally:
            self._waiting = False
