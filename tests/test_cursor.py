"""Cursors compare instants as instants and numbers as numbers, whatever they are written as."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tapwright.batch import Batch, DataType, TypeName
from tapwright.cursor import Cursor
from tapwright.errors import RecordError
from tapwright.shape import Field, Shape


def cursor(type: TypeName = "datetime", time_zone: str = "UTC", start: Any = "2026-01-01") -> Cursor:
    return Cursor.of("at", {"at": Field(type=type)}, time_zone, start)


def batch(*values: Any, type: TypeName = "datetime") -> Batch:
    return Batch({"at": list(values)}, {"at": DataType(name=type)})


@pytest.mark.parametrize(
    ("type", "start", "kind"),
    [
        ("integer", "0", "number"),
        ("decimal", "0", "number"),
        ("date", "2026-01-01", "time"),
        ("local_datetime", "2026-01-01", "time"),
        ("string", "2026-01-01T00:00:00Z", "time"),
        ("string", "A-17", "text"),
        ("string", "17", "text"),
        ("json", 17, "number"),
        ("json", "1700000000", "number"),
        ("json", "2026-01-01", "time"),
    ],
)
def test_the_type_says_what_a_cursor_is_else_its_start(type: TypeName, start: Any, kind: str) -> None:
    assert cursor(type, start=start).kind == kind


def test_a_cursor_may_lie_within_an_object() -> None:
    meta = Field(type="object", properties={"at": Shape(type="object", properties={"n": Shape(type="integer")})})
    found = Cursor.of("meta.at.n", {"meta": meta})
    values = [{"at": {"n": 3}}, {"at": None}, None, {"at": {"n": 12}}]
    records = Batch({"meta": values}, {"meta": DataType(name="object")})
    assert (found.kind, found.newest(records), list(found.each(records))) == ("number", 12, [3, None, None, 12])


def test_texts_in_several_zones_are_one_instant() -> None:
    found = cursor("string").newest(batch("2026-03-10T00:30:00+02:00", "2026-03-09T23:00:00Z", type="string"))
    assert found == datetime(2026, 3, 9, 23, tzinfo=UTC)


def test_dates_and_times_without_a_zone_are_in_the_cursors() -> None:
    berlin = cursor("date", "Europe/Berlin")
    assert berlin.newest(batch(date(2026, 3, 1), type="date")) == datetime(2026, 2, 28, 23, tzinfo=UTC)


def test_values_beyond_the_most_do_not_count() -> None:
    values = batch(date(2999, 12, 31), date(2026, 3, 1), None, type="date")
    assert cursor("date").newest(values, datetime(2026, 3, 15, tzinfo=UTC)) == datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize("forever", ["9999-12-31T23:59:59", "0001-01-01"])
@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_forever_is_a_time_in_every_zone(forever: str, zone: str) -> None:
    assert cursor("string", zone).comparable(forever).year in (1, 9999)


def test_a_value_that_cannot_be_compared_is_refused() -> None:
    with pytest.raises(RecordError, match="'soon' is no time for the cursor 'at'"):
        cursor("string").newest(batch("soon", type="string"))


@given(st.one_of(st.integers(), st.decimals(allow_nan=False, allow_infinity=False)))
def test_a_number_that_was_kept_is_the_same_number(value: int | Decimal) -> None:
    numbers = cursor("decimal")
    assert numbers.comparable(numbers.kept(value)) == value


@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.timezones()))
def test_an_instant_that_was_kept_is_the_same_instant(value: datetime) -> None:
    times = cursor()
    assert times.comparable(times.kept(times.comparable(value))) == value.astimezone(UTC)
