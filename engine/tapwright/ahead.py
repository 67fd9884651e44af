"""Read ahead: several tasks side by side, their results taken in the tasks' order."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from queue import Full, Queue
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

BUFFERED = 2
"""How many results of a task wait for their turn; a task that is further ahead pauses."""
LEAVE_SECONDS = 0.5
"""How long to wait for the threads at the end; one that waits for the network longer is left behind."""
_TICK_SECONDS = 0.05


@dataclass(eq=False)
class _Reading(Generic[T, R]):
    task: T
    lane: str
    waiting: Queue[R | None] = field(default_factory=lambda: Queue(BUFFERED))
    """Results, then None at the end."""
    unwanted: threading.Event = field(default_factory=threading.Event)
    read: bool = False
    """Whether everything has been read, if not taken."""
    error: BaseException | None = None

    def put(self, result: R | None) -> None:
        """Wait for room; raises _Unwanted when nobody will take it."""
        while not self.unwanted.is_set():
            try:
                self.waiting.put(result, timeout=_TICK_SECONDS)
            except Full:
                continue
            return
        raise _Unwanted

    def taken(self) -> Iterator[R]:
        """Give the results as they come; raises what the reading raised."""
        while (result := self.waiting.get()) is not None:
            yield result
        if self.error is not None:
            raise self.error


class Ahead(Generic[T, R]):
    """Reads tasks on `workers` threads, at most `lane(task)[1]` of a lane at once; gives each task's results in turn.

    The threads take the tasks from their iterator themselves, one thread at a time, so that it too may wait for the
    network.  One worker means no threads at all.  Order is kept: all results of a task come before those of the next.
    """

    def __init__(self, read: Callable[[T], Iterator[R]], workers: int, lane: Callable[[T], tuple[str, int]]) -> None:
        self._read, self._workers, self._lane = read, workers, lane
        self._begun: deque[_Reading[T, R]] = deque()
        """What is being read or waits to be taken, in the tasks' order."""
        self._change = threading.Condition()
        self._turn = threading.Lock()
        self._ended = False
        """Whether no more tasks come, or none are wanted."""
        self._error: BaseException | None = None

    def results(self, tasks: Iterator[T]) -> Generator[tuple[T, Iterator[R]], None, None]:
        """Give each task with its results; an error is raised when its place comes."""
        if self._workers == 1:
            for task in tasks:
                yield task, self._read(task)
            return
        threads = [
            threading.Thread(target=self._work, args=(tasks,), daemon=True, name="tapwright-ahead")
            for _ in range(self._workers)
        ]
        for thread in threads:
            thread.start()
        try:
            while (reading := self._first()) is not None:
                yield reading.task, reading.taken()
                reading.unwanted.set()
                with self._change:
                    self._begun.popleft()
                    self._change.notify_all()
        finally:
            self._end()
            until = time.monotonic() + LEAVE_SECONDS
            for thread in threads:
                thread.join(max(0.0, until - time.monotonic()))

    def _first(self) -> _Reading[T, R] | None:
        with self._change:
            self._change.wait_for(lambda: self._begun or self._ended)
            if self._begun:
                return self._begun[0]
        if self._error is not None:
            raise self._error
        return None

    def _end(self) -> None:
        with self._change:
            self._ended = True
            for reading in self._begun:
                reading.unwanted.set()
            self._change.notify_all()

    # --- on the threads

    def _work(self, tasks: Iterator[T]) -> None:
        while (reading := self._next(tasks)) is not None:
            try:
                self._all_of(reading)
            except _Unwanted:
                continue

    def _next(self, tasks: Iterator[T]) -> _Reading[T, R] | None:
        with self._turn:
            try:
                task = None if self._ended else next(tasks, None)
            except BaseException as error:  # raised again when its place comes
                task, self._error = None, error
            with self._change:
                reading = None if task is None else self._placed(task)
                self._ended = self._ended or reading is None
                self._change.notify_all()
            return reading

    def _placed(self, task: T) -> _Reading[T, R] | None:
        """Wait for room; None if the task is not wanted any more."""
        lane, most = self._lane(task)
        self._change.wait_for(lambda: self._ended or self._room(lane, most))
        if self._ended:
            return None
        reading: _Reading[T, R] = _Reading(task, lane)
        self._begun.append(reading)
        return reading

    def _room(self, lane: str, most: int) -> bool:
        """Whether another task may begin; what has been read and waits to be taken is bounded too."""
        going_on = sum(reading.lane == lane and not reading.read for reading in self._begun)
        return len(self._begun) < 2 * self._workers and going_on < most

    def _all_of(self, reading: _Reading[T, R]) -> None:
        try:
            for result in self._read(reading.task):
                reading.put(result)
        except _Unwanted:
            raise
        except BaseException as error:  # raised again where the results are taken
            reading.error = error
        with self._change:
            reading.read = True
            self._change.notify_all()
        reading.put(None)


class _Unwanted(Exception):
    """The results are not wanted any more."""
