"""The words for reading a stream window by window along a cursor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tapwright.span import parse_span
from tapwright.words import Duration, Template

_UNITS = ("hour", "day", "week", "month", "year")


@dataclass(frozen=True, kw_only=True)
class Incremental:
    """Read only what is new, along a cursor, a window at a time.

    The cursor's field decides how values are compared: dates and times as instants, numbers as numbers.  A string is
    compared as an instant where `start` is a date or a time, else as text.  Along numbers and texts there are no
    windows, only `slice.start`.

    Templates see `slice.start` (inclusive), `slice.end` (exclusive) and `slice.last`, which is the end less the
    granularity: the last moment of the window, for APIs whose ends are inclusive.

    Example::

        incremental:
          cursor: updated_at
          start: "{{ config.start_date }}"
          window: 30 days
          lookback: 3 days
          granularity: 1 day
    """

    cursor: str
    """The field that orders the records in time; `meta.updated_at` is a member of the object `meta`."""
    start: Template
    """Where the first run begins."""
    end: Template = Template("{{ now }}")
    """Where every run ends; now, without it."""
    window: Template | None = None
    """How much to ask for at once, a length of time such as `30 days`; all at once, without it."""
    lookback: Template | None = None
    """How long records may still change or come late, such as `3 days`: every run reads again from so long before the
    run before it.  An append has none, for it would take records twice."""
    granularity: Duration = Duration("1 second")
    """The provider's smallest step of time."""
    align: Template | None = None
    """Begin and end windows on a whole unit, one of `1 hour`, `1 day`, `1 week` (from Monday), `1 month`, `1 year`: the
    start is moved back, and so is the end."""
    time_zone: Template = Template("UTC")
    """The zone in which days and months begin, and in which moments are shown to templates."""
    order: Literal["any", "newest_first"] = "any"
    """How the provider orders the records: with `newest_first`, no page is asked for after one that ends before
    slice.start."""
    client_side: bool = False
    """Whether records outside of the window are dropped here, for a provider that cannot filter by the cursor."""
    new_partitions: Literal["bookmark", "start"] = "start"
    """Where a partition that no earlier run has seen begins: at the `start`, or at the `bookmark` that all others have
    reached, for parents that can have no data from before they were made."""
    when: Template | None = None
    """Read window by window only if this gives something true; else everything at once, with no slice.start."""

    def faults(self) -> Iterator[tuple[str, str]]:
        """Say what is wrong with these words."""
        for key, read in (("window", parse_span), ("lookback", parse_span), ("align", unit_of)):
            text = getattr(self, key)
            if text and "{{" not in text:
                try:
                    read(text)
                except ValueError as error:
                    yield key, str(error)


def unit_of(align: str) -> str:
    """The unit of time that `1 day` names; raises ValueError for anything but one whole unit."""
    count, _, unit = align.strip().rpartition(" ")
    unit = unit.removesuffix("s")
    if count.strip() not in ("", "1") or unit not in _UNITS:
        units = ", ".join(f"1 {name}" for name in _UNITS)
        raise ValueError(f"'{align}' is not a whole unit of time; write one of {units}")
    return unit
