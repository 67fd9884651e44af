"""The Airbyte front: what each command says of a real spec, over a provider of our own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from tests.airbyte import Platform
from tests.providers.rokt import Rokt
from tests.providers.rokt_data import TEAPOTS

STREAMS = ("account_summary", "campaign_metadata")
NO_CAMPAIGN = ["2843179665400099999"]


@pytest.fixture
def rokt() -> Iterator[Rokt]:
    with Rokt() as server:
        yield server


@pytest.fixture
def platform(
    rokt: Rokt, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Platform:
    config = {
        "app_id": rokt.app_id,
        "app_secret": rokt.app_secret,
        "account_ids": [TEAPOTS],
        "start_date": "2026-03-08",
        "end_date": "2026-03-14",
        "base_url": rokt.url,
    }
    return Platform("rokt", config, tmp_path, capfd, monkeypatch)


# --- spec


def test_the_spec_is_a_form_of_the_config(platform: Platform) -> None:
    (spec,) = platform.spec().of("SPEC")
    form = spec["connectionSpecification"]
    Draft7Validator.check_schema(form)
    assert spec["documentationUrl"].startswith("https://docs.rokt.com/")
    assert spec["supportsIncremental"] is True
    assert form["required"] == ["app_id", "app_secret", "account_ids", "start_date"]
    assert [words["order"] for words in form["properties"].values()] == list(range(len(form["properties"])))
    assert all(words["title"] and words["description"] for words in form["properties"].values())


def test_secrets_are_marked_and_nothing_else_is(platform: Platform) -> None:
    (spec,) = platform.spec().of("SPEC")
    properties = spec["connectionSpecification"]["properties"]
    assert [name for name, words in properties.items() if words.get("airbyte_secret")] == ["app_id", "app_secret"]
    assert not any("writeOnly" in words for words in properties.values())


def test_an_optional_value_is_left_out_not_null(platform: Platform) -> None:
    (spec,) = platform.spec().of("SPEC")
    end = spec["connectionSpecification"]["properties"]["end_date"]
    assert (end["type"], end["format"], "default" in end) == ("string", "date", False)


# --- check


def test_a_check_succeeds(platform: Platform) -> None:
    said = platform.check()
    assert said.code == 0
    assert said.of("CONNECTION_STATUS")[0]["status"] == "SUCCEEDED"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"app_secret": "wr0ng-secret"}, "credentials"),
        ({"start_date": "yesterday"}, "start_date"),
        ({"app_secret": ["wr0ng-secret"]}, "app_secret"),
    ],
)
def test_a_check_that_fails_is_an_answer_too(platform: Platform, wrong: dict[str, Any], why: str) -> None:
    said = platform.check(**wrong)
    (status,) = said.of("CONNECTION_STATUS")
    assert (said.code, status["status"]) == (0, "FAILED")
    assert why in status["message"]
    assert "wr0ng-secret" not in str(said)


def test_config_values_that_nobody_knows_are_told_and_left(platform: Platform) -> None:
    said = platform.check(region="eu")
    assert [log["level"] for log in said.of("LOG")] == ["WARN"]
    assert "region" in said.of("LOG")[0]["message"]
    assert said.of("CONNECTION_STATUS")[0]["status"] == "SUCCEEDED"


# --- discover


def test_the_catalog_says_how_each_stream_can_be_read(platform: Platform) -> None:
    (catalog,) = platform.discover().of("CATALOG")
    streams = {stream["name"]: stream for stream in catalog["streams"]}
    daily, whole = (streams[name] for name in STREAMS)
    assert daily["supported_sync_modes"] == ["full_refresh", "incremental"]
    assert (daily["source_defined_cursor"], daily["default_cursor_field"]) == (True, ["date_start"])
    assert daily["source_defined_primary_key"] == [["account_id"], ["date_start"]]
    assert whole["supported_sync_modes"] == ["full_refresh"]
    assert "source_defined_cursor" not in whole


def test_each_stream_has_a_schema_that_its_records_meet(platform: Platform) -> None:
    (catalog,) = platform.discover().of("CATALOG")
    names = [stream["name"] for stream in catalog["streams"]]
    said = platform.read(platform.configured(*names))
    assert said.code == 0
    for stream in catalog["streams"]:
        Draft7Validator.check_schema(stream["json_schema"])
        records = said.records(stream["name"])
        assert records
        for record in records:
            Draft7Validator(stream["json_schema"]).validate(record)
            assert record.keys() <= stream["json_schema"]["properties"].keys()


# --- read


def test_a_stream_is_started_run_stated_and_complete(platform: Platform) -> None:
    said = platform.read(platform.configured(*STREAMS))
    assert (said.code, said.err) == (0, "")
    assert said.fates == [(name, status) for name in STREAMS for status in ("STARTED", "RUNNING", "COMPLETE")]
    kinds = [kind for kind, _ in said.messages]
    assert kinds[:2] == ["TRACE", "TRACE"]
    assert kinds[9:11] == ["STATE", "TRACE"], "the last state comes before the end"
    assert [state["sourceStats"]["recordCount"] for state in said.of("STATE")] == [7]


def test_the_second_read_goes_on_from_the_state(platform: Platform) -> None:
    catalog = platform.configured("account_summary")
    first = platform.read(catalog, end_date="2026-03-11")
    second = platform.read(catalog, first.of("STATE"))
    days = [[record["date_start"] for record in said.records("account_summary")] for said in (first, second)]
    assert days[0] == ["2026-03-08", "2026-03-09", "2026-03-10", "2026-03-11"]
    assert {"2026-03-12", "2026-03-13", "2026-03-14"} <= set(days[1])
    assert len(days[1]) == len(set(days[1])) == second.of("STATE")[0]["sourceStats"]["recordCount"]


def test_a_full_refresh_neither_takes_nor_gives_a_state(platform: Platform) -> None:
    state = platform.read(platform.configured("account_summary")).of("STATE")
    said = platform.read(platform.configured("account_summary", sync_mode="full_refresh"), state)
    assert len(said.records("account_summary")) == 7
    assert said.of("STATE") == []


def test_only_the_fields_that_are_chosen_are_read(platform: Platform) -> None:
    catalog = platform.configured("account_summary")
    catalog["streams"][0]["stream"]["json_schema"] = {"properties": {"gross_cost": {}}}
    (record, *_) = platform.read(catalog).records("account_summary")
    assert list(record) == ["account_id", "date_start", "gross_cost"], "and the key, and the cursor"


def test_a_stream_that_fails_does_not_stop_the_others(platform: Platform) -> None:
    catalog = platform.configured("campaign_metadata", "account_summary")
    said = platform.read(catalog, campaign_ids=NO_CAMPAIGN)
    assert said.code == 1
    assert said.fates[:2] == [("campaign_metadata", "STARTED"), ("campaign_metadata", "INCOMPLETE")]
    assert said.fates[-1] == ("account_summary", "COMPLETE")
    ((stream, kind, message),) = said.errors
    assert (stream, kind) == ("campaign_metadata", "config_error"), "the spec says that it is the request's fault"
    assert "Campaign not found" in message


def test_a_stream_that_there_is_not_is_told(platform: Platform) -> None:
    catalog = platform.configured("account_summary")
    catalog["streams"].append({"stream": {"name": "acount_summary", "json_schema": {}}, "sync_mode": "full_refresh"})
    said = platform.read(catalog)
    assert said.code == 1
    assert said.errors == [("acount_summary", "config_error", said.errors[0][2])]
    assert "did you mean 'account_summary'?" in said.errors[0][2]
    assert said.fates[0] == ("acount_summary", "INCOMPLETE")
    assert said.fates[-1] == ("account_summary", "COMPLETE")


def test_what_has_no_cursor_is_read_whole_whatever_is_wanted(platform: Platform) -> None:
    said = platform.read(
        platform.configured("campaign_metadata", sync_mode="incremental")
    )  # PyAirbyte wants nothing else
    assert (said.code, said.of("STATE")) == (0, [])
    assert said.records("campaign_metadata")


@pytest.mark.parametrize(
    "catalog", ["{", "{}", '{"streams": 1}', '{"streams": [{"stream": {"name": "x"}, "sync_mode": "often"}]}']
)
def test_a_catalog_that_is_none_is_refused(platform: Platform, catalog: str) -> None:
    said = platform.read(catalog)
    assert said.code == 1
    assert [(stream, kind) for stream, kind, _ in said.errors] == [(None, "config_error")]


def test_wrong_credentials_are_for_the_user_to_mend(platform: Platform) -> None:
    said = platform.read(platform.configured("account_summary"), app_secret="wr0ng-secret")
    assert (said.code, said.errors[0][:2]) == (1, ("account_summary", "config_error"))
    assert "wr0ng-secret" not in str(said)


def test_debug_says_more_and_only_in_messages(platform: Platform) -> None:
    said = platform.read(platform.configured("account_summary"), None, "--debug")
    assert (said.code, said.err) == (0, "")
    assert "account_summary: done, 7 pages, 7 records" in [log["message"] for log in said.of("LOG")]


def test_a_connector_offers_its_tables(rokt: Rokt, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ROKT_APP_SECRET", raising=False)
    platform.target = "rokt_performance"
    (spec,) = platform.spec().of("SPEC")
    assert {"app_id", "app_secret"} <= set(spec["connectionSpecification"]["required"])
    assert "start_date" not in spec["connectionSpecification"]["required"]
    said = platform.read(platform.configured("spend_by_creative"))
    assert said.code == 0
    assert {record["groupby"] for record in said.records("spend_by_creative")} == {"creative"}
