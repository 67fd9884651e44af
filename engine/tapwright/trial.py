"""Trials: what a run with --limit or --replay leaves is a sample, and no later run may take it for more.

The state marks such a table, and the next run empties it before it reads it.  Where whole runs have left their rows, a
trial is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

from tapwright.batch import Batch, Table
from tapwright.errors import SinkError
from tapwright.plan import TablePlan
from tapwright.state import TableState
from tapwright.writer import Mode, Writer


def is_trial(kept: Any) -> bool:
    """Whether the state of a table says that its rows are a sample."""
    return isinstance(kept, dict) and kept.get("trial") is True


def emptied(writer: Writer, tables: Iterable[TablePlan]) -> dict[str, Any]:
    """Empty the tables that hold a sample; gives the state that is left."""
    state = dict(writer.state() or {})
    samples = [table for table in tables if is_trial(state.get(table.table))]
    for table in samples:
        writer.begin(table.as_table, "replace")
        writer.finish(table.table)
        del state[table.table]
    if samples:
        writer.commit(state)
    return state


class Trial:
    """A writer whose rows are a sample: no state goes with them but the mark."""

    def __init__(self, writer: Writer, tables: Sequence[TablePlan], place: str, *, replay: bool) -> None:
        """Raise SinkError where whole runs have left rows that this one would spoil."""
        self._writer = writer
        state = writer.state() or {}
        self._whole = {name for name, kept in state.items() if not is_trial(kept)}
        spoiled = [t.table for t in tables if t.table in self._whole and (replay or t.mode != "merge")]
        if spoiled:
            what = "a replay would mix recordings into it" if replay else "a part of it, from --limit, would spoil it"
            raise SinkError(
                f"{place} holds what earlier runs read of {', '.join(spoiled)}, and {what}.",
                "Send a trial to a place of its own: --to trial.duckdb, or --to jsonl:-.",
            )
        self._marks = {t.table: TableState(of={"stream": t.name}, trial=True).as_json() for t in tables}
        self._begun: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        """The writer is closed by who opened it."""

    def begin(self, table: Table, mode: Mode, *, resume: bool = False) -> None:
        """Begin, and know that its rows are a sample."""
        self._begun.add(table.name)
        self._writer.begin(table, mode, resume=resume)

    def holds(self, table: str) -> bool:
        """Ask the writer."""
        return self._writer.holds(table)

    def unfinished(self, table: str) -> bool:
        """Ask the writer."""
        return self._writer.unfinished(table)

    def write(self, table: str, batch: Batch) -> None:
        """Write."""
        self._writer.write(table, batch)

    def finish(self, table: str) -> None:
        """Finish."""
        self._writer.finish(table)

    def commit(self, state: Mapping[str, Any] | None = None) -> None:
        """Commit with the mark, whatever the state."""
        marks = {name: self._marks[name] for name in self._begun - self._whole}
        self._writer.commit({**(self._writer.state() or {}), **marks})

    def rollback(self) -> None:
        """Roll back."""
        self._writer.rollback()

    def state(self) -> dict[str, Any] | None:
        """The state that whole runs left."""
        return self._writer.state()
