"""`tapwright state`: what is remembered is shown, forgotten, and carried from place to place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tapwright.cli import tapwright
from tapwright.cli.failing import exit_code
from tapwright.sinks import sink_of

Run = Callable[..., tuple[int, str, str]]
KEPT = {
    "campaigns": {
        "version": 1,
        "of": {"spec": "rokt", "stream": "campaign_overview", "cursor": "date_start", "options": {"currency": "EUR"}},
        "partitions": {'{"account":1}': "2026-03-01", '{"account":2}': "2026-03-08"},
        "open": {"values": {"account": 2}, "start": "2026-03-08", "end": "2026-03-09", "position": 5, "pages": 4},
    },
    "audiences": {"version": 1, "of": {"spec": "rokt", "stream": "audience_metadata"}},
    "events": {
        "version": 1,
        "of": {"spec": "rokt", "stream": "events", "cursor": "id", "account": "ada"},
        "bookmark": 17,
    },
}
SHOWN = """\
campaigns
  rokt.campaign_overview along date_start, {"currency": "EUR"}
  read up to 2026-03-01 … 2026-03-08 in 2 partitions
  interrupted in account=2 2026-03-08..2026-03-09 after 4 pages, to go on at 5
audiences
  rokt.audience_metadata
  read as a whole by every run
events
  rokt.events of ada along id
  read up to 17
"""


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command in an empty folder; gives its exit code and what it printed."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["tapwright", *words])
        code = exit_code(tapwright)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def remember(place: str) -> None:
    with sink_of(place).open() as writer:
        writer.commit(KEPT)


def remembered(place: str) -> object:
    with sink_of(place).open() as writer:
        return writer.state()


@pytest.mark.parametrize("place", ["duckdb:rokt.duckdb", "parquet:rows", "jsonl:rows"])
def test_it_is_shown_in_plain_words(command: Run, place: str) -> None:
    remember(place)
    assert command("state", "show", "rokt", "--to", place) == (0, SHOWN, "")


def test_it_is_shown_as_it_is_kept(command: Run) -> None:
    remember("rokt.duckdb")
    code, out, _ = command("state", "show", "rokt", "--json", "-S", "events")
    assert (code, json.loads(out)) == (0, {"events": KEPT["events"]})


def test_asking_makes_no_database(command: Run) -> None:
    code, _, err = command("state", "show", "rokt")
    assert code == 1
    assert "there is no rokt.duckdb, so nothing is remembered there" in err
    assert not Path("rokt.duckdb").exists()


def test_a_table_is_forgotten(command: Run) -> None:
    remember("rokt.duckdb")
    assert command("state", "reset", "rokt", "-S", "campaigns")[0] == 0
    assert remembered("rokt.duckdb") == {name: kept for name, kept in KEPT.items() if name != "campaigns"}


def test_every_table_is_forgotten(command: Run) -> None:
    remember("rokt.duckdb")
    assert command("state", "reset", "rokt", "--all")[0] == 0
    assert command("state", "show", "rokt")[1] == "rokt.duckdb remembers nothing\n"


@pytest.mark.parametrize("words", [(), ("--all", "-S", "events")])
def test_nothing_is_forgotten_by_accident(command: Run, words: tuple[str, ...]) -> None:
    remember("rokt.duckdb")
    assert command("state", "reset", "rokt", *words)[0] == 2
    assert remembered("rokt.duckdb") == KEPT


def test_a_table_that_is_not_known_is_named(command: Run) -> None:
    remember("rokt.duckdb")
    _, _, err = command("state", "reset", "rokt", "-S", "campaign")
    assert "nothing is remembered of a table 'campaign'; did you mean 'campaigns'?" in err


def test_it_goes_from_place_to_place(command: Run) -> None:
    remember("rokt.duckdb")
    assert command("state", "export", "rokt", "--file", "kept.json")[0] == 0
    assert command("state", "import", "rokt", "--file", "kept.json", "--to", "csv:rows")[0] == 0
    assert remembered("csv:rows") == KEPT


def test_what_is_imported_leaves_other_tables_alone(command: Run) -> None:
    remember("rokt.duckdb")
    Path("kept.json").write_text(json.dumps({"events": {**KEPT["events"], "bookmark": 99}}))
    assert command("state", "import", "rokt", "--file", "kept.json")[0] == 0
    assert remembered("rokt.duckdb") == {**KEPT, "events": {**KEPT["events"], "bookmark": 99}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "'kept.json' is not JSON"),
        ("null", "'kept.json' holds no tables"),
        ('{"events": null}', "the state of table 'events' is not one of tapwright's"),
        ('{"events": {"version": 9, "of": {}}}', "has version 9, this tapwright knows 1"),
    ],
)
def test_what_is_damaged_is_not_imported(command: Run, text: str, said: str) -> None:
    remember("rokt.duckdb")
    Path("kept.json").write_text(text)
    code, _, err = command("state", "import", "rokt", "--file", "kept.json")
    assert (code, remembered("rokt.duckdb")) == (1, KEPT)
    assert said in err


def test_a_place_in_use_is_left_alone(command: Run) -> None:
    with sink_of("csv:rows").open():
        code, _, err = command("state", "reset", "rokt", "--all", "--to", "csv:rows")
    assert code == 1
    assert "rows is in use by another process" in err


def test_a_sample_is_shown_as_one_and_stays_where_it_is(command: Run) -> None:
    with sink_of("duckdb:x.duckdb").open() as writer:
        writer.commit({"ads": {"version": 1, "of": {"stream": "ads"}, "trial": True}, "events": KEPT["events"]})
    assert "ads\n  a sample, left by --limit or --replay" in command("state", "show", "rokt", "--to", "x.duckdb")[1]
    assert command("state", "export", "rokt", "--to", "x.duckdb", "--file", "state.json")[0] == 0
    assert [*json.loads(Path("state.json").read_text())] == ["events"]
    assert command("state", "reset", "rokt", "--to", "x.duckdb", "--all")[0] == 0
    with sink_of("duckdb:x.duckdb").open() as writer:
        assert [*(writer.state() or {})] == ["ads"]


@pytest.mark.parametrize(
    ("mode", "told"), [("append", "nothing is behind it yet"), ("replace", "read as a whole by every run")]
)
def test_a_table_that_was_cut_on_its_first_page_is_told(command: Run, mode: str, told: str) -> None:
    with sink_of("duckdb:x.duckdb").open() as writer:
        writer.commit({"events": {"version": 1, "of": {"stream": "events", "cursor": "id"}, "mode": mode}})
    assert f"  {told}\n" in command("state", "show", "rokt", "--to", "x.duckdb")[1]
