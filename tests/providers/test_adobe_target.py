"""The Test&Target stand-in behaves as the documents say."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

import pytest
import requests

from tests.providers.adobe_target import CREDENTIALS, AdobeTarget
from tests.providers.adobe_target_data import CAMPAIGNS, DELETED, OPEN_HOURS, RECIPES, SEGMENTS, STEPS, TYPES

REPORT = {"operation": "report", "campaignId": "7", "start": "2026-03-01T00:00", "end": "2026-03-04T00:00"}
AUDIT = REPORT | {"operation": "auditReport"}
VISITOR = REPORT | {"type": "visitor"}


@pytest.fixture
def server() -> Iterator[AdobeTarget]:
    with AdobeTarget() as provider:
        yield provider


def ask(server: AdobeTarget, given: dict[str, str], path: str = "/api") -> requests.Response:
    return requests.get(server.url + path, params=CREDENTIALS | given, timeout=10)


def tree(server: AdobeTarget, given: dict[str, str]) -> Element:
    return ET.fromstring(ask(server, given).content)


def refusal(server: AdobeTarget, given: dict[str, str]) -> tuple[str, str]:
    root = tree(server, given)
    assert root.tag == "error"
    return root.findtext("code", ""), root.findtext("message", "")


def test_wrong_password_is_an_error_element_with_status_200(server: AdobeTarget) -> None:
    code, message = refusal(server, REPORT | {"password": "guess"})
    assert code == "401"
    assert message == f"Invalid email or password supplied. Email: {CREDENTIALS['email']}"
    assert ask(server, REPORT | {"password": "guess"}).status_code == 200


def test_error_status_is_a_knob() -> None:
    with AdobeTarget(error_status=401) as server:
        assert ask(server, {"client": "other"}).status_code == 401


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"operation": "Report"}, "operation: Report"),
        ({"campaignid": "7"}, "parameter: campaignid"),
        ({"segments": "allSegments"}, "parameter: segments"),
        ({"segment": "allsegments"}, "segment: allsegments"),
        ({"type": "Visitor"}, "type: Visitor"),
        ({"resolution": "minute"}, "resolution: minute"),
        ({"environment": "production"}, "environment: production"),
        ({"start": "2026-03-01T00:00:00"}, "start: 2026-03-01T00:00:00"),
        ({"start": "2026-02-30"}, "start: 2026-02-30"),
        ({"start": "2026-04-01"}, "start is after end"),
        ({"filterExtremeOrders": "True"}, "filterExtremeOrders: True"),
        ({"version": "3"}, "version: 3"),
        ({"campaignId": "8"}, "Campaign not found: 8"),
    ],
)
def test_wrong_names_and_values_are_refused(server: AdobeTarget, wrong: dict[str, str], words: str) -> None:
    assert words in refusal(server, REPORT | wrong)[1]


@pytest.mark.parametrize("name", ["campaignId", "start", "end"])
def test_required_parameters_are_required(server: AdobeTarget, name: str) -> None:
    assert refusal(server, {key: value for key, value in REPORT.items() if key != name})[1].endswith(name)


def test_types_and_segments_multiply_the_reports(server: AdobeTarget) -> None:
    found = tree(server, REPORT | {"segment": "allSegments"}).findall("report")
    wanted = [(kind, name) for kind in TYPES for name in (*SEGMENTS, None)]
    assert [(one.get("type"), one.get("segments")) for one in found] == wanted
    assert [one.get("segmentId") for one in found[:3]] == ["0", "1", None]
    assert {(one.get("start"), one.get("end")) for one in found} == {("2026-03-01", "2026-03-04")}


def test_version_one_has_the_shape_of_the_sample(server: AdobeTarget) -> None:
    recipe = tree(server, VISITOR)[0][0][0]
    assert [child.tag for child in recipe] == ["step"] * 8 + ["amount", "engagementMetrics"]
    assert [step.get("name") for step in recipe.iter("step")] == list(CAMPAIGNS["7"].steps)
    assert all((step.text or "").endswith(".0") for step in recipe.iter("step"))
    assert list(recipe[-1][0].attrib) == ["stepName", "count", "total", "sumOfSquares"]
    assert recipe.attrib == {"name": "Experience A"}


def test_campaign_recipe_is_the_sum_of_the_others(server: AdobeTarget) -> None:
    for sample in tree(server, VISITOR).iter("sample"):
        amounts = {recipe.get("name"): Decimal(recipe.findtext("amount", "")) for recipe in sample}
        assert list(amounts) == ["Experience A", "Experience B", "Campaign"]
        assert amounts["Campaign"] == amounts["Experience A"] + amounts["Experience B"] > 0


def test_intervals_without_visitors_are_omitted(server: AdobeTarget) -> None:
    whole = VISITOR | {"start": "2026-02-01", "end": "2026-04-01"}
    days = [sample.get("start", "") for sample in tree(server, whole).iter("sample")]
    assert len(days) == len(set(days)) == 19
    assert days[0] >= "2026-02-20T00:00" and days[-1] <= "2026-03-14T00:00"
    assert not list(tree(server, whole | {"environment": "Test & Préprod"}).iter("sample"))


@pytest.mark.parametrize(("resolution", "start"), [("week", "2026-02-23T00:00"), ("month", "2026-03-01T00:00")])
def test_coarse_samples_carry_the_calendar_start(server: AdobeTarget, resolution: str, start: str) -> None:
    sample = tree(server, VISITOR | {"resolution": resolution})[0][0]
    assert (sample.get("start"), sample.get("duration")) == (start, resolution)


def test_hours_add_up_to_days_and_windows_do_not_overlap(server: AdobeTarget) -> None:
    def entries(**given: str) -> Decimal:
        path = ".//recipe[@name='Campaign']/step[@name='Entry']"
        return sum((Decimal(step.text or "") for step in tree(server, VISITOR | given).iterfind(path)), Decimal())

    assert entries() == entries(resolution="hour") == entries(resolution="month") > 0
    assert entries() == entries(end="2026-03-02T13:00") + entries(start="2026-03-02T13:00")
    assert len(tree(server, VISITOR | {"resolution": "hour", "end": "2026-03-02"})[0]) == len(OPEN_HOURS)


def test_options_change_revenue_and_recipes(server: AdobeTarget) -> None:
    wide = VISITOR | {"start": "2026-02-20", "resolution": "month"}
    path = "report/sample/recipe[@name='Campaign']/amount"
    plain = Decimal(tree(server, wide).findtext(path, ""))
    assert Decimal(tree(server, wide | {"filterExtremeOrders": "true"}).findtext(path, "")) < plain
    deleted = tree(server, wide | {"includeDeletedReportRows": "true"})
    assert RECIPES[DELETED] in [recipe.get("name") for recipe in deleted.iter("recipe")]


def test_hypothetical_table_reading_of_version_two() -> None:
    with AdobeTarget(v2_reading="table", recipe_ids=True) as server:
        recipe = tree(server, VISITOR | {"version": "2"})[0][0][0]
    assert [child.tag for child in recipe] == ["step"] * (len(STEPS) + 1)
    assert [child.tag for child in recipe[3]] == ["count", "amount", "engagement"]
    assert recipe.attrib == {"name": "Experience A", "id": "81", "trafficType": "TESTING"}


def test_hypothetical_prose_reading_of_version_two(server: AdobeTarget) -> None:
    counts = [step.text for step in tree(server, VISITOR)[0][0][0].iter("step")]
    with AdobeTarget(v2_reading="prose") as other:
        steps = tree(other, VISITOR | {"version": "2"})[0][0][0].findall("step")
    assert [step.findtext("amount") for step in steps] == counts
    assert not [step for step in steps if step.find("count") is not None]


@pytest.mark.parametrize("malformed", ["tag", "blank"])
def test_seed_defects_are_not_well_formed(malformed: str) -> None:
    with AdobeTarget(malformed="tag" if malformed == "tag" else "blank") as server:
        body = ask(server, VISITOR).content
    assert (b".0</steps>" in body) == (malformed == "tag")
    with pytest.raises(ET.ParseError):
        ET.fromstring(body)


def test_campaign_list_filters(server: AdobeTarget) -> None:
    def ids(**given: str) -> list[str | None]:
        found = tree(server, {"operation": "campaignList"} | given)
        return [campaign.findtext("id") for campaign in found]

    assert ids() == ["7", "42", "1234"]
    assert ids(state="activated") == ["7", "42"]
    assert ids(name="Checkout") == ["42"]
    assert ids(labels="spring,none") == ["7", "1234"]
    assert ids(after="2026-03-01T00:00", before="2026-03-10T11:00") == ["42"]
    assert ids(environment="Staging") == ["7"]
    assert refusal(server, {"operation": "campaignList", "state": "Saved"}) == ("400", "Invalid state: Saved")


def test_campaign_names_need_trimming(server: AdobeTarget) -> None:
    names = [one.findtext("name", "") for one in tree(server, {"operation": "campaignList"})]
    assert names[0] != names[0].strip() == CAMPAIGNS["7"].name
    assert names[1] == 'Landing <"New"> & Checkout'


def test_events_speak_the_user_locale(server: AdobeTarget) -> None:
    asked = {"operation": "campaignList", "after": "2026-01-01"}
    german = tree(server, asked | {"userLocale": "de_DE"}).findtext(".//description")
    assert german == "hat die Kampagne geändert"
    assert tree(server, asked | {"userLocale": "xx"}).findtext(".//description") == "edited the campaign"


def test_host_groups_are_named_in_attributes(server: AdobeTarget) -> None:
    groups = tree(server, {"operation": "getHostGroups"})
    assert [group.get("name") for group in groups] == ["Production", "Staging", "Test & Préprod"]
    assert groups[0].attrib["isDefault"] == "true"


def test_audit_revenue_is_the_report_revenue(server: AdobeTarget) -> None:
    answer = ask(server, AUDIT | {"format": "csv"}, "/admin/api")
    assert answer.headers["Content-Type"] == "text/csv;charset=UTF-8"
    lines = answer.content.decode().splitlines()
    assert lines[0] == f'"Campaign: {CAMPAIGNS["7"].name}"' and lines[2] == '"Step: Clicked Article"'
    assert lines[4:6] == ["", '"Experience A",""']
    rows = [row for row in csv.reader(lines[4:]) if len(row) == 8]
    assert len({row[4] for row in rows}) == len(rows) > 0
    amount = tree(server, VISITOR | {"resolution": "month"}).findtext(".//recipe[@name='Campaign']/amount")
    assert str(sum(Decimal(row[5].removeprefix("$")) for row in rows)) == amount


def test_audit_forgets_after_four_weeks() -> None:
    with AdobeTarget(today=date(2026, 4, 1)) as server:
        lines = ask(server, AUDIT | {"start": "2026-02-20", "end": "2026-04-01"}).content.decode().splitlines()
    days = {row[2] for row in csv.reader(lines[4:]) if len(row) == 8}
    assert min(days) >= "2026-03-04" and max(days) <= "2026-03-14"


def test_other_steps_have_no_orders_and_the_misspelt_end_is_refused(server: AdobeTarget) -> None:
    assert len(ask(server, AUDIT | {"step": "Entry"}).content.decode().splitlines()) == 8
    assert refusal(server, AUDIT | {"en": "2026-03-04"})[1] == "Unknown parameter: en"


def test_today_has_no_data_yet() -> None:
    with AdobeTarget(today=date(2026, 3, 2)) as server:
        report = tree(server, VISITOR | {"start": "2026-02-20"})[0]
    assert max(sample.get("start", "") for sample in report) < "2026-03-02"
    assert report.get("end") == "2026-03-04"
