"""Taking turns."""

from __future__ import annotations

import threading

import pytest

from tapwright.clock import Clock
from tapwright.pace import Pace


class FakeClock(Clock):
    """Time passes only by sleeping."""

    def __init__(self) -> None:
        self.time = 0.0

    def monotonic(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.time += seconds


def turns(pace: Pace, clock: FakeClock, count: int) -> list[float]:
    times = []
    for _ in range(count):
        pace.take()
        times.append(round(clock.time, 6))
    return times


def test_a_burst_passes_at_once_and_the_rest_evenly() -> None:
    clock = FakeClock()
    assert turns(Pace(3, 6.0, clock), clock, 6) == [0, 0, 0, 2, 4, 6]


def test_a_rest_gives_a_new_burst() -> None:
    clock = FakeClock()
    pace = Pace(2, 2.0, clock)
    turns(pace, clock, 3)
    clock.time = 100.0
    assert turns(pace, clock, 3) == [100, 100, 101]


def test_after_slow_everybody_waits_and_then_goes_one_by_one() -> None:
    clock = FakeClock()
    pace = Pace(2, 2.0, clock)
    pace.slow(30.0)
    assert turns(pace, clock, 3) == [30, 31, 32]


def test_slow_never_shortens_a_wait() -> None:
    clock = FakeClock()
    pace = Pace(1, 1.0, clock)
    pace.slow(30.0)
    pace.slow(1.0)
    pace.slow(-5.0)
    assert turns(pace, clock, 1) == [30]


def test_a_wait_that_ends_the_run_holds_nobody_up() -> None:
    clock = FakeClock()
    pace = Pace(1, 1.0, clock)
    pace.slow(864_000.0)
    assert turns(pace, clock, 1) == [0]


def test_slow_reaches_a_thread_that_already_waits() -> None:
    clock = FakeClock()
    pace = Pace(1, 10.0, clock)
    pace.take()
    sleep = clock.sleep

    def slowed(seconds: float) -> None:
        sleep(seconds)
        if clock.time == 10.0:
            pace.slow(5.0)

    clock.sleep = slowed  # type: ignore[method-assign]
    assert turns(pace, clock, 1) == [15]


def test_threads_never_share_a_turn() -> None:
    clock = FakeClock()
    waits: list[float] = []
    clock.sleep = lambda seconds: (waits.append(round(seconds)), setattr(done, "now", True))  # type: ignore
    done = threading.local()
    clock.monotonic = lambda: 1e9 if getattr(done, "now", False) else 0.0  # type: ignore[method-assign]
    pace = Pace(1, 1.0, clock)
    threads = [threading.Thread(target=pace.take) for _ in range(20)]
    for thread in threads:
        thread.start()
        thread.join()
    assert waits == list(range(1, 20))


def test_a_pace_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one request"):
        Pace(0, 1.0, Clock())


def test_refusals_teach_a_larger_gap_each() -> None:
    clock = FakeClock()
    pace = Pace(1000, 1.0, clock)
    gaps = []
    for _ in range(3):
        pace.refused(2.0)
        first, second = turns(pace, clock, 2)
        gaps.append(round(second - first, 2))
    assert gaps == sorted({*gaps})
    assert gaps[0] >= 0.05


def test_several_refusals_of_one_moment_teach_one_gap() -> None:
    clock = FakeClock()
    pace = Pace(1000, 1.0, clock)
    for _ in range(20):
        pace.refused(2.0)
    assert turns(pace, clock, 2) == [2.0, 2.05]


def test_the_gap_is_forgotten_in_time() -> None:
    clock = FakeClock()
    pace = Pace(1000, 1.0, clock)
    pace.refused(2.0)
    times = turns(pace, clock, 400)
    assert times[-1] - times[-2] < 0.002


def test_no_more_pass_than_the_provider_says_until_it_lets_more() -> None:
    clock = FakeClock()
    pace = Pace(1000, 1.0, clock)
    pace.take()
    pace.answered()
    pace.told(2, 30.0)
    assert turns(pace, clock, 4) == [0, 0, 30, 30]


def test_requests_under_way_count_as_if_they_were_not_counted_yet() -> None:
    clock = FakeClock()
    pace = Pace(1000, 1.0, clock)
    for _ in range(3):  # three workers ask, and the first is answered
        pace.take()
    pace.answered()
    pace.told(3, 30.0)
    assert turns(pace, clock, 2) == [0, 30]


def test_the_latest_answer_counts() -> None:
    clock = FakeClock()
    pace = Pace(1000, 1.0, clock)
    pace.told(0, 30.0)
    pace.told(5, 60.0)
    assert turns(pace, clock, 6) == [0, 0, 0, 0, 0, 60]


def test_a_limit_that_lasts_too_long_holds_nobody_up() -> None:
    clock = FakeClock()
    pace = Pace(1000, 1.0, clock, longest_slow_seconds=3600.0)
    pace.told(0, 40_000.0)
    assert turns(pace, clock, 1) == [0]
    pace.told(0, 3000.0)
    assert turns(pace, clock, 1) == [3000]


def test_a_rate_of_the_spec_holds_beside_what_the_provider_says() -> None:
    clock = FakeClock()
    pace = Pace(1, 10.0, clock)
    pace.told(100, 500.0)
    assert turns(pace, clock, 3) == [0, 10, 20]
