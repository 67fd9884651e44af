"""The benchmarks work: every job's floor and tapwright give the same records."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_floor_and_tapwright_give_the_same_records() -> None:
    jobs = ["--jobs", "items,items-map,csv,xml,oauth"]
    small = ["--scale", "0.001", "--base", "1000", "--repeat", "1"]
    command = [sys.executable, "-m", "benchmarks", *jobs, *small]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout.count("equal")) == (0, 10), done.stdout + done.stderr
