"""A bound on how long something may take as a whole; one thread watches over all of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress


class Deadline:
    """Cuts the connection when the whole answer takes too long."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._cut: Callable[[], object] | None = None
        self.passed = False
        self.at = 0.0

    def cut_by(self, cut: Callable[[], object] | None) -> None:
        """Say how the connection is cut from now on."""
        self._cut = cut

    def __enter__(self) -> None:
        self.at = time.monotonic() + self._seconds
        _WATCH.begin(self)

    def __exit__(self, *_: object) -> None:
        _WATCH.end(self)

    def come(self) -> None:
        """The time is over."""
        self.passed = True
        if self._cut is not None:
            with suppress(OSError, TypeError, AttributeError, RuntimeError, ValueError):
                self._cut()


class _Watch:
    """Waits for the earliest deadline; its thread ends when there is none for a while."""

    IDLE_SECONDS = 5.0

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._deadlines: set[Deadline] = set()
        self._wakes = 0.0
        """When the thread looks again."""
        self._thread: threading.Thread | None = None

    def begin(self, deadline: Deadline) -> None:
        with self._change:
            self._deadlines.add(deadline)
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, daemon=True, name="tapwright-deadlines")
                self._thread.start()
            elif deadline.at < self._wakes:
                self._change.notify()

    def end(self, deadline: Deadline) -> None:
        with self._change:
            self._deadlines.discard(deadline)

    def _watch(self) -> None:
        while True:
            with self._change:
                now = time.monotonic()
                over = [deadline for deadline in self._deadlines if deadline.at <= now]
                self._deadlines.difference_update(over)
                if not over:
                    earliest = min((deadline.at for deadline in self._deadlines), default=None)
                    self._wakes = now + self.IDLE_SECONDS if earliest is None else earliest
                    self._change.wait(self._wakes - now)
                    if earliest is None and not self._deadlines:
                        self._thread = None
                        return
            for deadline in over:
                deadline.come()


_WATCH = _Watch()
