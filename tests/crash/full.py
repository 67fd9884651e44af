"""The full form: every point of every sink, side by side, and a table of what came of it."""

from __future__ import annotations

import argparse
import signal
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import TypeAlias, TypeVar

from tests.crash.command import Executed, Forked, Runs, durable
from tests.crash.damage import folder_in_the_way, no_room, states
from tests.crash.kills import Kills
from tests.crash.power import LOSSES
from tests.crash.proof import SPLITS, SWAP, split_commits, unsynced
from tests.crash.shop import Shop
from tests.crash.sweep import FAILED, KILLED, SINKS, Case, Sweep

T = TypeVar("T")
WORKERS = 2
PARTS = ("points", "power", "kills", "damage", "proof")
SEEDS = 200
"""Runs that are killed at random moments, over all sinks; as many again with faults of the server."""
ROOM = (0, 1, 1000, 5000, 20_000, 60_000, 200_000)
"""Bytes that a file may have."""


Outcomes: TypeAlias = Iterator[tuple[T, list[str]]]


def each(sweeps: list[Sweep], things: Iterable[T], do: Callable[[Sweep, T], list[str]]) -> Outcomes[T]:
    """Do things to the sweeps of one sink side by side, each sweep one at a time; gives them in order."""
    free: SimpleQueue[Sweep] = SimpleQueue()
    for sweep in sweeps:
        free.put(sweep)

    def done(thing: T) -> tuple[T, list[str]]:
        sweep = free.get()
        try:
            return thing, do(sweep, thing)
        finally:
            free.put(sweep)

    with ThreadPoolExecutor(len(sweeps)) as pool:
        yield from pool.map(done, things)


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
        print(f"{'sink':10} {'mode':34} {'points':>7} {'ok':>7} {'failed':>7}")
        for (sink, what), (well, ill) in self.rows.items():
            print(f"{sink:10} {what:34} {well + ill:7} {well:7} {ill:7}")
        well, ill = (sum(row[place] for row in self.rows.values()) for place in (0, 1))
        print(f"{'all':10} {'':34} {well + ill:7} {well:7} {ill:7}")


class Full:
    """All that is done to one sink."""

    def __init__(self, shop: Shop, report: Report, kind: str, chosen: argparse.Namespace) -> None:
        make: Callable[[], Runs] = Executed if chosen.executed else Forked
        self.shop, self.report, self.kind, self.chosen = shop, report, kind, chosen
        self.sweeps = [Sweep(shop, kind, make(), chosen.rows, f"{kind}-{number}") for number in range(WORKERS)]

    def close(self) -> None:
        """Remove everything."""
        for sweep in self.sweeps:
            sweep.close()

    def points(self) -> None:
        """End the process, or let the disk refuse, at every point; the disk refuses at every third one.

        A server hangs up instead: once, or from then on.
        """
        for edition in self.chosen.edition or (1, 2):
            for how in self.chosen.how or (*KILLED, *FAILED):
                if how not in LOSSES and (self.kind, how) != ("postgres", "readonly"):
                    every = self.sweeps[0].count(edition, how)
                    self._cases(how, edition, every[::3] if how in FAILED else every)

    def power(self) -> None:
        """Lose the power at every point."""
        for edition in self.chosen.edition or (1, 2):
            for how in self.chosen.how or LOSSES:
                if self.kind != "postgres" and how in LOSSES:
                    self._cases(how, edition, self.sweeps[0].count(edition, how))

    def _cases(self, how: str, edition: int, points: list[int]) -> None:
        began, points = time.monotonic(), self.chosen.point or points
        cases = [Case(sink=self.kind, how=how, point=point, edition=edition, rows=self.chosen.rows) for point in points]
        for case, problems in each(self.sweeps, cases, lambda sweep, case: sweep.run(case, follow=how == "before")):
            self.report.add(self.kind, f"{how}, edition {edition}", problems, case.replay)
        print(f"{self.kind}: {how}, edition {edition}: {len(cases)} in {time.monotonic() - began:.0f} s", flush=True)

    def kills(self) -> None:
        """Kill at random moments, also with faults of the server; signals; page 900 of 1,000."""
        share = SEEDS // len(SINKS)
        first = SINKS.index(self.kind) * share
        if self.chosen.seed:
            self._killed(self.chosen.seed, self.chosen.faults)
            return
        for faults in (False, True):
            self._killed(range(first, first + share), faults)
        struck = [(number, request) for number in (signal.SIGTERM, signal.SIGINT) for request in (12, 17, 22)]
        for (number, request), problems in each(self.sweeps, struck, lambda sweep, pair: Kills(sweep).signalled(*pair)):
            self._tell(f"{number.name}", problems, f"--only kills (at request {request})")
        self._tell("cut on page 900 of 1,000", Kills(self.sweeps[0]).on_page_900(), "--only kills")

    def _killed(self, seeds: Iterable[int], faults: bool) -> None:
        what, more = ("SIGKILL and faults", " --faults") if faults else ("SIGKILL at random", "")
        for seed, problems in each(self.sweeps, seeds, lambda sweep, seed: Kills(sweep).at_random(seed, faults=faults)):
            self._tell(what, problems, f"--seed {seed}{more}")

    def damage(self) -> None:
        """Damage the state, leave no room, put a file in the way."""
        for name, do in states(self.sweeps[0]).items():
            self._tell("damaged states", do(), f"--only damage ({name})")
        if self.kind == "postgres":
            return
        for most, problems in each(self.sweeps, ROOM, no_room):
            self._tell("files of limited size", problems, f"--only damage ({most} bytes)")
        self._tell("a file in the way", folder_in_the_way(self.sweeps[0]), "--only damage")

    def proof(self) -> None:
        """Wrong writers must be found out."""
        splits = {f"rows and state split, {half} first": half for half in SPLITS}
        if self.kind == "postgres":
            splits["the swap of two tables split"] = SWAP
        tried = {what: split_commits(self.shop, self.kind, split, 3) for what, split in splits.items()}
        if self.kind != "postgres":  # its server's disk is its server's
            tried["never synced"] = unsynced(self.shop, self.kind, 3)
        for what, outcomes in tried.items():
            failed = [case.point for case, problems in outcomes if problems]
            print(f"{self.kind}: {what}: {len(failed)} points fail, as they must: {failed}", flush=True)
            self._tell("wrong writers found out", [] if failed else [f"{what}: not found out"], "--only proof")

    def _tell(self, what: str, problems: list[str], replay: str) -> None:
        self.report.add(self.kind, what, problems, f"python -m tests.crash --sink {self.kind} {replay}")


def main(arguments: list[str] | None = None) -> int:
    """Crash, and tell what came of it; 1 if anything was wrong."""
    chosen = _chosen(arguments)
    if durable() is None:
        print("No C compiler: operations are counted in Python, which does not see what DuckDB itself writes.")
    report, began = Report(), time.monotonic()
    with Shop() as shop:
        for kind in chosen.sink or SINKS:
            full = Full(shop, report, kind, chosen)
            try:
                for part in chosen.only or PARTS:
                    getattr(full, part)()
            finally:
                full.close()
    report.show()
    print(f"seeds 0 to {SEEDS - 1}, each with faults and without; {time.monotonic() - began:.0f} s")
    print("A single case: python -m tests.crash --sink duckdb --point 17 --how before [--edition 2]")
    return 1 if report.failed else 0


def _chosen(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--sink", action="append", choices=SINKS, help="only this sink")
    parser.add_argument("--only", action="append", choices=PARTS, help="only this part")
    parser.add_argument("--how", action="append", choices=[*KILLED, *FAILED, *LOSSES], help="only this end")
    parser.add_argument("--point", action="append", type=int, help="only this point")
    parser.add_argument("--edition", action="append", type=int, help="while this is read; 1 begins with nothing")
    parser.add_argument("--seed", action="append", type=int, help="only this run that is killed at random")
    parser.add_argument("--faults", action="store_true", help="with faults of the server, for --seed")
    parser.add_argument("--rows", type=int, default=4, help="records of a checkpoint")
    parser.add_argument("--executed", action="store_true", help="start Python anew for each run, instead of forking it")
    chosen = parser.parse_args(arguments)
    if not chosen.only and (chosen.point or chosen.how):
        chosen.only = ["points", "power"]
        chosen.edition, chosen.how = chosen.edition or [1], chosen.how or ["before"]
    if not chosen.only and chosen.seed:
        chosen.only = ["kills"]
    return chosen
