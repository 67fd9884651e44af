"""How the command ends: with the code that is right and nothing but its own words, whoever stops it or reads it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import IO

import click
import pytest

from tapwright.cli.failing import exit_code

FULL = Path("/dev/full")
ENGINE = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1] / "engine")}


@pytest.mark.skipif(not FULL.exists(), reason="no file that is always full")
@pytest.mark.parametrize("words", ["list", "schema spec", "plan rokt --json", "--help"])
def test_a_standard_output_that_is_full_is_told(words: str) -> None:
    with FULL.open("wb") as full:
        program = [sys.executable, "-m", "tapwright", *words.split()]
        ran = subprocess.run(program, stdout=full, stderr=subprocess.PIPE, text=True, env=ENGINE, check=False)
    assert (ran.returncode, ran.stderr) == (1, "error: nothing more can be written: No space left on device\n")


@pytest.mark.parametrize("columns", [60, 120])
def test_on_a_terminal_the_progress_makes_way_for_the_summary(columns: int, tmp_path: Path) -> None:
    pty = pytest.importorskip("pty", reason="no terminals to stand in")
    ours, theirs = pty.openpty()
    program = [sys.executable, "-m", "tapwright", "run", "rokt", "--replay", "-S", "campaign_overview"]
    env = {**ENGINE, "COLUMNS": str(columns), "TERM": "xterm", "NO_COLOR": "1"}
    ran = subprocess.Popen(program, stdout=subprocess.PIPE, stderr=theirs, env=env, cwd=tmp_path)
    os.close(theirs)
    with open(ours, "rb", buffering=0) as terminal:
        said = b"".join(iter(lambda: _piece(terminal), b"")).decode()
    assert ran.communicate()[0] == b""
    assert ran.returncode == 0
    assert "campaign_overview 2 rows 2 pages" in said
    assert "…" not in said
    assert ("0:00:00" in said) == (columns == 120)
    _, erased, summary = said.rpartition("\x1b[2K")  # the line above is cleared
    assert erased
    lines = re.sub(r"\x1b\[[0-9;]*m", "", summary).split()
    assert lines[:3] == ["rokt", "→", "rokt.duckdb"]
    assert lines[3:8] == ["table", "rows", "pages", "slices", "seconds"]
    assert lines[9:-1] == ["campaign_overview", "2", "2", "2"]


def _piece(terminal: IO[bytes]) -> bytes:
    try:
        return terminal.read(1 << 16)
    except OSError:  # so Linux tells that nobody writes any more
        return b""


@pytest.mark.parametrize(
    "program",
    [
        "raise KeyboardInterrupt",
        "try:\n    raise KeyboardInterrupt\nexcept KeyboardInterrupt as keys:\n    raise ImportError from keys",
        "try:\n    raise KeyboardInterrupt\nfinally:\n    raise ImportError",
    ],
    ids=["bare", "as the cause", "in between"],
)
def test_ctrl_c_is_no_bug_also_where_a_library_is_being_loaded(
    program: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["tapwright"])
    assert exit_code(click.Command("loading", callback=lambda: exec(program))) == 130
    assert capsys.readouterr().err.strip() == "interrupted"
