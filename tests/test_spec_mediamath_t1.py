"""The MediaMath T1 spec, read from the loopback T1: every stream, and its requests byte for byte."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from urllib.parse import unquote

import pytest

from tapwright.cassette import ReplayClock
from tapwright.load import load_connector, load_spec
from tapwright.plan import make_plan
from tapwright.provider import Means, Provider
from tapwright.replaying import replay_of
from tapwright.use import Use
from tests.providers.mediamath_t1 import MediaMathT1
from tests.providers.mediamath_t1_predicates import Predicate, parse
from tests.providers.mediamath_t1_reports import REPORTS
from tests.providers.mediamath_t1_sessions import API_KEY, PASSWORD, USER
from tests.providers.mediamath_t1_source import ASKED, CONNECTOR, NOW, ONE, ROOT, SPEC, config, data_calls, held, read

JACK = 'Jack & Jill "Of All Trades"'
READY = [name for name, stream in load_spec(SPEC).streams.items() if "access" in stream.request.shared_params]


@pytest.fixture
def t1() -> Iterator[MediaMathT1]:
    with MediaMathT1() as server:
        yield server


@pytest.mark.parametrize("stream", READY)
def test_every_ready_stream_gives_what_the_server_holds(t1: MediaMathT1, stream: str) -> None:
    found = read(t1, stream)
    expected = [row for call in data_calls(t1) for row in held(call) if row.get("referrer") != "Total"]
    assert [{name: record[name] for name in row} for record, row in zip(found, expected, strict=True)] == expected
    assert found
    assert {record["advertiser_id"] for record in found} == {"5001", "5003"}
    assert all(call.param("precision") == "4" and call.param("api_key") == API_KEY for call in data_calls(t1))
    plan = make_plan(load_spec(SPEC), config(t1), {stream: Use()}, NOW)
    keys = [tuple(record[name] for name in plan.tables[0].primary_key) for record in found]
    assert len(set(keys)) == len(keys)
    assert None not in {value for key in keys for value in key}


def test_reports_are_listed_and_defined_and_those_gone_are_passed_over(t1: MediaMathT1) -> None:
    listed = read(t1, "reports")
    assert [record["report"] for record in listed] == list(REPORTS)
    assert {r["report"]: r["deprecation"] for r in listed}["video_site_transparency"] == "2016-06-30"
    defined = {record["report"]: record for record in read(t1, "report_meta")}
    assert defined.keys() == REPORTS.keys() - {"video_site_transparency"}
    assert defined["geo"]["time_field"] == "date"
    assert defined["geo"]["version"] == 2
    assert defined["reach_frequency"]["time_field_type"] == "interval"
    assert defined["pulse"]["time_rollups"] == ["by_hour", "by_day", "all"]


def test_fields_of_reports_are_exploded(t1: MediaMathT1) -> None:
    fields = {(f["kind"], f["field"]): f for f in read(t1, "report_fields", {"reports": ["performance"]})}
    report = REPORTS["performance"]
    assert len(fields) == 1 + len(report.dimension_fields) + len(report.metric_fields)
    assert fields["time", "date"]["type"] == "datetime"
    assert fields["dimension", "campaign_id"]["access"] is True
    assert fields["dimension", "campaign_goal_type"]["values"].count("cpa") == 2
    assert fields["metric", "clicks"]["is_default"]
    assert not fields["dimension", "creative_name"]["access"]


WORKED: list[tuple[str, Any, str]] = [
    ("filter", "campaign_id=12345&strategy_id=98765", "campaign_id%3D12345%26strategy_id%3D98765"),
    (
        "filter",
        [{"field": "campaign_id", "equals": [11111, 22222, 33333]}, {"field": "campaign_name", "contains": "sell"}],
        "campaign_id%3D11111%2C22222%2C33333%26campaign_name%7Esell",
    ),
    (
        "having",
        [
            {"field": "impressions", "at_least": 500},
            {"field": "clicks", "below": 100},
            {"field": "campaign_id", "equals": "12345"},
        ],
        "impressions%3E%3D500%26clicks%3C100%26campaign_id%3D12345",
    ),
    (
        "filter",
        {"field": "campaign_name", "equals": JACK},
        "campaign_name%3D%22Jack%20%26%20Jill%20%22%22Of%20All%20Trades%22%22%22",
    ),
    ("filter", {"field": "campaign_name", "equals": ["a,b", "c"]}, "campaign_name%3D%22a%2Cb%22%2Cc"),
    (
        "filter",
        {"field": "campaign_name", "contains_nocase": "été – ∑´†©˙∆˚!"},
        "campaign_name%3D%3A%22%C3%A9t%C3%A9%20%E2%80%93%20%E2%88%91%C2%B4%E2%80%A0%C2%A9%CB%99%E2%88%86%CB%9A%21%22",
    ),
    ("filter", {"field": "campaign_name", "equals": '"'}, "campaign_name%3D%22%22%22%22"),
    ("filter", {"field": "campaign_name", "equals": "x+y z"}, "campaign_name%3Dx%2By%20z"),
    ("filter", {"field": "creative_name", "lacks_nocase": "50% off"}, "creative_name%21%3A50%25%20off"),
    (
        "filter",
        {"field": "campaign_start_date", "equals": "2016-04-12T01:30:00"},
        "campaign_start_date%3D%222016-04-12T01%3A30%3A00%22",
    ),
    ("filter", {"field": "strategy_name", "lacks": "A=B"}, "strategy_name%21%7E%22A%3DB%22"),
]


@pytest.mark.parametrize(("param", "conditions", "wire"), WORKED)
def test_worked_predicates_go_out_byte_for_byte(t1: MediaMathT1, param: str, conditions: Any, wire: str) -> None:
    other = "having" if param == "filter" else "filter"
    conditions = [conditions] if isinstance(conditions, dict) else conditions
    options = {**ASKED, "time_rollup": "by_day", param: conditions, other: "organization_id=100001,200002"}
    found = read(t1, "report", options)
    (call,) = data_calls(t1)
    assert f"{param}={wire}" in call.raw_query.split("&")
    expected = held(call)
    assert found
    assert [{name: r[name] for name in row} for r, row in zip(found, expected, strict=True)] == expected


@pytest.mark.parametrize("value", ['a&b="c,d"', " blank ", "", "~:!<>=", "%2C+%", "naïve\nline", "=~", "'", "\\"])
def test_any_value_survives_quoting_and_encoding(value: str) -> None:
    written = load_spec(SPEC).encodings["predicates"].write([{"field": "name", "equals": [value, "b"]}])
    assert written is not None
    assert parse(written) == (Predicate(field="name", operator="=", values=(value, "b")),)


def test_the_predicates_of_the_connector_find_their_campaigns(t1: MediaMathT1) -> None:
    use = load_connector(CONNECTOR, replay=True).connector.streams
    found = read(t1, "report", use["spend_of_jack_and_jill"].options)
    assert {record["campaign_name"] for record in found} == {JACK, "x+y z"}
    assert {record["strategy_name"] for record in found} == {"Prospecting"}
    assert {record["start_date"] for record in found} == {datetime(2026, 3, 2), datetime(2026, 3, 9)}


def test_a_report_without_conditions_is_about_the_ids_of_the_config(t1: MediaMathT1) -> None:
    read(t1, "report", ASKED, access_field="organization_id", access_ids=[100001, "200002"])
    assert data_calls(t1)[0].param("filter") == "organization_id=100001,200002"
    read(t1, "report", {**ASKED, "having": ["campaign_id=12345"]})
    assert data_calls(t1)[1].param("filter") is None


@pytest.mark.parametrize(
    ("rollup", "windows"),
    [
        ("by_day", [("2026-01-15", "2026-02-13"), ("2026-02-14", "2026-03-14")]),
        ("by_week", [("2026-01-12", "2026-02-08"), ("2026-02-09", "2026-03-08")]),
        ("by_month", [("2026-01-01", "2026-01-31"), ("2026-02-01", "2026-02-28")]),
        ("all", [("2026-01-15", None)]),
    ],
)
def test_windows_are_whole_units_up_to_yesterday(t1: MediaMathT1, rollup: str, windows: list[Any]) -> None:
    options = {**ONE, "time_rollup": rollup, "time_window": None}
    read(t1, "report", options, start_date="2026-01-15")
    assert [(call.param("start_date"), call.param("end_date")) for call in data_calls(t1)] == windows


def test_yesterday_is_that_of_the_time_zone(t1: MediaMathT1) -> None:
    read(t1, "watermark_daily", time_zone="America/Los_Angeles", access_ids=["5001"])
    assert [call.param("end_date") for call in data_calls(t1)] == ["2026-03-13"]


def test_hours_are_read_up_to_the_last_full_one(t1: MediaMathT1) -> None:
    found = read(t1, "pulse_hourly", access_ids=["5001"])
    call = data_calls(t1)[0]
    assert (call.param("start_date"), call.param("end_date")) == ("2026-03-13T00", "2026-03-15T05")
    assert found[0]["start_date"] == datetime(2026, 3, 13)
    assert found[0]["end_date"] == datetime(2026, 3, 13, 0, 59, 59)


def test_a_time_window_switches_dates_off(t1: MediaMathT1) -> None:
    found = read(t1, "report", {**ONE, "time_window": "month_to_date"}, start_date="2020-01-01")
    (call,) = data_calls(t1)
    assert [call.param(name) for name in ("time_window", "start_date", "end_date")] == ["month_to_date", None, None]
    assert [(r["start_date"], r["end_date"]) for r in found] == [(datetime(2026, 3, 1), datetime(2026, 3, 14))]


def test_dates_of_its_own_make_one_request(t1: MediaMathT1) -> None:
    read(t1, "report", {**ONE, "time_window": None, "start_date": "2026-01", "end_date": "2026-03-02T05:30"})
    read(
        t1,
        "report",
        {**ONE, "time_window": None, "time_rollup": "by_day", "end_date": "2026-03"},
        start_date="2026-01-01",
    )
    asked = [(call.param("start_date"), call.param("end_date")) for call in data_calls(t1)]
    assert asked == [("2026-01", "2026-03-02T05:30"), ("2026-01-01", "2026-03")]


@pytest.mark.parametrize(
    ("report", "window", "interval"),
    [("performance", "campaign_to_date", "CTD"), ("performance", "flight_to_date", "FTD"),
     ("reach_frequency", "last_30_days", "30"), ("audience_index", "last_14_days", "14")],
)  # fmt: skip
def test_interval_answers_have_a_key_and_a_column_of_their_own(
    t1: MediaMathT1, report: str, window: str, interval: str
) -> None:
    options = {**ONE, "report": report, "metrics": [], "time_window": window}
    found = read(t1, "report", options)
    assert {record["interval"] for record in found} == {interval}
    assert "start_date" not in found[0]
    (table,) = make_plan(load_spec(SPEC), config(t1), {"t": Use(stream="report", options=options)}, NOW).tables
    assert table.primary_key == ("interval", "campaign_id")


def test_the_key_of_a_report_is_time_and_its_dimensions(t1: MediaMathT1) -> None:
    options = {**ONE, "dimensions": ["campaign_id", "creative_id"]}
    (table,) = make_plan(load_spec(SPEC), config(t1), {"t": Use(stream="report", options=options)}, NOW).tables
    assert table.primary_key == ("start_date", "campaign_id", "creative_id")


@pytest.mark.parametrize(("limit", "pages"), [(3, 3), (7, 2), (8, 1)])
def test_pages_are_counted_until_one_is_short(t1: MediaMathT1, limit: int, pages: int) -> None:
    options = {**ONE, "time_rollup": "by_day", "order": ["-date"], "page_limit": limit}
    found = read(t1, "report", options)
    asked = [(call.param("page_limit"), call.param("page_offset")) for call in data_calls(t1)]
    assert asked == [(str(limit), str(page)) for page in range(pages)]
    assert [record["start_date"].day for record in found] == list(range(14, 7, -1))


def test_the_page_size_is_sent_even_where_the_server_would_send_less() -> None:
    with MediaMathT1(default_page_limit=2) as t1:
        assert len(read(t1, "report", {**ONE, "time_rollup": "by_day"})) == 7


def test_types_are_exact_and_unknown_columns_are_text(t1: MediaMathT1) -> None:
    options = {**ONE, "dimensions": ["creative_id", "creative_name"], "metrics": ["clicks", "ctr"], "precision": 3}
    found = {record["creative_id"]: record for record in read(t1, "report", options)}
    two = found["987652"]
    assert "00987651" in found
    assert two["creative_name"] == 'Line one\nline "two", créée'
    assert type(two["clicks"]) is int
    assert two["ctr"].as_tuple().exponent == -3
    (video,) = read(t1, "report", {**ONE, "report": "video", "metrics": ["video_skips", "video_start"]})
    assert (type(video["video_skips"]), type(video["video_start"])) == (str, int)


def test_apps_that_are_none_are_kept(t1: MediaMathT1) -> None:
    assert {record["app_id"] for record in read(t1, "app_transparency")} == {"N/A", "0123456789"}


def test_subtotals_are_left_out_unless_asked_for(t1: MediaMathT1) -> None:
    one: dict[str, Any] = {"access_ids": ["5001"], "start_date": "2026-03-14"}
    found = read(t1, "data_pixel_loads_daily", **one)
    assert {record["referrer"] for record in found} == {"example.com", "exämple.org"}
    found = [r for r in read(t1, "data_pixel_loads_daily", {"subtotals": True}, **one) if r["pixel_id"] == "90002"]
    loads = {record["referrer"]: record["loads"] for record in found}
    assert loads.pop("Total") == sum(loads.values())


def test_no_data_is_no_error(t1: MediaMathT1) -> None:
    assert read(t1, "report", {**ONE, "time_window": None, "start_date": "2025-12-01", "end_date": "2025-12-31"}) == []
    assert read(t1, "report", {**ONE, "modified_since": "2026-03-15T06:00:00Z"}) == []
    assert data_calls(t1)[-1].headers["if-modified-since"] == "Sun, 15 Mar 2026 06:00:00 GMT"
    assert len(read(t1, "report", {**ONE, "modified_since": "2026-03-15T06:59:59+01:00"})) == 1


def test_unquoted_config_dates_and_numbers_are_understood(t1: MediaMathT1) -> None:
    found = read(t1, "geo_daily", access_ids=[5001], start_date=date(2026, 3, 14), page_limit=2)
    assert len(found) == 4
    assert len(data_calls(t1)) == 3


def test_every_table_of_the_connector_can_be_replayed() -> None:
    loaded = load_connector(CONNECTOR, replay=True)
    connector, spec = loaded.connector, loaded.spec
    with replay_of(spec, connector.config, connector.streams) as given:
        plan = make_plan(spec, given.config, given.uses, given.now)
        provider = Provider(plan, Means(clock=ReplayClock(given.now)))
        counts = {table.table: sum(1 for _ in provider.read(table)) for table in plan.tables}
    assert counts.keys() == connector.streams.keys()
    assert all(counts.values())


def test_secrets_are_in_no_cassette() -> None:
    for path in (ROOT / "cassettes" / "mediamath_t1").glob("*.yaml"):
        text = unquote(path.read_text(encoding="utf-8"))
        assert not any(secret in text for secret in (USER, PASSWORD, API_KEY, "another", "127.0.0.1")), path
