"""What a user gets wrong: told in a line or two, with the way out, and never as a bug."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.authoring.desk import Desk


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Desk:
    return Desk(tmp_path, monkeypatch, capfdbinary)


MISTAKES = {
    "new tern --into a_file": "error: 'a_file/tern.yaml' cannot be written: ",
    "run rokt --replay -c acount_ids=1": "config: acount_ids: unknown key; did you mean 'account_ids'?",
    "preview rokt --replay -c acount_ids=1 -S campaigns": "config: acount_ids: unknown key; did you mean",
    "run rokt --replay -S campaigns": "options of campaigns: missing key 'account_id': the id of the account",
    "state show rokt --to jsonl:-": "error: the standard output remembers nothing\nName another place with --to.",
}


@pytest.mark.parametrize("words", MISTAKES)
def test_a_mistake_is_told_with_the_way_out(desk: Desk, words: str) -> None:
    desk.file("a_file", "dear to somebody")
    ran = desk.run(*words.split())
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(MISTAKES[words])
    assert desk.folder.joinpath("a_file").read_text(encoding="utf-8") == "dear to somebody"


def test_a_state_is_not_exported_to_where_nothing_can_be_written(desk: Desk) -> None:
    assert desk.run("run", "rokt", "--replay", "-S", "campaign_metadata", "-q").code == 0
    ran = desk.run("state", "export", "rokt", "--file", "nowhere/state.json")
    assert (ran.code, ran.err) == (
        1,
        "error: 'nowhere/state.json' cannot be written: No such file or directory\n"
        "Name another place, or see who may write there.\n",
    )
