"""docs/singer.md says what is so: its commands, its settings, its Meltano project."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import click
import yaml

from tapwright.cli.singer import singer_command
from tapwright.fronts.singer_about import CAPABILITIES
from tapwright.fronts.singer_config import configured, find_tap
from tapwright.fronts.singer_state import StateBook

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "singer.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.M | re.S)


def test_every_command_of_a_tap_has_only_options_that_exist() -> None:
    lines = [line for block in blocks("sh") for line in block.splitlines() if line.startswith("tap-")]
    assert len(lines) == 5
    for line in lines:
        words = shlex.split(re.split(r"[|>]", line)[0])
        assert (ROOT / "specs" / f"{words[0].removeprefix('tap-').replace('-', '_')}.yaml").is_file()
        context = click.Context(singer_command)
        singer_command.make_parser(context).parse_args(["target", *words[1:]])


def test_every_script_is_listed() -> None:
    scripts = re.findall(r"^(tap-[a-z0-9-]+) = ", (ROOT / "pyproject.toml").read_text("utf-8"), re.M)
    assert re.findall(r"^\| `(tap-[a-z0-9-]+)` \|", PAGE, re.M) == sorted(scripts)


def test_the_meltano_project_names_settings_and_capabilities_that_there_are() -> None:
    (block,) = blocks("yml")
    extractor = yaml.safe_load(block)["plugins"]["extractors"][0]
    tap = find_tap("rokt", "tap-rokt")
    assert set(extractor["capabilities"]) <= set(CAPABILITIES)
    assert {setting["name"] for setting in extractor["settings"]} <= tap.spec.config.keys()
    assert all(rule.strip("!").split(".")[0] in tap.uses for rule in extractor["select"])
    configured(tap, {**extractor["config"], "app_id": "a", "app_secret": "b"}, print)


def test_the_settings_and_the_state_that_are_shown_are_read() -> None:
    settings, state, batches = map(json.loads, blocks("json"))
    assert configured(find_tap("rokt", "tap-rokt"), batches, print, checked=False).batching
    tap = configured(find_tap("datasette", "tap-datasette"), settings, print)
    assert list(tap.uses) == ["orders"]
    book = StateBook(state, [], tap.spec, print)
    assert book.value({}, {}) == state
