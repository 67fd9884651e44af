"""MediaMath's T1 Reporting API V1 on 127.0.0.1, as strict as its documents."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from email.utils import format_datetime, parsedate_to_datetime
from threading import Lock
from typing import Any

from tests.providers import mediamath_t1_request as request
from tests.providers.loopback import Answer, Call, Provider
from tests.providers.mediamath_t1_errors import (
    SERVER_ERRORS,
    XML,
    Refusal,
    bad_request,
    gateway,
    not_logged_in,
    refused,
    result,
)  # fmt: skip
from tests.providers.mediamath_t1_reports import REPORTS, Report
from tests.providers.mediamath_t1_rows import csv, rows
from tests.providers.mediamath_t1_sessions import API_KEY, Sessions

_STD = "/reporting/v1/std/"


class MediaMathT1(Provider):
    """The server; `script` says what goes wrong on which reporting call, counted from 1.

    A script's words: error, request_timeout, unavailable (XML 500 and 503), over_qps (the gateway's 403),
    throttled (429), logged_out (every session expires), xml_200 (an XML error under status 200),
    cut (the last line stops half-way).
    """

    def __init__(
        self,
        *,
        today: date = date(2026, 3, 15),
        script: Mapping[int, str] | None = None,
        retry_after: str | None = "1",
        session_calls: int | None = None,
        require_both: bool = False,
        require_api_key: bool = True,
        default_page_limit: int | None = None,
        compress: bool = False,
        trailing_blank_line: bool = True,
        **given: Any,
    ) -> None:
        super().__init__(**given)
        self._today = today
        self._script = dict(script or {})
        self._retry_after = {} if retry_after is None else {"Retry-After": retry_after}
        self._sessions = Sessions(today=today, calls=session_calls, both=require_both)
        self._require_api_key = require_api_key
        self._default_page_limit = default_page_limit
        self._compress = compress
        self._ending = "\n" if trailing_blank_line else ""
        self._lock = Lock()
        self._asked = 0

    def answer(self, call: Call) -> Answer:
        """Answer one call."""
        try:
            with self._lock:
                return self._route(call)
        except Refusal as refusal:
            return refused(refusal)

    def _route(self, call: Call) -> Answer:
        if call.path == "/oauth/token":
            _only("POST", call)
            return self._sessions.token(call)
        keys = [value for name, value in call.query if name == "api_key"]
        if call.path == "/api/v2.0/login" and not keys and call.method == "POST":
            keys = [call.form().get("api_key", "")]
        if self._require_api_key and keys != [API_KEY]:
            return gateway("ERR_403_DEVELOPER_INACTIVE", "Developer Inactive")
        _well_encoded(call)
        if call.path == "/api/v2.0/login":
            _only("POST", call)
            return self._sessions.login(call)
        if call.path == "/api/v2.0/session":
            _only("GET", call)
            return self._sessions.session(call)
        if call.path.startswith(_STD):
            return self._reporting(call)
        raise Refusal(404, "not_found", "Not Found")

    def _reporting(self, call: Call) -> Answer:
        self._asked += 1
        planned = self._script.get(self._asked, "")
        if planned == "over_qps":
            return gateway("ERR_403_DEVELOPER_OVER_QPS", "Developer Over Qps", self._retry_after)
        if planned == "throttled":
            return Answer(status=429, headers=self._retry_after)
        if planned == "logged_out":
            self._sessions.forget()
        if planned in SERVER_ERRORS:
            status, words = SERVER_ERRORS[planned]
            raise Refusal(status, planned, words)
        _only("GET", call)
        self._sessions.check(call)
        if planned == "xml_200":
            told = not_logged_in()
            return Answer(headers=XML, body=result(told.code, told.text, reason=told.reason))
        return self._standard(call, cut=planned == "cut")

    def _standard(self, call: Call, *, cut: bool) -> Answer:
        name, _, action = call.path.removeprefix(_STD).partition("/")
        if (name, action) == ("meta", ""):
            request.parameters(call.query, {"v1"})
            return _document({"reports": {key: report.entry(self.url) for key, report in REPORTS.items()}})
        if name not in REPORTS or action not in ("", "meta", "validate"):
            raise Refusal(404, "not_found", "Entity Not Found", entity=("report", name))
        report = REPORTS[name]
        if report.deprecation and report.deprecation <= self._today:
            raise Refusal(410, "gone", f"Report {name} is no longer available")
        if action == "meta":
            request.parameters(call.query, {"v1"})
            return _document(report.definition(self.url))
        asked = request.read(call.query, report, self._today, self._default_page_limit)
        if action == "validate":
            return Answer(headers=XML, body=result("ok"))
        return self._csv(call, report, asked, cut=cut)

    def _csv(self, call: Call, report: Report, asked: request.Request, *, cut: bool) -> Answer:
        updated = datetime.combine(self._today, time(6), UTC)
        headers = {"Last-Modified": format_datetime(updated, usegmt=True)}
        if _since(call) >= updated:
            return Answer(status=304, headers=headers)
        headers["Content-Type"] = "text/csv; charset=UTF-8"
        body = (csv(asked, rows(asked, self._today)) + self._ending).encode()
        if cut:
            body = body.rstrip(b"\n").rpartition(b",")[0]
        if self._compress and "gzip" in call.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            body = gzip.compress(body, mtime=0)
        return Answer(headers=headers, body=_chunks(body))


def _chunks(body: bytes, size: int = 1021) -> Iterator[bytes]:
    """Cut a body without regard to lines or characters."""
    for at in range(0, len(body), size):
        yield body[at : at + size]


def _document(told: object) -> Answer:
    return Answer(headers={"Content-Type": "application/json"}, body=json.dumps(told, ensure_ascii=False).encode())


def _only(method: str, call: Call) -> None:
    if call.method != method:
        raise Refusal(405, "bad_request", f"{call.method} is not allowed here")


def _well_encoded(call: Call) -> None:
    """Refuse a stray percent sign, and bytes that are not UTF-8."""
    broken = re.search(r"%(?![0-9A-Fa-f]{2})", call.raw_query)
    if broken or any("\ufffd" in text for pair in call.query for text in pair):
        raise bad_request("the query string is not well encoded")


def _since(call: Call) -> datetime:
    try:
        since = parsedate_to_datetime(call.headers.get("if-modified-since", ""))
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return since if since.tzinfo else since.replace(tzinfo=UTC)
