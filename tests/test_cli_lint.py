"""`tapwright lint`: plain lines where it is piped, the lines of YAML on a terminal, JSON for a machine."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from tapwright.cli import tapwright
from tapwright.cli.failing import exit_code
from tapwright.cli.problems import draw
from tapwright.load import lint_connector, lint_spec

SPEC = """\
tapwright: 1
name: kettles
title: The Kettle Company
config: {token: {type: string, writeOnly: true}}
api: {url: https://api.kettles.example}
streams:
  orders:
    recrods: {json: {at: data}}
    fields: {id: {typ: integer}}
"""
CONNECTOR = """\
spec: kettles
config:
  token: [hunter2, "hunter: 3", hunter4:5]
  tokn: |
    hunter6
    hunter7: hunter8
streams:
  orders: {selct: [id]}
to: {duckdb: {pth: hunter9.duckdb}}
"""


@pytest.fixture
def lint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Lint a spec in a folder of its own; gives what was said."""
    monkeypatch.chdir(tmp_path)
    Path("kettles.yaml").write_text(SPEC, encoding="utf-8")

    def run(*words: str) -> str:
        monkeypatch.setattr(sys, "argv", ["tapwright", "lint", "kettles.yaml", *words])
        assert exit_code(tapwright) == 1
        return "".join(capfd.readouterr())

    return run


def drawn(problems: list[object], *, color: bool = False) -> str:
    """What a terminal of 80 columns shows."""
    stream = io.StringIO()
    draw(problems, Console(file=stream, width=80, force_terminal=color, color_system="standard" if color else None))
    return stream.getvalue()


def test_a_pipe_gets_a_line_for_each_problem(lint: Callable[..., str]) -> None:
    assert lint() == (
        "kettles.yaml:8:5: streams.orders.recrods: unknown key; did you mean 'records'?\n"
        "kettles.yaml:9:19: streams.orders.fields.id.typ: unknown key; did you mean 'type'?\n"
        "1 file, 2 problems\n"
    )


def test_a_machine_gets_json(lint: Callable[..., str]) -> None:
    first = json.loads(lint("--json"))[0]
    assert (first["file"], first["line"], first["column"]) == ("kettles.yaml", 8, 5)
    assert (first["path"], first["code"]) == ("streams.orders.recrods", "unknown-key")


def test_a_terminal_shows_the_lines(lint: Callable[..., str]) -> None:
    assert (
        drawn(list(lint_spec(Path("kettles.yaml"))[1]))
        == """\
kettles.yaml:8:5: streams.orders.recrods: unknown key; did you mean 'records'?
  7 │   orders:
  8 │     recrods: {json: {at: data}}
    │     ^^^^^^^
  9 │     fields: {id: {typ: integer}}
kettles.yaml:9:19: streams.orders.fields.id.typ: unknown key; did you mean 'type'?
   8 │     recrods: {json: {at: data}}
   9 │     fields: {id: {typ: integer}}
     │                   ^^^
"""
    )


def test_a_terminal_shows_colours(lint: Callable[..., str]) -> None:
    assert "\x1b[1;31m    ^^^^^^^\x1b[0m" in drawn(list(lint_spec(Path("kettles.yaml"))[1]), color=True)


def test_a_connectors_values_are_blotted_out(lint: Callable[..., str]) -> None:
    Path("specs").mkdir()
    Path("specs", "kettles.yaml").write_text(
        SPEC.replace("recrods", "records").replace("typ:", "type:"), encoding="utf-8"
    )
    Path("mine.yaml").write_text(CONNECTOR, encoding="utf-8")
    text = drawn(list(lint_connector(Path("mine.yaml"))[1]))
    Path("mine.yaml").write_text(CONNECTOR.replace("selct", "select").replace("pth", "path"), encoding="utf-8")
    text += drawn(list(lint_connector(Path("mine.yaml"))[1]))
    assert "hunter" not in text
    assert "  8 │   orders: {selct: [id]}\n" in text
    assert "   9 │ to: {duckdb: {pth: ……………………………………}}\n" in text
    assert "  3 │   token: […………………, ……………………………, …………………:…]\n" in text
