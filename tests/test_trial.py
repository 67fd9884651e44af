"""What --limit and --replay leave is a sample: no run takes it for more, and it spoils nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tapwright.connector import Use
from tapwright.errors import SinkError
from tapwright.plan import make_plan
from tapwright.progress import Summary
from tapwright.provider import Means, Provider
from tapwright.request import Request, Response
from tapwright.run import Pacing, Run
from tapwright.sinks import sink_of
from tapwright.sinks.kind import Sink
from tapwright.trial import Trial
from tapwright.writer import Mode
from tests.memory import NOW, FakeClock, spec_of
from tests.test_cli_run import Command, account, command, rokt  # noqa: F401 - fixtures
from tests.test_engine_files import response
from tests.test_sinks import held, sink  # noqa: F401 - a fixture

WORDS: dict[str, Any] = {
    "api": {"url": "https://api.test", "paginate": {"page": {"param": "page"}}},
    "streams": {
        "ads": {
            "request": {"path": "/ads", "params": {"since": "{{ slice.start | date }}"}},
            "fields": {"id": {"type": "integer"}, "name": {}, "at": {"type": "datetime"}},
            "primary_key": ["id"],
            "incremental": {"cursor": "at", "start": "2026-03-01"},
        }
    },
}
ALL = [(1, "a"), (2, "b"), (3, "c"), (4, "d")]


def ads(request: Request) -> Response:
    query = dict(request.query)
    page, since = int(query["page"]), int(query["since"][-2:])
    some = [(id, name) for id, name in ALL if id >= since][2 * page - 2 : 2 * page]
    return response(request, {"json": [{"id": id, "name": name, "at": f"2026-03-0{id}"} for id, name in some]})


def carried_out(place: Sink, folder: Path, mode: Mode, limit: int | None = None, replay: bool = False) -> Summary:
    plan = make_plan(spec_of(folder, WORDS), {}, {"ads": Use(stream="ads", mode=mode)}, NOW)
    provider = Provider(plan, Means(clock=FakeClock(), transport=ads))
    with place.open() as opened:
        writer = Trial(opened, plan.tables, "the place", replay=replay) if limit or replay else opened
        return Run(provider, writer, Pacing(workers=1, limit=limit)).carry_out()


@pytest.mark.parametrize("mode", ["append", "merge", "replace"])
def test_a_run_after_a_limited_one_holds_each_record_once(sink: Sink, mode: Mode, tmp_path: Path) -> None:  # noqa: F811
    for limit in (1, 3):
        carried_out(sink, tmp_path, mode, limit=limit)
        assert held(sink) == ALL[:limit]
    for _ in range(2):
        assert not carried_out(sink, tmp_path, mode).failed
        assert held(sink) == ALL


def test_the_next_run_empties_what_a_replay_left(sink: Sink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setattr("tests.test_trial.ALL", [(7, "recorded")])
    carried_out(sink, tmp_path, "merge", replay=True)
    assert held(sink) == [(7, "recorded")]
    monkeypatch.undo()
    carried_out(sink, tmp_path, "merge")
    assert held(sink) == ALL


@pytest.mark.parametrize(
    ("mode", "words", "message"),
    [
        (
            "append",
            {"limit": 1},
            "the place holds what earlier runs read of ads, and a part of it, from --limit, would spoil it",
        ),
        ("replace", {"limit": 1}, "would spoil it"),
        ("append", {"replay": True}, "a replay would mix recordings into it"),
        ("merge", {"replay": True}, "a replay would mix recordings into it"),
    ],
)
def test_a_trial_is_refused_where_a_whole_run_has_been(
    mode: Mode, words: dict[str, Any], message: str, tmp_path: Path
) -> None:
    place = sink_of(f"jsonl:{tmp_path / 'rows'}")
    carried_out(place, tmp_path, mode)
    with pytest.raises(SinkError, match=message) as refused:
        carried_out(place, tmp_path, mode, **words)
    assert "--to trial.duckdb" in refused.value.hint
    assert held(place) == ALL
    assert not carried_out(place, tmp_path, mode).failed
    assert held(place) == ALL


def test_a_limited_merge_may_go_where_whole_runs_go_and_moves_no_bookmark(tmp_path: Path) -> None:
    place = sink_of(f"csv:{tmp_path / 'rows'}")
    carried_out(place, tmp_path, "merge")
    manifest = tmp_path / "rows" / "_tapwright.json"
    before = json.loads(manifest.read_text())["state"]
    carried_out(place, tmp_path, "merge", limit=1)
    assert (held(place), json.loads(manifest.read_text())["state"]) == (ALL, before)


def test_a_sample_makes_way_for_a_whole_run_and_does_not_take_its_place(
    account: list[str],  # noqa: F811
    command: Command,  # noqa: F811
) -> None:
    words = ("run", "mini", *account, "-S", "sales", "--to", "jsonl:out")
    for more in (["--limit", "1"], ["--limit", "1"], [], []):
        assert command(*words, *more).code == 0
    rows = [line for part in Path("out/sales").glob("part-*") for line in part.read_text().splitlines()]
    assert len(rows) == 2
    ran = command(*words, "--limit", "1")
    assert (ran.code, "out holds what earlier runs read of sales" in ran.err, "--to trial.duckdb" in ran.err) == (
        1,
        True,
        True,
    )
