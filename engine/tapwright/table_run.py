"""One table of a run: its slices from where the last run ended, and what to remember after each page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tapwright.batch import Batch
from tapwright.cursor import Cursor
from tapwright.errors import TapwrightError
from tapwright.fresh import Boundary
from tapwright.incremental import Incremental
from tapwright.moment import as_datetime, in_zone
from tapwright.plan import TablePlan
from tapwright.progress import TableCount
from tapwright.provider import Provider
from tapwright.read import PageEnd
from tapwright.slices import Slice, cursor_of, windowing
from tapwright.span import parse_span
from tapwright.state import Open, TableState, Values, key_of


@dataclass(frozen=True, kw_only=True)
class Task:
    """A slice to be read, from a page on."""

    run: TableRun
    slice: Slice | None = None
    """None for the end of the table."""
    position: Any = None
    error: TapwrightError | None = None
    """What went wrong on the way to the slice."""


class TableRun:
    """Reads one table; its state says at any moment what is safely behind it."""

    def __init__(self, provider: Provider, table: TablePlan, state: TableState) -> None:
        self.table, self.state = table, state
        self.count = TableCount(table=table.table, stream=table.name)
        self.began = 0.0
        self.resumed = False
        """Whether it goes on where an earlier run was interrupted."""
        self._provider = provider
        self._words = windowing(provider.plan, table, provider.templates)
        self._cursor = cursor_of(table, self._words) if self._words else None
        self._newest: Any = None
        self._boundary: Boundary | None = None
        self._met: set[str] = set()

    # --- what to read

    def tasks(self) -> Iterator[Task]:
        """The slices to read, the one that was interrupted first."""
        opened = self.state.open
        if opened is not None and self._words is not None:
            yield Task(run=self, slice=self._reopened(opened), position=opened.position)
            yield from self._from(opened)
        elif self.state.last is not None or opened is not None:
            yield from self._after(self.state.last, opened)
        else:
            yield from (Task(run=self, slice=slice) for slice in self._slices({}))

    def _slices(self, ends: Mapping[str, Any]) -> Iterator[Slice]:
        """Every slice since the bookmarks; `ends` are partitions whose bookmark is about to move."""
        new = self._words is not None and self._words.new_partitions == "bookmark"

        def since(values: Values) -> Any:
            key = key_of(values)
            return ends[key] if key in ends else self.state.since(values, new_from_bookmark=new)

        return self._provider.slices(self.table, since)

    def _from(self, opened: Open) -> Iterator[Task]:
        """The slices after an interrupted one."""
        ends = {} if opened.end is None else {key_of(opened.values): opened.end}
        for slice in self._slices(ends):
            if opened.end is not None or key_of(slice.values) != key_of(opened.values):
                yield Task(run=self, slice=slice)

    def _after(self, last: str | None, opened: Open | None) -> Iterator[Task]:
        """The slices that an unfinished run without a cursor left; all of them if its last one is not met again."""
        passed: list[Slice] = []
        found = last is None
        for slice in self._slices({}):
            if found:
                position = opened.position if opened and key_of(slice.values) == key_of(opened.values) else None
                opened = None
                yield Task(run=self, slice=slice, position=position)
            else:
                passed.append(slice)
                found = key_of(slice.values) == last
        if not found:
            yield from (Task(run=self, slice=slice) for slice in passed)

    def _reopened(self, opened: Open) -> Slice:
        assert self._words is not None
        assert self._cursor is not None
        if self._cursor.kind != "time":
            return Slice(values=opened.values, start=self._cursor.comparable(opened.start))
        zone = self._words.time_zone
        start, end = (in_zone(as_datetime(text), zone) for text in (opened.start, opened.end))
        last = parse_span(self._words.granularity).before(end)
        return Slice(values=opened.values, start=start, end=end, last=last, final=False)

    # --- what happened

    def begin(self, slice: Slice) -> None:
        """A slice begins."""
        self.count.slices += 1
        self._met.add(key_of(slice.values))
        opened = self.state.open
        same = opened is not None and opened.values == slice.values and opened.newest is not None
        self._newest = self._cursor.comparable(opened.newest) if same and opened and self._cursor else None
        if self._appends:
            assert self._cursor is not None
            held = opened.held if same and opened else {}
            self._boundary = Boundary(self._cursor, self.state.seen.get(key_of(slice.values), ()), self._now, held)

    def wanted(self, batch: Batch) -> Batch:
        """The records that are to be written."""
        if self._cursor is not None:
            newest = self._cursor.newest(batch)
            if newest is not None:
                self._newest = newest if self._newest is None else max(self._newest, newest)
        return self._boundary.new(batch) if self._boundary else batch

    def paged(self, slice: Slice, end: PageEnd) -> None:
        """A page was read to its end."""
        self.count.pages, self.count.size = self.count.pages + 1, self.count.size + end.size
        if end.position is None:
            return
        kept = self._cursor.kept if self._cursor else str
        self.state.open = Open(
            values=slice.values,
            start=None if slice.start is None else kept(slice.start),
            end=None if slice.end is None else kept(slice.end),
            position=end.position,
            newest=None if self._newest is None else kept(self._newest),
            held=self._boundary.held if self._boundary else {},
        )

    def ended(self, slice: Slice) -> None:
        """A slice was read to its end."""
        self.state.open = None
        if self._cursor is None or self._words is None:
            self.state.last = key_of(slice.values)
            return
        bookmark = self._bookmark(slice, self._words, self._cursor)
        if bookmark is not None:
            self.state.advance(slice.values, self._cursor.kept(bookmark))
        if self._boundary is not None:
            self.state.seen[key_of(slice.values)] = self._boundary.seen

    def finished(self) -> None:
        """Every slice was read."""
        self.state.last = None
        words = self._words
        if words is None or not self.state.partitions:
            return
        reached = [self.state.partitions[key] for key in self._met if key in self.state.partitions]
        if reached and words.new_partitions == "bookmark":
            assert self._cursor is not None
            self.state.bookmark = min(reached, key=self._cursor.comparable)
            ahead = {key: kept for key, kept in self.state.partitions.items() if kept != self.state.bookmark}
            self.state.partitions = {key: kept for key, kept in ahead.items() if key in self._met}
            self.state.seen = {key: seen for key, seen in self.state.seen.items() if key in self._met}

    @property
    def _now(self) -> Any:
        """The moment of the run, where the cursor is a time."""
        timed = self._cursor is not None and self._cursor.kind == "time"
        return self._cursor.comparable(self._provider.plan.now) if timed and self._cursor else None

    @property
    def _appends(self) -> bool:
        """Whether records at the bookmark must not be taken twice."""
        stamped = self._cursor and self._cursor.path[0] in self.table.fields
        words = self.table.fields[self._cursor.path[0]] if self._cursor and stamped else None
        return self.table.mode == "append" and self._cursor is not None and not (words and words.value is not None)

    def _bookmark(self, slice: Slice, words: Incremental, cursor: Cursor) -> Any:
        """How far a partition has been read for good: never past what was read, nor past now less the lookback."""
        if slice.end is not None and not slice.final:
            reached = slice.end
        else:
            reached = self._newest if self._newest is not None else slice.start
        if cursor.kind != "time" or reached is None:
            return self._later(slice.values, reached, cursor)
        bound = self._provider.plan.now
        if words.lookback and self.table.mode != "append":
            bound = parse_span(words.lookback).before(in_zone(bound, words.time_zone))
        reached = min(cursor.comparable(reached), cursor.comparable(bound))
        return self._later(slice.values, reached, cursor)

    def _later(self, values: Values, reached: Any, cursor: Cursor) -> Any:
        before = self.state.since(values, new_from_bookmark=False)
        if before is None or reached is None:
            return reached
        return max(cursor.comparable(before), cursor.comparable(reached))
