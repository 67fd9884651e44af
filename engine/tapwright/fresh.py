"""Which records of a slice are wanted: those within its window, and not those that an append has taken before."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec

from tapwright.batch import Batch
from tapwright.cursor import Cursor
from tapwright.incremental import Incremental
from tapwright.slices import Slice


class Fresh:
    """Judges the records of one slice by its window, for a provider that cannot; notices when pages are past it."""

    def __init__(self, words: Incremental, cursor: Cursor, slice: Slice) -> None:
        self._drops, self._newest_first = words.client_side, words.order == "newest_first"
        self._cursor = cursor
        self._start = cursor.comparable(slice.start)
        self._end = None if slice.end is None else cursor.comparable(slice.end)
        self.past = False
        """Whether a record was older than the window, so that no later page of a newest-first feed is wanted."""

    def kept(self, batch: Batch) -> Batch:
        """The records of the window; a record without a cursor value is kept."""
        flags = [value is None or self._inside(value) for value in self._cursor.each(batch)]
        return batch.kept(flags) if self._drops and not all(flags) else batch

    def _inside(self, value: Any) -> bool:
        if value < self._start:
            self.past = self.past or self._newest_first
            return False
        return self._end is None or value < self._end


class Boundary:
    """Knows the records at the bookmark, which an inclusive provider gives again; for appends."""

    def __init__(self, cursor: Cursor, seen: Iterable[str]) -> None:
        self._cursor, self._before = cursor, frozenset(seen)
        self._newest: Any = None
        self._digests: set[str] = set()

    def new(self, batch: Batch) -> Batch:
        """The records that were not taken by an earlier run."""
        if not self._before:
            self._remember(batch)
            return batch
        flags = [digest(record) not in self._before for record in batch.records]
        new = batch if all(flags) else batch.kept(flags)
        self._remember(batch)
        return new

    def _remember(self, batch: Batch) -> None:
        values = list(self._cursor.each(batch))
        newest = max((value for value in values if value is not None), default=None)
        if newest is None or (self._newest is not None and newest < self._newest):
            return
        if self._newest is None or newest > self._newest:
            self._newest, self._digests = newest, set()
        self._digests.update(digest(batch.records[at]) for at, value in enumerate(values) if value == newest)

    @property
    def seen(self) -> list[str]:
        """Digests of the records at the newest cursor value."""
        return sorted(self._digests | (self._before if self._newest is None else frozenset()))


def digest(record: dict[str, Any]) -> str:
    """A short text that tells a record from others."""
    return hashlib.blake2b(msgspec.json.encode(record, order="sorted"), digest_size=9).hexdigest()
