"""One table of a run: its slices from where the last run ended, and what to remember after each page."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tapwright.along import Along
from tapwright.batch import Batch
from tapwright.counted import counted
from tapwright.cursor import Cursor
from tapwright.errors import ProviderError, SpecError, TapwrightError
from tapwright.fresh import Boundary, Feed
from tapwright.plan import TablePlan, goes_on
from tapwright.progress import TableCount
from tapwright.provider import Provider
from tapwright.read import PageEnd
from tapwright.slices import Slice, cursor_of, windowing
from tapwright.state import Open, TableState, Values, key_of
from tapwright.writer import Mode

MOST_PARTITIONS = 100_000
"""Beyond so many a merge forgets the bookmarks of those that are gone."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """A slice to be read, from a page on."""

    run: TableRun
    slice: Slice | None = None
    """None for the end of the table."""
    position: Any = None
    mark: str | None = None
    error: TapwrightError | None = None
    """What went wrong on the way to the slice."""


class TableRun:
    """Reads one table; its state says at any moment what is safely behind it."""

    def __init__(self, provider: Provider, table: TablePlan, state: TableState, *, resumed: bool = False) -> None:
        self.table, self.state, self.resumed = table, state, resumed
        self.mode: Mode = "replace" if state.replacing else table.mode
        self.count = TableCount(table=table.table, stream=table.name)
        self.began = 0.0
        self.behind: str | None = None
        """The partition whose last window an earlier run began: there may be more since, from its bookmark on."""
        self._provider = provider
        incremental = goes_on(table.stream, provider.templates, provider.plan.scope(table.options))
        self._along = Along(provider, table) if incremental else None
        self._cursor: Cursor | None = None
        """The cursor of the slice in hand, if it has one."""
        self._newest: Any = None
        self._bound: Any = None
        """The latest moment that a bookmark may come to; None before the slice's first answer."""
        self._boundary: Boundary | None = None
        self._feed: Feed | None = None
        self._before = 0
        """The records of the slices before the one in hand, less those of it that an earlier run has read."""
        self._open, self._rows = Open(), 0
        """What has come of the slice in hand, and how many records since the last page's end."""
        self._met: set[str] = set()
        """The partitions that had a slice."""
        self._as_of: dict[str, Any] = {}
        """When an interrupted run read partitions that this one goes on with."""
        self._there: set[str] = set()
        """Those that there are."""
        self._columns = tuple(state.columns)
        words = table.stream.incremental
        self._exact = words is not None and words.order == "any"
        """Whether only records of the slice should come; the last page of a newest-first feed has others."""
        self._unasked = 0

    def compare_start(self) -> None:
        """Say so where the table would begin earlier by now than it did: what lies between was never read."""
        try:
            words = windowing(self._provider.plan, self.table, self._provider.templates)
            cursor = cursor_of(self.table, words) if words else None
            start = cursor.comparable(words.start) if cursor and words else None
        except (SpecError, ValueError):  # it looks at the slice; or it is wrong, which is told where it is used
            return
        if cursor is None or start is None:
            return
        name, began = self.table.table, self.state.start
        if began is None:
            new = self.state.bookmark is None and not self.state.partitions
            self.state.start = cursor.kept(start) if new else None
        elif start < cursor.comparable(began):
            what = f"was read from {began} on, and would begin at {cursor.kept(start)} by now"
            way_out = f"to read all again: tapwright state reset -S {name}"
            self._provider.note(f"table {name} {what}: what lies between is not read; {way_out}")

    # --- what to read

    def tasks(self) -> Iterator[Task]:
        """The slices to read, the one that was interrupted first."""
        opened, behind = self.state.open, self.behind
        self.behind = None
        if behind is not None:
            yield from (Task(run=self, slice=slice) for slice in self._slices({}) if key_of(slice.values) == behind)
        elif self._along is None:
            yield from self._left(opened)
        elif opened is None:
            yield from (Task(run=self, slice=slice) for slice in self._slices({}))
        else:
            yield self._resumed(self._along.reopened(opened), opened)
            key = key_of(opened.values)
            last = not opened.more and opened.start is not None and self.mode != "replace"
            self.behind = key if last else None
            for slice in self._slices({key: opened.end} if opened.more and opened.end is not None else {}):
                if opened.more or key_of(slice.values) != key:
                    yield Task(run=self, slice=slice)

    def _left(self, opened: Open | None) -> Iterator[Task]:
        """The slices that an unfinished run without a cursor has not done."""
        done = dict(self.state.done)
        for slice in self._slices({}):
            key = key_of(slice.values)
            if key not in done:
                same = opened is not None and key == key_of(opened.values)
                yield self._resumed(slice, opened) if same and opened else Task(run=self, slice=slice)

    def _resumed(self, slice: Slice, opened: Open) -> Task:
        return Task(run=self, slice=slice, position=opened.position, mark=opened.mark)

    def _slices(self, ends: Mapping[str, str]) -> Iterator[Slice]:
        """Every slice since the bookmarks; `ends` are partitions whose bookmark is about to move."""

        def since(values: Values) -> Any:
            key = key_of(values)
            self._there.add(key)
            return ends[key] if key in ends else self._since(values)

        return self._provider.slices(self.table, since)

    def _since(self, values: Values) -> str | int | None:
        return self.state.since(values, self.table.stream.incremental)

    # --- what happened

    def begin(self, slice: Slice, position: Any = None) -> None:
        """A slice begins, or goes on."""
        self.count.slices += 1
        opened = self.state.open if position is not None else None
        self._before = self.count.rows - (opened.rows if opened else 0)
        self._begin(slice, opened or Open())

    def again(self, slice: Slice, error: TapwrightError) -> None:
        """The slice begins again, for it cannot be gone on with; raises an error where rows would be doubled."""
        self.state.open = None
        if not self._open.rows or self.mode == "merge":
            self._begin(slice, Open())
            return
        if self.mode == "replace":
            self.state.forget_unfinished()
            hint = "Run again: the table will be read from the start."
        else:
            self.state.open = self._open
            hint = (
                "Rows of this slice are in the table already.  Run once with --full-refresh to take everything again, "
                f"or remove those rows and what came after them, and run `tapwright state reset -S {self.table.table}`."
            )
        raise ProviderError(f"the run cannot go on where the last one was interrupted: {error.message}", hint)

    def _begin(self, slice: Slice, opened: Open) -> None:
        self._open, self._rows = opened, 0
        self._newest, self._bound, self._boundary, self._feed, self._cursor = None, None, None, None, None
        self.count.at = str(slice)
        if self._along is None or slice.start is None:
            return
        self._met.add(key_of(slice.values))
        self._cursor = cursor = self._along.at(slice.values)
        self._newest = None if opened.newest is None else cursor.comparable(opened.newest)
        if cursor.kind == "time":
            self._date(slice, opened, cursor)
        if self.table.mode == "append":
            seen, bookmark = self.state.seen.get(key_of(slice.values), {}), self.state.own_bookmark(slice.values)
            self._boundary = Boundary(cursor, slice, bookmark, seen, opened.taken, self._columns)
            if not self._exact:
                oldest = None if opened.oldest is None else cursor.comparable(opened.oldest)
                self._feed = Feed(cursor, self._newest, oldest, opened.taken)

    def _date(self, slice: Slice, opened: Open, cursor: Cursor) -> None:
        """Know how old is what was read of a partition, until it is read again from its bookmark on."""
        key, bookmark = key_of(slice.values), self._since(slice.values)
        if opened.as_of is not None:
            self._as_of[key] = cursor.comparable(opened.as_of)
        elif bookmark is not None and cursor.comparable(slice.start) <= cursor.comparable(bookmark):
            self._as_of.pop(key, None)

    def wanted(self, slice: Slice, batch: Batch) -> Batch:
        """The records that are to be written."""
        if self._along is not None and self._cursor is not None:
            batch = self._new(slice, batch, self._along, self._cursor)
        self._rows += len(batch)
        self.state.filled = self.state.filled or len(batch) > 0
        return batch

    def _new(self, slice: Slice, batch: Batch, along: Along, cursor: Cursor) -> Batch:
        if self._bound is None and cursor.kind == "time":
            self._bound = along.now
        if self._feed is not None:
            batch = self._feed.new(batch)
        newest = cursor.newest(batch, self._bound)
        if newest is not None and (self._newest is None or newest > self._newest):
            self._newest = newest
        if self._boundary is None:
            return batch
        beyond = self._newest if slice.final else min(cursor.comparable(slice.end), self._bound)
        self.state.columns = sorted({*self.state.columns, *batch.columns})
        new = self._boundary.new(batch, beyond)
        if beyond is not None:
            self._boundary.forget(beyond)
        return new

    def paged(self, slice: Slice, end: PageEnd) -> None:
        """A page was read to its end, and its records written."""
        self.count.pages, self.count.size = self.count.pages + 1, self.count.size + end.size
        if end.total is not None:
            self.count.expected = self._before + end.total
        kept = self._cursor.kept if self._cursor else str
        self._open = Open(
            values=json.loads(key_of(slice.values)),
            start=None if slice.start is None else kept(slice.start),
            end=None if slice.end is None else slice.end.isoformat(),
            more=not slice.final,
            position=end.position,
            mark=end.mark,
            newest=None if self._newest is None else kept(self._newest),
            as_of=self._moment(slice),
            oldest=None if self._feed is None or self._feed.oldest is None else kept(self._feed.oldest),
            rows=self._open.rows + self._rows,
            pages=self._open.pages + 1,
        )
        self._rows = 0
        if end.position is not None:
            self.state.open = self._open
        self.count.at = f"{slice} after page {self._open.pages:,}".strip()

    def _moment(self, slice: Slice) -> str | None:
        if self._along is None or self._cursor is None or self._cursor.kind != "time":
            return None
        return str(self._cursor.kept(self._seen_by(slice, self._along)))

    def _seen_by(self, slice: Slice, along: Along) -> Any:
        """The moment by which everything of a partition that came was seen."""
        now = self._bound or along.now
        return min(now, self._as_of.get(key_of(slice.values), now))

    def remembered(self) -> dict[str, Any]:
        """What to keep at the end of a page, or of a slice."""
        if self._boundary is not None and self.state.open is not None:
            edge = self._feed.edge if self._feed else {}
            self.state.open = replace(self.state.open, taken={**edge, **self._boundary.taken})
        return self.state.as_json()

    def ended(self, slice: Slice) -> None:
        """A slice was read to its end."""
        self.state.open = None
        if self._along is None:
            self.state.done[key_of(slice.values)] = True
        if self._along is None or self._cursor is None:
            return
        reached = self._reached(slice, self._along, self._cursor)
        self.state.advance(slice.values, self._cursor.kept(reached))
        if self._boundary is not None:
            if self._exact:
                self._unasked += self._boundary.unasked
            seen = self._boundary.since(reached)
            self.state.seen.pop(key_of(slice.values), None)
            self.state.seen |= {key_of(slice.values): seen} if seen else {}

    def finished(self) -> None:
        """Every slice was read."""
        if self._unasked:
            what = f"{counted(self._unasked, 'record')} from before its bookmark"
            self._provider.note(f"table {self.table.table}: left out {what}, which earlier runs have taken")
            self._unasked = 0
        self.state.forget_unfinished()
        if self.table.mode == "replace":
            self.state.forget_bookmarks()
        words, partitions = self.table.stream.incremental, self.state.partitions
        reached = [partitions[key] for key in self._met if key in partitions]
        if words is not None and words.new_partitions == "bookmark" and self._along is not None and reached:
            self.state.bookmark = min(reached, key=self._along.cursor.comparable)
        if len(partitions) > MOST_PARTITIONS and self.mode == "merge":
            self._forget_gone()

    def _forget_gone(self) -> None:
        """Let the state not grow for ever with partitions that come and go; one that comes back is read anew."""
        gone = self.state.partitions.keys() - self._there
        self.state.partitions = {key: kept for key, kept in self.state.partitions.items() if key not in gone}
        if gone:
            self._provider.note(
                f"table {self.table.table}: forgot how far {len(gone):,} partitions were, which are gone"
            )

    def _reached(self, slice: Slice, along: Along, cursor: Cursor) -> Any:
        """How far a partition has been read for good: never past what was read, nor past now less the lookback."""
        reached = cursor.comparable(slice.start if slice.final else slice.end)
        if slice.final and self._newest is not None:
            reached = self._newest
        if cursor.kind == "time":
            now = self._bound or along.now
            reached = min(reached, now if self.table.mode == "append" else along.settled(self._seen_by(slice, along)))
        before = self._since(slice.values)
        return reached if before is None else max(cursor.comparable(before), reached)
