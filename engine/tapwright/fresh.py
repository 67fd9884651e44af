"""Which records of a slice are wanted: those within its window, and not those that an append has taken before."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from types import MappingProxyType
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

    def __init__(
        self, cursor: Cursor, before: Iterable[str], latest: Any = None, held: Mapping[str, Any] = MappingProxyType({})
    ) -> None:
        self._cursor, self._before, self._latest = cursor, frozenset(before), latest
        self._held = {mark: cursor.comparable(value) for mark, value in held.items()}
        """Digests of the records that the next run can meet again, and their cursor values."""

    def new(self, batch: Batch) -> Batch:
        """The records that were not taken by an earlier run."""
        values = list(self._cursor.each(batch))
        self._remember(batch, values)
        if not self._before:
            return batch
        flags = [digest(record) not in self._before for record in batch.records]
        return batch if all(flags) else batch.kept(flags)

    def _remember(self, batch: Batch, values: list[Any]) -> None:
        """Hold the records from the newest on, or from the moment of the run where some are of its future."""
        newest = max((value for value in (*values, *self._held.values()) if value is not None), default=None)
        if newest is None:
            return
        least = newest if self._latest is None else min(newest, self._latest)
        self._held = {mark: value for mark, value in self._held.items() if value >= least}
        for at, value in enumerate(values):
            if value is not None and value >= least:
                self._held[digest(batch.records[at])] = value

    @property
    def held(self) -> dict[str, Any]:
        """What a run that goes on in the middle of the slice needs to know."""
        return {mark: self._cursor.kept(value) for mark, value in sorted(self._held.items())}

    @property
    def seen(self) -> list[str]:
        """Digests of the records that the next run can meet again."""
        return sorted(self._held or self._before)


def digest(record: dict[str, Any]) -> str:
    """A short text that tells a record from others."""
    return hashlib.blake2b(msgspec.json.encode(record, order="sorted"), digest_size=9).hexdigest()
