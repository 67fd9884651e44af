"""The benchmarks work: what contenders write is compared, and figures become a table and verdicts."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from benchmarks import data
from benchmarks.checks import added_up
from benchmarks.contenders import CONTENDERS
from benchmarks.contest import EQUAL, Contest, Entry, Row, does, serving
from benchmarks.jobs import JOBS, Job, Target
from benchmarks.measure import Run
from benchmarks.postgres import Postgres
from benchmarks.report import BEGIN, END, README, markdown, put_into, table
from benchmarks.results import as_json, verdicts

ROOT = Path(__file__).parents[1]
ORDERS = [data.order(number) for number in range(20)]
TYPES = {"total": "number", "number": "integer", "updated": "datetime"}


def measured(*arguments: str) -> str:
    """Run the benchmarks; gives what they print."""
    small = ["--contenders", "tapwright,floor", "--scale", "0.0005", "--base", "100"]
    command = [sys.executable, "-m", "benchmarks", *small, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "jobs", ["items,items-map,oauth", "csv,xml,children", "duckdb,duckdb-small,parquet", "singer,airbyte"]
)
def test_tapwright_writes_what_was_served(jobs: str) -> None:
    assert measured("--jobs", jobs, "--repeat", "0").count(EQUAL) == 2 * len(jobs.split(","))


def test_a_job_is_measured() -> None:
    told = measured("--jobs", "items", "--repeat", "1")
    assert "CPU s" in told and "missed: at most 1 times the floor" in told


def test_a_missed_target_comes_with_a_profile(tmp_path: Path) -> None:
    with serving(20) as url:
        contest = Contest(url=url, base=20, postgres=Postgres(tmp_path))
        entry = Entry(name="tapwright", contender=CONTENDERS["tapwright"], python=sys.executable)
        told = contest.profile(JOBS["items"], entry, 20)
    assert told[0].startswith("where the time went")


@pytest.mark.parametrize(
    "changed", [{"note": "another"}, {"total": "1.5"}, {"number": 1.0}, {"updated": "2025-01-01T00:00:01Z"}]
)
def test_a_changed_value_is_noticed(changed: dict[str, Any]) -> None:
    served = added_up(ORDERS, {})
    assert served.unlike(added_up([*ORDERS[:-1], ORDERS[-1] | changed], {})) == "the records differ"


def test_a_lost_record_is_noticed() -> None:
    assert added_up(ORDERS, {}).unlike(added_up(ORDERS[:-1], {})) == "19 records instead of 20"


def test_order_and_absent_nulls_are_free() -> None:
    others = [{name: value for name, value in order.items() if value is not None} for order in reversed(ORDERS)]
    assert not added_up(ORDERS, TYPES).unlike(added_up(others, TYPES))


@pytest.mark.parametrize(("name", "value"), [("number", "7"), ("total", "7.5")])
def test_text_is_no_number(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=r"is no (integer|number)"):
        added_up([{name: value}], TYPES)


def test_records_that_come_again_are_others() -> None:
    assert data.order(3, 1) != data.order(3)


JOB = Job(
    name="items",
    what="pages",
    total=10,
    targets=(
        Target(beside="floor", at_most=1.5),
        Target(beside="dlt", faster=3),
        Target(beside="airbyte", faster=3),
        Target(of="memory", at_most=50),
    ),
)
MADE: Mapping[str, Any] = {"made": "2026-01-31 08:00 UTC", "load": 0.1, "scale": 1.0, "repeat": 2}


def rows() -> list[Row]:
    cpu = {"floor": (1.0, 2.0), "dlt": (4.0, 8.0), "tapwright": (1.0, 4.0)}
    runs = {name: [Run(cpu=s, wall=s, memory=60, requests=3) for s in some] for name, some in cpu.items()}
    return [Row(contender=name, check=EQUAL, runs=some) for name, some in runs.items()]


def test_targets_are_judged_by_the_rounds_own_ratios() -> None:
    assert [(one.found, one.met) for one in verdicts(JOB, rows())] == [("1.50", True), ("3.0", True), ("60.00", False)]


def test_growth_is_that_of_the_largest_need_of_any_size() -> None:
    job = Job(
        name="growth", what="", total=1, times=(1, 4, 16), targets=(Target(growth=True, of="memory", at_most=1.1),)
    )
    needs = {1: 50.0, 4: 90.0, 16: 52.0}
    rows = [
        Row(contender="tapwright", times=times, runs=[Run(cpu=1, wall=1, memory=need)]) for times, need in needs.items()
    ]
    assert [(one.found, one.met) for one in verdicts(job, rows)] == [("1.80", False)]


def test_the_table_says_what_was_met() -> None:
    told = table(as_json(JOB, 10, rows(), MADE))
    assert "met: at least 3 times as fast as dlt: 3.0" in told and "missed: at most 50 MB: 60.00" in told


def test_the_readme_takes_the_results() -> None:
    versions = {"floor": {"orjson": "3"}}
    results = {"machine": {"kind": "2 cores"}, "versions": versions, "jobs": [as_json(JOB, 10, rows(), MADE)]}
    text = put_into(markdown(results), README.read_text())
    assert "python -m benchmarks --jobs items --contenders floor,dlt,tapwright" in text
    assert "| [items](#items) | 2.50 | 60 | 1.50 |  | 3.0 |  |  | 2 of 3 met |" in text
    assert "2 of 3 targets are met" in text and (text.count(BEGIN), text.count(END)) == (1, 1)


def test_every_contender_does_jobs_that_there_are() -> None:
    for contender in CONTENDERS.values():
        assert contender.program.exists()
        assert contender.jobs | contender.starts.keys() <= JOBS.keys()
    assert all(does(CONTENDERS["tapwright"], job) for job in JOBS.values())
