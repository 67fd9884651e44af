"""Dates and times: read from text, written as a provider wants them, moved along the calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from tapwright.span import parse_span


def zone(name: str) -> tzinfo:
    """Find a time zone by its Olson name; raises ValueError if there is none."""
    if name in ("UTC", "Z"):
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        raise ValueError(f"'{name}' is not a time zone; use a name such as 'Europe/Berlin'") from None


def as_datetime(value: object, zone_name: str = "UTC") -> datetime:
    """Read a moment from a datetime, a date, ISO 8601 text or epoch seconds; without a zone it is in `zone_name`."""
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, date):
        moment = datetime(value.year, value.month, value.day)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        moment = datetime.fromtimestamp(value, UTC)
    else:
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            raise ValueError(
                f"'{value}' is not a date or a time; write it as 2026-01-31 or 2026-01-31T08:00:00Z"
            ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone(zone_name))


def write(value: object, form: str) -> str:
    """Write a moment by strftime's codes, and `%L` for milliseconds."""
    moment = as_datetime(value)
    return moment.strftime(form.replace("%L", f"{moment.microsecond // 1000:03d}"))


def as_date(value: object, form: str = "%Y-%m-%d") -> str:
    """Write the day of a moment: `2026-01-31`."""
    return write(value, form)


def as_time(value: object, form: str = "%Y-%m-%dT%H:%M:%S") -> str:
    """Write a moment without its zone: `2026-01-31T08:00:00`."""
    return write(value, form)


def iso(value: object) -> str:
    """Write a moment as an instant in UTC: `2026-01-31T08:00:00Z`, with a fraction only where it has one."""
    return as_datetime(value).astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def epoch(value: object) -> int:
    """Write a moment as whole seconds since 1970."""
    return epoch_ms(value) // 1000


def epoch_ms(value: object) -> int:
    """Write a moment as whole milliseconds since 1970."""
    return (as_datetime(value) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def plus(value: object, length: str) -> datetime:
    """Move a moment forward by a length of time."""
    return parse_span(length).after(as_datetime(value))


def minus(value: object, length: str) -> datetime:
    """Move a moment back by a length of time."""
    return parse_span(length).before(as_datetime(value))


def in_zone(value: object, name: str) -> datetime:
    """Show a moment on the clocks of a time zone."""
    return as_datetime(value).astimezone(zone(name))


def start_of(value: object, unit: str) -> datetime:
    """Go back to the start of the hour, day, week (Monday), month or year."""
    moment = as_datetime(value).replace(minute=0, second=0, microsecond=0)
    if unit == "hour":
        return moment
    moment = moment.replace(hour=0, fold=0)
    match unit:
        case "day":
            return moment
        case "week":
            return moment - timedelta(days=moment.weekday())
        case "month":
            return moment.replace(day=1)
        case "year":
            return moment.replace(month=1, day=1)
    raise ValueError(f"'{unit}' is not hour, day, week, month or year")
