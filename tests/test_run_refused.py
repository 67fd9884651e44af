"""A sink that refuses: each table says so for itself, and what was committed all the same is known."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, Self

import pytest

from tapwright.connector import Use
from tapwright.errors import SinkError
from tapwright.request import Request, Response
from tapwright.sinks import folder, manifest, sink_of
from tests.memory import Memory, run, spec_of
from tests.test_engine_files import response
from tests.test_sinks import ads, fill, held, put

EVENTS: dict[str, Any] = {
    "api": {"url": "https://api.test"},
    "streams": {
        "events": {
            "request": {"path": "/events", "params": {"since": "{{ slice.start | date }}"}},
            "fields": {"id": {"type": "integer"}, "at": {"type": "datetime"}},
            "incremental": {"cursor": "at", "start": "2026-03-01"},
        }
    },
}
TWO = {"first": Use(stream="events"), "second": Use(stream="events")}


def events(request: Request) -> Response:
    since = dict(request.query)["since"]
    return response(request, {"json": [{"id": 1, "at": "2026-03-09"}] if since <= "2026-03-09" else []})


class Unsure(Memory):
    """Makes its first commit, and says that it failed."""

    def commit(self, state: Mapping[str, Any] | None = None) -> None:
        super().commit(state)
        if len(self.commits) == 1:
            raise SinkError("the answer to the commit was lost")


class Broken(Memory):
    """Takes nothing, and cannot even go back."""

    def write(self, table: str, batch: Any) -> None:
        raise SinkError(f"{table} is full")

    def rollback(self) -> None:
        raise SinkError("there is nothing to go back to")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        """It is broken."""


def test_a_commit_that_failed_and_was_made_is_not_undone_by_the_next_one(tmp_path: Path) -> None:
    memory, spec = Unsure(), spec_of(tmp_path, EVENTS)
    first, second = run(spec, memory, events, uses=TWO).tables
    assert (str(first.error), second.status) == ("the answer to the commit was lost", "done")
    assert not run(spec, memory, events, uses=TWO).failed
    assert [len(memory.tables[name]) for name in TWO] == [1, 1]


def test_a_sink_that_is_broken_is_told_for_each_table(tmp_path: Path) -> None:
    tables = run(spec_of(tmp_path, EVENTS), Broken(), events, uses=TWO).tables
    assert [(str(table.error), table.rows) for table in tables] == [("first is full", 0), ("second is full", 0)]


def failing(times: int, real: Any) -> Any:
    """Make an operation that fails once, after so many times."""
    left = [times]

    def operation(path: Path, **options: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise OSError(5, "Input/output error")
        real(path, **options)

    return operation


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_a_manifest_that_was_renamed_and_not_synced_counts(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = sink_of(f"{kind}:{tmp_path / 'rows'}")
    put(sink, ads(i1="a"), state={"run": 1})
    with sink.open() as writer:
        fill(writer, ads(i2="b"))
        monkeypatch.setattr(manifest, "sync", failing(2, manifest.sync))
        with pytest.raises(SinkError, match="Input/output error"):
            writer.commit({"run": 2})
        writer.rollback()
        assert writer.state() == {"run": 2}
    assert held(sink) == [(1, "a"), (2, "b")]


def test_an_old_part_that_cannot_be_removed_fails_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sink = sink_of(f"jsonl:{tmp_path / 'rows'}")
    put(sink, ads(i1="a"), mode="replace")
    monkeypatch.setattr(folder.Path, "unlink", failing(1, folder.Path.unlink), raising=True)
    put(sink, ads(i2="b"), mode="replace", state={"run": 2})
    monkeypatch.undo()
    put(sink, ads(i3="c"))
    assert held(sink) == [(2, "b"), (3, "c")]


def test_a_run_for_another_account_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    known = {"shop": {"type": "string"}, "day": {"default": "2026-03-01"}}
    api = {"url": "https://api.test", "account": "{{ config.shop }}"}
    spec, memory = spec_of(tmp_path, {**EVENTS, "config": known, "api": api}), Memory()
    assert not run(spec, memory, events, config={"shop": "ada"}).failed
    before = deepcopy([memory.tables, memory.kept])
    (refused,) = run(spec, memory, events, config={"shop": "bo", "day": "2026-03-02"}).tables
    assert 'was kept with account "ada", now it is "bo"' in str(refused.error)
    assert [memory.tables, memory.kept] == before
    assert not run(spec, memory, events, config={"shop": "ada", "day": "2026-03-02"}).failed
