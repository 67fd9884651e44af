"""A strict Perfecto Smart Reporting API on loopback: the list of test executions and their commands."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from threading import Lock
from typing import Any

from tests.providers.loopback import Answer, Call, Provider
from tests.providers.perfecto_data import EXECUTIONS, REASONS, STATUSES, command_resources

Json = dict[str, Any]
Filters = dict[str, list[str]]

TOKEN = "fiction-offline-token"
TENANT = "fiction-perfectomobile-com"
CREATED = 1773532800000
TIMES = ("startExecutionTime", "endExecutionTime")
FILTERS = (*TIMES, "externalId", "tags", "jobName", "jobNumber", "status", "failureReason")
PATH = re.compile(r"/export/api/(?P<version>v1|v3)/test-executions(/(?P<id>[^/]+)/commands)?")
INDEXED = re.compile(r"(?P<name>[A-Za-z]+)\[(?P<index>0|[1-9][0-9]*)\]")
NUMBER = re.compile(r"[0-9]+")


class Refusal(Exception):
    """A request that the provider does not serve."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Perfecto(Provider):
    """Serve 14 invented executions of 2026-03-01 to 2026-03-14; knobs may change while it runs."""

    def __init__(
        self,
        *,
        token: str = TOKEN,
        needs_tenant: bool = False,
        page_size: int = 500,
        processing_calls: int = 0,
        retention_start: date = date(2026, 1, 1),
        errors_as_200: bool = False,
    ) -> None:
        super().__init__()
        self.token, self.needs_tenant = token, needs_tenant
        self.page_size, self.processing_calls = page_size, processing_calls
        self.retention_start, self.errors_as_200 = retention_start, errors_as_200
        self._lock = Lock()

    def answer(self, call: Call) -> Answer:
        try:
            self._admit(call)
            found = PATH.fullmatch(call.path)
            if found is None:
                raise Refusal(404, "Not found")
            if call.method != "GET":
                raise Refusal(405, "Method not allowed")
            if call.body:
                raise Refusal(400, "Filters belong in the query, not in a body")
            if found["id"] is None:
                return _send(200, self._list(call, found["version"]))
            return _send(200, _commands(call, found["version"], found["id"]))
        except Refusal as refusal:
            status = 200 if self.errors_as_200 else refusal.status
            return _send(status, [{"userMessage": str(refusal)}])

    def _admit(self, call: Call) -> None:
        names = ("perfecto-authorization", "perfecto_authorization")
        tokens = [call.headers[name] for name in names if name in call.headers]
        if not tokens:
            raise Refusal(401, "Missing security token")
        if len(tokens) > 1:
            raise Refusal(400, "Two security token headers")
        if tokens[0] != self.token:
            raise Refusal(500, "Failed decoding the offline token: not a token of this lab")
        tenant = call.headers.get("perfecto-tenantid")
        if tenant is None and self.needs_tenant:
            raise Refusal(400, "Missing Perfecto-TenantId header")
        if tenant not in (None, TENANT):
            raise Refusal(403, "Perfecto-TenantId is not the tenant of the token")

    def _list(self, call: Call, version: str) -> Json:
        page, filters = _parsed(call)
        self._check_times(filters)
        rows = [row for row in EXECUTIONS if _matches(row, filters)]
        first, last = (page - 1) * self.page_size, page * self.page_size
        with self._lock:
            processing = self.processing_calls > 0
            self.processing_calls -= processing
        return {
            "resources": [_unfinished(row) if processing else row for row in rows[first:last]],
            "metadata": {
                **_metadata(version),
                "processingStatus": "PROCESSING" if processing else "PROCESSING_COMPLETE",
                "page": page,
                "truncated": len(rows) > last,
            },
        }

    def _check_times(self, filters: Filters) -> None:
        for name in TIMES:
            values = filters.get(name, [])
            if len(values) > 1:
                raise Refusal(400, f"{name} takes one value")
            if not all(NUMBER.fullmatch(value) for value in values):
                raise Refusal(400, f"{name} is not a time in milliseconds")
        if TIMES[0] not in filters:
            if TIMES[1] in filters:
                raise Refusal(400, "endExecutionTime needs startExecutionTime")
            return
        start = int(filters[TIMES[0]][0])
        kept = datetime.combine(self.retention_start, datetime.min.time(), UTC)
        if start < kept.timestamp() * 1000:
            raise Refusal(400, "Time period is not in supported range")
        if TIMES[1] in filters and int(filters[TIMES[1]][0]) < start:
            raise Refusal(400, "endExecutionTime is before startExecutionTime")


def _send(status: int, body: Any) -> Answer:
    headers = {"Content-Type": "application/json;charset=UTF-8"}
    return Answer(status=status, headers=headers, body=json.dumps(body).encode())


def _metadata(version: str) -> Json:
    user = "ada.fiction@example.test"
    return {"createdAt": CREATED, "apiVersion": version, "userId": user, "tenantId": TENANT}


def _commands(call: Call, version: str, test_id: str) -> Json:
    if call.raw_query:
        raise Refusal(400, "commands takes no parameters")
    resources = command_resources(test_id)
    if resources is None:
        raise Refusal(404, "Test execution not found")
    return {"resources": resources, "metadata": {**_metadata(version), "createdAt": str(CREATED)}}


def _parsed(call: Call) -> tuple[int, Filters]:
    """Read the page and the filters, whose brackets must be percent-encoded and indices contiguous."""
    if "[" in call.raw_query or "]" in call.raw_query:
        raise Refusal(400, "Brackets must be percent-encoded")
    query = dict(call.query)
    if len(query) != len(call.query):
        raise Refusal(400, "A parameter is given twice")
    page = query.pop("_page", "1")
    if not NUMBER.fullmatch(page) or int(page) < 1:
        raise Refusal(400, "_page counts from 1")
    found: dict[str, dict[int, str]] = {}
    for key, value in query.items():
        parts = INDEXED.fullmatch(key)
        if parts is None or parts["name"] not in FILTERS or not value:
            raise Refusal(400, f"Unknown or empty parameter {key}")
        found.setdefault(parts["name"], {})[int(parts["index"])] = value
    for name, values in found.items():
        if set(values) != set(range(len(values))):
            raise Refusal(400, f"The indices of {name} are not 0, 1, 2, …")
    return int(page), {name: list(values.values()) for name, values in found.items()}


def _matches(row: Json, filters: Filters) -> bool:
    """Match any value of a filter, and every filter; both ends of the times belong to the range."""
    names = {"status": STATUSES, "failureReason": REASONS}
    for name, known in names.items():
        if any(value not in known for value in filters.get(name, [])):
            raise Refusal(400, f"Unknown {name}")
    start = int(filters.get(TIMES[0], ["0"])[0])
    end = int(filters.get(TIMES[1], [str(CREATED)])[0])
    if not start <= row["startTime"] <= end:
        return False
    job = row.get("job", {})
    has = {
        "externalId": [row.get("externalId")],
        "tags": row.get("tags", []),
        "jobName": [job.get("name")],
        "jobNumber": [str(job["number"])] if job else [],
        "status": [row["status"]],
        "failureReason": [key for key, name in REASONS.items() if name == row.get("failureReasonName")],
    }
    return all(set(values) & set(has[name]) for name, values in filters.items() if name in has)


def _unfinished(row: Json) -> Json:
    """Take off what is not ready while the provider still processes."""
    return {key: [] if key == "artifacts" else value for key, value in row.items() if key != "videos"}
