"""How the command ends: with the code that is right and nothing but its own words, whoever stops it or reads it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

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
