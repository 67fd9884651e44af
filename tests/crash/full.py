"""The full form: every point of every sink, side by side, and a table of what came of it."""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

from tests.crash.command import Executed, Forked, Runs, durable
from tests.crash.shop import Shop
from tests.crash.sweep import FAILED, KILLED, SINKS, Case, Sweep

WORKERS = 2


def outcomes(sweeps: list[Sweep], cases: Iterable[Case], follow: Callable[[Case], bool]) -> Iterator[tuple[Case, list[str]]]:
    """Run cases of one sink side by side, each sweep one at a time."""
    free: SimpleQueue[Sweep] = SimpleQueue()
    for sweep in sweeps:
        free.put(sweep)

    def run(case: Case) -> tuple[Case, list[str]]:
        sweep = free.get()
        try:
            return case, sweep.run(case, follow=follow(case))
        finally:
            free.put(sweep)

    with ThreadPoolExecutor(len(sweeps)) as pool:
        yield from pool.map(run, cases)


class Report:
    """Counts what came of the cases, and prints it."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
        self.failed: list[str] = []

    def add(self, sink: str, what: str, problems: list[str], replay: str) -> None:
        """Count a case."""
        self.rows[sink, what][1 if problems else 0] += 1
        if problems:
            self.failed.append(f"{replay}\n    " + "\n    ".join(problems))
            print(f"FAILED {self.failed[-1]}", flush=True)

    def show(self) -> None:
        """Print the table."""
        print(f"{'sink':10} {'mode':28} {'points':>7} {'ok':>7} {'failed':>7}")
        for (sink, what), (well, ill) in self.rows.items():
            print(f"{sink:10} {what:28} {well + ill:7} {well:7} {ill:7}")
        well, ill = (sum(row[place] for row in self.rows.values()) for place in (0, 1))
        print(f"{'all':10} {'':28} {well + ill:7} {well:7} {ill:7}")


def enumerate_points(shop: Shop, report: Report, kind: str, chosen: argparse.Namespace) -> None:
    """Crash at every point of one sink."""
    make: Callable[[], Runs] = Executed if chosen.executed else Forked
    sweeps = [Sweep(shop, kind, make(), chosen.rows, f"{kind}-{number}") for number in range(WORKERS)]
    try:
        for edition in chosen.edition:
            for how in chosen.how:
                began, points = time.monotonic(), chosen.point or sweeps[0].count(edition, how)
                cases = [Case(sink=kind, how=how, point=point, edition=edition, rows=chosen.rows) for point in points]
                for case, problems in outcomes(sweeps, cases, lambda case: True):
                    report.add(kind, f"{how}, edition {edition}", problems, case.replay)
                print(f"{kind}: {how}, edition {edition}: {len(cases)} in {time.monotonic() - began:.0f} s", flush=True)
    finally:
        for sweep in sweeps:
            sweep.close()


def main(arguments: list[str] | None = None) -> int:
    """Crash, and tell what came of it; 1 if anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--sink", action="append", choices=SINKS, help="only this sink")
    parser.add_argument("--how", action="append", choices=[*KILLED, *FAILED], help="only this end")
    parser.add_argument("--point", action="append", type=int, help="only this point")
    parser.add_argument("--edition", action="append", type=int, help="while this edition is read; 1 begins with nothing")
    parser.add_argument("--rows", type=int, default=4, help="records of a checkpoint")
    parser.add_argument("--executed", action="store_true", help="start Python anew for each run, instead of forking it")
    chosen = parser.parse_args(arguments)
    chosen.how, chosen.edition = chosen.how or [*KILLED, *FAILED], chosen.edition or [1, 2]
    if durable() is None:
        print("No C compiler: operations are counted in Python, which does not see what DuckDB itself writes.")
    report = Report()
    with Shop() as shop:
        for kind in chosen.sink or SINKS:
            enumerate_points(shop, report, kind, chosen)
    report.show()
    return 1 if report.failed else 0
