"""The spec of Adobe Test&Target against a server written from its documents."""

from __future__ import annotations

import base64
import html
import json
import traceback
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import duckdb
import pytest

from tapwright import Source
from tapwright.cassette import ReplayClock
from tapwright.cli import tapwright
from tapwright.errors import AuthError, BodyError, ProviderError, RunError, TransportError
from tapwright.provider import Means
from tests.providers.adobe_target import CREDENTIALS, AdobeTarget
from tests.providers.adobe_target_data import (
    CAMPAIGNS,
    DELETED,
    ENGAGED,
    EVERYONE,
    NOTHING,
    RECIPES,
    SEGMENTS,
    TYPES,
    Tally,
    hours_between,
    tally,
)
from tests.providers.record_adobe_target import Failing

ROOT = Path(__file__).parents[1]
NOW = datetime(2026, 3, 15, 6, tzinfo=UTC)
DAYS = (date(2026, 3, 12), date(2026, 3, 13), date(2026, 3, 14))
ONE = {"campaign_ids": [7], "types": ["visitor"]}

Row = dict[str, Any]


@pytest.fixture
def server() -> Iterator[AdobeTarget]:
    with AdobeTarget() as provider:
        yield provider


def source(server: AdobeTarget, *, now: datetime = NOW, **config: Any) -> Source:
    given = {**CREDENTIALS, "start_date": "2026-03-12", "base_url": f"{server.url}/api", **config}
    return Source(ROOT / "specs" / "adobe_target.yaml", given, means=Means(clock=ReplayClock(now)))


def read(server: AdobeTarget, stream: str, **options: Any) -> list[Row]:
    return list(source(server).read(stream, **options))


def reports(server: AdobeTarget) -> list[dict[str, str]]:
    """The reports that were asked for."""
    return [dict(call.query) for call in server.calls if call.param("operation") == "report"]


def truth(day: date, recipe: str, groups: tuple[int, ...] = EVERYONE, campaign: str = "7") -> Tally:
    """What the server knows of a day, in its data rather than its XML."""
    start = datetime.combine(day, datetime.min.time())
    hours = list(hours_between(start, start + timedelta(days=1)))
    places = [RECIPES.index(recipe)] if recipe in RECIPES else [p for p in range(len(RECIPES)) if p != DELETED]
    total = NOTHING
    for place in places:
        total += tally(CAMPAIGNS[campaign], "Production", groups, place, hours)
    return total


def key(row: Row) -> tuple[Any, ...]:
    names = ("campaign_id", "segment_id", "type", "resolution", "sample_start", "recipe", "step")
    return tuple(row[name] for name in names if name in row)


def refusal(server: AdobeTarget, stream: str, **options: Any) -> RunError:
    with pytest.raises(RunError) as caught:
        list(source(server).read(stream, **options))
    return caught.value


def assert_no_secret(error: BaseException) -> None:
    text = "".join(traceback.format_exception(error)) + repr(error) + str(vars(error))
    for secret in (CREDENTIALS["email"], CREDENTIALS["password"]):
        forms = {
            secret,
            quote(secret, safe=""),
            quote(secret),
            quote_plus(secret),
            quote(quote(secret, safe=""), safe=""),
        }
        forms |= {json.dumps(secret)[1:-1], html.escape(secret), secret.encode().hex()}
        forms |= {base64.b64encode(secret.encode()).decode().rstrip("="), secret.encode().decode("latin-1")}
        assert not [form for form in forms if form in text]


def test_version_one_counts_each_step_once(server: AdobeTarget) -> None:
    rows = read(server, "performance", **ONE)
    assert len(rows) == 3 * 3 * 8 == len(set(map(key, rows)))
    for row in rows:
        steps = CAMPAIGNS["7"].steps
        reach = truth(row["sample_start"].date(), row["recipe"]).reach
        assert row["count"] == reach[steps.index(row["step"])]
        assert row["revenue"] is None
        assert row["segment_id"] == "all"
        assert row["segment"] is None
        assert row["is_campaign_row"] == (row["recipe"] == "Campaign")
    assert {row["sample_start"].date() for row in rows} == set(DAYS)


@pytest.mark.parametrize("reading", ["table", "prose"])
def test_hypothetical_version_two_gives_the_same_counts(reading: Any) -> None:
    with AdobeTarget(v2_reading=reading, recipe_ids=True) as server:
        first, second = read(server, "performance", **ONE), read(server, "performance", **ONE, version=2)
    assert [(key(row), row["count"]) for row in first] == [(key(row), row["count"]) for row in second]
    for row in second:
        tallied, last = truth(row["sample_start"].date(), row["recipe"]), CAMPAIGNS["7"].last_step
        reach = tallied.reach[CAMPAIGNS["7"].steps.index(row["step"])]
        cents = tallied.cents + (0 if row["step"] == last else 5 * reach)
        assert row["revenue"] == (Decimal(cents) / 100 if reading == "table" else None)
        assert row["recipe_id"] == (None if row["is_campaign_row"] else str(81 + RECIPES.index(row["recipe"])))


def test_revenue_of_version_one_stands_once_for_each_recipe(server: AdobeTarget) -> None:
    rows = read(server, "recipe_revenue", **ONE)
    assert len(rows) == 3 * 3
    assert all(row["revenue"] == Decimal(truth(row["sample_start"].date(), row["recipe"]).cents) / 100 for row in rows)
    assert all(question["version"] == "1" for question in reports(server))


def test_engagement_is_the_same_in_both_versions(server: AdobeTarget) -> None:
    first, second = (read(server, "performance_engagement", **ONE, version=version) for version in (1, 2))
    assert sorted(map(repr, first)) == sorted(map(repr, second))
    assert len(first) == 3 * 3 * len(ENGAGED)
    for row in first:
        reach = truth(row["sample_start"].date(), row["recipe"]).reach[CAMPAIGNS["7"].steps.index(row["step"])]
        unit = Decimal(ENGAGED[row["step"]]) / 100_000
        assert (row["count"], row["total"]) == (reach, unit * reach)
        assert row["sum_of_squares"] == round(unit * unit * reach, 5)


def test_sums_can_be_left_out(server: AdobeTarget) -> None:
    for stream in ("performance", "performance_engagement", "recipe_revenue"):
        kept = read(server, stream, **ONE)
        dropped = read(server, stream, **ONE, include_campaign_row=False)
        assert dropped == [row for row in kept if row["recipe"] != "Campaign"]
        assert len(dropped) * 3 == len(kept) * 2


def test_every_segment_and_the_aggregate(server: AdobeTarget) -> None:
    rows = read(server, "performance", **ONE, segments=["allSegments"])
    assert {(row["segment_id"], row["segment"]) for row in rows} == {
        ("0", SEGMENTS[0]),
        ("1", SEGMENTS[1]),
        ("all", None),
    }
    assert len(set(map(key, rows))) == len(rows)
    groups = {"0": (0,), "1": (1,), "all": EVERYONE}
    entries = [row for row in rows if row["step"] == "Entry"]
    assert all(
        row["count"] == truth(row["sample_start"].date(), row["recipe"], groups[row["segment_id"]]).reach[0]
        for row in entries
    )


def test_several_types_and_segments_are_asked_one_by_one(server: AdobeTarget) -> None:
    rows = read(server, "performance", campaign_ids=[7], types=["visit", "impression"], segments=list(SEGMENTS))
    asked = [(question["type"], question["segment"]) for question in reports(server)]
    assert asked == [(kind, name) for kind in ("visit", "impression") for name in SEGMENTS]
    assert {(row["type"], row["segment"]) for row in rows} == set(asked)


def test_all_types_come_without_naming_one(server: AdobeTarget) -> None:
    rows = read(server, "performance", campaign_ids=["7"], include_campaign_row=False)
    assert {row["type"] for row in rows} == set(TYPES)
    assert "type" not in reports(server)[0]


def test_activated_campaigns_are_the_parents(server: AdobeTarget) -> None:
    rows = read(server, "recipe_revenue", types=["visitor"], environment="Staging")
    assert {row["campaign_id"] for row in rows} == {"7"}
    read(server, "recipe_revenue", campaign_state=["activated", "saved"])
    assert [question["campaignId"] for question in reports(server)] == ["7", "7", "42", "1234"]


def test_given_campaigns_need_no_list(server: AdobeTarget) -> None:
    list(source(server, campaign_ids=[42, "1234"]).read("recipe_revenue"))
    list(source(server, campaign_ids=[42]).read("recipe_revenue", campaign_ids=[7]))
    assert [question["campaignId"] for question in reports(server)] == ["42", "1234", "7"]
    assert len(server.calls) == 3


def test_days_can_be_asked_one_by_one(server: AdobeTarget) -> None:
    whole = read(server, "performance", **ONE)
    daily = read(server, "performance", **ONE, daily_windows=True)
    assert [question["start"] for question in reports(server)[1:]] == [f"{day}T00:00" for day in DAYS]
    assert reports(server)[-1]["end"] == "2026-03-15T00:00"
    without = ("report_start", "report_end")
    strip = [[{k: v for k, v in row.items() if k not in without} for row in rows] for rows in (whole, daily)]
    assert strip[0] == strip[1]


def test_weeks_are_asked_from_monday_and_only_when_complete(server: AdobeTarget) -> None:
    rows = list(source(server, start_date="2026-03-04").read("performance", **ONE, resolution="week"))
    assert [(q["start"], q["end"]) for q in reports(server)] == [("2026-03-02T00:00", "2026-03-09T00:00")]
    assert {row["sample_start"] for row in rows} == {datetime(2026, 3, 2)}


def test_days_begin_in_the_accounts_time_zone(server: AdobeTarget) -> None:
    evening = datetime(2026, 3, 15, 3, tzinfo=UTC)  # still the 14th in New York
    here = source(server, now=evening, time_zone="America/New_York", start_date="2026-03-07")
    rows = list(here.read("recipe_revenue", **ONE))
    assert [(q["start"], q["end"]) for q in reports(server)] == [("2026-03-07T00:00", "2026-03-14T00:00")]
    assert all(row["sample_start"].tzinfo is None for row in rows)


def test_deleted_experiences_and_extreme_orders(server: AdobeTarget) -> None:
    old = source(server, start_date="2026-02-20", end_date="2026-03-01")
    plain = list(old.read("recipe_revenue", **ONE))
    more = list(old.read("recipe_revenue", **ONE, include_deleted_report_rows=True, filter_extreme_orders=True))
    assert RECIPES[DELETED] in {row["recipe"] for row in more} - {row["recipe"] for row in plain}
    revenue = [sum(r["revenue"] for r in rows if r["recipe"] == RECIPES[0]) for rows in (plain, more)]
    assert revenue[1] < revenue[0]


def test_nobody_came(server: AdobeTarget) -> None:
    assert read(server, "performance", **ONE, environment="Test & Préprod") == []


def test_campaigns_and_host_groups(server: AdobeTarget) -> None:
    assert [(row["id"], row["name"]) for row in read(server, "campaigns")] == [
        (c.id, c.name) for c in CAMPAIGNS.values()
    ]
    changed = read(server, "campaigns", after="2026-03-01", before="2026-03-10T11:00", user_locale="de_DE")
    assert [(row["id"], row["modified_at"], row["change"], row["third_party_id"]) for row in changed] == [
        ("42", datetime(2026, 3, 2, 16, 5), "hat die Kampagne geändert", None)
    ]
    assert [row["id"] for row in read(server, "campaigns", labels=["spring", "none"], state=["activated"])] == ["7"]
    groups = read(server, "host_groups")
    assert [row["name"] for row in groups] == ["Production", "Staging", "Test & Préprod"]
    assert [row["is_default"] for row in groups] == [True, False, False]


def test_orders_add_up_to_the_revenue(server: AdobeTarget) -> None:
    orders = read(server, "audit_orders")
    assert len({(row["campaign_id"], row["order_id"]) for row in orders}) == len(orders) > 0
    revenue = read(server, "recipe_revenue", types=["visitor"], include_campaign_row=False)
    for row in revenue:
        same = [
            order["amount"]
            for order in orders
            if (order["campaign_id"], order["recipe"]) == (row["campaign_id"], row["recipe"])
            and order["order_date"] == row["sample_start"].date()
        ]
        assert sum(same) == row["revenue"]
    assert read(server, "audit_orders", step="Entry", campaign_ids=[7]) == []


def test_orders_are_asked_for_four_weeks_at_most(server: AdobeTarget) -> None:
    list(source(server, start_date="2025-01-01").read("audit_orders", campaign_ids=[7]))
    assert dict(server.calls[0].query)["start"] == "2026-02-15T00:00"


def test_settings_and_recipes_of_campaigns(server: AdobeTarget) -> None:
    settings = read(server, "campaign_settings", campaign_state=["activated", "saved"])
    assert [(row["id"], row["state"], row["enabled"], row["ends_at"]) for row in settings] == [
        ("7", "approved", True, None),
        ("42", "approved", True, None),
        ("1234", "saved", False, None),
    ]
    assert settings[0]["starts_at"] == datetime(2026, 2, 19, 9, 30, tzinfo=UTC)
    assert settings[1]["starts_at"] is None
    recipes = read(server, "campaign_recipes", campaign_ids=[42])
    assert [(row["campaign_id"], row["id"], row["name"]) for row in recipes] == [
        ("42", "91", RECIPES[0]),
        ("42", "92", RECIPES[1]),
    ]


@pytest.mark.parametrize("malformed", ["tag", "blank"])
def test_malformed_xml_is_an_error_that_names_the_line(malformed: Any) -> None:
    rows: list[Row] = []
    with AdobeTarget(malformed=malformed) as server, pytest.raises(BodyError, match=r"malformed at line \d+") as caught:
        rows.extend(source(server).read("performance", **ONE))
    assert rows == []
    assert "stream performance" in str(caught.value)


@pytest.mark.parametrize("status", [200, 401, 403, 500])
def test_wrong_password_shows_no_credentials_and_is_not_retried(status: int) -> None:
    with AdobeTarget(credentials={**CREDENTIALS, "password": "another"}, error_status=status) as server:
        error = refusal(server, "performance")
        assert isinstance(error, AuthError)
        assert "Invalid email or password supplied. Email: ***" in str(error)
        assert_no_secret(error)
        assert len(server.calls) == 1


def test_connection_refused_shows_no_credentials() -> None:
    with AdobeTarget() as gone:
        pass
    error = refusal(gone, "campaigns")
    assert isinstance(error, TransportError)
    assert "the connection was refused" in error.message
    assert_no_secret(error)


@pytest.mark.parametrize(("status", "times"), [(200, 1), (400, 1), (503, 5), (429, 5)])
def test_other_errors_say_what_the_provider_says(status: int, times: int) -> None:
    with AdobeTarget(error_status=status) as server:
        error = refusal(server, "performance", campaign_ids=[8])
        assert type(error) is ProviderError
        assert "Campaign not found: 8" in error.message
        assert len(server.calls) == times


def test_failed_operation_is_an_error() -> None:
    with Failing() as server:
        error = refusal(server, "host_groups")
        assert type(error) is ProviderError
        assert "The service is being maintained." in error.message


def test_connector_replays_every_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = [
        "run",
        str(ROOT / "connectors" / "adobe_target_daily.yaml"),
        "--replay",
        "--quiet",
        "--to",
        "duckdb:t.duckdb",
    ]
    assert not tapwright.main(args=arguments, standalone_mode=False)
    with duckdb.connect("t.duckdb", read_only=True) as database:
        names = [name for (name,) in database.sql("SELECT table_name FROM duckdb_tables()").fetchall()]
        counts = {n: database.sql(f"SELECT count(*) FROM {n}").fetchall()[0][0] for n in names if n.startswith("tnt_")}
    assert counts == {
        "tnt_campaigns": 2,
        "tnt_engagement": 24,
        "tnt_host_groups": 3,
        "tnt_performance": 64,
        "tnt_performance_by_segment": 96,
        "tnt_revenue": 12,
    }
