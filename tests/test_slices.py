"""Windows tile the time exactly, by the clocks of any zone; cursors decide what a bookmark is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tapwright.errors import SpecError
from tapwright.incremental import Incremental
from tapwright.moment import zone
from tapwright.slices import windows
from tapwright.words import Duration, Template

ZONES = st.sampled_from(sorted(available_timezones() - {"Factory", "localtime"}))
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC))
UNITS = ("minute", "hour", "day", "week", "month", "year")
LONG = {"minute": 60, "hour": 3600, "day": 86400, "week": 604800, "month": 2_500_000, "year": 31_000_000}


def along(**words: Any) -> Incremental:
    return Incremental(**{"cursor": "at", "start": "2026-01-01", **words})


def tiles(**words: Any) -> list[tuple[datetime, datetime, bool]]:
    return list(windows(along(**words)))


@st.composite
def words(draw: st.DrawFn) -> Incremental:
    """A start, an end up to three hundred windows later, and how to go from one to the other."""
    unit, count = draw(st.sampled_from(UNITS)), draw(st.integers(1, 90))
    start = draw(MOMENTS)
    end = start + timedelta(seconds=draw(st.integers(0, 300 * LONG[unit] * count)) % 900_000_000)
    align = draw(st.sampled_from([None, "1 hour", "1 day", "1 week", "1 month", "1 year"]))
    return along(
        start=Template(start.isoformat()),
        end=Template(end.isoformat()),
        window=Template(f"{count} {unit}s"),
        align=align and Template(align),
        time_zone=Template(draw(ZONES)),
        granularity=Duration("1 second"),
    )


def first(found: Iterator[tuple[datetime, datetime, bool]], most: int) -> list[tuple[datetime, datetime, bool]]:
    return [tile for tile, _ in zip(found, range(most), strict=False)]


@settings(max_examples=300, deadline=None)
@given(words())
def test_windows_leave_no_gap_and_do_not_overlap(words: Incremental) -> None:
    tiles = first(windows(words), 400)
    assert all(start.astimezone(UTC) < end.astimezone(UTC) for start, end, _ in tiles)
    assert all(end.astimezone(UTC) == start.astimezone(UTC) for (_, end, _), (start, _, _) in pairwise(tiles))
    assert [final for *_, final in tiles[:-1]] == [False] * (len(tiles) - 1)


@settings(max_examples=300, deadline=None)
@given(words())
def test_windows_reach_from_the_start_to_the_end(words: Incremental) -> None:
    start, end = (datetime.fromisoformat(text) for text in (words.start, words.end))
    tiles = first(windows(words), 400)
    if words.align is None and start < end:
        assert tiles[0][0] == start
        assert len(tiles) == 400 or (tiles[-1][1] == end and tiles[-1][2])
    elif tiles:
        assert tiles[0][0] <= start
        assert tiles[-1][1] <= end


@settings(max_examples=200, deadline=None)
@given(words(), st.integers(0, 10))
def test_a_run_that_goes_on_at_a_bookmark_meets_the_end_of_the_last_one(words: Incremental, number: int) -> None:
    tiles = first(windows(words), 20)
    if words.align is None and len(tiles) > number + 1:
        following = next(windows(words, since=tiles[number][1]))
        assert following[0].astimezone(UTC) == tiles[number][1].astimezone(UTC)


@settings(max_examples=200, deadline=None)
@given(MOMENTS, st.integers(1, 400), ZONES)
def test_aligned_days_begin_when_the_date_changes(start: datetime, days: int, name: str) -> None:
    begin_and_end = {"start": start.isoformat(), "end": (start + timedelta(days=days)).isoformat()}
    for begin, _, _ in tiles(**begin_and_end, window="1 day", align="1 day", time_zone=name):
        just_before = (begin.astimezone(UTC) - timedelta(seconds=1)).astimezone(zone(name))
        assert just_before.date() < begin.date()


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-07-01", 24)])
def test_a_day_is_as_long_as_its_clocks_say(day: str, hours: int) -> None:
    words = {"window": "1 day", "align": "1 day", "time_zone": "Europe/Berlin"}
    begin, end, _ = tiles(start=day, end="2026-12-31", **words)[0]
    assert end.astimezone(UTC) - begin.astimezone(UTC) == timedelta(hours=hours)


def test_hours_go_twice_through_the_hour_that_autumn_repeats() -> None:
    found = tiles(start="2026-10-25T00:00", end="2026-10-25T04:00", window="1 hour", time_zone="Europe/Berlin")
    assert [f"{begin:%H:%M %z}" for begin, *_ in found] == [
        "00:00 +0200",
        "01:00 +0200",
        "02:00 +0200",
        "02:00 +0100",
        "03:00 +0100",
    ]


def test_a_zone_that_skipped_a_day_has_no_window_for_it() -> None:
    found = tiles(start="2011-12-29", end="2012-01-01", window="1 day", time_zone="Pacific/Apia")
    assert [f"{begin:%m-%d}" for begin, *_ in found] == ["12-29", "12-31"]


def test_months_are_counted_from_the_first_window() -> None:
    found = tiles(start="2026-01-31", end="2026-05-01", window="1 month")
    assert [f"{begin:%m-%d}" for begin, *_ in found] == ["01-31", "02-28", "03-31", "04-30"]


def test_without_a_window_everything_is_asked_for_at_once() -> None:
    assert tiles(end="2026-03-15") == [(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 3, 15, tzinfo=UTC), True)]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"start": "soon"}, "'soon' is not a date or a time"),
        ({"window": "0 days"}, "'0 days' has no length"),
        ({"window": "fortnight"}, "'fortnight' is not a length of time"),
        ({"align": "2 days"}, "'2 days' is not a whole unit of time"),
        ({"time_zone": "Mars"}, "'Mars' is not a time zone"),
    ],
    ids=lambda part: next(iter(part)) if isinstance(part, dict) else "",
)
def test_words_that_mean_nothing_are_refused(words: dict[str, str], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        tiles(**{"end": "2026-03-15", **words})
