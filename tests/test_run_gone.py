"""A table that is gone while its state is not: the run says so, and does not bring only what is new."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tapwright.errors import StateError
from tapwright.plan import make_plan
from tapwright.progress import TableCount
from tapwright.provider import Means, Provider
from tapwright.request import Request, Response
from tapwright.run import Pacing, Run
from tapwright.sinks.duckdb import DuckDB
from tapwright.sinks.kind import Sink
from tapwright.use import Use
from tapwright.writer import Mode
from tests.memory import NOW, FakeClock, spec_of
from tests.test_engine_files import response
from tests.test_sinks import held, sink  # noqa: F401 - a fixture

ADS = [(1, "a"), (2, "b")]
WORDS: dict[str, Any] = {
    "api": {"url": "https://api.test"},
    "streams": {
        "ads": {
            "request": {"path": "/ads", "params": {"since": "{{ slice.start | date }}"}},
            "fields": {"id": {"type": "integer"}, "name": {}, "at": {"type": "datetime"}},
            "primary_key": ["id"],
            "incremental": {"cursor": "at", "start": "2026-03-01"},
        }
    },
}


def ads(request: Request) -> Response:
    since = int(dict(request.query)["since"][-2:])
    new = [{"id": id, "name": name, "at": f"2026-03-0{id}"} for id, name in ADS if id >= since]
    return response(request, {"json": new})


def carried_out(place: Sink, folder: Path, mode: Mode) -> TableCount:
    plan = make_plan(spec_of(folder, WORDS), {}, {"ads": Use(mode=mode)}, NOW)
    with place.open() as writer:
        return (
            Run(Provider(plan, Means(clock=FakeClock(), transport=ads)), writer, Pacing(workers=1))
            .carry_out()
            .tables[0]
        )


def remove(place: Any, part: bool) -> None:
    if isinstance(place, DuckDB):
        with duckdb.connect(place.path) as base:
            base.execute("DROP TABLE ads")
    elif part:
        next(Path(place.path, "ads").glob("part-*")).unlink()
    else:
        shutil.rmtree(Path(place.path, "ads"))


@pytest.mark.parametrize("part", [True, False])
@pytest.mark.parametrize("mode", ["append", "merge"])
def test_a_table_that_is_gone_is_noticed(sink: Sink, mode: Mode, part: bool, tmp_path: Path) -> None:  # noqa: F811
    assert carried_out(sink, tmp_path, mode).error is None
    remove(sink, part)
    error = carried_out(sink, tmp_path, mode).error
    assert isinstance(error, StateError)
    assert "how far table 'ads' was read, but the table is gone" in error.message
    assert error.hint.endswith("tapwright state reset -S ads")
    with sink.open() as writer:
        writer.commit({})  # as `tapwright state reset` does
    assert carried_out(sink, tmp_path, mode).error is None
    assert held(sink) == ADS


def test_a_table_that_is_replaced_needs_none_before(sink: Sink, tmp_path: Path) -> None:  # noqa: F811
    for _ in range(2):
        assert carried_out(sink, tmp_path, "replace").error is None
        assert held(sink) == ADS
        remove(sink, part=False)
