"""The real command as a process of its own, watched by the library that ends it at a chosen operation."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LIMIT = 90.0
"""Seconds that one run may take."""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a run ended."""

    code: int
    """Its exit code; the negative number of the signal that killed it."""
    said: str
    """What it printed."""


@cache
def durable() -> Path | None:
    """Build the library that counts; None without a C compiler, where `shim` counts in Python instead."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None or not sys.platform.startswith("linux"):
        return None
    library = Path(tempfile.mkdtemp(prefix="tapwright-crash-"), "durable.so")
    words: list[str | Path] = [
        compiler,
        "-O1",
        "-shared",
        "-fPIC",
        "-U_FORTIFY_SOURCE",
        "-o",
        library,
        HERE / "durable.c",
        "-ldl",
    ]
    done = subprocess.run(words, capture_output=True, check=False)
    return library if done.returncode == 0 else None


def environment(more: Mapping[str, str], sabotage: bool = False) -> dict[str, str]:
    """Give the environment of a run: nothing of tapwright's, and the library that counts."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TAPWRIGHT", "CRASH_"))}
    paths, library = [str(ROOT / "engine"), str(ROOT)], durable()
    if sabotage:
        paths.insert(0, str(HERE / "sabotage"))
    if library is None:
        paths.insert(0, str(HERE / "shim"))
    loaded = {} if library is None else {"LD_PRELOAD": str(library)}
    return {**kept, "PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1", **loaded, **more}


class Runs(Protocol):
    """A way to run the command; one thread uses it."""

    def run(self, arguments: Sequence[str], more: Mapping[str, str]) -> Ended:
        """Run it with these arguments, and these words added to its environment."""

    def close(self) -> None:
        """Let go of what is held."""


class Executed:
    """Starts `python -m tapwright` anew each time."""

    def __init__(self, sabotage: bool = False) -> None:
        self._sabotage = sabotage

    def start(self, arguments: Sequence[str], more: Mapping[str, str]) -> subprocess.Popen[str]:
        """Start it."""
        return subprocess.Popen(
            [sys.executable, "-m", "tapwright", *arguments],
            env=environment(more, self._sabotage),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, arguments: Sequence[str], more: Mapping[str, str]) -> Ended:
        """Run it to its end."""
        process = self.start(arguments, more)
        try:
            said, _ = process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            said, _ = process.communicate()
        return Ended(code=process.returncode, said=said)

    def close(self) -> None:
        """Nothing is held."""


class Forked:
    """Forks a process that has imported everything: the same command without the time that its imports take."""

    def __init__(self, sabotage: bool = False) -> None:
        self._output = Path(tempfile.mkdtemp(prefix="tapwright-crash-"), "said")
        self._sabotage = sabotage
        self._process = self._begun()

    def _begun(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.crash.zygote"],
            env=environment({}, self._sabotage),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, arguments: Sequence[str], more: Mapping[str, str]) -> Ended:
        """Fork, and wait for the end."""
        process = self._process
        assert process.stdin
        assert process.stdout
        print(json.dumps([list(arguments), dict(more), str(self._output)]), file=process.stdin, flush=True)
        ready, _, _ = select.select([process.stdout], [], [], LIMIT)
        code = process.stdout.readline() if ready else ""
        if code:
            return Ended(code=int(code), said=self._output.read_text())
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        ended, self._process = process.wait(), self._begun()
        return Ended(
            code=-signal.SIGKILL, said=f"{self._output.read_text()}\nit did not end, or its parent did: {ended}"
        )

    def close(self) -> None:
        """End the process."""
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait()
        shutil.rmtree(self._output.parent, ignore_errors=True)
