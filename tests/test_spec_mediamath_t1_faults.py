"""The MediaMath T1 spec, read from the loopback T1: its logins, and what can go wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tapwright.cassette import ReplayClock
from tapwright.errors import AuthError, BodyError, ProviderError, SpecError
from tests.providers.loopback import Call
from tests.providers.mediamath_t1 import MediaMathT1
from tests.providers.mediamath_t1_errors import gateway
from tests.providers.mediamath_t1_sessions import (
    API_KEY,
    AUDIENCE,
    CLIENT_ID,
    CLIENT_SECRET,
    PASSWORD,
    PASSWORD_REALM,
    USER,
)
from tests.providers.mediamath_t1_source import ASKED, NOW, ONE, data_calls, failed, logins, read, source


@pytest.fixture
def t1() -> Iterator[MediaMathT1]:
    with MediaMathT1() as server:
        yield server


def test_the_login_is_a_form_and_its_cookie_goes_with_every_call(t1: MediaMathT1) -> None:
    read(t1, "performance_daily")
    login, *rest = t1.calls
    assert (login.method, login.path, login.raw_query) == ("POST", "/api/v2.0/login", "api_key=fictional-api-key")
    assert login.form() == {"user": USER, "password": PASSWORD, "api_key": API_KEY}
    assert len(rest) == 2
    assert all(call.headers["cookie"].startswith("adama_session=") for call in rest)


def oauth(server: MediaMathT1, auth: str) -> dict[str, str]:
    client = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    return {**client, "auth": auth, "auth_url": f"{server.url}/oauth/token"}


def test_a_bearer_is_asked_for_in_json_and_sent_without_a_cookie(t1: MediaMathT1) -> None:
    assert len(read(t1, "report", ONE, **oauth(t1, "bearer"))) == 1
    token, call = t1.calls
    asked = json.loads(token.body)
    assert (token.path, asked["realm"], asked["audience"]) == ("/oauth/token", "MediaMathActiveDirectory", AUDIENCE)
    assert (asked["grant_type"], asked["username"], asked["password"]) == (PASSWORD_REALM, USER, PASSWORD)
    assert call.headers["authorization"].startswith("Bearer bearer-")
    assert "cookie" not in call.headers
    assert call.param("api_key") == API_KEY


def test_bearer_and_cookie_go_together_where_both_are_required() -> None:
    with MediaMathT1(require_both=True, session_calls=1) as t1:
        found = read(t1, "report", {**ONE, "time_rollup": "by_day", "page_limit": 4}, **oauth(t1, "both"))
        assert len(found) == 7
        paths = [call.path.rsplit("/", 1)[-1] for call in t1.calls]
        assert paths == ["token", "session", "performance", "performance", "token", "session", "performance"]
        assert {"authorization", "cookie"} <= t1.calls[-1].headers.keys()


@pytest.mark.parametrize("auth", ["bearer", "both"])
def test_a_wrong_client_secret_is_refused_and_not_shown(t1: MediaMathT1, auth: str) -> None:
    error = failed(t1, ONE, **oauth(t1, auth) | {"client_secret": "some wrong secret"})
    assert isinstance(error, AuthError)
    assert "Unauthorized" in error.message
    assert "wrong secret" not in str(error)


def test_a_session_that_ends_is_renewed_and_nothing_is_lost() -> None:
    with MediaMathT1(session_calls=2) as t1:
        found = read(t1, "report", {**ONE, "time_rollup": "by_day", "page_limit": 1, "order": ["date"]})
        assert [record["start_date"].day for record in found] == list(range(8, 15))
        assert logins(t1) == 4


@pytest.mark.parametrize("word", ["xml_200", "logged_out"])
def test_auth_required_under_any_status_logs_in_again_once(word: str) -> None:
    with MediaMathT1(script={1: word}) as t1:
        assert len(read(t1, "report", ONE)) == 1
        assert logins(t1) == 2
    with MediaMathT1(script={1: word, 2: word}) as t1:
        error = failed(t1, ONE)
        assert isinstance(error, AuthError)
        assert "Authentication Required not_logged_in" in error.message
        assert len(data_calls(t1)) == 2


@pytest.mark.parametrize(("said", "least"), [("7", 7.0), (None, 0.0), ("soon", 0.0)])
def test_over_qps_is_retried_after_what_the_gateway_says(said: str | None, least: float) -> None:
    with MediaMathT1(script={1: "over_qps", 2: "over_qps"}, retry_after=said) as t1:
        clock = ReplayClock(NOW)
        assert len(list(source(t1, clock).read("report", **ONE))) == 1
        assert 2 * least <= clock.monotonic() < 2 * least + 10
        assert len(data_calls(t1)) == 3


def test_over_qps_without_end_fails_with_a_hint() -> None:
    with MediaMathT1(script=dict.fromkeys(range(1, 9), "over_qps")) as t1:
        error = failed(t1, ONE)
        assert "Developer Over Qps" in error.message
        assert "more requests per second" in error.hint
        assert len(data_calls(t1)) == 5


@pytest.mark.parametrize("word", ["error", "unavailable", "throttled"])
def test_passing_troubles_are_retried(word: str) -> None:
    with MediaMathT1(script={1: word, 2: word}) as t1:
        assert len(read(t1, "report", ONE)) == 1


def test_a_request_timeout_is_retried_once_only() -> None:
    with MediaMathT1(script={1: "request_timeout"}) as t1:
        assert len(read(t1, "report", ONE)) == 1
    with MediaMathT1(script={1: "request_timeout", 2: "request_timeout"}) as t1:
        assert "Ask for less at once" in failed(t1, ONE).hint
        assert len(data_calls(t1)) == 2


@pytest.mark.parametrize(("name", "said"), [("password", "Authentication error"), ("api_key", "Developer Inactive")])
def test_wrong_credentials_fail_at_once_and_are_not_shown(t1: MediaMathT1, name: str, said: str) -> None:
    error = failed(t1, ONE, **{name: "another wörd"})
    assert isinstance(error, AuthError)
    assert said in error.message
    assert "another" not in str(error)
    assert len(t1.calls) == 1


def test_an_api_key_that_is_withdrawn_is_named(t1: MediaMathT1) -> None:
    class Withdrawn(MediaMathT1):
        def _reporting(self, call: Call) -> Any:
            return gateway("ERR_403_DEVELOPER_INACTIVE", "Developer Inactive")

    with Withdrawn() as server:
        error = failed(server, ONE)
        assert isinstance(error, AuthError)
        assert "`api_key`" in error.hint
        assert len(data_calls(server)) == 1


@pytest.mark.parametrize(
    ("options", "said", "hint"),
    [
        ({"dimensions": ["colour"]}, "400: dimensions: unknown field 'colour'", "report_fields"),
        ({"filter": ["campaign_name=c"]}, "incorrect_predicates", "field with access"),
        ({"filter": ["campaign_id=99999"]}, "404: Entity Not Found campaign 99999", "reports"),
        ({"filter": ["organization_id=300003"]}, "403: Insufficient permissions organization 300003", "access_ids"),
        ({"report": "perfomance"}, "404: Entity Not Found report perfomance", "reports"),
        ({"report": "video_site_transparency"}, "no longer available", "reports"),
        ({"time_window": "last_7_hours"}, "unknown time window", "report_meta"),
        ({"start_date": "2026-03-01"}, "time_window excludes", "report_meta"),
        ({"report": "reach_frequency", "time_window": None}, "takes time_window only", "report_meta"),
        ({"time_window": "flight_to_date", "order": ["campaign_id"]}, "takes no order", "report_meta"),
    ],
)
def test_what_t1_refuses_is_said_with_a_way_out(t1: MediaMathT1, options: dict[str, Any], said: str, hint: str) -> None:
    error = failed(t1, {**ONE, **options})
    assert isinstance(error, ProviderError)
    assert said in error.message
    assert hint in error.hint
    assert len(data_calls(t1)) == 1


def test_validate_says_what_report_would(t1: MediaMathT1) -> None:
    assert read(t1, "validate", ONE) == [{"report": "performance", "code": "ok"}]
    with pytest.raises(ProviderError, match="incorrect_predicates"):
        read(t1, "validate", {**ONE, "filter": ["campaign_id~1"]})


def test_a_cut_answer_is_an_error_that_names_the_line() -> None:
    with MediaMathT1(script={1: "cut"}) as t1:
        error = failed(t1, {**ONE, "time_rollup": "by_day"})
        assert isinstance(error, BodyError)
        assert "line 8 of the CSV has 3 values, not the 4" in error.message


def test_compressed_answers_are_the_same() -> None:
    with MediaMathT1(compress=True, trailing_blank_line=False) as t1:
        assert len(read(t1, "performance_daily", access_ids=["5001"])) == 13


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"dimension": ["campaign_id"]}, "dimension"),
        ({**ASKED, "time_window": "last_X_days"}, "time_window"),
        ({**ASKED, "time_rollup": "by_days"}, "by_day"),
        ({**ASKED, "precision": 9}, "precision"),
        ({**ASKED, "start_date": "2026-3-1"}, "start_date"),
        ({**ASKED, "filter": [{"field": "campaign_id", "equal": ["1"]}]}, "equal"),
        ({"metrics": ["clicks"]}, "dimensions"),
    ],
)
def test_wrong_options_are_refused_before_any_request(t1: MediaMathT1, options: dict[str, Any], said: str) -> None:
    with pytest.raises(SpecError, match=said):
        read(t1, "report", options)
    assert t1.calls == []
