"""What a user gets wrong: told in a line or two, with the way out, and never as a bug."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.authoring.desk import Desk
from tests.providers.loopback import Answer, Call, Provider

SPEC = """
tapwright: 1
name: gulls
title: Gulls
config: {base_url: {type: string, default: "https://gulls.example"}}
api: {url: "{{ config.base_url }}"}
streams:
  eggs: {request: {path: /eggs}}
  nests: {request: {path: /nests}}
  waves: {request: {path: /waves}, paginate: {page: {param: page}}}
"""


class Gulls(Provider):
    def answer(self, call: Call) -> Answer:
        body = f'[{{"id": {call.param("page") or 1}}}]'
        return Answer(headers={"Content-Type": "application/json"}, body=body.encode())


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Desk:
    return Desk(tmp_path, monkeypatch, capfdbinary)


MISTAKES = {
    "new tern --into a_file": "error: 'a_file/tern.yaml' cannot be written: ",
    "run rokt --replay -c acount_ids=1": "config: acount_ids: unknown key; did you mean 'account_ids'?",
    "preview rokt --replay -c acount_ids=1 -S campaigns": "config: acount_ids: unknown key; did you mean",
    "run rokt --replay -S campaigns": "options of campaigns: missing key 'account_id': the id of the account",
    "run rokt --replay --to jsonk:out": "error: there is no sink 'jsonk'; did you mean 'jsonl'?\nWrite KIND:ARGUMENT, ",
    "run rokt --replay --to duckdb:x.duckdb?schem=raw": "error: '?schem=raw' means nothing to duckdb\nWrite duckdb:",
    "run rokt --replay --to csv:out?schema=raw": "error: '?schema=raw' means nothing to csv\nWrite csv:DIR.",
    "run rokt --replay --to csv:a_file": "error: a_file cannot be written: File exists.\nIt is a file: name a folder.",
    "run rokt --replay --to csv:a_file/x": "error: a_file/x cannot be written: Not a directory.\nA part of the path is",
    "state show rokt --to jsonl:-": "error: the standard output remembers nothing\nName another place with --to.",
}


@pytest.mark.parametrize("words", MISTAKES)
def test_a_mistake_is_told_with_the_way_out(desk: Desk, words: str) -> None:
    desk.file("a_file", "dear to somebody")
    ran = desk.run(*words.split())
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(MISTAKES[words])
    assert desk.folder.joinpath("a_file").read_text(encoding="utf-8") == "dear to somebody"


def test_a_folder_is_not_linted_as_a_file(desk: Desk) -> None:
    ran = desk.run("lint", "specs")
    assert ran.code == 2
    assert "'specs' is a folder: name its files, as in specs/*.yaml" in ran.err


def test_a_part_of_a_name_that_no_check_has_tests_nothing(desk: Desk) -> None:
    assert desk.run("new", "tern").code == 0
    ran = desk.run("test", "-k", "ternn")
    assert (ran.code, ran.out, ran.err) == (1, "", "error: of 1 check none holds 'ternn'\n")


def test_a_state_is_not_exported_to_where_nothing_can_be_written(desk: Desk) -> None:
    assert desk.run("run", "rokt", "--replay", "-S", "campaign_metadata", "-q").code == 0
    ran = desk.run("state", "export", "rokt", "--file", "nowhere/state.json")
    assert (ran.code, ran.err) == (
        1,
        "error: 'nowhere/state.json' cannot be written: No such file or directory\n"
        "Name another place, or see who may write there.\n",
    )


def test_a_replay_leaves_out_what_no_recording_shows(desk: Desk) -> None:
    desk.spec("gulls", SPEC)
    with Gulls() as server:
        assert desk.run("record", "gulls", "-S", "eggs", "--via", server.url).code == 0
    ran = desk.run("run", "gulls", "--replay", "--to", "jsonl:-")
    assert (ran.code, ran.out) == (0, '{"id":1}\n')
    assert ran.err.startswith("left out, for no recording shows them: nests, waves\n")
    assert desk.run("run", "gulls", "--replay", "-S", "nests", "--to", "jsonl:-").code == 1


def test_a_replay_of_what_was_cut_says_how_far_it_goes(desk: Desk) -> None:
    desk.spec("gulls", SPEC)
    with Gulls() as server:
        assert desk.run("record", "gulls", "-S", "waves", "--via", server.url, "--max-records", "2").code == 0
    ran = desk.run("run", "gulls", "--replay", "--to", "jsonl:-")
    assert ran.code == 1
    assert "no recording answers GET https://gulls.example/waves?page=3" in ran.err
    assert "Run it as it was recorded, with --limit 2, or record it: `tapwright record`." in ran.err
    ran = desk.run("run", "gulls", "--replay", "--to", "jsonl:-", "--limit", "2")
    assert (ran.code, ran.out) == (0, '{"id":1}\n{"id":2}\n')
