"""The walk through `docs/authoring.md`, done: its files are written, its commands print what stands under them."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.authoring.desk import Desk

TEXT = (Path(__file__).parents[1] / "docs" / "authoring.md").read_text(encoding="utf-8")
FILE = re.compile(r"<!-- file: (\S+) -->\n```\w+\n(.*?)^```$", re.M | re.S)
SHOWN = re.compile(r"^```sh\n(tapwright (?:infer|plan|preview) [^\n]*)\n```\n(?:\n```text\n(.*?)^```$)?", re.M | re.S)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Desk:
    desk = Desk(tmp_path, monkeypatch, capfdbinary)
    for name, text in FILE.findall(TEXT):
        desk.file(name, text)
    return desk


def test_every_command_prints_what_stands_under_it(desk: Desk) -> None:
    shown = SHOWN.findall(TEXT)
    assert len(shown) == 5
    for command, printed in shown:
        ran = desk.run(*shlex.split(command)[1:])
        pattern = ".*".join(re.escape(part) for part in printed.split("…"))
        assert re.fullmatch(pattern, ran.out, re.S), f"{command}\n{ran.out}"
    assert desk.run("lint", "specs/harbour.yaml").code == 0


def test_the_curl_command_is_the_one_that_is_shown(desk: Desk) -> None:
    assert f"```text\n{desk.run('plan', 'harbour', '-S', 'vessels', '--curl').out}```" in TEXT
