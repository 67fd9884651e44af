"""The Perfecto spec, read from the loopback Perfecto: executions and commands, filters, pages, waiting, errors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tapwright import Source
from tapwright.cassette import ReplayClock
from tapwright.errors import AuthError, ProviderError, RunError, SpecError
from tapwright.provider import Means
from tests.providers.loopback import Answer, Call
from tests.providers.perfecto import TENANT, TOKEN, Perfecto
from tests.providers.perfecto_data import EXECUTIONS, RUNNING, command_resources, execution_id, started

SPEC = Path(__file__).parents[1] / "specs" / "perfecto.yaml"
NOW = datetime(2026, 3, 15, 6, tzinfo=UTC)
OLDEST_FIRST = EXECUTIONS[::-1]
ALL: Any = {"time_range": "any"}


class Odd(Perfecto):
    """Answers each call with the next of some bodies, then like any Perfecto."""

    def __init__(self, *odd: tuple[int, Any]) -> None:
        super().__init__()
        self.odd = list(odd)

    def answer(self, call: Call) -> Answer:
        if not self.odd:
            return super().answer(call)
        status, body = self.odd.pop(0)
        return Answer(status=status, headers={"Content-Type": "application/json"}, body=json.dumps(body).encode())


@pytest.fixture
def perfecto() -> Iterator[Perfecto]:
    with Perfecto() as server:
        yield server


def read(
    server: Perfecto,
    stream: str = "test_executions",
    clock: ReplayClock | None = None,
    *,
    config: Any = None,
    **options: Any,
) -> list[dict[str, Any]]:
    given = {"cloud": "fiction", "token": TOKEN, "start_date": "2026-03-01", "base_url": server.url, **(config or {})}
    return list(Source(SPEC, given, means=Means(clock=clock or ReplayClock(NOW))).read(stream, **options))


def lists(name: str) -> list[tuple[str, int, Any]]:
    """Every item of a list inside the server's executions: the execution's id, its place, itself."""
    return [(row["id"], place, item) for row in OLDEST_FIRST for place, item in enumerate(row.get(name, []))]


def test_every_field_of_an_execution_arrives(perfecto: Perfecto) -> None:
    rows = read(perfecto)
    for row, sent in zip(rows, OLDEST_FIRST, strict=True):
        job, project = sent.get("job", {}), sent.get("project", {})
        plain = {"id": "id", "external_id": "externalId", "name": "name", "owner": "owner", "status": "status"}
        plain |= {"message": "message", "failure_reason_name": "failureReasonName", "ux_duration_ms": "uxDuration"}
        plain |= {name: name for name in ("platforms", "videos", "tags", "artifacts", "parameters")}
        plain |= {"custom_fields": "customFields", "report_url": "reportURL", "start_time_ms": "startTime"}
        plain |= {"automation_framework": "automationFramework", "trigger_type": "triggerType"}
        assert {name: row[name] for name in plain} == {name: sent.get(key) for name, key in plain.items()}
        assert row["job_number"] == (str(job["number"]) if job else None)
        assert (row["job_name"], row["job_branch"]) == (job.get("name"), job.get("branch"))
        assert (row["project_name"], row["project_version"]) == (project.get("name"), project.get("version"))
        assert row["execution_engine_version"] == sent.get("executionEngine", {}).get("version")
        assert (row["processing_status"], row["tenant_id"]) == ("PROCESSING_COMPLETE", TENANT)
        assert row["exported_at"] == datetime(2026, 3, 15, tzinfo=UTC)


def test_times_are_moments_and_exact_milliseconds_and_null_while_a_test_runs(perfecto: Perfecto) -> None:
    rows = read(perfecto)
    assert rows
    for k, row in enumerate(rows):
        assert row["start_time_ms"] == started(k)
        assert row["start_time"] == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=started(k))
        assert (row["end_time"] is None) == (row["end_time_ms"] is None) == (k == RUNNING)


@pytest.mark.parametrize(
    ("stream", "key", "columns"),
    [
        ("execution_videos", "videos", {"start_time_ms": "startTime", "download_url": "downloadUrl"}),
        ("execution_artifacts", "artifacts", {"type": "type", "zipped": "zipped", "file_name": "fileName"}),
        ("execution_platforms", "platforms", {"device_id": "deviceId", "os_version": "osVersion"}),
        ("execution_parameters", "parameters", {"name": "name", "value": "value"}),
        ("execution_custom_fields", "customFields", {"name": "name", "value": "value"}),
    ],
)
def test_the_lists_of_executions_are_tables_of_their_own(
    perfecto: Perfecto, stream: str, key: str, columns: dict[str, str]
) -> None:
    rows, sent = read(perfecto, stream), lists(key)
    assert [(row["test_execution_id"], row["position"]) for row in rows] == [(id, place) for id, place, _ in sent]
    assert [{name: row[name] for name in columns} for row in rows] == [
        {name: item.get(inner) for name, inner in columns.items()} for _, _, item in sent
    ]


def test_tags_are_rows_and_a_platform_has_a_phone_or_a_browser(perfecto: Perfecto) -> None:
    tags = [(row["test_execution_id"], row["position"], row["tag"]) for row in read(perfecto, "execution_tags")]
    assert tags == lists("tags")
    for row, (_, _, sent) in zip(read(perfecto, "execution_platforms"), lists("platforms"), strict=True):
        assert row["imei"] == sent.get("mobileInfo", {}).get("imei")
        assert row["browser_type"] == sent.get("browserInfo", {}).get("browserType")
        assert row["selection_criteria"] == sent.get("selectionCriteria", sent.get("selectionCriteriaV2"))


def test_commands_are_numbered_through_all_resources_of_an_answer(perfecto: Perfecto) -> None:
    rows = read(perfecto, "test_commands")
    for k in range(len(EXECUTIONS)):
        sent = [command for resource in command_resources(execution_id(k)) or [] for command in resource["commands"]]
        mine = [row for row in rows if row["test_execution_id"] == execution_id(k)]
        assert [row["position"] for row in mine] == [*range(len(sent))]
        for row, command in zip(mine, sent, strict=True):
            names = {"name": "name", "status": "status", "start_time_ms": "startTime", "end_time_ms": "endTime"}
            names |= {"expected_data": "expectedData", "result_data": "resultData", "screenshots": "screenshots"}
            names |= {"parameters": "parameters", "message": "message", "ux_duration_ms": "uxDuration"}
            assert {name: row[name] for name in names} == {name: command.get(key) for name, key in names.items()}


def test_filters_are_indexed_encoded_once_and_not_cut_at_commas(perfecto: Perfecto) -> None:
    rows = read(perfecto, tags=["smoke", "sprint 1, part 2"], job_name=["Release/Basket"], job_number=[41], **ALL)
    assert perfecto.calls[0].raw_query == (
        "tags%5B0%5D=smoke&tags%5B1%5D=sprint%201%2C%20part%202&jobName%5B0%5D=Release%2FBasket&jobNumber%5B0%5D=41&_page=1"
    )
    assert [row["id"] for row in rows] == [execution_id(5)]
    rows = read(perfecto, "test_commands", status=["BLOCKED"], external_id=[OLDEST_FIRST[9]["externalId"]])
    assert {row["test_execution_id"] for row in rows} == {execution_id(9)}
    assert [row["id"] for row in read(perfecto, failure_reason=["fr-0002"], **ALL)] == [execution_id(4)]


def test_windows_are_days_that_neither_overlap_nor_leave_a_gap_up_to_the_moment_of_the_run(perfecto: Perfecto) -> None:
    read(perfecto)
    windows = [(call.param("startExecutionTime[0]"), call.param("endExecutionTime[0]")) for call in perfecto.calls]
    edges = [(int(start or 0), int(end or 0)) for start, end in windows]
    assert all(0 < end - start < 24 * 3600_000 for start, end in edges)
    assert all(after[0] == before[1] + 1 for before, after in pairwise(edges))
    assert edges[0][0] == started(0)
    assert edges[-1][1] == int(NOW.timestamp()) * 1000 - 1


def test_without_a_start_date_thirty_days_are_read(perfecto: Perfecto) -> None:
    assert len(read(perfecto, config={"start_date": None})) == 14
    assert perfecto.calls[0].param("startExecutionTime[0]") == str(
        int(datetime(2026, 2, 13, tzinfo=UTC).timestamp()) * 1000
    )
    perfecto.calls.clear()
    read(perfecto, config={"start_date": "2026-03-03", "end_date": "2026-03-04"})
    assert len(perfecto.calls) == 2


def test_pages_are_asked_for_while_the_answer_is_truncated(perfecto: Perfecto) -> None:
    perfecto.page_size = 5
    assert [row["id"] for row in read(perfecto, **ALL)] == [row["id"] for row in EXECUTIONS]
    assert [call.param("_page") for call in perfecto.calls] == ["1", "2", "3"]


def test_pages_go_on_past_one_whose_executions_have_no_artifacts(perfecto: Perfecto) -> None:
    perfecto.page_size = 1
    assert len(read(perfecto, "execution_artifacts", **ALL)) == len(lists("artifacts"))
    assert len(perfecto.calls) == len(EXECUTIONS)


def test_an_empty_page_is_the_last_whatever_it_says() -> None:
    truncated = {"resources": [], "metadata": {"truncated": True}}
    with Odd((200, truncated)) as server:
        assert read(server, **ALL) == []
        assert len(server.calls) == 1


def test_rows_of_an_unfinished_answer_say_so(perfecto: Perfecto) -> None:
    perfecto.processing_calls = 2
    rows = read(perfecto, config={"start_date": "2026-03-12"})
    assert [row["processing_status"] for row in rows] == ["PROCESSING", "PROCESSING", "PROCESSING_COMPLETE"]


def test_waiting_asks_until_all_is_processed(perfecto: Perfecto) -> None:
    perfecto.processing_calls, clock = 3, ReplayClock(NOW)
    rows = read(perfecto, clock=clock, config={"wait_until_processed": True, "start_date": "2026-03-13"})
    assert {row["processing_status"] for row in rows} == {"PROCESSING_COMPLETE"}
    assert clock.monotonic() == 15.0
    assert rows[0]["videos"] == EXECUTIONS[1]["videos"]


def test_waiting_gives_up_after_ten_minutes(perfecto: Perfecto) -> None:
    perfecto.processing_calls, clock = 1000, ReplayClock(NOW)
    with pytest.raises(ProviderError, match="not ready after 10 minutes"):
        read(perfecto, clock=clock, config={"wait_until_processed": True})
    assert clock.monotonic() == 600.0


@pytest.mark.parametrize("errors_as_200", [False, True])
def test_a_wrong_token_is_an_auth_error_at_once_under_any_status(errors_as_200: bool) -> None:
    with Perfecto(errors_as_200=errors_as_200) as server, pytest.raises(AuthError, match="Failed decoding") as caught:
        read(server, config={"token": "a-token-of-another-lab"})
    assert "a-token-of-another-lab" not in str(caught.value)
    assert "token" in caught.value.hint
    assert len(server.calls) == 1


def test_a_server_fault_that_is_not_about_the_token_is_tried_again() -> None:
    with Odd((500, [{"userMessage": "Internal error"}]), (503, {})) as server:
        assert len(read(server)) == 14


@pytest.mark.parametrize(
    ("server", "config", "message", "hint"),
    [
        ({"needs_tenant": True}, {}, "Missing Perfecto-TenantId header", "tenant_id"),
        ({}, {"start_date": "2025-12-31"}, "Time period is not in supported range", "later start_date"),
        ({"errors_as_200": True}, {"start_date": "2025-12-31"}, "Time period is not in supported", "later start_date"),
    ],
)
def test_refusals_say_what_to_change(server: Any, config: Any, message: str, hint: str) -> None:
    with Perfecto(**server) as perfecto, pytest.raises(ProviderError, match=message) as caught:
        read(perfecto, config=config)
    assert hint in caught.value.hint
    assert not isinstance(caught.value, AuthError)


@pytest.mark.parametrize("body", [{"metadata": {}}, {"resources": None}, [], [{"userMessage": "Something odd"}]])
def test_an_answer_of_200_without_resources_is_an_error_and_not_empty(body: Any) -> None:
    for stream in ("test_executions", "execution_tags", "test_commands"):
        with Odd((200, body)) as server, pytest.raises(ProviderError):
            read(server, stream)


def test_the_token_goes_in_one_header_of_the_spelling_asked_for(perfecto: Perfecto) -> None:
    underscore = {"token_header": "PERFECTO_AUTHORIZATION", "api_version": "v3", "tenant_id": TENANT}
    assert len(read(perfecto, config=underscore, **ALL)) == 14
    call = perfecto.calls[0]
    assert call.path == "/export/api/v3/test-executions"
    assert "perfecto-authorization" not in call.headers
    assert (call.headers["perfecto_authorization"], call.headers["perfecto-tenantid"]) == (TOKEN, TENANT)
    with pytest.raises(SpecError, match="token_header"):
        read(perfecto, config={"token_header": "X-Token"})


def test_mangled_times_keep_their_digits_and_break_nothing() -> None:
    times: list[Any] = [15238557905579, 1523845681, "1523857445638", 152385888894, 99999999999999999999]
    sent = [{"id": str(n), "startTime": time, "endTime": -1} for n, time in enumerate(times)]
    with Odd((200, {"resources": sent, "metadata": {}})) as server:
        rows = read(server, **ALL)
    assert [row["start_time_ms"] for row in rows] == [int(time) for time in times]
    assert [row["start_time"].year if row["start_time"] else None for row in rows] == [2452, 1970, 2018, 1974, None]
    assert {row["end_time"] for row in rows} == {row["end_time_ms"] for row in rows} == {None}


def test_an_execution_that_is_gone_is_skipped_and_the_others_are_read(perfecto: Perfecto) -> None:
    listing = {"resources": [{"id": "gone", "startTime": 1}, {"id": execution_id(1), "startTime": 2}], "metadata": {}}
    with Odd((200, listing)) as server:
        rows = read(server, "test_commands", **ALL)
    assert {row["test_execution_id"] for row in rows} == {execution_id(1)}


def test_a_bad_record_is_named() -> None:
    with (
        Odd((200, {"resources": [{"name": "no id"}], "metadata": {}})) as server,
        pytest.raises(RunError, match="'id'"),
    ):
        read(server, **ALL)
