"""Keep to a provider's rate limit: everyone who sends takes a turn here first."""

from __future__ import annotations

import threading

from tapwright.clock import Clock

LONGEST_SLOW_SECONDS = 600.0
"""Beyond this nobody waits: the run is about to stop, and others should not hang meanwhile."""
LESSON_SECONDS = 1.0
"""Refusals that come within so long are of one burst, and teach once."""
FIRST_GAP_SECONDS = 0.05
"""The gap between requests after the first refusal; each further one doubles it."""
LONGEST_GAP_SECONDS = 30.0
INSTANT_SECONDS = 1e-6
"""No wait at all."""
RECOVERY = 0.98
"""What is left of the gap after each request."""


class Pace:
    """Lets pass `requests` in `per_seconds` seconds; all at once after a rest.  Thread-safe.

    Who sends takes a turn, and says when it is answered; what answers tell of the limit holds for everyone.
    """

    def __init__(
        self, requests: int, per_seconds: float, clock: Clock, longest_slow_seconds: float = LONGEST_SLOW_SECONDS
    ) -> None:
        if requests < 1 or per_seconds < 0:
            raise ValueError("a pace needs at least one request in a period of zero seconds or more")
        self._interval = per_seconds / requests
        self._burst_seconds = per_seconds - self._interval
        self._clock, self._longest_slow = clock, longest_slow_seconds
        self._lock = threading.Lock()
        self._due = clock.monotonic()
        """When the next request would be due, were they sent evenly."""
        self._not_before = self._due
        self._gap = 0.0
        """What refusals have taught to leave between two requests."""
        self._taught = self._due - LESSON_SECONDS
        self._going = 0
        """How many requests are under way."""
        self._left: int | None = None
        """How many more the provider lets pass before `_until`; None where it does not say."""
        self._until = self._due

    def take(self) -> None:
        """Wait for a turn."""
        with self._lock:
            turn = max(self._due, self._clock.monotonic())
            self._due = turn + max(self._interval, self._gap)
            self._gap *= RECOVERY
        while wait := self._wait(turn - self._burst_seconds):
            self._clock.sleep(wait)

    def answered(self) -> None:
        """Say that a request which took a turn is under way no more."""
        with self._lock:
            self._going -= 1

    def told(self, left: int, seconds: float) -> None:
        """Hear how many requests the provider lets pass in the next seconds; those under way may not be counted yet."""
        if not 0 < seconds <= self._longest_slow:
            return
        with self._lock:
            self._left, self._until = left - self._going, self._clock.monotonic() + seconds

    def slow(self, seconds: float) -> None:
        """Make everybody wait this many seconds, then go on one at a time."""
        if not 0 < seconds <= self._longest_slow:
            return
        with self._lock:
            self._not_before = max(self._not_before, self._clock.monotonic() + seconds)
            self._due = max(self._due, self._not_before + self._burst_seconds)

    def refused(self, seconds: float | None) -> None:
        """Hear that a request came too soon: keep a larger gap from then on, and wait so long if the provider says."""
        with self._lock:
            now = self._clock.monotonic()
            if now >= max(self._not_before, self._taught + LESSON_SECONDS):
                self._taught = now
                self._gap = min(max(2 * self._gap, FIRST_GAP_SECONDS), LONGEST_GAP_SECONDS)
        self.slow(seconds or 0.0)

    def _wait(self, turn: float) -> float:
        """The seconds still to wait; nothing for who may pass, and is then under way."""
        with self._lock:
            now = self._clock.monotonic()
            wait = max(turn, self._not_before) - now
            if self._left is not None and now >= self._until - INSTANT_SECONDS:
                self._left = None
            if self._left is not None and self._left <= 0:
                wait = max(wait, self._until - now)
            if wait > INSTANT_SECONDS:
                return wait
            self._left = None if self._left is None else self._left - 1
            self._going += 1
            return 0.0
