"""Which records of a slice are wanted: those within its window, and not those that an append has taken before."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

from tapwright.batch import Batch
from tapwright.cursor import Cursor
from tapwright.errors import RecordError
from tapwright.incremental import Incremental
from tapwright.slices import Slice

Digests: TypeAlias = Mapping[str, Sequence[str]]
"""For each cursor value, as the state keeps it, the digests of the records that have it."""


class Fresh:
    """Judges the records of one slice by its window, for a provider that cannot; notices when pages are past it."""

    def __init__(self, words: Incremental, cursor: Cursor, slice: Slice) -> None:
        self._drops, self._newest_first = words.client_side, words.order == "newest_first"
        self._cursor = cursor
        self._start = cursor.comparable(slice.start)
        self._end = None if slice.end is None else cursor.comparable(slice.end)
        self.past = False
        """Whether the last record was older than the window, so that no later page of a newest-first feed is wanted."""

    def kept(self, batch: Batch) -> Batch:
        """The records of the window; a record without a cursor value is kept."""
        values = list(self._cursor.each(batch))
        last = next((value for value in reversed(values) if value is not None), None)
        if last is not None:
            self.past = self._newest_first and last < self._start
        flags = [value is None or self._inside(value) for value in values]
        return batch.kept(flags) if self._drops and not all(flags) else batch

    def _inside(self, value: Any) -> bool:
        return bool(value >= self._start and (self._end is None or value < self._end))


class Boundary:
    """Knows the records that were taken before, which a provider gives again; for appends.

    Those before the bookmark all were: it is asked for them again where it knows only days, or windows are aligned.
    Those at the bookmark and beyond are known by a digest, and counted: of two that are the same both are taken, once.
    """

    def __init__(
        self,
        cursor: Cursor,
        slice: Slice,
        bookmark: Any,
        before: Digests,
        taken: Digests | None = None,
        columns: Collection[str] = (),
    ) -> None:
        """Begin with those that earlier runs took, and those that an interrupted slice has taken since.

        `columns` are those that there were by then: one that came later makes no other record of one that was taken.
        """
        self._columns = frozenset(columns)
        self._cursor, self._start = cursor, cursor.comparable(slice.start)
        self._bookmark = None if bookmark is None else cursor.comparable(bookmark)
        self.unasked = 0
        """How many records came from before the slice that earlier runs have taken."""
        self._before = _counted(cursor, before)
        self._taken = _counted(cursor, taken or {})
        self._left = {value: digests - self._taken.get(value, Counter()) for value, digests in self._before.items()}

    def new(self, batch: Batch, beyond: Any) -> Batch:
        """The records that no earlier run took; remembers those that are not before `beyond`, if it is given."""
        flags = [True] * len(batch)
        for at, value in enumerate(self._cursor.each(batch)):
            if value is None:
                raise RecordError(
                    f"a record has no '{self._cursor.name}', so an append could not tell later that it has it already",
                    "Leave such records out with 'where', or give the table the mode merge or replace.",
                )
            if self._bookmark is not None and value < self._bookmark:
                flags[at] = False
                self.unasked += value < self._start
                continue
            if value not in self._left and beyond is not None and value < beyond:
                continue
            record = batch.records[at]
            if value in self._left and self._left[value][known := self._then(record)] > 0:
                self._left[value][known] -= 1
                flags[at] = False
            self._taken.setdefault(value, Counter())[digest_of(record)] += 1
        return batch if all(flags) else batch.kept(flags)

    def _then(self, record: Mapping[str, Any]) -> str:
        """The digest that a record had when there were fewer columns."""
        old = {name: value for name, value in record.items() if name in self._columns} if self._columns else record
        return digest_of(old)

    def forget(self, beyond: Any) -> None:
        """Forget the records taken that are before this, but for those that earlier runs took as well."""
        for value in [value for value in self._taken if value < beyond and value not in self._before]:
            del self._taken[value]

    @property
    def taken(self) -> dict[str, list[str]]:
        """The records that this slice gave, as the state keeps them."""
        return self._kept(self._taken)

    def since(self, bookmark: Any) -> dict[str, list[str]]:
        """The records at the bookmark and beyond, as the state keeps them; also those not given again."""
        values = {*self._before, *self._taken}
        both = {v: self._before.get(v, _NONE) | self._taken.get(v, _NONE) for v in values if v >= bookmark}
        return self._kept(both)

    def _kept(self, counted: Mapping[Any, Counter[str]]) -> dict[str, list[str]]:
        return {str(self._cursor.kept(value)): sorted(counted[value].elements()) for value in sorted(counted)}


class Feed:
    """Knows the oldest records taken of a newest-first feed, for appends.

    What is new at its top pushes the rest on to later pages: a run that goes on at a page meets records again that
    were taken before it.  All between the newest and the oldest were; those at the two are known by their digests.
    What is newer is left to the pass that follows, from the bookmark on.  All of that holds where the records come in
    order indeed; where they did not, none is left out.
    """

    def __init__(self, cursor: Cursor, newest: Any = None, oldest: Any = None, taken: Digests | None = None) -> None:
        """Begin a feed, or go on with one of which so much was taken."""
        self._cursor, self._newest, self._met = cursor, newest, oldest
        self._known = _counted(cursor, taken or {})
        self._last, self._ordered = oldest, True
        self._edge = Counter(self._known.get(oldest, _NONE))

    @property
    def oldest(self) -> Any:
        """The cursor value of the oldest records taken; None where they came in no order."""
        return self._last if self._ordered else None

    @property
    def edge(self) -> dict[str, list[str]]:
        """The oldest records taken, as the state keeps them."""
        oldest = self.oldest
        return {} if oldest is None else {str(self._cursor.kept(oldest)): sorted(self._edge.elements())}

    def new(self, batch: Batch) -> Batch:
        """The records that were not taken before; remembers the oldest."""
        values = list(self._cursor.each(batch))
        flags = [not self._again(value, batch, at) for at, value in enumerate(values)]
        before = self._last
        for value in (value for value, new in zip(values, flags, strict=True) if new and value is not None):
            if self._met is None or value <= self._met:  # else it is one of the newest, pushed here
                self._ordered = self._ordered and (self._last is None or value <= self._last)
                self._last = value
        if self._last != before:
            self._edge = Counter()
        last = (at for at, value in enumerate(values) if flags[at] and value == self._last)
        self._edge.update(digest_of(batch.records[at]) for at in last)
        return batch if all(flags) else batch.kept(flags)

    def _again(self, value: Any, batch: Batch, at: int) -> bool:
        if value is None or self._met is None or value < self._met:
            return False
        if self._newest is not None and value > self._met and value != self._newest:
            return True
        known = self._known.get(value, _NONE)
        digest = digest_of(batch.records[at])
        if known[digest] <= 0:
            return False
        known[digest] -= 1
        return True


_NONE: Counter[str] = Counter()


def _counted(cursor: Cursor, digests: Digests) -> dict[Any, Counter[str]]:
    return {cursor.comparable(value): Counter(some) for value, some in digests.items()}


def digest_of(record: Mapping[str, Any]) -> str:
    """A short text that tells a record from others; null is as good as absent, for not every page has every column."""
    held = {name: value for name, value in record.items() if value is not None}
    return hashlib.blake2b(msgspec.json.encode(held, order="sorted"), digest_size=9).hexdigest()
