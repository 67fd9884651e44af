"""The tutorial, done: its files are written, its provider is served, its commands are run."""

from __future__ import annotations

import functools
import http.server
import re
import shlex
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tapwright.cli import tapwright
from tapwright.cli.failing import exit_code
from tests.test_docs import BLOCK

TEXT = (Path(__file__).parents[1] / "docs" / "tutorial.md").read_text(encoding="utf-8")
FILE = re.compile(r"<!-- file: (\S+) -->\n```\w+\n(.*?)^```$", re.M | re.S)
COMMANDS = [line for block in BLOCK.finditer(TEXT) if block[1] == "sh" for line in block[2].splitlines()]


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with the tutorial's files, and its provider on a port of its own."""
    handler = functools.partial(Quiet, directory=str(tmp_path / "site"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for found in FILE.finditer(TEXT):
            path = tmp_path / found[1]
            path.parent.mkdir(exist_ok=True)
            path.write_text(found[2].replace("127.0.0.1:8000", f"127.0.0.1:{server.server_port}"), encoding="utf-8")
        monkeypatch.chdir(tmp_path)
        yield tmp_path
        server.shutdown()


def test_every_command_does_what_the_tutorial_says(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for command in COMMANDS:
        if command.startswith("tapwright"):
            monkeypatch.setattr(sys, "argv", shlex.split(command.partition(" > ")[0]))
            code, said = exit_code(tapwright), capfd.readouterr()
            assert code == 0, f"{command}\n{said.err}"
            if "jsonl:-" in command:
                assert f"```json\n{said.out}```" in TEXT, command
            if command == "tapwright test":
                assert f"```text\n{said.out}```" in TEXT
    with duckdb.connect(str(folder / "acme.duckdb")) as database:
        assert database.execute("SELECT id, total::text, state FROM orders ORDER BY id").fetchall() == [
            (1, "12.500000000", "paid"),
            (2, "99.000000000", "open"),
            (3, "0.100000000", "paid"),
        ]
    assert list((folder / "lake" / "orders").glob("part-*.parquet"))
    assert (folder / "cassettes" / "acme" / "orders.yaml").is_file()


def test_a_slip_is_said_as_the_tutorial_says(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    spec = folder / "specs" / "acme.yaml"
    spec.write_text(spec.read_text(encoding="utf-8").replace("records:", "recrods:"), encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["tapwright", "lint", "specs/acme.yaml"])
    assert exit_code(tapwright) == 1
    said = capfd.readouterr()
    assert said.out + said.err in TEXT
