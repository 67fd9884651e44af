"""Read ahead: several tasks side by side, their results taken in the tasks' order."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from queue import Full, Queue, SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

_TICK_SECONDS = 0.05
BUFFERED = 4
"""How many results of a task wait for their turn; a task that is further ahead pauses."""


@dataclass
class _Reading(Generic[T, R]):
    task: T
    lane: str
    waiting: Queue[R | None] = field(default_factory=lambda: Queue(BUFFERED))
    """Results, then None at the end."""
    unwanted: threading.Event = field(default_factory=threading.Event)
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
    """Reads tasks on `workers` threads, at most `lane(task)[1]` of a lane at once, and gives each task's results in turn.

    One worker means no threads at all.  Order is kept: all results of a task come before those of the next.
    """

    def __init__(self, read: Callable[[T], Iterator[R]], workers: int, lane: Callable[[T], tuple[str, int]]) -> None:
        self._read, self._workers, self._lane = read, workers, lane
        self._todo: SimpleQueue[_Reading[T, R] | None] = SimpleQueue()

    def results(self, tasks: Iterator[T]) -> Generator[tuple[T, Iterator[R]], None, None]:
        """Give each task with its results; an error is raised when its place comes."""
        if self._workers == 1:
            for task in tasks:
                yield task, self._read(task)
            return
        begun: deque[_Reading[T, R]] = deque()
        threads = [threading.Thread(target=self._work, daemon=True) for _ in range(self._workers)]
        for thread in threads:
            thread.start()
        try:
            yield from self._side_by_side(tasks, begun)
        finally:
            for reading in begun:
                reading.unwanted.set()
            for _ in threads:
                self._todo.put(None)
            for thread in threads:
                thread.join(_TICK_SECONDS * 4)  # one that waits for the network is left behind

    def _side_by_side(self, tasks: Iterator[T], begun: deque[_Reading[T, R]]) -> Iterator[tuple[T, Iterator[R]]]:
        following = next(tasks, None)
        while begun or following is not None:
            while following is not None and self._room(begun, following):
                reading: _Reading[T, R] = _Reading(following, self._lane(following)[0])
                begun.append(reading)
                self._todo.put(reading)
                following = next(tasks, None)
            yield begun[0].task, begun[0].taken()
            begun.popleft().unwanted.set()

    def _room(self, begun: deque[_Reading[T, R]], task: T) -> bool:
        lane, most = self._lane(task)
        return len(begun) < self._workers and sum(reading.lane == lane for reading in begun) < most

    def _work(self) -> None:
        while (reading := self._todo.get()) is not None:
            try:
                self._all_of(reading)
            except _Unwanted:
                continue

    def _all_of(self, reading: _Reading[T, R]) -> None:
        try:
            for result in self._read(reading.task):
                reading.put(result)
        except _Unwanted:
            raise
        except BaseException as error:  # raised again where the results are taken
            reading.error = error
        reading.put(None)


class _Unwanted(Exception):  # noqa: N818 - no error: nobody wants the results any more
    """The results are not wanted any more."""
