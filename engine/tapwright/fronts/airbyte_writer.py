"""The sink that Airbyte is: records and states as messages, each stream's fate as a trace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self

import msgspec

from tapwright.batch import Batch, Table
from tapwright.fronts.airbyte_messages import Speaker
from tapwright.fronts.lines import lines_of
from tapwright.progress import TableCount
from tapwright.writer import Mode


class _Record(msgspec.Struct, gc=False):
    stream: str
    emitted_at: int
    data: Any


class _Message(msgspec.Struct, gc=False, tag_field="type", tag="RECORD"):
    record: _Record


class AirbyteWriter:
    """Says what a run reads.  What was said cannot be taken back: the destination keeps what a state follows."""

    def __init__(self, speaker: Speaker, read_on: Iterable[str], states: Mapping[str, Any]) -> None:
        self._speaker, self._read_on, self._states = speaker, frozenset(read_on), states
        self._table, self._said, self._running = "", 0, False
        self._expected: int | None = None
        self._ended: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        """Say of a stream that was broken off that it is not whole."""
        if self._table and self._table not in self._ended:
            self._end(self._table, "INCOMPLETE")

    def state(self) -> dict[str, Any]:
        """What Airbyte gave for the streams that are read on."""
        return {name: state for name, state in self._states.items() if name in self._read_on}

    def holds(self, table: str) -> bool:
        """Nobody here can tell."""
        return True

    def unfinished(self, table: str) -> bool:
        """Never: a full refresh begins anew."""
        return False

    def begin(self, table: Table, mode: Mode, *, resume: bool = False) -> None:
        """Say that a stream begins."""
        self._table, self._said, self._running = table.name, 0, False
        self._expected = None
        self._speaker.status(table.name, "STARTED")

    def write(self, table: str, batch: Batch) -> None:
        """Say the records, one message each, in one piece."""
        if not self._running:
            self._running = True
            self._speaker.status(table, "RUNNING")
        moment = self._speaker.now()

        def wrapped(records: Iterable[Any]) -> list[_Message]:
            return [_Message(_Record(table, moment, record)) for record in records]

        self._speaker.lines(lines_of(batch, lambda: self._nul(table), wrapped))
        self._said += len(batch)

    def finish(self, table: str) -> None:
        """Its end is said once its last state is."""

    def commit(self, state: Mapping[str, Any] | None = None) -> None:
        """Say how far the stream is, if it is one that is read on."""
        if state is not None and self._table in self._read_on:
            self._speaker.state(self._table, state[self._table], self._said)
            self._said = 0

    def rollback(self) -> None:
        """Records that no state follows come again with the next run."""

    def tell(self, count: TableCount) -> None:
        """Say what became of a stream."""
        self._speaker.log("DEBUG", f"{count.table}: {count.status}, {count.pages} pages, {count.rows} records")
        if count.table == self._table and count.expected not in (None, self._expected):
            self._expected = count.expected
            self._speaker.estimate(count.table, count.expected)
        if count.table in self._ended or count.status not in ("done", "failed", "interrupted"):
            return
        for reason in count.skipped:
            self._speaker.log("WARN", f"{count.table}: skipped: {reason}")
        if count.error is not None:
            self._speaker.error(count.error, count.table)
        self._end(count.table, "COMPLETE" if count.status == "done" else "INCOMPLETE")

    def _nul(self, table: str) -> None:
        text = f"{table}: some texts hold NUL characters, which databases refuse; they are given as U+FFFD"
        self._speaker.log("WARN", text)

    def _end(self, table: str, status: str) -> None:
        self._ended.add(table)
        self._speaker.status(table, status)
