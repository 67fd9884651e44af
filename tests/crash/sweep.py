"""One case: crash the command at a point, look at what it left, start it again, compare with the source."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from tests.crash.command import Ended, Runs
from tests.crash.oracle import Broken, History
from tests.crash.places import Database, Files, Place
from tests.crash.power import LOSSES, disks, write
from tests.crash.shop import FIRST_DAY, Shop, end_of, everything, stamp

Words: TypeAlias = Mapping[str, str]
CONNECTOR = Path(__file__).parent / "shop_daily.yaml"
KILLED, FAILED = ("before", "after", "torn"), ("full", "readonly", "eio")
"""What can happen at a point: the process ends, or the disk refuses from there on (eio: once)."""
SINKS = ("duckdb", "parquet", "csv", "jsonl", "postgres")


@dataclass(frozen=True, kw_only=True)
class Case:
    """A crash that can be replayed."""

    sink: str
    how: str
    point: int
    edition: int = 1
    """The edition that is being read; the target holds the one before it."""
    rows: int = 4
    """Records of a checkpoint."""

    @property
    def replay(self) -> str:
        """The command that does it again."""
        words = f"--edition {self.edition} --how {self.how} --point {self.point}"
        return f"python -m tests.crash --sink {self.sink} {words}" + (f" --rows {self.rows}" if self.rows != 4 else "")


class Sweep:
    """Runs cases of one sink; keeps a target that holds each edition, and the history of reading the next one."""

    def __init__(self, shop: Shop, kind: str, runs: Runs, rows: int = 4, name: str = "") -> None:
        self.shop, self.kind, self.runs, self.rows = shop, kind, runs, rows
        self._name = name or kind
        self._root = Path(tempfile.mkdtemp(prefix=f"tapwright-crash-{kind}-")).resolve()
        self._number = 0
        self.always: dict[str, str] = {}
        """What every run of it finds in its environment."""
        self.seconds = 0.0
        """How long a run takes that is left alone, once that is known."""
        self._histories: dict[int, History] = {}
        self._points: dict[int, list[str]] = {}
        self._done: dict[int, Place] = {}

    def close(self) -> None:
        """Remove everything."""
        self.runs.close()
        for place in self._done.values():
            place.remove()
        shutil.rmtree(self._root, ignore_errors=True)

    def read(self, place: Place, edition: int, more: Words | None = None, case: str = "", workers: int = 4) -> Ended:
        """Run the command once."""
        return self.runs.run(self.arguments(place, edition, case, workers), {**self.always, **(more or {})})

    def arguments(self, place: Place, edition: int, case: str = "", workers: int = 4) -> list[str]:
        """Give the words of the command."""
        config = {
            "base_url": self.shop.base_url(case or self._name, edition),
            "start": stamp(FIRST_DAY),
            "end": stamp(end_of(edition)),
        }
        pairs = [word for name, value in config.items() for word in ("-c", f"{name}={value}")]
        pace = ["--checkpoint-rows", str(self.rows), "--checkpoint-seconds", "1000", "--workers", str(workers)]
        return ["run", str(CONNECTOR), *pairs, "--to", place.to, *pace, "--quiet"]

    def place(self, edition: int = 1) -> Place:
        """Give a new place that holds what was there before an edition."""
        self._number += 1
        if edition > 1:
            self.history(edition - 1)
        return self._made(str(self._number), self._done.get(edition - 1))

    def _made(self, name: str, like: Any) -> Place:
        if self.kind == "postgres":
            return Database(f"{self._root.name}-{name}", like)
        return Files(self.kind, self._root / name, like)

    def history(self, edition: int) -> History:
        """What an undisturbed run does; made once, with its durable operations counted."""
        if edition not in self._histories:
            old = everything(edition - 1) if edition > 1 else {}
            if edition > 1:
                self.history(edition - 1)
            place = self._made(f"edition-{edition}", self._done.get(edition - 1))
            log, case = self.journal(edition), f"{self._name}-clean"
            self.shop.served[case].clear()
            kept = {"CRASH_LOG": str(log), "CRASH_DATA": f"{log}-data"}
            ended = self.read(place, edition, {**place.watched, **kept, "CRASH_POINT": "0"}, case, workers=1)
            history = History(old, self.shop.served[case], everything(edition))
            problems = history.judge_end(place.held())
            if ended.code or problems:
                raise AssertionError(f"{self.kind}, undisturbed, ended with {ended.code}: {problems}\n{ended.said}")
            self._done[edition] = place
            self._histories[edition], self._points[edition] = history, log.read_text().splitlines()
        return self._histories[edition]

    def points(self, edition: int) -> list[str]:
        """The durable operations of an undisturbed run: number, name, path."""
        self.history(edition)
        return self._points[edition]

    def journal(self, edition: int) -> Path:
        """The file in which they are written."""
        return self._root / f"log-{edition}"

    def count(self, edition: int, how: str) -> list[int]:
        """The points at which something can happen; only a write can be torn."""
        lines = [line.split("\t") for line in self.points(edition)]
        wanted = {
            "torn": ("write", "pwrite", "writev", "send"),
            "eio": ("write", "pwrite", "writev", "fsync", "send"),
        }.get(how)
        return [int(number) for number, name, *_ in lines if wanted is None or name in wanted]

    def run(self, case: Case, *, follow: bool = True) -> list[str]:
        """Crash, look, start again, compare; then read the next edition.  Gives what was wrong."""
        if case.how in LOSSES:
            return self.without_power(case)
        place = self.place(case.edition)
        try:
            return [*self._crashed(case, place), *self.recovered(place, case.edition, follow=follow)]
        except Broken as broken:
            return [str(broken)]
        finally:
            place.remove()

    def without_power(self, case: Case) -> list[str]:
        """Lose the power at a point of an undisturbed run, instead of killing one; look, start again, compare."""
        self.history(case.edition)
        place, log = self.place(), self.journal(case.edition)
        assert isinstance(place, Files)
        below, old = self._done[case.edition], self._done.get(case.edition - 1, place)
        assert isinstance(below, Files)
        assert isinstance(old, Files)
        try:
            journal = disks(old.below, below.below, log, Path(f"{log}-data"))
            write(
                next(disk for number, disk in journal if number == case.point).left(case.how), below.below, place.below
            )
            history, held = self.history(case.edition), place.held()
            last = case.point == len(self.points(case.edition))
            problems = history.judge_end(held) if last else history.judge(held)
            return problems + self.recovered(place, case.edition, follow=False)
        except Broken as broken:
            return [str(broken)]
        finally:
            place.remove()

    def _crashed(self, case: Case, place: Place) -> list[str]:
        ended = self.read(place, case.edition, {**place.watched, "CRASH_POINT": str(case.point), "CRASH_HOW": case.how})
        problems = killed_well(ended) if case.how in KILLED else failed_well(ended)
        return problems + self.history(case.edition).judge(place.held(), together=case.how in KILLED)

    def recovered(self, place: Place, edition: int, *, follow: bool = True) -> list[str]:
        """Start again once, and compare; once more with what came since."""
        problems: list[str] = []
        for number in (edition, edition + 1)[: 2 if follow else 1]:
            ended = self.read(place, number)
            if ended.code:
                return [*problems, f"started again, it ended with {ended.code}: {ended.said}"]
            problems += self.history(number).judge_end(place.held())
            problems += place.leftovers()
        return problems


def killed_well(ended: Ended) -> list[str]:
    """A killed process says nothing; one that was through is done."""
    return [] if ended.code in (0, 137, -9) else [f"it ended with {ended.code}: {ended.said}"]


def failed_well(ended: Ended) -> list[str]:
    """A refusing disk is told in words, with exit code 1; where only tidying up was refused, the run is done."""
    if ended.code not in (0, 1):
        return [f"it ended with {ended.code}: {ended.said}"]
    signs = ("Traceback", "This is a bug", "Exception ignored", "_duckdb", "rollback", "exception_type")
    ill = [sign for sign in signs if sign in ended.said]
    silent = ended.code == 1 and not ended.said.startswith("error: ")
    return [f"it said: {ended.said}"] if ill or silent else []
