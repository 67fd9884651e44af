"""`python -m benchmarks`: measure contenders beside each other on the same work.

python -m benchmarks                                    # everything: minutes, on a quiet machine
python -m benchmarks --jobs items,csv --contenders tapwright,floor --repeat 3 --scale 0.1
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import tapwright
from benchmarks.checks import Sum, added_up, written
from benchmarks.jobs import JOBS, Job
from benchmarks.measure import Run, run

HERE = Path(__file__).parent
ENGINE = str(Path(tapwright.__file__).parents[1])
SHM = "/dev/shm" if os.path.isdir("/dev/shm") else None


@contextmanager
def serving(base: int) -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.server", "--base", str(base)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=HERE.parent)
    try:
        assert server.stdout
        yield server.stdout.readline().strip()
    finally:
        server.terminate()
        server.communicate()


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--jobs", default=",".join(JOBS))
    words.add_argument("--contenders", default="floor,tapwright")
    words.add_argument("--repeat", type=int, default=3)
    words.add_argument("--scale", type=float, default=1.0)
    words.add_argument("--base", type=int, default=100_000)
    given = words.parse_args()
    bad = 0
    with serving(given.base) as url:
        for name in given.jobs.split(","):
            bad += not measured(JOBS[name], given, url)
    return 1 if bad else 0


def measured(job: Job, given: argparse.Namespace, url: str) -> bool:
    total = round(job.total * given.scale) if job.scaled else job.total
    print(f"\n{job.name}, {total:,}: {job.what}")
    expected = added_up(job.expected(total, given.base), job.types) if job.expected else None
    runs: dict[str, list[Run]] = {}
    checks: dict[str, str] = {}
    names = given.contenders.split(",")
    for number in range(given.repeat + 1):
        for name in names:
            with tempfile.TemporaryDirectory(prefix="bench-", dir=SHM) as place:
                folder = Path(place)
                one = once(name, job, url, total, folder)
                if number:
                    runs.setdefault(name, []).append(one)
                else:
                    checks[name] = checked(one, expected, job, folder)
    floor = statistics.median(r.cpu for r in runs[names[0]])
    floor_wall = statistics.median(r.wall for r in runs[names[0]])
    print(f"{'':<12}{'cpu s':>8}{'min':>8}{'wall s':>8}{'MB':>6}{'requests':>9}{'x cpu':>7}{'x wall':>7}")
    for name in names:
        cpu, wall, memory = (statistics.median(getattr(r, k) for r in runs[name]) for k in ("cpu", "wall", "memory"))
        least = min(r.cpu for r in runs[name])
        requests, ratios = runs[name][-1].requests, f"{cpu / floor:>7.2f}{wall / floor_wall:>7.2f}"
        print(f"{name:<12}{cpu:>8.2f}{least:>8.2f}{wall:>8.2f}{memory:>6.0f}{requests:>9,}{ratios}  {checks[name]}")
    return not any(check != "equal" for check in checks.values())


def once(name: str, job: Job, url: str, total: int, folder: Path) -> Run:
    program = HERE / "contenders" / f"{name}.py"
    out = str(folder / "out")
    command = [sys.executable, "-P", str(program), job.name, url, str(total), out, str(job.workers), str(job.delay)]
    environment = {"PATH": os.defpath, "HOME": str(folder), "LANG": "C.UTF-8", "TZ": "UTC", "PYTHONPATH": ENGINE}
    _requests(url)
    took = run(command, environment, folder)
    return Run(cpu=took.cpu, wall=took.wall, memory=took.memory, code=took.code, requests=_requests(url))


def _requests(url: str) -> int:
    with urlopen(url + "/stats") as answer:
        return int(json.load(answer)["requests"])


def checked(one: Run, expected: Sum | None, job: Job, folder: Path) -> str:
    if one.code:
        return f"exit {one.code}: {(folder / 'stderr').read_text()[-2000:]}"
    if expected is None:
        return "equal"
    try:
        return expected.unlike(added_up(written(folder, job.table), job.types)) or "equal"
    except Exception as error:
        return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    sys.exit(main())
