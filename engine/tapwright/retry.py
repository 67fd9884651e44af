"""Try again, politely: when, how long to wait, and when to stop."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TypeVar

from tapwright.clock import Clock
from tapwright.errors import TapwrightError, TransportError
from tapwright.quota import until, used_up

T = TypeVar("T")


class Again(Exception):
    """This attempt failed with `error`, and another one may succeed, `after` seconds at the earliest."""

    def __init__(self, error: TapwrightError, after: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.after = after


@dataclass(frozen=True, kw_only=True)
class Retry:
    """How often and how patiently to try again.

    Example::

        retry: {attempts: 8, longest_total_seconds: 1800}
    """

    attempts: int = 5
    """How many times to try in all."""
    first_wait_seconds: float = 1.0
    """The longest wait before the second attempt; it doubles each time, and a random part of it is waited."""
    longest_wait_seconds: float = 60.0
    """The longest wait between two attempts, unless the provider asks for a longer one."""
    longest_total_seconds: float = 600.0
    """The longest sum of all waits; a provider that asks for more ends the attempts at once."""

    def run(self, attempt: Callable[[], T], clock: Clock, random: Random, told: Callable[[str], None]) -> T:
        """Return what `attempt` does, trying again on `Again` and TransportError; `told` hears of waits."""
        waited, number, tries = 0.0, 1, 0
        while True:
            try:
                return attempt()
            except Again as again:
                error, after = again.error, again.after
            except TransportError as failure:
                error, after = failure, None
            tries += error.tries
            if number >= self.attempts:
                raise _given_up(error, tries) from None
            wait = self._wait(number, after, random)
            if waited + (after or wait) > self.longest_total_seconds:
                raise _given_up(error, tries, self._come_back(after or wait, clock)) from None
            number += 1
            told(f"{error.message}; waiting {wait:.1f} s before attempt {number} of {self.attempts}")
            clock.sleep(wait)
            waited += wait

    def _wait(self, number: int, after: float | None, random: Random) -> float:
        if after:
            return after + random.uniform(0.0, min(1.0, after / 10))
        bound: float = min(self.longest_wait_seconds, self.first_wait_seconds * 2 ** min(number - 1, 60))
        return random.uniform(0.0, bound)

    def _come_back(self, wait: float, clock: Clock) -> str:
        try:
            moment = f"at {(clock.now() + timedelta(seconds=wait)).astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
        except (OverflowError, ValueError):
            moment = "much later, if ever"
        return (
            f"The next attempt would come after {wait:.0f} s, past the {self.longest_total_seconds:.0f} s"
            f" that all waits may sum to; come back {moment}."
        )


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Read how many seconds the provider asks to wait; None when it does not say, or not clearly."""
    asked = headers.get("retry-after", "").strip()
    if asked:
        return float(asked) if re.fullmatch(r"[0-9]+(\.[0-9]+)?", asked) else until(asked, now)
    return used_up(headers, now)


def seconds_behind(headers: Mapping[str, str], sent: datetime) -> float:
    """Read by how much the provider's clock is behind the one that told when the request was sent; 0 if it is not."""
    from email.utils import parsedate_to_datetime  # slow to import

    try:
        date, age = parsedate_to_datetime(headers["date"]), int(headers.get("age", "0"))
        return max(0.0, (sent - date).total_seconds() - age - 1.0)  # the header counts whole seconds
    except (KeyError, ValueError, IndexError, OverflowError, TypeError):
        return 0.0


def _given_up(error: TapwrightError, tries: int, more: str = "") -> TapwrightError:
    """Say how often it was tried, once, also where an attempt was several itself and its error says so already."""
    said = _times(error.tries)
    own = error.hint.partition(said)[0].strip() if said else error.hint
    error.hint = " ".join(text for text in (own, _times(tries), more) if text)
    error.tries = tries
    return error


def _times(tries: int) -> str:
    return f"Tried {tries} times." if tries > 1 else ""
