"""The time window of a T1 request, and the units of time it is rolled up to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from tests.providers.mediamath_t1_data import FIRST_DAY, FLIGHT_START, LAST_DAY
from tests.providers.mediamath_t1_errors import bad_request
from tests.providers.mediamath_t1_reports import SPECIAL_WINDOWS, Report

_MOMENT = re.compile(r"((?:19|20)\d\d)-(\d\d)(?:-(\d\d)(?:T(\d\d)(?::(\d\d)(?::(\d\d))?)?)?)?")
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Window:
    """Whole days or hours from `start` to just before `stop`."""

    start: datetime
    stop: datetime
    interval: str = ""
    """The value of the column `interval`, for answers in that format."""

    def bucket(self, moment: datetime, rollup: str) -> tuple[datetime, datetime]:
        """Find the group of a moment, cut to the window."""
        if rollup == "all":
            return self.start, self.stop
        if rollup == "by_hour":
            return moment, moment + _HOUR
        start = datetime.combine(moment.date(), time())
        stop = start + _DAY
        if rollup == "by_week":
            start -= start.weekday() * _DAY
            stop = start + 7 * _DAY
        if rollup == "by_month":
            start = start.replace(day=1)
            stop = _next_month(start)
        return max(start, self.start), min(stop, self.stop)

    def units(self, *, hourly: bool, today: date) -> Iterator[datetime]:
        """List the days or hours that can hold data: nothing before 2026, nothing after yesterday."""
        step = _HOUR if hourly else _DAY
        moment = max(self.start, datetime.combine(FIRST_DAY, time()))
        stop = min(self.stop, datetime.combine(min(LAST_DAY + _DAY, today), time()))
        while moment < stop:
            yield moment
            moment += step


def read(params: Mapping[str, str], report: Report, today: date) -> Window:
    """Read time_window, start_date and end_date."""
    named, start, end = (params.get(name) for name in ("time_window", "start_date", "end_date"))
    if named is None and start is None:
        raise bad_request("a time window is required", "missing_time_window")
    if named is not None and (start is not None or end is not None):
        raise bad_request("time_window excludes start_date and end_date")
    if named is not None:
        return _named(named, report, datetime.combine(today, time()))
    if report.is_interval:
        raise bad_request(f"report {report.name} takes time_window only")
    until = _moment("end_date", end)[1] if end is not None else datetime.combine(today, time())
    window = _widened(_moment("start_date", start or "")[0], until, _HOUR if report.hourly else _DAY)
    if window.start >= window.stop:
        raise bad_request("start_date is after end_date")
    return window


def _named(name: str, report: Report, today: datetime) -> Window:
    """Take a window by name; hours end with the previous full hour, and now is midnight."""
    match = re.fullmatch(r"last_([1-9]\d{0,3})_(days|hours)", name)
    general = f"last_X_{match[2]}" if match else name
    if name.startswith("last_X") or not {name, general} & set(report.windows):
        raise bad_request(f"unknown time window {name!r}")
    interval = SPECIAL_WINDOWS.get(name, "")
    if match:
        count = int(match[1])
        start = today - count * (_DAY if match[2] == "days" else _HOUR)
        return Window(start=start, stop=today, interval=str(count) if report.is_interval else "")
    if name == "yesterday":
        return Window(start=today - _DAY, stop=today, interval="1" if report.is_interval else "")
    starts = {"month_to_date": today.date().replace(day=1), "flight_to_date": FLIGHT_START}
    return Window(start=datetime.combine(starts.get(name, FIRST_DAY), time()), stop=today, interval=interval)


def _moment(name: str, text: str) -> tuple[datetime, datetime]:
    """Read YYYY-MM[-DD[Thh[:mi[:ss]]]] as the stretch of time it names."""
    match = _MOMENT.fullmatch(text)
    try:
        year, month, *rest = (int(part) for part in match.groups() if part) if match else (0, 0)
        day, hour, minute, second = (*(rest or [1]), 0, 0, 0)[:4]
        start = datetime(year, month, day, hour, minute, second)
    except ValueError:
        raise bad_request(f"{name}: {text!r} is not YYYY-MM[-DD[Thh[:mi[:ss]]]]") from None
    steps = {1: _DAY, 2: _HOUR, 3: timedelta(minutes=1), 4: timedelta(seconds=1)}
    return start, start + steps[len(rest)] if rest else _next_month(start)


def _widened(start: datetime, stop: datetime, grain: timedelta) -> Window:
    """Widen to whole hours or days."""
    origin = datetime(1970, 1, 1)
    return Window(start=start - (start - origin) % grain, stop=stop + (origin - stop) % grain)


def _next_month(start: datetime) -> datetime:
    return (start.replace(day=1) + 32 * _DAY).replace(day=1)
