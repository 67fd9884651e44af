"""Lengths of time as people write them: `30 days`, `1 month`, `500 milliseconds`."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_UNITS = {
    "millisecond": timedelta(milliseconds=1),
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
}
_FORM = re.compile(r"(\d+) *(millisecond|second|minute|hour|day|week|month|year)s?")


@dataclass(frozen=True)
class Span:
    """A length of time: calendar months, or calendar days, or an exact length."""

    months: int = 0
    days: int = 0
    exact: timedelta = timedelta()

    def after(self, moment: datetime, times: int = 1) -> datetime:
        """Move forward (or back, for negative `times`): months and days by the clock on the wall, the rest exactly."""
        if self.exact and moment.tzinfo is not None:
            return (moment.astimezone(UTC) + self.exact * times).astimezone(moment.tzinfo)
        months = moment.month - 1 + self.months * times
        year, month = moment.year + months // 12, months % 12 + 1
        day = min(moment.day, calendar.monthrange(year, month)[1])
        return moment.replace(year=year, month=month, day=day) + timedelta(days=self.days * times) + self.exact * times

    def before(self, moment: datetime) -> datetime:
        """Move back by this length."""
        return self.after(moment, -1)

    @property
    def seconds(self) -> float:
        """The length in seconds, a month taken as 30 days."""
        return self.exact.total_seconds() + (self.days + 30 * self.months) * 86400.0


def parse_span(text: str) -> Span:
    """Read a length of time; raises ValueError for anything else."""
    match = _FORM.fullmatch(text.strip())
    if not match:
        raise ValueError(f"'{text}' is not a length of time; write a whole number and a unit, such as '30 days'")
    count, unit = int(match[1]), match[2]
    if unit in _UNITS:
        return Span(exact=_UNITS[unit] * count)
    if unit in ("month", "year"):
        return Span(months=count * (12 if unit == "year" else 1))
    return Span(days=count * (7 if unit == "week" else 1))
