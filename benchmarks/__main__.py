"""`python -m benchmarks`: tapwright, its peers and a hand-written floor, side by side on the same work.

    python -m benchmarks                                    # everything: best on a quiet machine
    python -m benchmarks --jobs items,csv --contenders tapwright,floor --repeat 3 --scale 0.1
    python -m benchmarks --jobs xml --write                 # put it into results.json and README.md

Each contender runs once to have its output compared with what was served, then `--repeat` times in turn with others.
CPU is the seconds of a processor that the whole process took.  Exits 1 where an output is not equal.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.contenders import CONTENDERS
from benchmarks.contest import EQUAL, Contest, Entry, Row, entered, serving
from benchmarks.environments import InstallError, python_of, versions_of
from benchmarks.jobs import JOBS, Job
from benchmarks.postgres import installed, postgres
from benchmarks.report import README, markdown, put_into, table
from benchmarks.results import OURS, as_json

RESULTS = Path(__file__).with_name("results.json")
STARTS_MORE = 4
"""A start is so short that it is measured so many times as often."""


def main() -> int:
    """Measure; gives the exit code."""
    given = _given()
    try:
        entries = {name: _entry(name) for name in given.contenders}
    except InstallError as error:
        print(error, file=sys.stderr)
        return 1
    results = _earlier() if given.write else {"jobs": []}
    versions = {name: versions_of(entry.python, entry.contender) for name, entry in entries.items()}
    results |= {"machine": _machine(), "versions": results.get("versions", {}) | versions}
    equal = True
    with serving(given.base) as url, postgres() as database:
        contest = Contest(url=url, base=given.base, postgres=database)
        for job in given.jobs:
            told, rows = _measured(contest, job, entries, given)
            equal &= all(row.check == EQUAL for row in rows)
            print(f"\n{table(told)}", flush=True)
            results["jobs"] = [one for one in results["jobs"] if one["job"] != job.name] + [told]
            if given.write:
                _write(results)
    return 0 if equal else 1


def _given() -> argparse.Namespace:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--jobs", type=_jobs, default=",".join(JOBS), metavar="NAMES", help=", ".join(JOBS))
    words.add_argument("--contenders", type=_contenders, default=",".join(CONTENDERS), help=", ".join(CONTENDERS))
    words.add_argument(
        "--repeat", type=int, default=3, help="how often each is measured, 3 without it; 0 only compares"
    )
    words.add_argument("--scale", type=float, default=1.0, help="how much of the work is done; all without it")
    words.add_argument("--base", type=int, default=100_000, help="how many records the server makes of each sort")
    words.add_argument("--write", action="store_true", help="put the results into results.json and README.md")
    return words.parse_args()


def _jobs(text: str) -> list[Job]:
    jobs = [JOBS[name] for name in _known(text, list(JOBS))]
    if not installed():
        print("postgres is left out: install the packages pgserver and psycopg for it", file=sys.stderr)
    return [job for job in jobs if job.name != "postgres" or installed()]


def _contenders(text: str) -> list[str]:
    return sorted(_known(text, list(CONTENDERS)))


def _known(text: str, known: list[str]) -> list[str]:
    names = text.split(",")
    if unknown := [name for name in names if name not in known]:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: choose from {', '.join(known)}")
    return names


def _entry(name: str) -> Entry:
    contender = CONTENDERS[name]
    return Entry(name=name, contender=contender, python=python_of(name, contender))


def _measured(
    contest: Contest, job: Job, entries: dict[str, Entry], given: argparse.Namespace
) -> tuple[dict[str, Any], list[Row]]:
    total = max(1, round(job.total * given.scale)) if job.total and job.scaled else job.total
    repeat = given.repeat if job.total else given.repeat * STARTS_MORE
    made = {
        "made": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "load": round(os.getloadavg()[0], 1),
        "scale": given.scale,
        "repeat": repeat,
    }
    rows = [
        row for times in job.times for row in contest.held(job, entered(job, entries), total * times, repeat, times)
    ]
    told = as_json(job, total, rows, made)
    if job.profiled and not all(target["met"] for target in told["targets"]):
        told["profile"] = contest.profile(job, entries[OURS], total * job.times[-1])
    return told, rows


def _machine() -> dict[str, Any]:
    cores, system = os.cpu_count(), f"{platform.system()} {platform.release().partition('-')[0]}"
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return {"cores": cores, "kind": f"{cores} cores ({platform.machine()}), {system}, {python}"}


def _earlier() -> dict[str, Any]:
    return json.loads(RESULTS.read_text()) if RESULTS.exists() else {"jobs": []}


def _write(results: dict[str, Any]) -> None:
    order = list(JOBS)
    results["jobs"].sort(key=lambda one: order.index(one["job"]))
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    README.write_text(put_into(markdown(results), README.read_text()))


if __name__ == "__main__":
    sys.exit(main())
