"""What the loopback T1 server accepts, refuses and reports."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from urllib.parse import unquote

import pytest

from tests.providers.mediamath_t1 import MediaMathT1
from tests.providers.mediamath_t1_client import get, login, read, status
from tests.providers.mediamath_t1_predicates import Predicate, parse

DAILY = "dimensions=campaign_id&metrics=impressions&time_rollup=by_day"
ALL = "dimensions=campaign_id&metrics=impressions&time_rollup=all&time_window=last_7_days"
ORGANIZATIONS = "organization_id%3D100001%2C200002"


@pytest.fixture(scope="module")
def t1() -> Iterator[MediaMathT1]:
    with MediaMathT1() as server:
        yield server


@pytest.fixture(scope="module")
def cookie(t1: MediaMathT1) -> dict[str, str]:
    return login(t1)


def test_meta_lists_and_defines_reports(t1: MediaMathT1, cookie: dict[str, str]) -> None:
    reports = get(t1, "meta", **cookie).json()["reports"]
    assert len(reports) >= 19
    assert reports["geo"]["URI_Meta"] == f"{t1.url}/reporting/v1/std/geo/meta"
    told = get(t1, "geo/meta", **cookie).json()
    assert told["structure"]["dimensions"]["campaign_id"] == {
        "name": "Campaign Id",
        "type": "id",
        "access": True,
    }
    assert told["structure"]["time_field"] == {"date": {"name": "Date", "type": "datetime"}}
    assert told["default_metrics"] == sorted(told["structure"]["metrics"])


def test_every_report_answers_rows(t1: MediaMathT1, cookie: dict[str, str]) -> None:
    for name in get(t1, "meta", **cookie).json()["reports"]:
        told = get(t1, f"{name}/meta", **cookie)
        if told.status_code == 410:
            assert name == "video_site_transparency"
            continue
        dimensions = ",".join(told.json()["structure"]["dimensions"])
        window = "last_14_days" if "last_14_days" in told.json()["time_windows"] else "last_2_days"
        query = f"dimensions={dimensions}&filter={ORGANIZATIONS}&time_rollup=all&time_window={window}"
        assert read(get(t1, name, query, **cookie)), name


EXAMPLES = [
    (
        "campaign_id%3D12345%26strategy_id%3D98765",
        [("campaign_id", "=", "12345"), ("strategy_id", "=", "98765")],
        {"12345"},
    ),
    (
        "campaign_id%3D11111%2C22222%2C33333%26campaign_name%7Esell",
        [("campaign_id", "=", "11111", "22222", "33333"), ("campaign_name", "~", "sell")],
        {"11111"},
    ),
    (
        "campaign_name%3D%22Jack%20%26%20Jill%20%22%22Of%20All%20Trades%22%22%22",
        [("campaign_name", "=", 'Jack & Jill "Of All Trades"')],
        {"12345"},
    ),
    ("campaign_name%3D%22a%2Cb%22%2Cc", [("campaign_name", "=", "a,b", "c")], {"44444", "55555"}),
    (
        "campaign_name%3D%3A%22%C3%A9t%C3%A9%20%E2%80%93%20%E2%88%91%C2%B4%E2%80%A0%C2%A9%CB%99%E2%88%86%CB%9A%21%22",
        [("campaign_name", "=:", "été – ∑´†©˙∆˚!")],
        {"22222"},
    ),
    ("campaign_name%3D%22%22%22%22", [("campaign_name", "=", '"')], {"66666"}),
    ("campaign_name%3Dx%2By%20z", [("campaign_name", "=", "x+y z")], {"33333"}),
    ("creative_name%21%3A50%25%20off", [("creative_name", "!:", "50% off")], None),
    (
        "campaign_start_date%3D%222016-04-12T01%3A30%3A00%22",
        [("campaign_start_date", "=", "2016-04-12T01:30:00")],
        {"12345"},
    ),
    ("strategy_name%21%7E%22A%3DB%22", [("strategy_name", "!~", "A=B")], None),
]


@pytest.mark.parametrize(("wire", "expected", "campaigns"), EXAMPLES)
def test_worked_example_parses_and_filters(
    t1: MediaMathT1,
    cookie: dict[str, str],
    wire: str,
    expected: list[tuple[str, ...]],
    campaigns: set[str] | None,
) -> None:
    predicates = tuple(Predicate(field=f, operator=o, values=tuple(v)) for f, o, *v in expected)
    assert parse(unquote(wire)) == predicates
    asked = ALL.replace("campaign_id", "campaign_id,strategy_name,creative_name")
    rows = read(get(t1, "performance", f"{asked}&filter={wire}&having={ORGANIZATIONS}", **cookie))
    assert rows
    if campaigns is not None:
        assert {row["campaign_id"] for row in rows} == campaigns
    for field, operator, value in (p for p in expected if p[1].startswith("!")):
        told = {row[field].lower() if operator == "!:" else row[field] for row in rows}
        assert all(value not in text for text in told)


def test_bare_signs_in_a_hand_written_filter_are_accepted(t1: MediaMathT1, cookie: dict[str, str]) -> None:
    rows = read(get(t1, "performance", f"{ALL}&filter=campaign_id=12345,55555", **cookie))
    assert {row["campaign_id"] for row in rows} == {"12345", "55555"}


def test_worked_example_with_metrics_is_a_having(t1: MediaMathT1, cookie: dict[str, str]) -> None:
    wire = "impressions%3E%3D500%26clicks%3C100%26campaign_id%3D12345"
    query = f"dimensions=creative_id&time_rollup=by_day&time_window=last_7_days&having={wire}"
    rows = read(get(t1, "performance", query, **cookie))
    assert rows
    assert {row["campaign_id"] for row in rows} == {"12345"}
    assert all(int(row["impressions"]) >= 500 and int(row["clicks"]) < 100 for row in rows)
    refused = get(t1, "performance", query.replace("having", "filter"), **cookie)
    assert status(refused) == (400, "bad_request", "incorrect_predicates")


@pytest.mark.parametrize(
    "wire",
    [
        "campaign_id%253D12345",  # encoded twice
        "campaign_id%3D%3D12345",  # the management API's ==
        "campaign_id%3D12345%26campaign_name%3DJack%20%26%20Jill",  # not quoted
        "campaign_id%3D12345%26campaign_name%3D%22Jack%20%22Of%22",  # quotes not doubled
        "campaign_id%3D12345%2Cstrategy_id%3D98765",  # joined by a comma
        "campaign_id%3D12345%26campaign_start_date%3D2016-04-12T01%3A30%3A00",  # colons not quoted
        "campaign_id%3D",
        "campaign_id%3E12345",  # an id is not numeric
        "campaign_id%3D12345%26campaign_goal_type%3Dcpz",  # not one of its values
        "campaign_id%3D12345%26date%3D2026-03-01",
        "campaign_id%21%3D12345",  # no equality on an access field
        "campaign_name%3Dc",
        "",
    ],
)
def test_bad_predicates_are_refused(t1: MediaMathT1, cookie: dict[str, str], wire: str) -> None:
    answer = get(t1, "performance", f"{ALL}&filter={wire}", **cookie)
    assert status(answer) == (400, "bad_request", "incorrect_predicates")


@pytest.mark.parametrize(
    "query",
    [
        f"{ALL}&Page_limit=5",
        f"{ALL}&campaign_id=12345",
        f"{ALL}&page_offset=1",
        f"{ALL}&page_limit=0",
        f"{ALL}&precision=9",
        f"{ALL}&precision=2&precision=2",
        f"{ALL}&order=start_date",
        f"{ALL}&start_date=2026-03-01",
        ALL.replace("metrics=impressions", "metrics=Impressions"),
        ALL.replace("dimensions=campaign_id&", ""),
        ALL.replace("=campaign_id", "=impressions"),
        ALL.replace("time_rollup=all&", ""),
        ALL.replace("last_7_days", "last_X_days"),
        ALL.replace("last_7_days", "last_7_hours"),
        ALL.replace("all&time_window=last_7_days", "by_day&time_window=campaign_to_date"),
        ALL.replace("last_7_days", "flight_to_date&order=impressions"),
        f"{DAILY}&start_date=2026-03-01%2000:00",
        f"{DAILY}&start_date=2026-3-1",
        f"{DAILY}&start_date=2026-02-30",
        f"{DAILY}&start_date=2026-03-02&end_date=2026-03-01",
    ],
)
def test_bad_parameters_are_refused(t1: MediaMathT1, cookie: dict[str, str], query: str) -> None:
    answer = get(t1, "performance", f"{query}&filter=campaign_id%3D12345", **cookie)
    assert status(answer) == (400, "bad_request", "")


@pytest.mark.parametrize("window", ["", "&end_date=2026-03-14"])
def test_missing_time_window_is_named(t1: MediaMathT1, cookie: dict[str, str], window: str) -> None:
    answer = get(t1, "performance", f"{DAILY}{window}&filter=campaign_id%3D12345", **cookie)
    assert status(answer) == (400, "bad_request", "missing_time_window")


@pytest.mark.parametrize(
    ("path", "wire", "expected"),
    [
        ("performance", "campaign_id%3D99999", (404, "not_found", "")),
        ("performance", "organization_id%3D300003", (403, "denied", "")),
        ("nonsense", "campaign_id%3D12345", (404, "not_found", "")),
        ("video_site_transparency", "campaign_id%3D12345", (410, "gone", "")),
        ("performance/validate", "campaign_id%3D12345", (200, "ok", "")),
        ("performance/validate", "campaign_id", (400, "bad_request", "incorrect_predicates")),
    ],
)
def test_status_tells_the_trouble(
    t1: MediaMathT1, cookie: dict[str, str], path: str, wire: str, expected: tuple[int, str, str]
) -> None:
    assert status(get(t1, path, f"{ALL}&filter={wire}", **cookie)) == expected


def test_csv_is_chunked_and_columns_keep_their_own_order(t1: MediaMathT1, cookie: dict[str, str]) -> None:
    query = "dimensions=strategy_name,creative_id&metrics=total_spend,clicks&time_rollup=by_day"
    query += "&start_date=2026-03-01&filter=strategy_id%3D98765&order=creative_id,-date&precision=2"
    answer = get(t1, "performance", query, **cookie)
    assert answer.headers["Transfer-Encoding"] == "chunked"
    header, first, *_ = answer.text.splitlines()
    assert header == "start_date,end_date,creative_id,strategy_name,clicks,total_spend"
    assert first.startswith('"2026-03-13","2026-03-13",00987651,"Prospecting",')
    assert len(first.rpartition(".")[2]) == 2


def test_default_metrics_come_alphabetically(t1: MediaMathT1, cookie: dict[str, str]) -> None:
    query = ALL.replace("&metrics=impressions", "")
    columns = list(read(get(t1, "performance", f"{query}&filter=campaign_id%3D12345", **cookie))[0])
    assert columns[3:] == get(t1, "performance/meta", **cookie).json()["default_metrics"]


def test_no_data_is_a_header_alone(t1: MediaMathT1, cookie: dict[str, str]) -> None:
    query = f"{DAILY}&start_date=2025-01&end_date=2025-01&filter=campaign_id%3D12345"
    assert get(t1, "performance", query, **cookie).text.split() == ["start_date,end_date,campaign_id,impressions"]


def test_weeks_and_months_are_cut_to_the_window(t1: MediaMathT1, cookie: dict[str, str]) -> None:
    query = f"{DAILY}&start_date=2026-01-28&end_date=2026-02-10&order=date&filter=campaign_id%3D12345"
    for rollup, expected in {
        "by_week": [("2026-01-28", "2026-02-01"), ("2026-02-02", "2026-02-08"), ("2026-02-09", "2026-02-10")],
        "by_month": [("2026-01-28", "2026-01-31"), ("2026-02-01", "2026-02-10")],
        "all": [("2026-01-28", "2026-02-10")],
    }.items():
        rows = read(get(t1, "performance", query.replace("by_day", rollup), **cookie))
        assert [(row["start_date"], row["end_date"]) for row in rows] == expected


def test_hours_have_a_blank(t1: MediaMathT1, cookie: dict[str, str]) -> None:
    query = DAILY.replace("by_day", "by_hour") + "&start_date=2026-03-14T05&end_date=2026-03-14T06:30&order=date"
    rows = read(get(t1, "pulse", f"{query}&filter=campaign_id%3D12345", **cookie))
    assert (rows[0]["start_date"], rows[0]["end_date"]) == ("2026-03-14 05:00:00", "2026-03-14 05:59:59")
    assert rows[-1]["end_date"] == "2026-03-14 06:59:59"
    last = query.partition("&start_date")[0] + "&time_window=last_3_hours&filter=campaign_id%3D12345"
    assert {row["start_date"][11:13] for row in read(get(t1, "pulse", last, **cookie))} <= {"21", "22", "23"}


@pytest.mark.parametrize(
    ("report", "window", "interval"),
    [
        ("reach_frequency", "yesterday", "1"),
        ("reach_frequency", "last_7_days", "7"),
        ("performance", "campaign_to_date", "CTD"),
        ("performance", "flight_to_date", "FTD"),
    ],
)
def test_intervals_have_their_own_column(
    t1: MediaMathT1, cookie: dict[str, str], report: str, window: str, interval: str
) -> None:
    query = ALL.replace("last_7_days", window) + "&filter=campaign_id%3D12345"
    rows = read(get(t1, report, query, **cookie))
    assert list(rows[0]) == ["interval", "campaign_id", "impressions"]
    assert {row["interval"] for row in rows} == {interval}


def test_interval_reports_take_no_dates(t1: MediaMathT1, cookie: dict[str, str]) -> None:
    query = "dimensions=frequency&time_rollup=all&start_date=2026-03-01&filter=campaign_id%3D12345"
    assert status(get(t1, "reach_frequency", query, **cookie)) == (400, "bad_request", "")


def test_offset_counts_pages(t1: MediaMathT1, cookie: dict[str, str]) -> None:
    query = f"{DAILY}&time_window=last_30_days&filter={ORGANIZATIONS}&order=date,campaign_id"
    whole = read(get(t1, "performance", query, **cookie))
    assert len(whole) > 100
    pages = [read(get(t1, "performance", f"{query}&page_limit=80&page_offset={n}", **cookie)) for n in range(4)]
    assert [row for page in pages for row in page] == whole
    assert len(pages[0]) == 80
    assert len(pages[3]) < 80


def test_days_sum_to_the_whole_but_uniques_do_not(t1: MediaMathT1, cookie: dict[str, str]) -> None:
    asked = DAILY.replace("impressions", "total_spend") + "&time_window=last_7_days&filter=campaign_id%3D12345"
    days = read(get(t1, "performance", asked, **cookie))
    whole = read(get(t1, "performance", asked.replace("by_day", "all"), **cookie))
    assert sum(Decimal(row["total_spend"]) for row in days) == Decimal(whole[0]["total_spend"])
    query = "dimensions=frequency&metrics=uniques&time_rollup=all&filter=campaign_id%3D12345&time_window="
    weeks = [read(get(t1, "reach_frequency", query + name, **cookie)) for name in ("last_7_days", "last_14_days")]
    assert int(weeks[1][0]["uniques"]) < 2 * int(weeks[0][0]["uniques"])


def test_pixel_loads_add_a_total(t1: MediaMathT1, cookie: dict[str, str]) -> None:
    query = "dimensions=pixel_id,referrer&metrics=loads&time_rollup=by_day&time_window=yesterday"
    rows = read(get(t1, "event_pixel_loads", f"{query}&filter=advertiser_id%3D5001", **cookie))
    loads = {r["referrer"]: int(r["loads"]) for r in rows if r["pixel_id"] == "0090001"}
    assert loads.pop("Total") == sum(loads.values())


def test_text_survives_newlines_and_unicode(t1: MediaMathT1, cookie: dict[str, str]) -> None:
    query = ALL.replace("campaign_id", "creative_name") + "&filter=campaign_id%3D22222"
    names = {row["creative_name"] for row in read(get(t1, "performance", query, **cookie))}
    assert names == {"Spring 50% Off banner", 'Line one\nline "two", créée'}
    apps = ALL.replace("campaign_id", "app_id") + "&filter=campaign_id%3D22222"
    assert {r["app_id"] for r in read(get(t1, "app_transparency", apps, **cookie))} == {"N/A", "0123456789"}


def test_not_modified_has_no_body(t1: MediaMathT1, cookie: dict[str, str]) -> None:
    query = f"{ALL}&filter=campaign_id%3D12345"
    first = get(t1, "performance", query, **cookie)
    again = get(t1, "performance", query, **cookie, **{"If-Modified-Since": first.headers["Last-Modified"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_cut_answer_ends_in_a_short_row_and_gzip_is_a_knob() -> None:
    query = f"{ALL}&filter=campaign_id%3D12345"
    with MediaMathT1(script={1: "cut"}, compress=True) as t1:
        headers = login(t1)
        cut = get(t1, "performance", query, **headers)
        assert cut.headers["Content-Encoding"] == "gzip"
        assert cut.text.splitlines()[-1].count(",") < 3
        assert get(t1, "performance", query, **headers).text.splitlines()[1].count(",") == 3
