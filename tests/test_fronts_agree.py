"""Every front gives the same records: what `run` writes as JSON lines is what Airbyte and Singer are told."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tapwright.batch import Batch, Table
from tapwright.cassette import ReplayClock, recorded_only
from tapwright.fronts.airbyte_messages import Speaker
from tapwright.fronts.airbyte_writer import AirbyteWriter
from tapwright.fronts.singer_catalog import streams_of
from tapwright.fronts.singer_messages import Outlet
from tapwright.fronts.singer_state import StateBook
from tapwright.fronts.singer_writer import SingerWriter
from tapwright.fronts.target import load_target
from tapwright.plan import Plan, make_plan
from tapwright.provider import Means, Provider
from tapwright.replaying import replay_of
from tapwright.run import Pacing, Run
from tapwright.sinks.jsonl import Jsonl
from tapwright.transport import Transport
from tapwright.writer import Mode, Writer

ROOT = Path(__file__).parents[1]
TARGETS = sorted(path.stem for kind in ("specs", "connectors") for path in (ROOT / kind).glob("*.yaml"))
LEAST = {"adobe_target": 400, "datasette": 16, "mediamath_t1": 290, "perfecto": 20, "rokt": 26}


@dataclass
class All:
    """Several sinks as one."""

    writers: list[Writer]

    def __enter__(self) -> All:
        return self

    def __exit__(self, *exc: object) -> None:
        for writer in self.writers:
            writer.__exit__(*exc)

    def begin(self, table: Table, mode: Mode, *, resume: bool = False) -> None:
        for writer in self.writers:
            writer.begin(table, mode, resume=resume)

    def unfinished(self, table: str) -> bool:
        return False

    def write(self, table: str, batch: Batch) -> None:
        for writer in self.writers:
            writer.write(table, batch)

    def finish(self, table: str) -> None:
        for writer in self.writers:
            writer.finish(table)

    def commit(self, state: Any = None) -> None:
        for writer in self.writers:
            writer.commit(state)

    def rollback(self) -> None:
        for writer in self.writers:
            writer.rollback()

    def state(self) -> dict[str, Any] | None:
        return None


def singer(plan: Plan, out: io.BytesIO) -> SingerWriter:
    streams = streams_of(plan)
    book, outlet = StateBook(None, streams, plan.spec, lambda text: None), Outlet(lambda: 0.0, out)
    return SingerWriter(streams, book, outlet, now=lambda: datetime.now(UTC), warn=lambda text: None)


def lines(text: str) -> list[Any]:
    return [json.loads(line, parse_float=Decimal) for line in text.split("\n")[:-1]]


@pytest.mark.parametrize("name", TARGETS)
def test_every_front_gives_the_same_records(name: str, tmp_path: Path) -> None:
    target, to_airbyte, to_singer = load_target(name), io.BytesIO(), io.BytesIO()
    with replay_of(target.spec, target.fixed, target.uses) as given:
        plan = make_plan(target.spec, given.config, given.uses, given.now)
        means = Means(clock=ReplayClock(given.now), transport=recorded_only(Transport()))
        to_files = Jsonl(path=str(tmp_path)).open()
        with All([to_files, AirbyteWriter(Speaker(to_airbyte), (), {}), singer(plan, to_singer)]) as writer:
            summary = Run(Provider(plan, means), writer, Pacing(workers=1, full_refresh=True)).carry_out()
    assert [table.error for table in summary.tables if table.error] == []
    airbyte = [said["record"] for said in lines(to_airbyte.getvalue().decode()) if said["type"] == "RECORD"]
    tap = [said for said in lines(to_singer.getvalue().decode()) if said["type"] == "RECORD"]
    for table in plan.tables:
        files = sorted((tmp_path / table.table).glob("part-*.jsonl"))
        written = [record for file in files for record in lines(file.read_text("utf-8"))]
        assert written, "every stream has records"
        assert [said["data"] for said in airbyte if said["stream"] == table.table] == written
        assert [said["record"] for said in tap if said["stream"] == table.table] == written
    assert len(airbyte) == len(tap) >= LEAST.get(name, 20)
