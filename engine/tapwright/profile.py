"""Where the time of a run goes, table by table: a `Watch` that looks at nothing, a `Profile` that measures."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Literal, ParamSpec, Self, TypeAlias, TypeVar

from tapwright.batch import Table
from tapwright.clock import Clock
from tapwright.writer import Mode, Writer

P = ParamSpec("P")
T = TypeVar("T")

Stage: TypeAlias = Literal["provider", "rate", "again", "parsing", "extracting", "rest", "writing", "committing"]


class Watch:
    """Looks at nothing: it gives back what it is given, so that a run without a profile has no timers in it."""

    def timed(self, stage: Stage, do: Callable[P, T]) -> Callable[P, T]:
        """Measure each call of a function."""
        return do

    def each(self, stage: Stage, items: Iterator[T]) -> Iterator[T]:
        """Measure how long each item takes to come."""
        return items

    def within(self, table: str, events: Iterator[T]) -> Iterator[T]:
        """Say that what happens while these come is done for a table."""
        return events

    def clock(self, stage: Stage, clock: Clock) -> Clock:
        """Measure how long is waited."""
        return clock

    def writer(self, writer: Writer) -> Writer:
        """Measure what is written."""
        return writer


@dataclass
class Spent:
    """What a stage took; the seconds of threads side by side are added up."""

    seconds: float = 0.0
    cpu: float = 0.0
    """The seconds that a processor worked on it."""
    times: int = 0


class Profile(Watch):
    """Measures, from when it is made; the threads of a run share it.

    It is asked once for each page, chunk and wait, never for a record.
    """

    def __init__(
        self,
        seconds: Callable[[], float] = time.perf_counter,
        cpu: Callable[[], float] = time.thread_time,
        all_cpu: Callable[[], float] = time.process_time,
    ) -> None:
        self._seconds, self._cpu, self._all_cpu = seconds, cpu, all_cpu
        self._began = seconds(), all_cpu()
        self._tables: dict[str, dict[Stage, Spent]] = {}
        self._adding = threading.Lock()
        self._here = _Here()

    @property
    def tables(self) -> Mapping[str, Mapping[Stage, Spent]]:
        """What each table's stages took."""
        return self._tables

    @property
    def whole(self) -> Spent:
        """What the run has taken so far, with the seconds that processors worked for all its threads."""
        seconds, cpu = self._began
        return Spent(self._seconds() - seconds, self._all_cpu() - cpu, 1)

    def timed(self, stage: Stage, do: Callable[P, T]) -> Callable[P, T]:
        """Measure each call of a function."""

        @wraps(do)
        def done(*args: P.args, **kwargs: P.kwargs) -> T:
            with self._spending(stage):
                return do(*args, **kwargs)

        return done

    def each(self, stage: Stage, items: Iterator[T]) -> Iterator[T]:
        """Measure how long each item takes to come."""
        return _each(items, lambda: self._spending(stage))

    def within(self, table: str, events: Iterator[T]) -> Iterator[T]:
        """Say that what happens while these come is done for a table; what no stage takes of it is the rest."""
        return _each(events, lambda: self._resting(table))

    def clock(self, stage: Stage, clock: Clock) -> Clock:
        """Measure how long is waited."""
        return _TimedClock(clock, self.timed(stage, clock.sleep))

    def writer(self, writer: Writer) -> Writer:
        """Measure what is written."""
        return _TimedWriter(writer, self)

    def of(self, table: str) -> None:
        """Say for which table this thread works from now on."""
        self._here.table = table

    @contextmanager
    def _spending(self, stage: Stage) -> Iterator[None]:
        seconds, cpu = self._seconds(), self._cpu()
        try:
            yield
        finally:
            seconds, cpu = self._seconds() - seconds, self._cpu() - cpu
            self._here.seconds += seconds
            self._here.cpu += cpu
            self._add(stage, seconds, cpu)

    @contextmanager
    def _resting(self, table: str) -> Iterator[None]:
        here = self._here
        before, here.table = here.table, table
        seconds, cpu = self._seconds() - here.seconds, self._cpu() - here.cpu
        try:
            yield
        finally:
            self._add("rest", self._seconds() - here.seconds - seconds, self._cpu() - here.cpu - cpu)
            here.table = before

    def _add(self, stage: Stage, seconds: float, cpu: float) -> None:
        with self._adding:
            spent = self._tables.setdefault(self._here.table, {}).setdefault(stage, Spent())
            spent.seconds += seconds
            spent.cpu += cpu
            spent.times += 1


class _Here(threading.local):
    """What a thread works for, and what its stages have taken so far."""

    table = ""
    seconds = 0.0
    cpu = 0.0


def _each(items: Iterator[T], measuring: Callable[[], AbstractContextManager[None]]) -> Iterator[T]:
    while True:
        with measuring():
            try:
                item = next(items)
            except StopIteration:
                return
        yield item


class _TimedClock(Clock):
    def __init__(self, clock: Clock, sleep: Callable[[float], None]) -> None:
        self._clock, self._sleep = clock, sleep

    def now(self) -> datetime:
        return self._clock.now()

    def monotonic(self) -> float:
        return self._clock.monotonic()

    def sleep(self, seconds: float) -> None:
        self._sleep(seconds)


class _TimedWriter:
    """A writer whose work is measured."""

    def __init__(self, writer: Writer, profile: Profile) -> None:
        self._writer, self._profile = writer, profile
        self._begin = profile.timed("writing", writer.begin)
        self.write = profile.timed("writing", writer.write)
        self.finish = profile.timed("writing", writer.finish)
        self.commit = profile.timed("committing", writer.commit)
        self.unfinished, self.rollback, self.state = writer.unfinished, writer.rollback, writer.state
        self.holds = writer.holds

    def __enter__(self) -> Self:
        self._writer.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        self._writer.__exit__(*exc)

    def begin(self, table: Table, mode: Mode, *, resume: bool = False) -> None:
        self._profile.of(table.name)
        self._begin(table, mode, resume=resume)
