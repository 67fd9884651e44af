"""The cursor of a table while it is read: the words of each partition, and the moments that count."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tapwright.cursor import Cursor
from tapwright.incremental import Incremental
from tapwright.moment import as_datetime, in_zone
from tapwright.plan import TablePlan
from tapwright.provider import Provider
from tapwright.slices import CLOCKS_DIFFER, Slice, cursor_of, windowing
from tapwright.span import parse_span
from tapwright.state import Open, Values


class Along:
    """The cursor of a table, with the words as a slice's values render them."""

    def __init__(self, provider: Provider, table: TablePlan) -> None:
        self._provider, self._table = provider, table
        self._values: Values | None = None
        self._words: Incremental
        self.cursor: Cursor

    def at(self, values: Values) -> Cursor:
        """Take the words for the slices with these values."""
        if self._values is None or self._values != values:
            words = windowing(self._provider.plan, self._table, self._provider.templates, values)
            assert words is not None
            self._values, self._words, self.cursor = values, words, cursor_of(self._table, words)
        return self.cursor

    @property
    def now(self) -> Any:
        """The moment of the run, or the provider's where its clock is behind."""
        behind = timedelta(seconds=self._provider.behind)
        return self.cursor.comparable(self._provider.plan.now - (behind if behind < CLOCKS_DIFFER else timedelta()))

    def settled(self, moment: Any) -> Any:
        """A moment less the lookback."""
        if not self._words.lookback:
            return moment
        return self.cursor.comparable(parse_span(self._words.lookback).before(in_zone(moment, self._words.time_zone)))

    def reopened(self, opened: Open) -> Slice:
        """The slice that was interrupted."""
        if opened.start is None:
            return Slice(values=opened.values)
        cursor = self.at(opened.values)
        if cursor.kind != "time" or opened.end is None:
            return Slice(values=opened.values, start=cursor.comparable(opened.start))
        start, end = (in_zone(as_datetime(text), self._words.time_zone) for text in (opened.start, opened.end))
        last = parse_span(self._words.granularity).before(end)
        return Slice(values=opened.values, start=start, end=end, last=last, final=not opened.more)
