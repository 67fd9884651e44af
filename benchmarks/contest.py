"""A job done by its contenders in turn, round by round, so that what else the machine does befalls all alike."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.request import urlopen

from benchmarks.checks import Sum, added_up, written
from benchmarks.contenders import Contender
from benchmarks.environments import variables
from benchmarks.jobs import Job
from benchmarks.measure import Run, run
from benchmarks.postgres import Postgres

ROOT = Path(__file__).parents[1]
EQUAL = "equal"
IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
"""Where contenders write, so that no disk is measured; Linux has it."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A contender and how it is started."""

    name: str
    contender: Contender
    python: str


@dataclass(kw_only=True)
class Row:
    """What a contender did of a job."""

    contender: str
    times: int = 1
    check: str = ""
    """`equal`, or what is wrong."""
    runs: list[Run] = field(default_factory=list)


@contextmanager
def serving(base: int) -> Iterator[str]:
    """Serve from another process; gives its address."""
    command = [sys.executable, "-m", "benchmarks.server", "--base", str(base)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        assert server.stdout
        yield server.stdout.readline().strip()
    finally:
        server.terminate()
        server.communicate()


@dataclass(frozen=True, kw_only=True)
class Contest:
    """Where contests are held."""

    url: str
    base: int
    """How many records of a sort the server made."""
    postgres: Postgres

    def held(self, job: Job, entries: list[Entry], total: int, repeat: int, times: int = 1) -> list[Row]:
        """Let each do the job once to be checked, then in turn to be measured; who fails is left out."""
        expected = self._expected(job, total)
        rows = {entry.name: Row(contender=entry.name, times=times) for entry in entries}
        for entry in entries:
            rows[entry.name].check = self._checked(job, entry, total, expected)
        well = [entry for entry in entries if rows[entry.name].check == EQUAL]
        for _ in range(repeat):
            for entry in well:
                with tempfile.TemporaryDirectory(prefix="bench-", dir=IN_MEMORY) as folder:
                    rows[entry.name].runs.append(self._once(job, entry, total, Path(folder))[0])
        return list(rows.values())

    def profile(self, job: Job, entry: Entry, total: int) -> list[str]:
        """Let tapwright do the job once more and say where its time goes; gives what it says."""
        asked = replace(entry, contender=replace(entry.contender, options=("--profile",)))
        with tempfile.TemporaryDirectory(prefix="bench-", dir=IN_MEMORY) as folder:
            self._once(job, asked, total, Path(folder))
            return (Path(folder) / "stderr").read_text().splitlines()

    def _expected(self, job: Job, total: int) -> Sum | None:
        return added_up(job.expected(total, self.base), job.types) if job.expected else None

    def _checked(self, job: Job, entry: Entry, total: int, expected: Sum | None) -> str:
        with tempfile.TemporaryDirectory(prefix="bench-", dir=IN_MEMORY) as folder:
            once, out = self._once(job, entry, total, Path(folder))
            if once.code:
                return f"exit code {once.code}: {(Path(folder) / 'stderr').read_text()[-1500:].strip()}"
            if expected is None:
                return EQUAL
            try:
                came = written(Path(folder), out, job.table)
                return expected.unlike(added_up(came, job.types, job.name in entry.contender.as_text)) or EQUAL
            except (KeyError, TypeError, ValueError) as error:
                return f"cannot be read: {type(error).__name__}: {error}"

    def _once(self, job: Job, entry: Entry, total: int, folder: Path) -> tuple[Run, str]:
        out = self.postgres.database() if job.name == "postgres" else str(folder / "out")
        self._requests()
        took = run(self._command(job, entry, total, out), variables(entry.contender, folder), folder)
        return replace(took, requests=self._requests()), out

    def _command(self, job: Job, entry: Entry, total: int, out: str) -> list[str]:
        if starts := entry.contender.starts.get(job.name):
            scripts = Path(entry.python).parent
            return [entry.python, *(str(scripts / w[4:]) if w.startswith("bin/") else w for w in starts)]
        given = [job.name, self.url, str(total), out, str(job.workers), str(job.delay)]
        return [entry.python, "-P", str(entry.contender.program), *given, *entry.contender.options]

    def _requests(self) -> int:
        with urlopen(self.url + "/stats") as answer:
            return int(json.load(answer)["requests"])


def does(contender: Contender, job: Job) -> bool:
    """Whether a contender does a job."""
    return job.name in contender.jobs or job.name in contender.starts


def entered(job: Job, entries: Mapping[str, Entry]) -> list[Entry]:
    """Give those that do a job."""
    return [entry for entry in entries.values() if does(entry.contender, job)]
