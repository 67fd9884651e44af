"""A plan carried out: slices read side by side, their records and the state written by one hand, in order.

One table's failure does not stop the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from tapwright.ahead import Ahead
from tapwright.batch import Batch
from tapwright.errors import SinkError, StateError, TapwrightError
from tapwright.interrupt import Interrupt
from tapwright.plan import TablePlan
from tapwright.progress import Summary, Tell
from tapwright.provider import Provider
from tapwright.read import Event, PageEnd, Restarted, Skipped
from tapwright.slices import Slice
from tapwright.state import TableState, belongs_to, gone, load_state
from tapwright.table_run import TableRun, Task
from tapwright.trial import emptied
from tapwright.writer import Writer


@dataclass(frozen=True, kw_only=True)
class Pacing:
    """How a run is carried out."""

    workers: int = 4
    """How many slices are read side by side."""
    limit: int | None = None
    """Stop each table after so many records; the state stays as it was."""
    full_refresh: bool = False
    """Read everything again, from the start."""
    checkpoint_rows: int = 50_000
    """Commit after so many records, at the end of a page …"""
    checkpoint_seconds: float = 15.0
    """… or after so many seconds."""


class Run:
    """Carries out one plan into one opened writer."""

    def __init__(
        self,
        provider: Provider,
        writer: Writer,
        pacing: Pacing | None = None,
        *,
        tell: Tell = lambda count: None,
        seconds: Callable[[], float] = lambda: 0.0,
        interrupt: Interrupt | None = None,
    ) -> None:
        self._provider, self._writer, self._pacing = provider, writer, pacing or Pacing()
        self._tell, self._seconds, self._interrupt = tell, seconds, interrupt or Interrupt()
        self._state: dict[str, Any] = {}
        self._rows_since, self._committed_at = 0, seconds()
        self._safe = True
        """Whether a commit here could be gone on from without losing or repeating a record."""
        self._current: TableRun | None = None

    def carry_out(self) -> Summary:
        """Read every table; each table's error is in its count."""
        self._state = emptied(self._writer, self._provider.plan.tables)
        runs = [self._run_of(table) for table in self._provider.plan.tables]
        try:
            self._read(runs)
            self._read([run for run in runs if run.behind is not None and run.count.status == "done"])
        except KeyboardInterrupt:
            self._interrupt.over()
            self._interrupted()
            if self._interrupt.signal is None:
                raise
        self._interrupt.over()
        return Summary(tables=tuple(run.count for run in runs), signal=self._interrupt.signal)

    def _read(self, runs: list[TableRun]) -> None:
        ahead: Ahead[Task, Event] = Ahead(self._events, self._pacing.workers, self._lane)
        results = ahead.results(task for run in runs for task in self._tasks(run))
        self._current = None
        try:
            while (result := self._interrupt.wait_for(results)) is not None:
                self._guarded(*result)
        finally:
            with self._interrupt.unbroken():
                results.close()

    # --- what is to be read

    def _run_of(self, table: TablePlan) -> TableRun:
        try:
            state, resumed = self._state_of(table)
        except StateError as error:
            run = TableRun(self._provider, table, TableState())
            run.count.status, run.count.error = "failed", error
            return run
        run = TableRun(self._provider, table, state, resumed=resumed)
        run.compare_start()
        return run

    def _state_of(self, table: TablePlan) -> tuple[TableState, bool]:
        """The state to begin with, and whether it goes on where an earlier run was interrupted."""
        spec, name, again = self._provider.plan.spec, table.table, self._pacing.full_refresh
        fresh = TableState(of=belongs_to(spec, table))
        state = fresh if again or name not in self._state else load_state(self._state[name], spec, table)
        whole = again or (state.mode == "replace" and table.stream.incremental is not None)
        replacing = state.replacing or table.mode == "replace" or (whole and table.mode == "append")
        if replacing and not (state.replacing and self._writer.unfinished(name)):
            state = fresh  # what replaces a table is read from the start
        if state.remembers and not self._writer.holds(name):
            raise gone(name)
        resumed = state.unfinished
        state.replacing, state.mode = replacing, table.mode
        return state, resumed

    def _tasks(self, run: TableRun) -> Iterator[Task]:
        """A table's slices, and a last task without one; what goes wrong is said in its place."""
        if run.count.error:
            return
        try:
            for task in run.tasks():
                if run.count.error or run.count.status == "limited":
                    return
                yield task
        except TapwrightError as error:
            yield Task(run=run, error=error.masked(self._provider.mask.hide))
        yield Task(run=run)

    def _events(self, task: Task) -> Iterator[Event]:
        if task.slice is None:
            return iter(())
        return self._provider.events(task.run.table, task.slice, task.position, task.mark)

    def _lane(self, task: Task) -> tuple[str, int]:
        most = task.run.table.stream.concurrency or self._provider.plan.spec.api.concurrency
        return task.run.table.table, most or self._pacing.workers

    # --- what is read

    def _guarded(self, task: Task, events: Iterator[Event]) -> None:
        """Take a task's events; its error fails its table."""
        run = task.run
        if run.count.error or run.count.status == "limited":
            return
        try:
            self._take(task, events)
        except TapwrightError as error:
            self._failed(run, error)
        run.count.seconds = self._seconds() - run.began
        self._tell(run.count)

    def _take(self, task: Task, events: Iterator[Event]) -> None:
        run = task.run
        if self._current is not run:
            self._begin(run)
        if task.error is not None:
            raise task.error
        if task.slice is None:
            self._finish(run)
        else:
            run.begin(task.slice, task.position)
            self._slice(run, task.slice, events)

    def _begin(self, run: TableRun) -> None:
        self._current, run.began = run, self._seconds()
        run.count.status = "reading"
        self._writer.begin(run.table.as_table, run.mode, resume=run.resumed)

    def _slice(self, run: TableRun, slice: Slice, events: Iterator[Event]) -> None:
        while (event := self._following(events)) is not None:
            match event:
                case Batch():
                    self._safe = False
                    self._write(run, run.wanted(slice, event))
                case PageEnd():
                    run.paged(slice, event)
                    self._safe = event.position is not None or run.mode == "merge"
                    self._checkpoint(run)
                case Skipped():
                    run.count.skipped.append(event.reason)
                case Restarted():
                    run.again(slice, event.error)
                    where = " ".join(filter(None, ["slice", str(slice), "of table", run.table.table]))
                    self._provider.note(f"{where} begins again; where it was interrupted: {event.error.message}")
            self._tell(run.count)
            if self._pacing.limit is not None and run.count.rows >= self._pacing.limit:
                run.count.status = "limited"
                self._finish(run)
                return
        run.ended(slice)
        self._safe = True
        self._checkpoint(run)

    def _following(self, events: Iterator[Event]) -> Event | None:
        return self._interrupt.wait_for(events) if self._safe else next(events, None)

    def _write(self, run: TableRun, batch: Batch) -> None:
        if self._pacing.limit is not None:
            batch = batch.part(slice(self._pacing.limit - run.count.rows))
        if len(batch):
            self._writer.write(run.table.table, batch)
            run.count.rows += len(batch)
            self._rows_since += len(batch)

    def _finish(self, run: TableRun) -> None:
        self._writer.finish(run.table.table)
        if run.count.status != "limited":
            run.finished()
            run.count.status = "done"
        self._commit(run)

    # --- what is kept

    def _checkpoint(self, run: TableRun) -> None:
        due = self._seconds() - self._committed_at >= self._pacing.checkpoint_seconds
        if self._safe and (due or self._rows_since >= self._pacing.checkpoint_rows):
            self._commit(run)

    def _commit(self, run: TableRun) -> None:
        with self._interrupt.unbroken():
            if self._pacing.limit is None:
                state = {**self._state, run.table.table: run.remembered()}
                self._writer.commit(state)
                self._state = state  # not before: a failed table must not leave its state to the next one's commit
            else:
                self._writer.commit()
            run.count.committed = run.count.rows
            self._rows_since, self._committed_at = 0, self._seconds()

    def _failed(self, run: TableRun, error: TapwrightError) -> None:
        """Keep what is whole, so that the next run goes on from there; drop the rest."""
        run.count.status, run.count.error = "failed", error
        if isinstance(error, SinkError):
            self._refused(run)
            return
        try:
            self._keep(run, whole=self._safe)
        except SinkError:
            self._refused(run)

    def _refused(self, run: TableRun) -> None:
        """Drop what the sink did not take; whether a commit that failed was made all the same, only the sink knows."""
        name = run.table.table
        with suppress(SinkError):  # a sink that is broken tells it to the next table
            self._keep(run, whole=False)
            kept = self._writer.state() or {}
            self._state = {**self._state, name: kept[name]} if name in kept else self._state

    def _interrupted(self) -> None:
        """Keep what is whole, and say where the run stopped."""
        run = self._current
        if run is None or run.count.status != "reading":
            return
        run.count.status = "interrupted"
        with suppress(KeyboardInterrupt):  # a second signal: what is not committed is lost
            self._keep(run, whole=self._safe)
        run.count.seconds = self._seconds() - run.began
        self._tell(run.count)

    def _keep(self, run: TableRun, *, whole: bool) -> None:
        if whole:
            self._commit(run)
        else:
            run.count.rows, self._rows_since, self._safe = run.count.committed, 0, True
            self._writer.rollback()
