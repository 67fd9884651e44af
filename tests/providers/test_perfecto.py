"""The loopback Perfecto refuses what the real one would, and answers in its shapes."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.providers.perfecto import TENANT, TOKEN, Perfecto
from tests.providers.perfecto_data import EXECUTIONS, FIRST, NIGHT, execution_id

LIST = "/export/api/v1/test-executions"
SIGNED = {"PERFECTO-AUTHORIZATION": TOKEN}


@pytest.fixture
def perfecto() -> Iterator[Perfecto]:
    with Perfecto() as server:
        yield server


def ask(server: Perfecto, query: Any = None, *, path: str = LIST, headers: Any = SIGNED) -> requests.Response:
    return requests.get(server.url + path, params=query, headers=headers, timeout=5)


def numbers(server: Perfecto, query: dict[str, Any]) -> list[int]:
    order = [row["id"] for row in EXECUTIONS]
    return [len(order) - 1 - order.index(row["id"]) for row in ask(server, query).json()["resources"]]


def refused(answer: requests.Response, status: int, text: str = "") -> bool:
    (error,) = answer.json()
    return answer.status_code == status and list(error) == ["userMessage"] and text in error["userMessage"]


@pytest.mark.parametrize("name", ["PERFECTO-AUTHORIZATION", "PERFECTO_AUTHORIZATION", "Perfecto-Authorization"])
def test_either_spelling_of_the_token_header_is_taken(perfecto: Perfecto, name: str) -> None:
    assert ask(perfecto, headers={name: TOKEN}).status_code == 200


def test_a_missing_doubled_or_wrong_token_is_refused(perfecto: Perfecto) -> None:
    assert refused(ask(perfecto, headers={}), 401)
    assert refused(ask(perfecto, headers={**SIGNED, "PERFECTO_AUTHORIZATION": TOKEN}), 400)
    wrong = ask(perfecto, headers={"PERFECTO-AUTHORIZATION": "other"})
    assert refused(wrong, 500, "Failed decoding the offline token: ")


def test_the_tenant_header_can_be_required() -> None:
    with Perfecto(needs_tenant=True) as perfecto:
        assert refused(ask(perfecto), 400, "Missing Perfecto-TenantId header")
        assert ask(perfecto, headers={**SIGNED, "Perfecto-TenantId": TENANT}).status_code == 200
        assert refused(ask(perfecto, headers={**SIGNED, "Perfecto-TenantId": "other"}), 403)


@pytest.mark.parametrize("path", ["/export/api/v2/test-executions", LIST + "/", LIST + "/a/b"])
def test_an_unknown_path_is_not_found(perfecto: Perfecto, path: str) -> None:
    assert refused(ask(perfecto, path=path), 404)


def test_the_version_of_the_path_is_in_the_metadata(perfecto: Perfecto) -> None:
    metadata = ask(perfecto, path="/export/api/v3/test-executions").json()["metadata"]
    assert (metadata["apiVersion"], metadata["tenantId"]) == ("v3", TENANT)
    assert isinstance(metadata["createdAt"], int)


def test_bare_brackets_are_refused(perfecto: Perfecto) -> None:
    bare = urllib.request.Request(f"{perfecto.url}{LIST}?tags[0]=smoke", headers=SIGNED)
    with pytest.raises(urllib.error.HTTPError) as error, urllib.request.urlopen(bare, timeout=5):
        pass
    with error.value as answer:
        assert answer.code == 400 and b"percent-encoded" in answer.read()
    assert ask(perfecto, path=LIST + "?tags%5B0%5D=smoke").status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        {"tags": "smoke"},
        {"tags[1]": "smoke"},
        {"tags[0]": "smoke", "tags[2]": "nightly"},
        {"tags[00]": "smoke"},
        {"tags[0]": ["smoke", "nightly"]},
        {"tags[0]": ""},
        {"tag[0]": "smoke"},
        {"page": 1},
        {"_page": 0},
        {"status[0]": "failed"},
        {"startExecutionTime[0]": "2026-03-01"},
        {"startExecutionTime[0]": FIRST, "startExecutionTime[1]": "custom"},
        {"startExecutionTime[0]": FIRST, "endExecutionTime[0]": FIRST - 1},
        {"endExecutionTime[0]": FIRST},
    ],
)
def test_a_wrong_parameter_is_a_bad_request(perfecto: Perfecto, query: dict[str, Any]) -> None:
    assert refused(ask(perfecto, query), 400)


def test_a_start_before_the_retention_is_refused(perfecto: Perfecto) -> None:
    for start in (FIRST // 1000, FIRST - 60 * NIGHT):
        answer = ask(perfecto, {"startExecutionTime[0]": start})
        assert refused(answer, 400, "Time period is not in supported range")


def test_executions_come_newest_first_and_both_ends_count(perfecto: Perfecto) -> None:
    assert numbers(perfecto, {}) == list(range(13, -1, -1))
    window = {"startExecutionTime[0]": FIRST + 2 * NIGHT, "endExecutionTime[0]": FIRST + 4 * NIGHT}
    assert numbers(perfecto, window) == [4, 3, 2]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"jobName[0]": "Release/Basket"}, [13, 9, 5, 1]),
        ({"jobNumber[0]": 40}, [2, 1, 0]),
        ({"jobNumber[0]": 40, "jobNumber[1]": 44}, [13, 12, 2, 1, 0]),
        ({"jobName[0]": "Release/Basket", "jobNumber[0]": 40}, [1]),
        ({"status[0]": "FAILED", "status[1]": "BLOCKED"}, [10, 9, 7, 4, 3, 1]),
        ({"failureReason[0]": "fr-0002"}, [4]),
        ({"externalId[0]": "ada.fiction@example.test_RemoteWebDriver_26-03-02_0001"}, [2]),
        ({"tags[0]": "sprint 1, part 0"}, [3]),
        ({"tags[0]": "nothing"}, []),
    ],
)
def test_values_of_a_filter_are_or_and_filters_are_and(
    perfecto: Perfecto, query: dict[str, Any], found: list[int]
) -> None:
    assert numbers(perfecto, query) == found


def test_pages_count_from_one_until_not_truncated() -> None:
    with Perfecto(page_size=6) as perfecto:
        pages = [ask(perfecto, {"_page": page}).json() for page in (1, 2, 3, 4)]
    assert [len(page["resources"]) for page in pages] == [6, 6, 2, 0]
    assert [page["metadata"]["truncated"] for page in pages] == [True, True, False, False]
    assert [page["metadata"]["page"] for page in pages] == [1, 2, 3, 4]


def test_the_first_lists_still_process() -> None:
    with Perfecto(processing_calls=1) as perfecto:
        early, late = ask(perfecto).json(), ask(perfecto).json()
    assert early["metadata"]["processingStatus"] == "PROCESSING"
    assert late["metadata"]["processingStatus"] == "PROCESSING_COMPLETE"
    assert not any(row.get("videos") or row.get("artifacts") for row in early["resources"])
    assert late["resources"] == EXECUTIONS


def test_errors_can_come_with_status_200() -> None:
    with Perfecto(errors_as_200=True) as perfecto:
        assert refused(ask(perfecto, {"_page": 0}), 200, "_page")


def test_executions_vary_in_their_optional_fields() -> None:
    for field in ("job", "project", "videos", "message", "failureReasonName", "parameters", "customFields"):
        assert 0 < sum(field in row for row in EXECUTIONS) < len(EXECUTIONS)
    platforms = [platform for row in EXECUTIONS for platform in row.get("platforms", [])]
    assert all(("mobileInfo" in one) != ("browserInfo" in one) for one in platforms)
    assert all(("selectionCriteria" in one) != ("selectionCriteriaV2" in one) for one in platforms)
    assert [row["endTime"] for row in EXECUTIONS].count(0) == 1
    assert all(FIRST <= row["startTime"] < FIRST + 14 * NIGHT for row in EXECUTIONS)


def test_commands_have_a_leaner_metadata(perfecto: Perfecto) -> None:
    answer = ask(perfecto, path=f"{LIST}/{execution_id(2)}/commands").json()
    assert set(answer["metadata"]) == {"createdAt", "apiVersion", "userId", "tenantId"}
    assert isinstance(answer["metadata"]["createdAt"], str)
    failed = answer["resources"][0]["commands"][2]
    assert [data["type"] for data in failed["expectedData"]] == ["TEXT", "IMAGE_KEY"]
    assert failed["screenshots"] and failed["resultData"]


def test_commands_can_be_split_over_two_resources(perfecto: Perfecto) -> None:
    parts = ask(perfecto, path=f"{LIST}/{execution_id(1)}/commands").json()["resources"]
    assert [part["testExecutionId"] for part in parts] == [execution_id(1)] * 2
    assert all(part["commands"] for part in parts)


def test_commands_take_no_query_and_a_known_id(perfecto: Perfecto) -> None:
    assert refused(ask(perfecto, path=f"{LIST}/nobody/commands"), 404)
    assert refused(ask(perfecto, {"_page": 1}, path=f"{LIST}/{execution_id(1)}/commands"), 400)
