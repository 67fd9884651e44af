"""The short form of the crash test: some points of every sink, all of one; see `tests/crash` and `make crash`."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.crash import command, damage, proof
from tests.crash.command import Forked, durable
from tests.crash.kills import Kills
from tests.crash.shop import Shop
from tests.crash.sweep import Case, Sweep

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the library that counts is for Linux")
Make = Callable[..., Sweep]

ROWS = 12
"""Records of a checkpoint; fewer commits than in the full form."""


@pytest.fixture(scope="session")
def sweep() -> Iterator[Make]:
    """Make the sweep of a sink, once."""
    made: dict[str, Sweep] = {}
    runs = Forked()

    def of(kind: str) -> Sweep:
        if kind == "postgres":
            pytest.importorskip("pgserver")
        if kind not in made:
            made[kind] = Sweep(shop, kind, runs, ROWS)
        return made[kind]

    with Shop() as shop:
        yield of
        for one in made.values():
            one.close()
        runs.close()


def failures(sweep: Sweep, how: str, points: list[int], edition: int = 1) -> list[str]:
    """Run cases; gives those that fail, with the command that replays them."""
    cases = [Case(sink=sweep.kind, how=how, point=point, edition=edition, rows=sweep.rows) for point in points]
    return [
        f"{case.replay}: {problems}" for case in cases if (problems := sweep.run(case, follow=case.point % 24 == 0))
    ]


@pytest.mark.parametrize("third", range(3))
def test_a_folder_of_jsonl_survives_a_kill_at_every_operation(sweep: Make, third: int) -> None:
    jsonl = sweep("jsonl")
    assert failures(jsonl, "before", jsonl.count(1, "before")[third::3]) == []


@pytest.mark.parametrize("kind", ["duckdb", "parquet", "csv", "postgres"])
def test_a_sink_survives_kills_at_its_birth_and_now_and_then(sweep: Make, kind: str) -> None:
    points = sweep(kind).count(1, "before")
    birth = 15 if kind == "duckdb" else 1
    assert failures(sweep(kind), "before", [*points[:birth], *points[birth::20]]) == []


@pytest.mark.parametrize("how", ["after", "torn", "full", "readonly", "eio"])
def test_a_database_survives_other_ends(sweep: Make, how: str) -> None:
    assert failures(sweep("duckdb"), how, sweep("duckdb").count(2, how)[2::24], edition=2) == []
    assert failures(sweep("duckdb"), how, sweep("duckdb").count(1, how)[1::16]) == []


@pytest.mark.parametrize(("kind", "how"), [("jsonl", "full"), ("parquet", "readonly")])
def test_a_folder_survives_a_disk_that_refuses(sweep: Make, kind: str, how: str) -> None:
    assert failures(sweep(kind), how, sweep(kind).count(2, how)[2::24], edition=2) == []


@pytest.mark.parametrize(("kind", "how"), [("duckdb", "names"), ("jsonl", "lost"), ("parquet", "half")])
def test_a_sink_survives_the_loss_of_power(sweep: Make, kind: str, how: str) -> None:
    assert failures(sweep(kind), how, sweep(kind).count(1, how)[1::24]) == []


@pytest.mark.parametrize("seed", range(10))
def test_kills_at_random_moments_lose_nothing(sweep: Make, seed: int) -> None:
    kind = ("duckdb", "parquet", "csv", "jsonl")[seed % 4]
    assert Kills(sweep(kind)).at_random(seed, faults=seed % 2 == 1, kills=1) == []


@pytest.mark.parametrize(("kind", "number"), [("duckdb", signal.SIGTERM), ("jsonl", signal.SIGINT)])
def test_a_signal_ends_a_run_in_good_order(sweep: Make, kind: str, number: int) -> None:
    assert Kills(sweep(kind)).signalled(number, 17) == []


def test_a_run_cut_on_page_900_asks_again_for_a_checkpoint_at_most(sweep: Make) -> None:
    assert Kills(sweep("jsonl")).on_page_900() == []


@pytest.mark.parametrize("kind", ["duckdb", "csv"])
def test_a_damaged_state_is_never_a_silent_refresh(sweep: Make, kind: str) -> None:
    tried = damage.states(sweep(kind))
    some = ("state a text", "state of a later version") if kind == "duckdb" else ("state null", "manifest cut")
    assert {name: problems for name in some if name in tried and (problems := tried[name]())} == {}


@pytest.mark.parametrize(("kind", "most"), [("duckdb", 20_000), ("csv", 1000), ("jsonl", 5000), ("parquet", 1000)])
def test_a_file_that_may_not_grow_is_told_and_gone_on_with(sweep: Make, kind: str, most: int) -> None:
    assert damage.no_room(sweep(kind), most) == []


@pytest.mark.parametrize("first", proof.SPLITS)
def test_a_commit_split_in_two_is_found_out(sweep: Make, first: str) -> None:
    cases = proof.split_commits(sweep("jsonl").shop, "jsonl", first, 3)
    assert any(problems for _, problems in cases)


@pytest.mark.parametrize(("split", "step"), [("rows", 9), ("state", 9), (proof.SWAP, -1)])
def test_a_commit_to_postgres_split_in_two_is_found_out(sweep: Make, split: str, step: int) -> None:
    cases = proof.split_commits(sweep("postgres").shop, "postgres", split, step)
    assert any(problems for _, problems in cases)


def test_a_disk_that_is_never_synced_is_found_out(sweep: Make) -> None:
    assert any(problems for _, problems in proof.unsynced(sweep("jsonl").shop, "jsonl", 9))


def test_without_a_compiler_operations_are_counted_in_python(sweep: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "durable", lambda: None)
    counted = Sweep(sweep("jsonl").shop, "jsonl", Forked(), 24, "shimmed")
    try:
        points = counted.count(1, "before")
        assert len(points) > 20
        assert failures(counted, "before", points[1::12]) == []
    finally:
        counted.close()


def test_the_library_sees_what_duckdb_writes(sweep: Make) -> None:
    if durable() is None:
        pytest.skip("there is no C compiler")
    names = {Path(line.split("\t")[2]).name for line in sweep("duckdb").points(1)}
    assert {"shop.duckdb", "shop.duckdb.wal", ".shop.duckdb.tapwright-new"} <= names
