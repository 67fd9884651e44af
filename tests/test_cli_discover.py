"""`tapwright list` and `tapwright discover`: what there is, to a person and to a program."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.authoring.desk import Desk

SPEC = """
tapwright: 1
name: gulls
title: Gulls
description: They are seen from March on.
api: {url: "https://gulls.example"}
streams:
  nests:
    title: Nests
    request: {path: /nests}
    options: {island: {enum: [north, south], default: north, description: Where to look.}}
    fields: {id: {type: integer, description: The number on the stake.}, built: {type: date}}
    primary_key: [id]
    incremental: {cursor: built, start: "2026-03-01"}
  chicks:
    hidden: true
    options: {nest: {type: integer}}
    request: {path: "/nests/{{ options.nest }}/chicks"}
"""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Desk:
    desk = Desk(tmp_path, monkeypatch, capfdbinary)
    desk.spec("gulls", SPEC)
    return desk


def test_a_spec_shows_its_streams(desk: Desk) -> None:
    ran = desk.run("discover", "gulls")
    assert (ran.code, ran.err) == (0, "")
    assert (
        ran.out
        == """\
Gulls (gulls, drafted)
They are seen from March on.

nests: Nests
  key id; cursor built
  -o island=…  Where to look. (default 'north'; one of north, south)

chicks  (serves other streams only)
  no key
  -o nest=…  (required)
"""
    )


def test_a_stream_shows_its_fields(desk: Desk) -> None:
    out = desk.run("discover", "gulls", "-S", "nests", "-S", "chicks").out
    assert "    id                           integer    The number on the stake.\n" in out
    assert "    built                        date\n" in out
    assert out.endswith("  fields:\n    … and every other column that comes\n")


def test_a_program_is_told_all_of_it(desk: Desk) -> None:
    nests, chicks = desk.run("discover", "gulls", "--json").json["streams"]
    assert (nests["primary_key"], nests["cursor"], nests["hidden"], chicks["hidden"]) == (["id"], "built", False, True)
    assert nests["options"]["island"]["enum"] == ["north", "south"]
    assert chicks["required_options"] == ["nest"]
    assert nests["fields"]["built"] == {"type": "date", "description": ""}


def test_the_list_has_ours_and_those_that_came(desk: Desk) -> None:
    desk.spec("broken", "tapwright: 1")
    rows = {row["name"]: row for row in desk.run("list", "--json").json}
    assert (rows["gulls"]["kind"], rows["gulls"]["title"]) == ("spec", "Gulls")
    assert rows["broken"]["title"] == "(has problems)"
    assert {"rokt", "rokt_performance"} <= rows.keys()
    assert [line for line in desk.run("list").out.splitlines() if line != line.rstrip()] == []
