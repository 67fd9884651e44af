"""Each provider read twice: the second run asks only for what is new or may have changed, and nothing is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tapwright.cassette import ReplayClock
from tapwright.load import load_spec
from tapwright.plan import make_plan
from tapwright.provider import Means, Provider
from tapwright.run import Pacing, Run
from tapwright.sinks import sink_of
from tapwright.use import Use
from tests.providers.adobe_target import CREDENTIALS, AdobeTarget
from tests.providers.loopback import Call
from tests.providers.mediamath_t1 import MediaMathT1
from tests.providers.mediamath_t1_source import config as t1_config
from tests.providers.perfecto import TOKEN, Perfecto
from tests.providers.rokt import Rokt
from tests.providers.rokt_data import TEAPOTS

SPECS = Path(__file__).parents[1] / "specs"
FIRST, SECOND = datetime(2026, 3, 9, 15, tzinfo=UTC), datetime(2026, 3, 12, 15, tzinfo=UTC)


class Desk:
    """One account's connector: runs a stream into a database, at a moment."""

    def __init__(self, folder: Path, spec: str, config: Mapping[str, Any], server: Any) -> None:
        self._folder, self._spec, self._config, self.server = folder, load_spec(SPECS / f"{spec}.yaml"), config, server

    def run(self, now: datetime, stream: str, place: str = "kept", **options: Any) -> list[Call]:
        """Run it, and give the calls that it made."""
        before = len(self.server.calls)
        plan = make_plan(self._spec, self._config, {stream: Use(stream=stream, options=options)}, now)
        provider = Provider(plan, Means(clock=ReplayClock(now)))
        with sink_of(f"{self._folder}/{place}.duckdb").open() as writer:
            summary = Run(provider, writer, Pacing(workers=1)).carry_out()
        assert summary.tables[0].error is None
        return list(self.server.calls[before:])

    def rows(self, stream: str, place: str = "kept") -> list[tuple[Any, ...]]:
        with duckdb.connect(f"{self._folder}/{place}.duckdb") as base:
            found = base.sql(f"select * from {stream}")
            names = [name for name in found.columns if name not in ("report_start", "report_end")]  # what was asked for
            return sorted(found.select(*names).fetchall(), key=repr)

    def same_as_new(self, stream: str, **options: Any) -> bool:
        """Whether what two runs brought is what one run brings that knows nothing of them."""
        self.run(SECOND, stream, "new", **options)
        found, new = self.rows(stream), self.rows(stream, "new")
        return bool(new) and found == new


@pytest.fixture
def rokt(tmp_path: Path) -> Iterator[Desk]:
    with Rokt() as server:
        config = {"app_id": server.app_id, "app_secret": server.app_secret, "account_ids": [TEAPOTS]}
        zone = {"time_zone": "America/Los_Angeles", "start_date": "2026-02-25", "base_url": server.url}
        yield Desk(tmp_path, "rokt", config | zone, server)


@pytest.fixture
def perfecto(tmp_path: Path) -> Iterator[Desk]:
    with Perfecto() as server:
        config = {"cloud": "x", "token": TOKEN, "base_url": server.url, "start_date": "2026-03-01"}
        yield Desk(tmp_path, "perfecto", config, server)


@pytest.fixture
def adobe(tmp_path: Path) -> Iterator[Desk]:
    with AdobeTarget(today=FIRST.date()) as server:
        config = {**CREDENTIALS, "start_date": "2026-02-25", "base_url": f"{server.url}/api"}
        yield Desk(tmp_path, "adobe_target", config | {"time_zone": "America/New_York"}, server)


@pytest.fixture
def t1(tmp_path: Path) -> Iterator[Desk]:
    with MediaMathT1(today=FIRST.date()) as server:
        yield Desk(tmp_path, "mediamath_t1", {**t1_config(server), "start_date": "2026-01-20"}, server)


def asked(calls: list[Call], name: str) -> list[str]:
    return sorted({value for call in calls if (value := call.param(name))})


@pytest.mark.parametrize(
    ("stream", "options"),
    [
        ("account_summary", {}),
        ("account_campaign_breakdown", {"groupby": "country"}),
        ("transaction_breakdown", {"groupby": "page"}),
        ("campaign_overview", {}),
        ("creative_breakdown", {}),
    ],
)
def test_rokt_restates_the_last_seven_days(rokt: Desk, stream: str, options: Any) -> None:
    rokt.run(FIRST, stream, **options)
    calls = [call for call in rokt.run(SECOND, stream, **options) if call.path.startswith("/reporting")]
    reports = [call for call in calls if not call.path.endswith("/campaigns/breakdown") or "breakdown" in stream]
    starts = [text for text in asked(reports, "dateStart") if text >= "2026-03-01"]
    assert starts == [f"2026-03-{day:02}T00:00:00.000" for day in range(2, 12)]
    assert rokt.same_as_new(stream, **options)


def test_what_rokt_restates_replaces_what_was_there(rokt: Desk) -> None:
    rokt.run(FIRST, "campaign_overview")
    before = rokt.rows("campaign_overview")
    rokt.server.restated = True
    rokt.run(SECOND, "campaign_overview")
    kept = rokt.rows("campaign_overview")
    rokt.run(SECOND, "campaign_overview", "new")
    new = rokt.rows("campaign_overview", "new")
    old = [row for row in kept if row not in new]
    assert 0 < len(old) < len(before)
    assert set(old) <= set(before)
    assert max(value for row in old for value in row if isinstance(value, date)) == date(2026, 3, 1)


@pytest.mark.parametrize("stream", ["test_executions", "execution_videos", "execution_tags", "test_commands"])
def test_perfecto_processes_for_two_days(perfecto: Desk, stream: str) -> None:
    perfecto.run(FIRST, stream)
    calls = perfecto.run(SECOND, stream)
    if stream != "test_commands":
        starts = [datetime.fromtimestamp(int(text) / 1000, UTC) for text in asked(calls, "startExecutionTime[0]")]
        assert starts == [datetime(2026, 3, day, 15, tzinfo=UTC) for day in range(7, 12)]
    assert perfecto.same_as_new(stream)


def test_perfecto_is_asked_again_for_what_was_not_processed(perfecto: Desk) -> None:
    perfecto.server.processing_calls = 9
    perfecto.run(FIRST, "test_executions")
    perfecto.run(SECOND, "test_executions")
    kept = {str(row) for row in perfecto.rows("test_executions")}
    perfecto.run(SECOND, "test_executions", "new")
    late = kept - {str(row) for row in perfecto.rows("test_executions", "new")}
    assert 0 < len(late) < len(kept)
    assert all("'PROCESSING'" in row for row in late), "they are older than the two days"


@pytest.mark.parametrize(
    ("stream", "options"),
    [
        ("performance", {"resolution": "day"}),
        ("performance", {"resolution": "hour", "types": ["visitor"]}),
        ("performance", {"resolution": "week", "types": ["visit"], "daily_windows": False}),
        ("performance_engagement", {}),
        ("recipe_revenue", {}),
        ("audit_orders", {}),
    ],
)
def test_target_counts_for_three_days(adobe: Desk, stream: str, options: Any) -> None:
    adobe.run(FIRST, stream, **options)
    adobe.server.today = SECOND.date()
    starts = [start for start in asked(adobe.run(SECOND, stream, **options), "start") if start]
    first = {"week": "2026-03-02T00:00", "hour": "2026-03-06T11:00"}
    assert starts[0] == first.get(options.get("resolution", ""), "2026-03-06T00:00")
    assert adobe.same_as_new(stream, **options)


@pytest.mark.parametrize(
    ("stream", "options"),
    [
        ("performance_daily", {}),
        ("geo_daily", {}),
        ("pulse_hourly", {}),
        ("report", {"dimensions": ["campaign_id"], "metrics": ["clicks"], "time_rollup": "by_week"}),
        ("report", {"dimensions": ["campaign_id"], "metrics": ["clicks"], "time_rollup": "by_month"}),
    ],
)
def test_t1_attributes_for_the_lookback(t1: Desk, stream: str, options: Any) -> None:
    t1.run(FIRST, stream, **options)
    t1.server._today = SECOND.date()
    starts = asked(t1.run(SECOND, stream, **options), "start_date")
    first = {"by_week": "2026-02-23", "by_month": "2026-02-01"}.get(options.get("time_rollup", ""), "2026-02-23")
    assert starts[0].startswith(first)
    assert t1.same_as_new(stream, **options)
