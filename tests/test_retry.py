"""Trying again, and reading when."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

import pytest

from tapwright.clock import Clock
from tapwright.errors import BodyError, ProviderError, RunError, TransportError
from tapwright.retry import Again, Retry, retry_after

NOW = datetime(2026, 3, 15, 12, 0, 0, tzinfo=UTC)


class FakeClock(Clock):
    def __init__(self) -> None:
        self.waits: list[float] = []

    def now(self) -> datetime:
        return NOW

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)


class Highest(Random):
    """Always draws the most."""

    def uniform(self, a: float, b: float) -> float:
        return b


def tried(retry: Retry, *outcomes: Exception | str, random: Random | None = None) -> tuple[str, list[float], list[str]]:
    """Run attempts that end like this, one after another; return the result, the waits and what was told."""
    left, clock, told = list(outcomes), FakeClock(), list[str]()

    def attempt() -> str:
        outcome = left.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    try:
        result = retry.run(attempt, clock, random or Highest(), told.append)
    except RunError as error:
        result = str(error)
    return result, clock.waits, told


def busy(after: float | None = None) -> Again:
    return Again(ProviderError("the provider is busy"), after)


def test_waits_double_up_to_the_longest() -> None:
    retry = Retry(attempts=6, longest_wait_seconds=5.0)
    result, waits, told = tried(retry, *[busy()] * 5, "done")
    assert (result, waits) == ("done", [1, 2, 4, 5, 5])
    assert told[0] == "the provider is busy; waiting 1.0 s before attempt 2 of 6"


def test_waits_are_drawn_from_all_of_their_range() -> None:
    waits = [tried(Retry(), busy(), "done", random=Random(seed))[1][0] for seed in range(200)]
    assert min(waits) < 0.1
    assert max(waits) > 0.9
    assert max(waits) <= 1.0


@pytest.mark.parametrize("seed", range(20))
def test_what_the_provider_asks_is_never_undercut(seed: int) -> None:
    waits = tried(Retry(), busy(3.0), busy(120.0), "done", random=Random(seed))[1]
    assert 3.0 <= waits[0] <= 3.3
    assert 120.0 <= waits[1] <= 121.0


def test_zero_asks_for_a_usual_wait() -> None:
    assert tried(Retry(), busy(0.0), "done")[1] == [1]


def test_the_last_error_is_raised_after_the_last_attempt() -> None:
    result, waits, _ = tried(Retry(attempts=3), *[busy()] * 3)
    assert result == "the provider is busy\nTried 3 times."
    assert len(waits) == 2


def nested(inner: Retry, outer: Retry, hint: str = "") -> tuple[str, int]:
    """Try again in a retry what a retry of its own gave up each time; tell how it ends, and how often it was asked."""
    asked, clock = 0, FakeClock()

    def once() -> str:
        nonlocal asked
        asked += 1
        raise TransportError("cut", hint)

    with pytest.raises(TransportError) as caught:
        outer.run(lambda: inner.run(once, clock, Random(), print), clock, Random(), print)
    return str(caught.value), asked


def test_an_attempt_that_was_several_is_counted_as_them() -> None:
    assert nested(Retry(attempts=4), Retry(attempts=5)) == ("cut\nTried 20 times.", 20)
    assert nested(Retry(attempts=2), Retry(attempts=3), "Call them.") == ("cut\nCall them. Tried 6 times.", 6)
    assert nested(Retry(attempts=1), Retry(attempts=3)) == ("cut\nTried 3 times.", 3)
    assert nested(Retry(attempts=3), Retry(attempts=1)) == ("cut\nTried 3 times.", 3)


def test_waits_that_sum_to_too_much_are_told_with_the_attempts_before() -> None:
    outer = Retry(attempts=9, longest_total_seconds=0.0)
    text, asked = nested(Retry(attempts=3), outer)
    assert text.startswith("cut\nTried 3 times. The next attempt would come after")
    assert asked == 3


def test_a_transport_error_is_tried_again_and_others_are_not() -> None:
    assert tried(Retry(), TransportError("cut"), "done")[0] == "done"
    assert tried(Retry(), BodyError("no JSON"), "done")[0] == "no JSON"


def test_one_attempt_means_no_other() -> None:
    assert tried(Retry(attempts=1), busy())[:2] == ("the provider is busy", [])


def test_a_provider_that_asks_for_too_much_ends_it_at_once() -> None:
    result, waits, _ = tried(Retry(), busy(864_000.0), "done")
    assert waits == []
    assert result == (
        "the provider is busy\nThe next attempt would come after 864000 s,"
        " past the 600 s that all waits may sum to; come back at 2026-03-25 12:00:00 UTC."
    )


def test_an_impossible_wait_ends_it_at_once() -> None:
    for after in (9_999_999_999_999.0, float("inf")):
        assert "come back much later, if ever." in tried(Retry(), busy(after))[0]


def test_the_sum_of_waits_is_bounded() -> None:
    retry = Retry(attempts=99, longest_total_seconds=10.0)
    result, waits, _ = tried(retry, *[busy()] * 99)
    assert waits == [1, 2, 4]
    assert "come back at 2026-03-15 12:00:08 UTC" in result


def test_nothing_of_the_inner_exception_is_shown() -> None:
    with pytest.raises(ProviderError) as caught:
        Retry(attempts=1).run(lambda: (_ for _ in ()).throw(busy()), FakeClock(), Random(), print)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": " 2.5 "}, 2.5),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "9999999999"}, 9_999_999_999.0),
        ({"retry-after": "9" * 400}, float("inf")),
        ({"retry-after": "Sun, 15 Mar 2026 12:00:04 GMT"}, 4.0),
        ({"retry-after": "Sunday, 15-Mar-26 12:00:04 GMT"}, 4.0),
        ({"retry-after": "Sun Mar 15 12:00:04 2026"}, 4.0),
        ({"retry-after": "Sun, 15 Mar 2026 14:00:04 +0200"}, 4.0),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, None),
        ({"retry-after": "Sun, 99 Mar 2026 99:00:04 GMT"}, None),
        ({"retry-after": "Fri, 31 Dec 99999 23:59:59 GMT"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "1e9"}, None),
        ({"retry-after": "٣"}, None),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "17"}, 17.0),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "17"}, 17.0),
        ({"x-rate-limit-remaining": "0", "x-rate-limit-reset": "17"}, 17.0),
        ({"x-ratelimit-remaining": "1", "x-ratelimit-reset": "17"}, None),
        ({"x-ratelimit-reset": "17"}, None),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": f"{NOW.timestamp() + 9:.0f}"}, 9.0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": f"{NOW.timestamp() * 1000 + 9000:.0f}"}, 9.0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": f"{NOW.timestamp() - 9:.0f}"}, None),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "later"}, None),
        ({"retry-after": "3", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "17"}, 3.0),
    ],
)
def test_the_wait_is_read_from_the_headers(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, NOW) == seconds
