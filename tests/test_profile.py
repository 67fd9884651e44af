"""A profile says where a run's time went, and what would help; without one, nothing is measured."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tapwright.advice import RunProfile, as_json, as_lines, profiled
from tapwright.batch import Batch
from tapwright.plan import make_plan
from tapwright.profile import Profile, Spent, Watch
from tapwright.progress import Summary, TableCount
from tapwright.provider import Means, Provider
from tapwright.request import Request, Response
from tapwright.run import Pacing, Run
from tapwright.use import Use
from tests.memory import FakeClock, Memory, spec_of
from tests.test_engine_files import response

ROOT = Path(__file__).parents[1]
PAGES = 6
STREAM = {
    "request": {"path": "/orders"},
    "paginate": {"page": {"param": "page", "more": "more"}},
    "records": {"json": {"at": "data"}},
    "fields": {"id": {"type": "integer"}},
}


class SlowMemory(Memory):
    """Takes its time to write a batch, and to commit."""

    def __init__(self, clock: FakeClock, writing: float = 0.0, committing: float = 0.0) -> None:
        super().__init__()
        self._clock, self._writing, self._committing = clock, writing, committing

    def write(self, table: str, batch: Batch) -> None:
        self._clock.sleep(self._writing)
        super().write(table, batch)

    def commit(self, state: Mapping[str, Any] | None = None) -> None:
        self._clock.sleep(self._committing)
        super().commit(state)


def provider(clock: FakeClock, seconds: float) -> Callable[[Request], Response]:
    """Answer pages, after some seconds each."""

    def answer(request: Request) -> Response:
        clock.sleep(seconds)
        page = int(dict(request.params)["page"])
        data = [{"id": page * 10 + number} for number in range(10)]
        return response(request, {"json": {"data": data, "more": page < PAGES}})

    return answer


def measured(
    folder: Path,
    *,
    answering: float = 0.0,
    writing: float = 0.0,
    committing: float = 0.0,
    busy: float = 0.0,
    transport: Callable[[FakeClock], Callable[[Request], Response]] | None = None,
    **words: Any,
) -> RunProfile:
    """Run with a clock that only goes on where a test says so; `busy` is the part that a processor worked."""
    clock = FakeClock()
    watch = Profile(clock.monotonic, lambda: clock.waited * busy, lambda: clock.waited * busy)
    api = {"url": "https://api.test", **words.pop("api", {})}
    spec = spec_of(folder, {"api": api, "streams": {"orders": STREAM | words}})
    plan = make_plan(spec, {}, {"orders": Use(stream="orders")}, clock.now())
    transport = transport or (lambda clock: provider(clock, answering))
    asked = Provider(plan, Means(clock=clock, transport=transport(clock), watch=watch))
    memory = SlowMemory(clock, writing, committing)
    with watch.writer(memory) as writer:
        pacing = Pacing(workers=1, checkpoint_rows=1)
        summary = Run(asked, writer, pacing, seconds=clock.monotonic).carry_out()
    assert not summary.failed, summary.tables[0].error
    return profiled(watch, summary, plan, workers=1)


def spent(run: RunProfile) -> dict[str, float]:
    """The seconds of each stage that took any."""
    return {stage: round(one.seconds, 3) for stage, one in run.tables[0].spent.items() if round(one.seconds, 3)}


def advice(run: RunProfile) -> str:
    return "\n".join(run.tables[0].advice)


def test_waiting_and_writing_are_told_apart(tmp_path: Path) -> None:
    run = measured(tmp_path, answering=1.0, writing=0.25, committing=0.5)
    assert spent(run) == {"provider": 6.0, "writing": 1.5, "committing": 3.5}
    assert run.tables[0].spent["provider"].times == PAGES
    assert run.whole.seconds == 11.0


def test_a_larger_page_would_help(tmp_path: Path) -> None:
    run = measured(tmp_path, answering=1.0)
    assert "A larger page: 6 pages of 10 records, each waited for 1,000 ms." in advice(run)
    assert "--workers" not in advice(run)


def test_a_rate_limit_holds_a_run_back(tmp_path: Path) -> None:
    run = measured(tmp_path, answering=0.1, api={"rate": {"requests": 1, "per": "10 seconds"}})
    assert spent(run)["rate"] >= 40
    assert "(1 requests in 10 seconds)" in advice(run) and "more workers would not help" in advice(run)


def test_waiting_to_ask_again_is_its_own(tmp_path: Path) -> None:
    def refusing(clock: FakeClock) -> Callable[[Request], Response]:
        answer, refused = provider(clock, 0.1), set[str]()

        def once(request: Request) -> Response:
            if request.target in refused:
                return answer(request)
            refused.add(request.target)
            return response(request, {"status": 503, "headers": {"Retry-After": "5"}, "text": "later"})

        return once

    run = measured(tmp_path, transport=refusing)
    assert spent(run)["again"] + spent(run).get("rate", 0.0) >= 30
    assert advice(run)


@pytest.mark.parametrize(
    ("words", "workers", "told"),
    [
        ({}, 4, "More workers: 4 of its 100 slices were read side by side; try --workers 16."),
        ({}, 40, "More workers: 40 of its 100 slices were read side by side; try --workers 64."),
        ({"concurrency": 2}, 4, "The spec lets 2 of its 100 slices be read side by side: 'concurrency'."),
    ],
)
def test_slices_could_be_read_side_by_side(words: Any, workers: int, told: str, tmp_path: Path) -> None:
    assert told in advice(made(tmp_path, {"provider": 90, "writing": 10}, workers=workers, slices=100, **words))


def made(
    folder: Path,
    stages: Mapping[Any, float],
    *,
    busy: float = 0.1,
    workers: int = 1,
    slices: int = 1,
    others: Mapping[str, Any] | None = None,
    **words: Any,
) -> RunProfile:
    """Make a profile of a run that took 100 s."""
    times = iter([0.0, 100.0])
    profile = Profile(lambda: next(times), lambda: 0.0, iter([0.0, busy * 100]).__next__)
    spent = {stage: Spent(seconds, 0.0, 10) for stage, seconds in stages.items()}
    profile.tables.update({"orders": spent, **(others or {})})  # type: ignore[attr-defined]
    spec = spec_of(folder, {"api": {"url": "https://api.test"}, "streams": {"orders": STREAM | words}})
    plan = make_plan(spec, {}, {"orders": Use(stream="orders")}, FakeClock().now())
    count = TableCount(table="orders", stream="orders", rows=1000, pages=100, slices=slices)
    return profiled(profile, Summary(tables=(count,)), plan, workers)


@pytest.mark.parametrize(
    ("stages", "told"),
    [
        ({"extracting": 60, "parsing": 40}, "take fewer fields"),
        ({"parsing": 80, "extracting": 20}, "Most of it is parsing"),
        ({"provider": 80, "parsing": 20}, ""),
    ],
)
def test_a_busy_processor_is_not_helped_by_workers(stages: Any, told: str, tmp_path: Path) -> None:
    said = advice(made(tmp_path, stages, busy=0.95, workers=4, slices=100))
    assert told in said and "try --workers" not in said


@pytest.mark.parametrize(
    ("stages", "told"),
    [
        ({"committing": 60, "parsing": 40}, "Fewer commits than 10: a larger --checkpoint-rows"),
        ({"writing": 60, "parsing": 40}, "Most of it is writing"),
    ],
)
def test_writing_can_be_most_of_it(stages: Any, told: str, tmp_path: Path) -> None:
    assert told in advice(made(tmp_path, stages))


def test_nothing_stands_out_where_all_is_even(tmp_path: Path) -> None:
    run = made(tmp_path, {"provider": 30, "parsing": 30, "writing": 30})
    assert advice(run) == "" and "  nothing stands out" in as_lines(run)


def test_a_small_table_is_not_worth_advice(tmp_path: Path) -> None:
    other = {"customers": {"provider": Spent(9000, 0.0, 10)}}
    assert advice(made(tmp_path, {"writing": 60, "parsing": 40}, others=other)) == ""


def test_a_parent_is_a_table_of_its_own() -> None:
    profile = Profile()
    list(profile.within("parents", iter([1, 2])))
    assert list(profile.tables) == ["parents"] and profile.tables["parents"]["rest"].times == 3


def test_an_error_passes_and_its_time_counts() -> None:
    clock = FakeClock()
    profile = Profile(clock.monotonic, clock.monotonic, clock.monotonic)

    def fail() -> None:
        clock.sleep(2)
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        profile.timed("parsing", fail)()
    assert profile.tables[""]["parsing"] == Spent(2, 2, 1)


def test_without_a_profile_nothing_is_wrapped() -> None:
    watch, items, clock, memory = Watch(), iter([1]), FakeClock(), Memory()
    assert watch.timed("parsing", len) is len
    assert watch.each("parsing", items) is items and watch.within("orders", items) is items
    assert watch.clock("rate", clock) is clock and watch.writer(memory) is memory


def test_the_command_says_it(tmp_path: Path) -> None:
    told = command(tmp_path, "--profile")
    assert re.search(r"^where the time went: \d", told.stderr, re.M)
    assert re.search(r"^ +parsing answers +\d+\.\d\d +\d+% +\d", told.stderr, re.M)


def test_the_summary_holds_it_as_json(tmp_path: Path) -> None:
    told = command(tmp_path, "--profile", "--json", "--quiet")
    profile = json.loads(told.stdout)["profile"]
    assert (profile.keys(), told.stderr) == (as_json(RunProfile(whole=Spent(), workers=1)).keys(), "")
    assert {"provider", "parsing", "extracting", "writing", "committing"} <= profile["tables"][0]["spent"].keys()


def test_the_summary_without_it_is_as_ever(tmp_path: Path) -> None:
    assert "profile" not in json.loads(command(tmp_path, "--json", "--quiet").stdout)


def command(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    words = ["run", "rokt", "--replay", "--to", f"csv:{folder}", *options]
    done = subprocess.run(
        [sys.executable, "-c", "from tapwright.cli import main; main()", *words],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PATH": "", "PYTHONPATH": "engine"},
    )
    assert done.returncode == 0, done.stderr
    return done
