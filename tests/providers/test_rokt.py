"""The loopback Rokt refuses what the real one would, and answers in its shapes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.providers.rokt import Rokt

ACCOUNT, CAMPAIGN = "2843179665400012801", "3100000000000000101"
CREATIVE, AUDIENCE = "4100000000000000111", "5100000000000000111"
REPORTS = f"/reporting/accounts/{ACCOUNT}"
DAY = {
    "dateStart": "2026-02-03T00:00:00.000",
    "dateEnd": "2026-02-03T23:59:59.999",
    "currency": "USD",
    "timeZoneVariation": "America/Los_Angeles",
}


@pytest.fixture
def rokt() -> Iterator[Rokt]:
    with Rokt() as server:
        yield server


def grant(server: Rokt, **changes: Any) -> requests.Response:
    given = {"auth": (server.app_id, server.app_secret), "data": {"grant_type": "client_credentials"}}
    return requests.post(server.url + "/auth/oauth2/token", **{**given, **changes}, timeout=5)


def get(server: Rokt, path: str, query: Any = None, **headers: str) -> requests.Response:
    bearer = {"Authorization": f"Bearer {grant(server).json()['access_token']}"}
    return requests.get(server.url + path, params=query, headers={**bearer, **headers}, timeout=5)


def items(server: Rokt, path: str, **query: str) -> Any:
    return get(server, path, {**DAY, **query}).json()["data"]["items"]


def test_each_grant_gives_a_new_bearer_token(rokt: Rokt) -> None:
    first, second = grant(rokt).json(), grant(rokt).json()
    assert (first["token_type"], first["expires_in"]) == ("Bearer", 3600)
    assert first["access_token"] != second["access_token"]


@pytest.mark.parametrize(
    "changes",
    [
        {"auth": ("40fictionapp", "wrong")},
        {"auth": None},
        {"data": {"grant_type": "authorization_code"}},
        {"data": None, "json": {"grant_type": "client_credentials"}},
        {"data": None, "params": {"grant_type": "client_credentials"}},
    ],
)
def test_the_token_endpoint_refuses_a_wrong_grant(rokt: Rokt, changes: dict[str, Any]) -> None:
    answer = grant(rokt, **changes)
    assert answer.status_code == 400
    assert "error" in answer.json()


def test_a_missing_quoted_or_unknown_token_is_forbidden(rokt: Rokt) -> None:
    token = grant(rokt).json()["access_token"]
    for value in ("", f'Bearer "{token}"', f"bearer {token}", token, "Bearer other"):
        answer = requests.get(rokt.url + REPORTS + "/summary", params=DAY, headers={"Authorization": value}, timeout=5)
        assert answer.status_code == 403


def test_a_token_is_spent_after_token_calls() -> None:
    with Rokt(token_calls=2) as rokt:
        bearer = {"Authorization": f"Bearer {grant(rokt).json()['access_token']}"}
        url = rokt.url + REPORTS + "/summary"
        seen = [requests.get(url, params=DAY, headers=bearer, timeout=5).status_code for _ in range(3)]
        assert seen == [200, 200, 403]
        assert get(rokt, REPORTS + "/summary", DAY).status_code == 200


@pytest.mark.parametrize("path", ["/nowhere", "/reporting/performance-reports/partner/1/stats"])
def test_an_unlisted_path_is_not_found(rokt: Rokt, path: str) -> None:
    assert get(rokt, path, DAY).status_code == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"dateStart": None},
        {"timeZoneVariation": None},
        {"dateStart": "2026-02-03T00:00:00.000Z"},
        {"dateStart": "2026-02-03T00:00:00"},
        {"dateStart": "2026-02-30"},
        {"dateEnd": "2026-02-01"},
        {"currency": "usd"},
        {"currency": "CHF"},
        {"timeZoneVariation": "Mars/Olympus"},
        {"timezoneVariation": "UTC"},
        {"groupby": "country"},
        {"currency": ["USD", "EUR"]},
    ],
)
def test_a_wrong_parameter_is_a_bad_request(rokt: Rokt, changes: dict[str, Any]) -> None:
    answer = get(rokt, REPORTS + "/summary", {**DAY, **changes})
    assert answer.status_code == 400
    assert "message" in answer.json()


@pytest.mark.parametrize(
    ("path", "groupby", "status"),
    [
        ("/campaigns/breakdown", None, 200),
        ("/campaigns/breakdown", "country", 200),
        ("/campaigns/breakdown", "campaign", 400),
        ("/transactions/breakdown", None, 400),
        ("/transactions/breakdown", "pagetype", 200),
        ("/transactions/breakdown", "pageType", 400),
        ("/transactions/breakdown", "age,gender", 400),
        (f"/campaigns/{CAMPAIGN}/breakdown", "subvertical", 200),
        (f"/campaigns/{CAMPAIGN}/breakdown", "creative;", 400),
        (f"/campaigns/{CAMPAIGN}/creatives/{CREATIVE}/breakdown", "audience", 200),
        (f"/campaigns/{CAMPAIGN}/creatives/{CREATIVE}/breakdown", "country", 400),
    ],
)
def test_groupby_is_one_of_the_endpoints_values(rokt: Rokt, path: str, groupby: str | None, status: int) -> None:
    assert get(rokt, REPORTS + path, {**DAY, "groupby": groupby}).status_code == status


def test_unknown_ids_are_forbidden_or_not_found(rokt: Rokt) -> None:
    other = "3100000000000000105"
    assert get(rokt, "/reporting/accounts/1/summary", DAY).status_code == 403
    assert get(rokt, f"{REPORTS}/campaigns/{other}/overview", DAY).status_code == 404
    assert get(rokt, f"{REPORTS}/campaigns/{CAMPAIGN}/creatives/1/overview", DAY).status_code == 404
    assert get(rokt, f"/metadata/accounts/{ACCOUNT}/campaigns/{CAMPAIGN}/audiences/1").status_code == 404


def test_metadata_takes_no_query(rokt: Rokt) -> None:
    path = f"/metadata/accounts/{ACCOUNT}/campaigns/{CAMPAIGN}"
    assert get(rokt, path).json()["data"]["items"][0]["countryCode"] == "US"
    assert get(rokt, path, DAY).status_code == 400
    assert get(rokt, f"{path}/creatives/{CREATIVE}").json()["data"]["items"][0]["responses"]
    assert get(rokt, f"{path}/audiences/{AUDIENCE}").json()["data"]["items"][0]["device"]["mobile"] is True


def test_ids_can_be_numbers_beyond_a_float() -> None:
    with Rokt(number_ids=True, shape="bare") as rokt:
        card = get(rokt, f"/metadata/accounts/{ACCOUNT}/campaigns/{CAMPAIGN}").json()
        assert card["accountId"] == int(ACCOUNT) != int(float(ACCOUNT))


def test_only_account_campaigns_spell_audiences_with_a_capital(rokt: Rokt) -> None:
    account = items(rokt, REPORTS + "/campaigns/breakdown")
    assert [row["groupByValue"] for row in account] == [CAMPAIGN, "3100000000000000103"]
    assert all("Audiences" in row and "audiences" not in row for row in account)
    creative = items(rokt, f"{REPORTS}/campaigns/{CAMPAIGN}/breakdown", groupby="creative")
    assert creative[0]["creativeName"] == "Blue pot" and "audiences" in creative[0]


def test_creatives_have_unique_referrals_and_no_campaign_counts(rokt: Rokt) -> None:
    (row,) = items(rokt, f"{REPORTS}/campaigns/{CAMPAIGN}/creatives/{CREATIVE}/overview")
    assert "uniqueReferrals" in row and not {"campaigns", "campaignCountries"} & row.keys()


def test_placement_rows_lack_page_metrics(rokt: Rokt) -> None:
    rows = items(rokt, REPORTS + "/transactions/breakdown", groupby="placement")
    assert rows
    for row in rows:
        assert not {"transactions", "purchases", "rpt"} & row.keys() and "rpm" in row


def test_daily_windows_differ_and_add_up(rokt: Rokt) -> None:
    path = f"{REPORTS}/campaigns/{CAMPAIGN}/overview"
    plain = [("2026-02-01", "2026-02-02"), ("2026-02-02", "2026-02-03"), ("2026-02-01", "2026-02-03")]
    one, two, both = (items(rokt, path, dateStart=a, dateEnd=b)[0]["impressions"] for a, b in plain)
    assert one != two and one + two == both
    days = items(rokt, f"{REPORTS}/campaigns/{CAMPAIGN}/histogram", dateEnd="2027-01-01")
    assert [days[0]["intervalTimestamp"], len(days)] == ["2026-02-03T00:00:00.000", 40]


def test_old_conversions_grow_when_restated(rokt: Rokt) -> None:
    path = f"{REPORTS}/campaigns/{CAMPAIGN}/overview"
    (before,) = items(rokt, path)
    rokt.restated = True
    (after,) = items(rokt, path)
    changed = {key for key in before if before[key] != after[key]}
    assert changed == {"acquisitionsByReferralDate"}
    assert after["acquisitionsByReferralDate"] > before["acquisitionsByReferralDate"]


def test_a_range_without_data_is_an_empty_list(rokt: Rokt) -> None:
    assert items(rokt, REPORTS + "/campaigns/breakdown", dateStart="2026-03-15", dateEnd="2026-03-16") == []
    paused = f"{REPORTS}/campaigns/3100000000000000103/overview"
    assert items(rokt, paused, dateStart="2026-03-02", dateEnd="2026-03-03") == []


def test_shapes_other_than_the_envelope() -> None:
    with Rokt(shape="data") as rokt:
        assert "campaignsSummary" in get(rokt, REPORTS + "/summary", DAY).json()["data"]
        rokt.shape = "bare"
        assert "transactionsSummary" in get(rokt, REPORTS + "/summary", DAY).json()
        assert isinstance(get(rokt, REPORTS + "/campaigns/breakdown", DAY).json(), list)


def test_money_follows_the_currency(rokt: Rokt) -> None:
    path = REPORTS + "/transactions/overview"
    assert items(rokt, path)[0]["revenue"] * 1.5 < items(rokt, path, currency="AUD")[0]["revenue"]


def test_only_the_alpha_version_is_known(rokt: Rokt) -> None:
    path = REPORTS + "/summary"
    assert get(rokt, path, DAY, **{"rokt-version": "alpha-20200701"}).status_code == 200
    assert get(rokt, path, DAY, **{"rokt-version": "latest"}).status_code == 400
