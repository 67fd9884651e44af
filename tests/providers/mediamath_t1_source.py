"""Read the loopback T1 through the real spec, for the spec's tests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tapwright import Source
from tapwright.cassette import ReplayClock
from tapwright.errors import RunError
from tapwright.provider import Means
from tests.providers import mediamath_t1_request as request
from tests.providers.loopback import Call
from tests.providers.mediamath_t1 import MediaMathT1
from tests.providers.mediamath_t1_predicates import FRACTIONAL
from tests.providers.mediamath_t1_reports import REPORTS
from tests.providers.mediamath_t1_rows import rows
from tests.providers.mediamath_t1_sessions import API_KEY, PASSWORD, USER

ROOT = Path(__file__).parents[2]
SPEC = ROOT / "specs" / "mediamath_t1.yaml"
CONNECTOR = ROOT / "connectors" / "mediamath_t1_spend.yaml"
NOW = datetime(2026, 3, 15, 6, tzinfo=UTC)
STD = "/reporting/v1/std/"
ASKED = {"dimensions": ["campaign_id"], "metrics": ["impressions"], "time_rollup": "all", "time_window": "last_7_days"}
ONE = {**ASKED, "filter": ["campaign_id=12345"]}

Records = list[dict[str, Any]]


def config(server: MediaMathT1, **changes: Any) -> dict[str, Any]:
    account = {"user": USER, "password": PASSWORD, "api_key": API_KEY, "access_ids": ["5001", "5003"]}
    return {**account, "start_date": "2026-03-13", "base_url": server.url, **changes}


def source(server: MediaMathT1, clock: ReplayClock | None = None, **changes: Any) -> Source:
    return Source(SPEC, config(server, **changes), means=Means(clock=clock or ReplayClock(NOW)))


def read(server: MediaMathT1, stream: str, options: Mapping[str, Any] | None = None, **changes: Any) -> Records:
    return list(source(server, **changes).read(stream, **(options or {})))


def failed(server: MediaMathT1, options: Mapping[str, Any], **changes: Any) -> RunError:
    with pytest.raises(RunError) as caught:
        read(server, "report", options, **changes)
    return caught.value


def data_calls(server: MediaMathT1) -> list[Call]:
    return [call for call in server.calls if call.path.startswith(STD)]


def logins(server: MediaMathT1) -> int:
    return sum(call.path == "/api/v2.0/login" for call in server.calls)


def held(call: Call) -> list[dict[str, Any]]:
    """What the server's data say of a call."""
    report = REPORTS[call.path.removeprefix(STD)]
    asked = request.read(call.query, report, NOW.date(), None)
    kinds = {name: field.type for name, field in {**report.dimension_fields, **report.metric_fields}.items()}
    step = Decimal(1).scaleb(-asked.precision)
    return [
        {n: Decimal(v).quantize(step) if kinds[n] in FRACTIONAL else v for n, v in row.values.items()}
        for row in rows(asked, NOW.date())
    ]
