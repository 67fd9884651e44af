"""A command starts at once: platforms start one for every stream they look at, several times a sync."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tapwright.errors import SpecError
from tapwright.load import load_spec

ROOT = Path(__file__).parents[1]
SLOW = (
    "dlt",
    "duckdb",
    "jinja2",
    "jsonschema",
    "lxml",
    "psycopg",
    "requests",
    "rich",
    "tapwright.rules",
    "tapwright.sinks",
    "vcr",
)
SAID = {"tapwright": "cli", "tap-rokt": "cli.singer", "source-rokt": "cli.airbyte"}
DOORS = {"tapwright": "main", "tap-rokt": "tap", "source-rokt": "source"}
STARTS = [
    ("tapwright --version", 0.12, ("jinja2", "yaml")),
    ("tapwright --help", 0.12, ("tapwright.spec", "yaml")),
    ("tap-rokt --version", 0.12, ("tapwright.spec", "yaml")),
    ("tap-rokt --discover", 0.35, SLOW),
    ("source-rokt spec", 0.35, SLOW),
    ("source-rokt discover --config config.json", 0.35, ("duckdb", "requests", "rich", "tapwright.sinks", "vcr")),
]


def started(folder: Path, command: str) -> tuple[float, set[str]]:
    """Run a command as its script does: the CPU seconds that it took, and the modules that it imported."""
    name, *words = command.split()
    program = (
        f"import atexit, json, resource, sys; sys.argv = {[name, *words]}\n"
        "def told():\n"
        "    used = resource.getrusage(resource.RUSAGE_SELF)\n"
        "    json.dump([used.ru_utime + used.ru_stime, list(sys.modules)], sys.stderr)\n"
        f"atexit.register(told)\nfrom tapwright.{SAID[name]} import {DOORS[name]} as door\ndoor()"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "engine")}
    words = [sys.executable, "-c", program]
    run = subprocess.run(words, cwd=folder, env=environment, capture_output=True, check=True)
    seconds, modules = json.loads(run.stderr)
    return seconds, set(modules)


@pytest.mark.parametrize(("command", "most", "never"), STARTS, ids=[command for command, *_ in STARTS])
def test_starting_is_quick(tmp_path: Path, command: str, most: float, never: tuple[str, ...]) -> None:
    account = {"app_id": "a", "app_secret": "b", "account_ids": ["1"], "start_date": "2026-01-01"}
    (tmp_path / "config.json").write_text(json.dumps(account))
    seconds, modules = started(tmp_path, command)
    assert sorted(modules & {*never}) == [], "imported without need"
    least = min([seconds] if seconds < most else [started(tmp_path, command)[0] for _ in range(5)])
    assert least < most


def test_a_spec_that_was_changed_is_checked(tmp_path: Path) -> None:
    text = (ROOT / "specs" / "rokt.yaml").read_text(encoding="utf-8")
    same, changed = tmp_path / "rokt.yaml", tmp_path / "other" / "rokt.yaml"
    changed.parent.mkdir()
    same.write_text(text, encoding="utf-8")
    changed.write_text(text.replace("primary_key:", "primary_keys:", 1), encoding="utf-8")
    assert load_spec(same).name == "rokt"
    with pytest.raises(SpecError, match="did you mean 'primary_key'"):
        load_spec(changed)


def test_a_spec_under_another_name_is_checked(tmp_path: Path) -> None:
    (tmp_path / "rocket.yaml").write_bytes((ROOT / "specs" / "rokt.yaml").read_bytes())
    with pytest.raises(SpecError, match="is not the name of the file"):
        load_spec(tmp_path / "rocket.yaml")
