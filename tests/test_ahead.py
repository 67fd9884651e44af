"""Tasks are read side by side, and their results taken in order."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from tapwright.ahead import BUFFERED, Ahead

Lane = Callable[[int], tuple[str, int]]
ONE_LANE: Lane = lambda task: ("all", 64)  # noqa: E731


def squares(task: int) -> Iterator[int]:
    yield from (task, task * task)


def taken(ahead: Ahead[int, int], tasks: Iterator[int]) -> list[tuple[int, list[int]]]:
    return [(task, list(results)) for task, results in ahead.results(tasks)]


@pytest.mark.parametrize("workers", [1, 2, 7, 64])
def test_results_come_in_the_tasks_order(workers: int) -> None:
    found = taken(Ahead(squares, workers, ONE_LANE), iter(range(200)))
    assert found == [(task, [task, task * task]) for task in range(200)]


def test_as_many_as_there_are_workers_are_read_at_once() -> None:
    together = threading.Barrier(5)

    def read(task: int) -> Iterator[int]:
        yield together.wait(60)

    assert len(taken(Ahead(read, 5, ONE_LANE), iter(range(10)))) == 10


def test_a_lane_is_not_wider_than_it_says() -> None:
    lock, going_on, most = threading.Lock(), 0, 0

    def read(task: int) -> Iterator[int]:
        nonlocal going_on, most
        with lock:
            going_on += 1
            most = max(most, going_on)
        time.sleep(0.001)
        with lock:
            going_on -= 1
        yield task

    taken(Ahead(read, 8, lambda task: ("narrow", 2)), iter(range(50)))
    assert most == 2


def test_one_lane_does_not_wait_for_the_writing_of_another() -> None:
    begun = {task: threading.Event() for task in range(2)}

    def read(task: int) -> Iterator[int]:
        begun[task].set()
        yield task

    results = Ahead(read, 2, lambda task: (str(task), 1)).results(iter(range(2)))
    next(results)
    assert begun[1].wait(60), "the second begins while the first one's results are still in hand"
    results.close()


def test_an_error_is_raised_where_its_results_are_taken() -> None:
    def read(task: int) -> Iterator[int]:
        yield task
        if task == 3:
            raise ValueError("three")

    results = Ahead(read, 4, ONE_LANE).results(iter(range(9)))
    for _ in range(3):
        list(next(results)[1])
    with pytest.raises(ValueError, match="three"):
        list(next(results)[1])
    assert [task for task, _ in results] == [4, 5, 6, 7, 8]


def test_an_error_among_the_tasks_comes_after_those_before_it() -> None:
    def tasks() -> Iterator[int]:
        yield from (1, 2)
        raise ValueError("no more")

    results = Ahead(squares, 3, ONE_LANE).results(tasks())
    assert [(task, list(found)) for task, found in (next(results), next(results))] == [(1, [1, 1]), (2, [2, 4])]
    with pytest.raises(ValueError, match="no more"):
        next(results)


def test_a_task_does_not_run_far_ahead_of_its_taking() -> None:
    given = 0

    def read(task: int) -> Iterator[int]:
        nonlocal given
        while given < 1000:
            given += 1
            yield given

    results = Ahead(read, 2, ONE_LANE).results(iter([1]))
    next(next(results)[1])
    time.sleep(0.05)
    assert given <= BUFFERED + 2
    results.close()


def test_results_that_nobody_takes_hold_up_nothing() -> None:
    ahead = Ahead(lambda task: iter(range(100)), 2, ONE_LANE)
    assert [task for task, _ in ahead.results(iter(range(30)))] == list(range(30))


def test_the_end_does_not_wait_for_a_thread_that_is_stuck() -> None:
    stuck, waited = threading.Event(), []

    def read(task: int) -> Iterator[int]:
        yield task
        waited.append(stuck.wait(60))

    results = Ahead(read, 16, ONE_LANE).results(iter(range(16)))
    next(results)
    results.close()
    assert not waited
    stuck.set()


def test_no_thread_is_left() -> None:
    before = threading.active_count()
    taken(Ahead(squares, 8, ONE_LANE), iter(range(20)))
    results = Ahead(squares, 8, ONE_LANE).results(iter(range(20)))
    next(results)
    results.close()
    assert threading.active_count() <= before
