"""The words for reading a stream window by window along a cursor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tapwright.span import parse_span
from tapwright.words import Duration, Template


@dataclass(frozen=True, kw_only=True)
class Incremental:
    """Read only what is new, along a cursor, a window at a time.

    The cursor's field decides how values are compared: dates and times as instants, numbers as numbers, a string as
    text.  Along numbers and texts there are no windows, only `slice.start`.

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
    """The field that orders the records in time."""
    start: Template
    """Where the first run begins."""
    end: Template = Template("{{ now }}")
    """Where every run ends; now, without it."""
    window: Template | None = None
    """How much to ask for at once, a length of time such as `30 days`; all at once, without it."""
    lookback: Template | None = None
    """How far before the bookmark to begin again, for records that change later, such as `3 days`."""
    granularity: Duration = Duration("1 second")
    """The provider's smallest step of time."""
    align: Template | None = None
    """Begin and end windows on whole units (`1 day`): the start is moved back, the end back to the last whole unit."""
    time_zone: Template = Template("UTC")
    """The zone in which days and months begin, and in which moments are shown to templates."""
    order: Literal["any", "newest_first"] = "any"
    """How the provider orders the records: with `newest_first`, no page is asked for after one that reaches back
    before slice.start."""
    client_side: bool = False
    """Whether records outside of the window are dropped here, for a provider that cannot filter by the cursor."""
    new_partitions: Literal["bookmark", "start"] = "start"
    """Where a partition that no earlier run has seen begins: at the `start`, or at the `bookmark` that all others have
    reached, for parents that can have no data from before they were made."""
    when: Template | None = None
    """Read window by window only if this gives something true; else everything at once, with no slice.start."""

    def faults(self) -> Iterator[tuple[str, str]]:
        """Say what is wrong with these words."""
        for key in ("window", "lookback", "align"):
            text = getattr(self, key)
            if text and "{{" not in text:
                try:
                    parse_span(text)
                except ValueError as error:
                    yield key, str(error)
