"""A spec as a dlt source: what it tells dlt, and, where dlt is installed, what lands in DuckDB."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tapwright.batch import Column, DataType
from tapwright.dlt import _column, _hints, _read_on, _uses
from tapwright.errors import ProviderError, SpecError, TargetError
from tapwright.fronts.target import load_target
from tapwright.plan import make_plan
from tests.providers.rokt import Rokt
from tests.providers.rokt_data import TEAPOTS, UMBRELLAS

NOW = datetime(2026, 3, 15, 6, tzinfo=UTC)


@pytest.fixture
def rokt() -> Iterator[Rokt]:
    with Rokt() as server:
        yield server


def account(server: Rokt, **more: Any) -> dict[str, Any]:
    return {
        "app_id": server.app_id,
        "app_secret": server.app_secret,
        "account_ids": [TEAPOTS, UMBRELLAS],
        "start_date": "2026-03-01",
        "end_date": "2026-03-14",
        "base_url": server.url,
        **more,
    }


# --- what dlt is told


def test_streams_and_options_are_chosen_by_name() -> None:
    target = load_target("rokt")
    assert "account_summary" in _uses(target, (), {})
    uses = _uses(target, ("campaign_breakdown",), {"groupby": "creative"})
    assert {name: use.options for name, use in uses.items()} == {"campaign_breakdown": {"groupby": "creative"}}
    with pytest.raises(SpecError, match="groupby"):
        _uses(target, ("campaign_breakdown",), {"groupby": "mood"})
    with pytest.raises(TargetError, match="did you mean 'campaign_breakdown'"):
        _uses(target, ("campaign_breakdwn",), {})


def test_dlt_is_told_keys_modes_and_types(rokt: Rokt) -> None:
    target = load_target("rokt")
    plan = make_plan(target.spec, account(rokt), _uses(target, ("account_summary", "creative_metadata"), {}), NOW)
    daily, whole = map(_hints, plan.tables)
    assert (daily["write_disposition"], daily["primary_key"]) == ("merge", ("account_id", "date_start"))
    assert (daily["columns"]["date_start"]["data_type"], daily["columns"]["date_start"]["nullable"]) == ("date", False)
    money = daily["columns"]["gross_cost"]
    assert (money["data_type"], money["precision"], money["nullable"]) == ("decimal", 38, True)
    assert whole["columns"]["responses"]["data_type"] == "json"


@pytest.mark.parametrize(("name", "zone"), [("datetime", True), ("local_datetime", False)])
def test_moments_say_whether_they_have_a_zone(name: Any, zone: bool) -> None:
    column = Column(name="at", type=DataType(name=name))
    assert _column(column, nullable=True) == {
        "name": "at",
        "data_type": "timestamp",
        "timezone": zone,
        "nullable": True,
    }


def test_what_has_a_cursor_but_no_key_is_appended(tmp_path: Path) -> None:
    (tmp_path / "log.yaml").write_text(
        "tapwright: 1\nname: log\ntitle: Log\napi: {url: http://127.0.0.1}\nstreams:\n"
        "  lines: {request: {path: /}, fields: {n: {type: integer}}, incremental: {cursor: n, start: '0'}}\n"
        "  names: {request: {path: /}, fields: {n: {type: integer}}}\n",
        "utf-8",
    )
    target = load_target(str(tmp_path / "log.yaml"))
    plan = make_plan(target.spec, {}, target.uses, NOW)
    assert [_read_on(plan, table).mode for table in plan.tables] == ["append", "replace"]


# --- what lands, by dlt itself


class Pipeline:
    """A pipeline of dlt's into a DuckDB file."""

    def __init__(self, folder: Path) -> None:
        dlt = pytest.importorskip("dlt", reason="dlt is not installed; tests/clients/dlt.sh runs this with it")
        self.path = folder / "dlt.duckdb"
        destination = dlt.destinations.duckdb(str(self.path))
        self.run = dlt.pipeline(
            "ads", pipelines_dir=str(folder / "pipelines"), destination=destination, dataset_name="ads"
        ).run

    def rows(self, table: str, columns: str = "* exclude (_dlt_id, _dlt_load_id)") -> list[dict[str, Any]]:
        import duckdb

        with duckdb.connect(str(self.path), read_only=True) as base:
            found = base.sql(f"select {columns} from ads.{table}")
            return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


def expected(server: Rokt, stream: str, **options: Any) -> list[dict[str, Any]]:
    from tapwright.source import Source

    config = {name: value for name, value in options.items() if name == "end_date"}
    given = {name: value for name, value in options.items() if name != "end_date"}
    return list(Source("rokt", account(server, **config)).read(stream, **given))


def ordered(rows: list[dict[str, Any]]) -> list[str]:
    """Rows as text that both sides write alike."""
    return sorted(json.dumps({n: _text(v) for n, v in sorted(row.items()) if v is not None}) for row in rows)


def _text(value: Any) -> str:
    if isinstance(value, list | dict):
        return json.dumps(value, separators=(",", ":"))
    return f"{value:f}".rstrip("0").rstrip(".") if hasattr(value, "as_tuple") else str(value)


def test_rows_land_as_they_are(rokt: Rokt, tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path)
    from tapwright.dlt import source

    pipeline.run(source("rokt", account(rokt)))
    for stream in ("account_summary", "campaign_histogram", "creative_breakdown", "creative_metadata"):
        assert ordered(pipeline.rows(stream)) == ordered(expected(rokt, stream)), stream


def test_a_second_run_goes_on_and_merges(rokt: Rokt, tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path)
    from tapwright.dlt import source

    pipeline.run(source("rokt", account(rokt, end_date="2026-03-10"), "campaign_breakdown", groupby="creative"))
    before = len(rokt.calls)
    pipeline.run(source("rokt", account(rokt), "campaign_breakdown", groupby="creative"))
    days = {call.param("dateStart") or "" for call in rokt.calls[before:] if call.param("groupby") == "creative"}
    assert min(day[:10] for day in days if day) > "2026-03-01"
    rows = pipeline.rows("campaign_breakdown")
    assert ordered(rows) == ordered(expected(rokt, "campaign_breakdown", groupby="creative"))


def test_a_run_that_fails_keeps_neither_rows_nor_state(rokt: Rokt, tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path)
    from tapwright.dlt import source

    with pytest.raises(Exception, match="Campaign not found") as failed:
        pipeline.run(
            source("rokt", account(rokt, campaign_ids={TEAPOTS: ["2843179665400099999"]}), "campaign_overview")
        )
    assert _has_cause(failed.value, ProviderError)
    pipeline.run(source("rokt", account(rokt), "campaign_overview"))
    assert ordered(pipeline.rows("campaign_overview")) == ordered(expected(rokt, "campaign_overview"))


def test_a_limit_stops_the_reading(rokt: Rokt, tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path)
    from tapwright.dlt import source

    pipeline.run(source("rokt", account(rokt), "account_summary").add_limit(1))
    assert 1 <= len(pipeline.rows("account_summary")) < 28


def _has_cause(error: BaseException | None, kind: type[Exception]) -> bool:
    while error is not None and not isinstance(error, kind):
        error = error.__cause__ or error.__context__
    return error is not None
