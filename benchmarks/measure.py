"""Run a program once: the processor's seconds, the time, the most memory."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_LAUNCH = """
import json, os, resource, subprocess, sys, time
said, out, err, *command = sys.argv[1:]
with open(out, "wb") as stdout, open(err, "wb") as stderr:
    began = time.monotonic()
    code = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr).returncode
    took = time.monotonic() - began
used = resource.getrusage(resource.RUSAGE_CHILDREN)
with open(said, "w") as file:
    json.dump({"code": code, "wall": took, "cpu": used.ru_utime + used.ru_stime, "memory": used.ru_maxrss}, file)
"""
"""Runs a command from a small process: what a child's memory is counted from is that of the process it began in."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """What a run took."""

    cpu: float
    """Seconds of a processor, its own and the system's, children included."""
    wall: float
    memory: float
    """The most that one process had, in MB."""
    requests: int = 0
    code: int = 0


def run(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> Run:
    """Run a command in a folder; what it prints is in `stdout` and `stderr` there."""
    files = [str(folder / name) for name in ("usage.json", "stdout", "stderr")]
    launch = [sys.executable, "-I", "-S", "-c", _LAUNCH, *files, *command]
    subprocess.run(launch, env=dict(environment), cwd=folder, check=True)
    used = json.loads((folder / "usage.json").read_text())
    unit = 1 if sys.platform == "darwin" else 1024
    return Run(cpu=used["cpu"], wall=used["wall"], memory=used["memory"] * unit / 1e6, code=used["code"])
