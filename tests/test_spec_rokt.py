"""The Rokt spec, read from the loopback Rokt: every endpoint, its rows, its requests, and what can go wrong."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import pytest

from tapwright import Source
from tapwright.batch import Batch
from tapwright.cassette import ReplayClock
from tapwright.errors import AuthError, ProviderError, SpecError
from tapwright.plan import TablePlan, make_plan
from tapwright.provider import Means, Provider
from tapwright.use import Use
from tests.providers.loopback import Call
from tests.providers.rokt import GROUPS, TOKEN_PATH, Rokt, Shape
from tests.providers.rokt_data import CAMPAIGNS, CELLS, SALES, TEAPOTS, UMBRELLAS, measure, take

SPEC = Path(__file__).parents[1] / "specs" / "rokt.yaml"
NOW = datetime(2026, 3, 15, 6, tzinfo=UTC)
SPRING, WINTER, DRIZZLE = CAMPAIGNS
DAYS = (date(2026, 3, 3), date(2026, 3, 4))
METRICS = {
    "gross_cost": "grossCost",
    "net_cost": "netCost",
    "impressions": "impressions",
    "referrals": "referrals",
    "acquisitions_by_conversion_date": "acquisitionsByConversionDate",
    "acquisitions_by_referral_date": "acquisitionsByReferralDate",
    "creatives": "creatives",
    "audiences": "audiences",
}
SALES_METRICS = {
    "revenue": "revenue",
    "transactions": "transactions",
    "placement_impressions": "placementImpressions",
    "impressions": "impressions",
    "referrals": "referrals",
    "rpt": "rpt",
    "rpm": "rpm",
    "positive_placement_engagements": "positivePlacementEngagements",
    "purchases": "purchases",
}


class Odd(Rokt):
    """Answers every report with one body."""

    def __init__(self, odd: Any) -> None:
        super().__init__()
        self.odd = odd

    def _serve(self, call: Call) -> Any:
        return self.odd


@pytest.fixture
def rokt() -> Iterator[Rokt]:
    with Rokt() as server:
        yield server


def config(server: Rokt, **changes: Any) -> dict[str, Any]:
    given = {"app_id": server.app_id, "app_secret": server.app_secret, "account_ids": [TEAPOTS]}
    days = {"start_date": "2026-03-03", "end_date": "2026-03-04"}
    return {**given, **days, "base_url": server.url, **changes}


def read(server: Rokt, stream: str, options: dict[str, Any] | None = None, **changes: Any) -> list[dict[str, Any]]:
    source = Source(SPEC, config(server, **changes), means=Means(clock=ReplayClock(NOW)))
    return list(source.read(stream, **(options or {})))


def rows_of(provider: Provider, table: TablePlan) -> list[dict[str, Any]]:
    return [row for _, event in provider.read(table) if isinstance(event, Batch) for row in event.records]


def asked(server: Rokt) -> list[str]:
    return [call.path for call in server.calls if call.path != TOKEN_PATH]


def expected(day: date, *, unique: bool = False, currency: str = "USD", **of: str) -> dict[str, Any]:
    """What the server's data say of the cells of one day, by the names of our columns."""
    cells = [cell for cell in CELLS if cell.day == day and all(getattr(cell, k) == v for k, v in of.items())]
    found = measure(cells, currency=currency, restated=False, unique=unique)
    return {name: exact(found[key]) for name, key in METRICS.items()}


def exact(value: Any) -> Any:
    return Decimal(str(value)) if isinstance(value, float) else value


def metrics(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in METRICS}


def test_every_endpoint_is_a_stream_and_is_asked_by_its_documented_path(rokt: Rokt) -> None:
    spec = Source(SPEC, config(rokt)).spec
    streams = {name: stream for name, stream in spec.streams.items() if not stream.hidden}
    assert len(streams) == len(GROUPS) == 12
    for name, stream in streams.items():
        options = {key: option.enum[0] for key, option in stream.options.items() if option.enum}
        assert read(rokt, name, options), name
    letters = {TEAPOTS: "{a}", **dict.fromkeys(CAMPAIGNS, "{c}")}
    letters |= {key: "{k}" for campaign in CAMPAIGNS.values() for key in campaign.creatives}
    letters |= {key: "{u}" for campaign in CAMPAIGNS.values() for key in campaign.audiences}
    paths = {"/".join(letters.get(piece, piece) for piece in path.split("/")) for path in asked(rokt)}
    assert paths == set(GROUPS)


def test_a_summary_is_one_row_per_account_and_day_with_both_sides(rokt: Rokt) -> None:
    rows = read(rokt, "account_summary", account_ids=[TEAPOTS, UMBRELLAS])
    assert [(row["account_id"], row["date_start"]) for row in rows] == [
        (a, d) for a in (TEAPOTS, UMBRELLAS) for d in DAYS
    ]
    for row in rows:
        sold = take([s for s in SALES if s.account == row["account_id"] and s.day == row["date_start"]], "USD")
        spent = expected(row["date_start"], account=row["account_id"])
        assert row["revenue"] == exact(sold["revenue"])
        assert row["transaction_impressions"] == sold["impressions"]
        assert (row["gross_cost"], row["campaign_impressions"]) == (spent["gross_cost"], spent["impressions"])


def test_account_campaigns_are_broken_down_by_campaign_without_a_parameter(rokt: Rokt) -> None:
    rows = read(rokt, "account_campaign_breakdown", start_date="2026-02-28", end_date="2026-02-28")
    assert [row["group_by_value"] for row in rows] == [SPRING, WINTER]
    assert [row["campaign_name"] for row in rows] == [CAMPAIGNS[SPRING].name, CAMPAIGNS[WINTER].name]
    assert "groupby" not in dict(rokt.calls[-1].query)
    for row in rows:
        assert metrics(row) == expected(date(2026, 2, 28), campaign=row["group_by_value"])  # `Audiences` among them


def test_account_campaigns_are_broken_down_by_country(rokt: Rokt) -> None:
    rows = read(rokt, "account_campaign_breakdown", {"groupby": "country"}, currency="JPY")
    assert {(row["groupby"], row["currency"], row["campaign_name"]) for row in rows} == {("country", "JPY", None)}
    for row in rows:
        assert metrics(row) == expected(
            row["date_start"], currency="JPY", account=TEAPOTS, country=row["group_by_value"]
        )


@pytest.mark.parametrize("groupby", ["country", "campaign", "audience", "creative", "subvertical"])
def test_each_campaign_is_broken_down_as_asked(rokt: Rokt, groupby: str) -> None:
    rows = read(rokt, "campaign_breakdown", {"groupby": groupby})
    assert {row["date_start"] for row in rows} == set(DAYS)
    for row in rows:
        of = {"campaign": row["campaign_id"], groupby: row["group_by_value"]}
        assert metrics(row) == expected(row["date_start"], **of)
        assert row["groupby"] == groupby
        assert (row["creative_name"] is not None) == (groupby == "creative")


@pytest.mark.parametrize("groupby", ["age", "gender", "page", "pagetype", "placement", "position"])
def test_transactions_are_broken_down_as_asked(rokt: Rokt, groupby: str) -> None:
    for row in read(rokt, "transaction_breakdown", {"groupby": groupby}):
        of = {"account": TEAPOTS, "day": row["date_start"], groupby: row["group_by_value"]}
        found = take([sale for sale in SALES if all(getattr(sale, k) == v for k, v in of.items())], "USD")
        lost = ("transactions", "purchases", "rpt") if groupby == "placement" else ()
        wanted = {name: None if name in lost else found[key] for name, key in SALES_METRICS.items()}
        assert {name: row[name] for name in SALES_METRICS} == {**wanted, "revenue": exact(wanted["revenue"])}


def test_creatives_are_found_and_have_unique_referrals(rokt: Rokt) -> None:
    rows = read(rokt, "creative_overview")
    assert [row["creative_id"] for row in rows[::2]] == [*CAMPAIGNS[SPRING].creatives]
    for row in rows:
        assert metrics(row) == expected(row["date_start"], unique=True, creative=row["creative_id"])
        assert row["unique_referrals"] == row["referrals"] * 9 // 10
    assert sum(path.endswith("/campaigns/breakdown") for path in asked(rokt)) == 1  # one call finds the campaigns
    assert sum(path.endswith(f"{SPRING}/breakdown") for path in asked(rokt)) == 1  # and one the creatives


def test_the_window_is_each_day_of_the_time_zone_as_the_documents_write_it(rokt: Rokt) -> None:
    changes: Any = {"start_date": "2026-03-07", "end_date": None, "time_zone": "America/Los_Angeles", "currency": "EUR"}
    rows = read(rokt, "transaction_overview", **changes)
    assert rokt.calls[1].raw_query == (
        "dateStart=2026-03-07T00%3A00%3A00.000&dateEnd=2026-03-07T23%3A59%3A59.000"
        "&currency=EUR&timeZoneVariation=America%2FLos_Angeles"
    )
    ends = [call.param("dateEnd") for call in rokt.calls[1:]]
    assert ends == [f"2026-03-{day:02}T23:59:59.000" for day in range(7, 14)]  # the clocks change on the 8th
    assert [row["date_start"] for row in rows] == [date(2026, 3, day) for day in range(7, 14)]


@pytest.mark.parametrize("stream", ["account_summary", "campaign_overview", "campaign_histogram", "campaign_metadata"])
def test_an_envelope_an_inner_value_and_a_bare_body_give_the_same_rows(rokt: Rokt, stream: str) -> None:
    found = []
    for shape in get_args(Shape):
        rokt.shape = shape
        found.append(read(rokt, stream))
    assert found[0] == found[1] == found[2] != []


def test_an_empty_list_means_no_rows(rokt: Rokt) -> None:
    for stream in ("account_summary", "account_campaign_breakdown", "campaign_overview"):
        assert read(rokt, stream, start_date="2026-01-05", end_date="2026-01-06") == []


def test_a_token_is_used_for_all_calls_and_renewed_once_it_is_spent(rokt: Rokt) -> None:
    read(rokt, "creative_breakdown")
    assert len(rokt.tokens) == 1
    rokt.token_calls = 2
    rows = read(rokt, "transaction_overview", end_date="2026-03-07")
    assert [row["date_start"].day for row in rows] == [3, 4, 5, 6, 7]
    assert len(rokt.tokens) == 4


def test_a_wrong_secret_is_an_auth_error_without_the_secret(rokt: Rokt) -> None:
    with pytest.raises(AuthError, match="refused with status 400: invalid_client") as caught:
        read(rokt, "account_summary", app_secret="not-the-secret")
    text = str(caught.value)
    basic = b64encode(f"{rokt.app_id}:not-the-secret".encode()).decode()
    assert not any(secret in text for secret in ("not-the-secret", rokt.app_id, basic))
    assert len(rokt.calls) == 1


def test_a_foreign_account_is_an_auth_error_after_one_renewal(rokt: Rokt) -> None:
    with pytest.raises(AuthError, match="No access to this account") as caught:
        read(rokt, "account_summary", account_ids=["2843179665400099999"])
    assert "account_ids" in str(caught.value)
    assert [call.method for call in rokt.calls] == ["POST", "GET", "POST", "GET"]


def test_an_unknown_campaign_fails_and_says_where_to_look(rokt: Rokt) -> None:
    with pytest.raises(ProviderError, match="Campaign not found") as caught:
        read(rokt, "campaign_metadata", campaign_ids=[SPRING, DRIZZLE])
    assert "campaign_ids" in str(caught.value)
    with pytest.raises(ProviderError, match="Unknown rokt-version"):
        read(rokt, "account_summary", rokt_version="alpha-19990101")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"message": "the report is not ready"}, "the report is not ready"),
        ({"errors": [{"message": "unknown column"}]}, "unknown column"),
        ({"data": None}, "`data` is null"),
    ],
)
def test_an_answer_of_200_without_data_is_an_error_and_no_row(body: Any, message: str) -> None:
    with Odd(body) as rokt, pytest.raises(ProviderError, match=message):
        read(rokt, "campaign_overview", campaign_ids=[SPRING])


def test_items_that_are_no_objects_are_left_out() -> None:
    with Odd({"data": {"items": [[], {"groupByValue": None, "impressions": 5, "grossCost": 1.1}]}}) as rokt:
        rows = read(rokt, "campaign_breakdown", {"groupby": "country"}, campaign_ids=[SPRING], end_date="2026-03-03")
    assert [(row["group_by_value"], row["impressions"], row["gross_cost"]) for row in rows] == [("", 5, Decimal("1.1"))]


@pytest.mark.parametrize(
    ("changes", "options", "told"),
    [
        ({"currency": "CHF"}, {}, "currency"),
        ({"time_zone": "Mars/Olympus"}, {}, "time zone"),
        ({"account_ids": [2843179665400012801]}, {}, "account_ids"),
        ({}, {"groupby": "shoe size"}, "groupby"),
    ],
)
def test_what_rokt_would_refuse_is_refused_before_the_first_request(
    rokt: Rokt, changes: Any, options: Any, told: str
) -> None:
    with pytest.raises(SpecError, match=told):
        read(rokt, "account_campaign_breakdown", options, **changes)
    assert rokt.calls == []


def test_given_campaigns_are_not_searched_for(rokt: Rokt) -> None:
    rows = read(rokt, "campaign_metadata", campaign_ids=[WINTER])
    assert [row["campaign_name"] for row in rows] == [CAMPAIGNS[WINTER].name]
    assert len(asked(rokt)) == 1
    both: dict[str, Any] = {"account_ids": [TEAPOTS, UMBRELLAS], "campaign_ids": {TEAPOTS: [WINTER]}}
    assert [row["campaign_id"] for row in read(rokt, "campaign_metadata", **both)] == [WINTER, DRIZZLE]


def test_tables_side_by_side_find_their_own_parents(rokt: Rokt) -> None:
    uses = {name: Use(stream=name) for name in ("creative_metadata", "audience_metadata", "campaign_metadata")}
    source = Source(SPEC, config(rokt))
    provider = Provider(make_plan(source.spec, source.config, uses, NOW))
    found = [rows_of(provider, table) for table in provider.plan.tables]
    assert [row["creative_id"] for row in found[0]] == [*CAMPAIGNS[SPRING].creatives]
    assert [row["audience_id"] for row in found[1]] == [*CAMPAIGNS[SPRING].audiences]
    assert sum(path.endswith(f"{TEAPOTS}/campaigns/breakdown") for path in asked(rokt)) == 1


def test_ids_keep_all_their_digits_even_as_numbers(rokt: Rokt) -> None:
    rokt.number_ids = True
    for stream in ("campaign_metadata", "audience_metadata", "creative_metadata"):
        assert {row["account_id"] for row in read(rokt, stream)} == {TEAPOTS}
    audience = read(rokt, "audience_metadata")[0]
    assert (audience["age_min"], audience["age_max"], audience["device_tablet"]) == (18, 27, False)
    assert read(rokt, "creative_metadata")[0]["responses"] == ["Yes, please", "No thanks"]


def test_past_days_are_restated_and_the_version_is_sent_only_if_asked_for(rokt: Rokt) -> None:
    before = read(rokt, "campaign_overview")
    assert not any("rokt-version" in call.headers for call in rokt.calls)
    rokt.restated = True
    after = read(rokt, "campaign_overview", rokt_version="alpha-20200701")
    assert rokt.calls[-1].headers["rokt-version"] == "alpha-20200701"
    assert [row["acquisitions_by_referral_date"] for row in after] > [
        row["acquisitions_by_referral_date"] for row in before
    ]
