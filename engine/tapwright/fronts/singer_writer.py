"""A sink that speaks Singer: batches become RECORD messages, a commit becomes STATE."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Self

from tapwright.batch import Batch, Table
from tapwright.fronts.lines import lines_of
from tapwright.fronts.singer_batches import Batches
from tapwright.fronts.singer_catalog import SingerStream
from tapwright.fronts.singer_messages import Outlet, activate_line, record_lines, schema_line, state_line
from tapwright.fronts.singer_sent import Sent
from tapwright.fronts.singer_state import StateBook
from tapwright.writer import Mode

Warn = Callable[[str], None]


class SingerWriter:
    """Writes messages as they come: what a failed run has written is not taken back, but no STATE follows it."""

    def __init__(
        self,
        streams: Sequence[SingerStream],
        book: StateBook,
        outlet: Outlet,
        *,
        now: Callable[[], datetime],
        warn: Warn,
        activate: bool = False,
        batches: Batches | None = None,
    ) -> None:
        self._batches = batches
        self._book, self._outlet, self._now, self._warn = book, outlet, now, warn
        self._streams = {stream.name: Sent(stream) for stream in streams}
        full = [stream.name for stream in streams if activate and stream.cursor is None]
        self._versions = {name: self._version(name) for name in full}
        self._begun = dict(book.versions)
        """The versions of full tables that have not come to their end."""
        for name in self._versions.keys() - self._begun.keys():
            book.forget(name)  # rows of no version would go with the next one
        self._tables = book.tables
        self._stated, self._since = b"", True
        """The last STATE, and whether anything was written after it."""
        self._warned: set[str] = set()

    def _version(self, name: str) -> int:
        """The version of a full table's rows; one that was interrupted goes on with its own."""
        return self._book.versions.get(name) or int(self._now().timestamp() * 1000)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        """Drop a batch file that is not whole; `end` was called where the run came to its end."""
        if self._batches is not None:
            self._batches.drop()

    def begin(self, table: Table, mode: Mode, *, resume: bool = False) -> None:
        """Note it; its schema goes before the first record, when it is known which columns come."""
        if table.name in self._versions:
            self._begun[table.name] = self._versions[table.name]

    def holds(self, table: str) -> bool:
        """Nobody here can tell."""
        return True

    def unfinished(self, table: str) -> bool:
        """Yes: the target has the rows that an interrupted run wrote."""
        return True

    def write(self, table: str, batch: Batch) -> None:
        """Write the records, and before them the schema where it is new or has grown."""
        sent = self._streams[table]
        batch = sent.taken(batch)
        schema = self._schema(sent)
        if self._batches is not None:
            self._put((self._batches.cut() if schema else b"") + schema)  # what was read before has the schema before
            self._put(self._batches.add(table, lines_of(batch, lambda: self._nul(table)), len(batch)))
            return
        version = self._versions.get(table)
        self._put(schema + record_lines(table, batch, self._now(), version, lambda: self._nul(table)))

    def finish(self, table: str) -> None:
        """Every record of a table was written: the rows of earlier versions can go."""
        sent = self._streams[table]
        version = self._versions.get(table)
        self._begun.pop(table, None)
        self._cut()
        self._put(self._schema(sent) + (b"" if version is None else activate_line(table, version)))

    def commit(self, state: Mapping[str, Any] | None = None) -> None:
        """Write the state, if it is another, after the batch file that it follows."""
        self._cut()
        if state is not None:
            self._tables = dict(state)
            self._state()
        self._outlet.flush()

    def end(self) -> None:
        """Write the last state, as the last line."""
        self._state(last=True)
        self._outlet.flush()

    def schemas(self) -> None:
        """Write every stream's schema, and nothing else."""
        for sent in self._streams.values():
            self._put(self._schema(sent))
        self._outlet.flush()

    def rollback(self) -> None:
        """What was written was written; the run that follows sends it again."""
        if self._batches is not None:
            self._batches.drop()

    def state(self) -> dict[str, Any] | None:
        """The state of each table: what `--state` gave, and what was written since."""
        return self._tables

    def _cut(self) -> None:
        if self._batches is not None:
            self._put(self._batches.cut())

    def _schema(self, sent: Sent) -> bytes:
        changed = sent.changed()
        if changed is None:
            return b""
        return schema_line(sent.stream.name, changed, sent.stream.key_properties, sent.stream.bookmark_properties)

    def _put(self, lines: bytes) -> None:
        if lines:
            self._outlet.put(lines)
            self._since = True

    def _state(self, *, last: bool = False) -> None:
        value = self._book.value(self._tables, self._begun)
        said = state_line(value)
        if (said != self._stated or (last and self._since)) and (value["bookmarks"] or len(value) > 1):
            self._outlet.put(said)
            self._stated, self._since = said, False

    def _nul(self, table: str) -> None:
        if table not in self._warned:
            self._warned.add(table)
            self._warn(f"stream '{table}' holds NUL characters, which databases refuse; they are sent as U+FFFD")
