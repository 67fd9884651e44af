"""Record every MediaMath T1 cassette anew from the loopback server: `python -m tests.providers.record_mediamath_t1`."""

from __future__ import annotations

import functools
import os
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tapwright.load import load_connector
from tapwright.recorder import record
from tests.providers.mediamath_t1 import MediaMathT1
from tests.providers.mediamath_t1_sessions import API_KEY, CLIENT_ID, CLIENT_SECRET, PASSWORD, USER
from tests.providers.second_run import FIRST, SECOND, record_second_run

NOW = datetime(2026, 3, 15, 6, tzinfo=UTC)
ROOT = Path(__file__).parents[2]
CASSETTES = ROOT / "cassettes" / "mediamath_t1"
JACK = {"filter": [{"field": "campaign_id", "equals": ["12345"]}]}
HOME = {"filter": [{"field": "pixel_id", "equals": ["0090001"]}]}
DEALS = {"filter": [*JACK["filter"], {"field": "exchange_name", "contains": "Two"}]}
PIXELS = ("event_pixel_loads_daily", "data_pixel_loads_daily", "audience_index_pixel")
STREAMS: Mapping[str, Mapping[str, Any]] = {
    "reports": {},
    "report_meta": {"reports": ["geo", "reach_frequency", "video_site_transparency"]},
    "report_fields": {"reports": ["watermark", "reach_frequency"]},
    "validate": {"dimensions": ["organization_id"], "metrics": ["impressions"], "time_rollup": "all"},
    "pulse_hourly": {"filter": [{"field": "strategy_id", "equals": ["98765"]}]},
    "win_loss_daily": DEALS,
    **dict.fromkeys(("performance_usd_daily", "geo_daily", "device_technology_daily", "site_transparency"), JACK),
    **dict.fromkeys(("app_transparency", "day_part", "postal_code", "video_daily", "watermark_daily"), JACK),
    **dict.fromkeys(("reach_frequency", "audience_index"), JACK),
    **dict.fromkeys(PIXELS, HOME),
}
"""Each stream that is no table of the connector, and its options."""
ASKED = {"dimensions": ["campaign_id"], "metrics": ["impressions"], "time_rollup": "all", "time_window": "last_7_days"}


def asked(campaign: str, **changes: Any) -> dict[str, Any]:
    """Give the options of a small `report`; no two recordings that recover from an error may ask for the same."""
    return {**ASKED, "filter": [{"field": "campaign_id", "equals": [campaign]}], **changes}


def main() -> None:
    """Record every table of the connector, every other stream, several pages, and the errors."""
    shutil.rmtree(CASSETTES, ignore_errors=True)
    os.environ |= {"T1_USER": USER, "T1_PASSWORD": PASSWORD, "T1_API_KEY": API_KEY}
    loaded = load_connector(ROOT / "connectors" / "mediamath_t1_spend.yaml")

    def case(name: str, options: Mapping[str, Any], *, stream: str = "", server: Any = None, **config: Any) -> None:
        with server or MediaMathT1() as t1:
            if "auth" in config:
                config |= {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "auth_url": f"{t1.url}/oauth/token"}
            made = record(
                loaded.spec,
                CASSETTES / f"{name}.yaml",
                stream=stream or name.partition(".")[0],
                config={**loaded.connector.config, **config},
                options=options,
                now=NOW,
                via=t1.url,
            )
        print(name, made.expected.error or f"{made.expected.total} records")

    for table, use in loaded.connector.streams.items():
        case(table, use.options, stream=use.stream)
    for stream, options in STREAMS.items():
        case(stream, options)

    daily = {"time_rollup": "by_day", "order": ["date"], "page_limit": 3}
    case("report.three_pages", asked("12345", **daily))
    case("report.no_data", asked("12345", time_window=None, start_date="2025-12-01", end_date="2025-12-31"))
    case("report.months", asked("12345", time_rollup="by_month", time_window=None), start_date="2026-01-15")
    case("report.flight", asked("12345", time_window="flight_to_date"))
    case("event_pixel_loads_daily.subtotals", {**HOME, "subtotals": True}, start_date="2026-03-14")
    case("report.bearer", asked("11111"), auth="bearer")
    case("report.bearer_and_cookie", asked("11111"), auth="both", server=MediaMathT1(require_both=True))
    case("report.logged_out", asked("22222", **daily), server=MediaMathT1(session_calls=2))
    case("report.xml_under_200", asked("33333"), server=MediaMathT1(script={1: "xml_200"}))
    case("report.over_qps", asked("44444"), server=MediaMathT1(script={1: "over_qps"}))
    case("report.request_timeout", asked("55555"), server=MediaMathT1(script={1: "request_timeout"}))
    case("report.unavailable", asked("66666"), server=MediaMathT1(script={1: "unavailable"}))
    case("report.cut", asked("12345"), server=MediaMathT1(script={1: "cut"}))
    case("report.unknown_field", asked("12345", dimensions=["colour"]))
    case("report.no_access_field", asked("12345", filter=["campaign_name=c"]))
    case("report.dates_of_interval_report", asked("12345", report="reach_frequency", time_window=None))
    case("report.unknown_campaign", asked("99999"))
    case("report.unknown_report", asked("12345", report="perfomance"))
    case("report.denied", asked("12345", filter=[{"field": "organization_id", "equals": ["300003"]}]))
    case("report.gone", asked("12345", report="video_site_transparency"))
    case("reports.wrong_password", {}, password="another")
    case("reports.developer_inactive", {}, api_key="another-key")
    second_run()


def second_run() -> None:
    """Record what the run of three days later asks."""
    with MediaMathT1(today=FIRST.date()) as t1:
        account = {"user": USER, "password": PASSWORD, "api_key": API_KEY, "access_ids": ["5001"]}
        day = functools.partial(setattr, t1, "_today", SECOND.date())
        config = {**account, "start_date": "2026-01-20"}
        record_second_run("mediamath_t1", "performance_daily", t1.url, config, JACK, meanwhile=day)


if __name__ == "__main__":
    main()
