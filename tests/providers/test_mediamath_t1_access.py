"""Who the loopback T1 server lets in, and what it answers when it fails on purpose."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree

import pytest
import requests

from tests.providers.mediamath_t1 import MediaMathT1
from tests.providers.mediamath_t1_client import get, login, status, token
from tests.providers.mediamath_t1_sessions import API_KEY, PASSWORD, PASSWORD_REALM, USER


@pytest.fixture(scope="module")
def t1() -> Iterator[MediaMathT1]:
    with MediaMathT1() as server:
        yield server


@pytest.fixture(scope="module")
def cookie(t1: MediaMathT1) -> dict[str, str]:
    return login(t1)


def test_login_answers_a_session_of_one_day(t1: MediaMathT1) -> None:
    query = {"api_key": API_KEY}
    form = {"user": USER, "password": PASSWORD}
    answer = requests.post(f"{t1.url}/api/v2.0/login", params=query, data=form)
    session = ElementTree.fromstring(answer.content).find("session")
    assert session is not None
    assert session.attrib["current_time"] == "2026-03-15T12:00:00"
    assert session.attrib["expires"] == "2026-03-16T12:00:00"
    assert session.attrib["sessionid"] == answer.cookies["adama_session"]
    checked = requests.get(f"{t1.url}/api/v2.0/session", params=query, cookies=answer.cookies.get_dict())
    assert checked.status_code == 200


def test_login_speaks_json_when_asked(t1: MediaMathT1) -> None:
    accept = {"Accept": "application/vnd.mediamath.v1+json"}
    form = {"user": USER, "password": PASSWORD, "api_key": API_KEY}
    answer = requests.post(f"{t1.url}/api/v2.0/login", data=form, headers=accept)
    assert answer.json()["data"]["session"]["sessionid"] == answer.cookies["adama_session"]
    bare = requests.get(f"{t1.url}/api/v2.0/session?api_key={API_KEY}", headers=accept)
    assert (bare.status_code, bare.json()) == (401, {"meta": {"status": "auth_required"}})


def test_wrong_password_is_an_auth_error(t1: MediaMathT1) -> None:
    form = {"user": USER, "password": "wrong"}
    answer = requests.post(f"{t1.url}/api/v2.0/login?api_key={API_KEY}", data=form)
    assert status(answer) == (401, "auth_error", "")


@pytest.mark.parametrize("key", ["", "?api_key=wrong"])
def test_wrong_api_key_stops_at_the_gateway(t1: MediaMathT1, cookie: dict[str, str], key: str) -> None:
    answer = requests.get(f"{t1.url}/reporting/v1/std/meta{key}", headers=cookie)
    assert (answer.status_code, answer.text) == (403, "<h1>Developer Inactive</h1>")
    assert answer.headers["X-Mashery-Error-Code"] == "ERR_403_DEVELOPER_INACTIVE"


def test_no_session_is_auth_required(t1: MediaMathT1) -> None:
    assert status(get(t1, "meta")) == (401, "auth_required", "not_logged_in")


def test_every_grant_gives_a_bearer(t1: MediaMathT1) -> None:
    user = {"username": USER, "password": PASSWORD}
    realm = {"grant_type": PASSWORD_REALM, "realm": "MediaMathActiveDirectory", "scope": "openid", **user}
    for body in (realm, {"grant_type": "password", **user}, {}):
        told = token(t1, **body).json()
        assert told["expires_in"] == 86400
        assert get(t1, "meta", Authorization=f"Bearer {told['access_token']}").status_code == 200
    assert token(t1, client_secret="wrong").status_code == 401
    assert token(t1, grant_type="password", **user | {"password": "wrong"}).status_code == 403


def test_both_bearer_and_cookie_can_be_required() -> None:
    with MediaMathT1(require_both=True) as t1:
        bearer = {"Authorization": f"Bearer {token(t1).json()['access_token']}"}
        session = requests.get(f"{t1.url}/api/v2.0/session?api_key={API_KEY}", headers=bearer)
        cookie = {"Cookie": f"adama_session={session.cookies['adama_session']}"}
        assert [get(t1, "meta", **h).status_code for h in (bearer, cookie, bearer | cookie)] == [
            401,
            401,
            200,
        ]


def test_sessions_expire_after_their_calls() -> None:
    with MediaMathT1(session_calls=2) as t1:
        headers = login(t1)
        assert [get(t1, "meta", **headers).status_code for _ in range(3)] == [200, 200, 401]
        assert get(t1, "meta", **login(t1)).status_code == 200


def test_a_script_says_which_calls_fail() -> None:
    words = ["over_qps", "error", "request_timeout", "unavailable", "throttled", "xml_200", "logged_out"]
    with MediaMathT1(script=dict(enumerate(words, 1)), retry_after="2") as t1:
        headers = login(t1)
        qps = get(t1, "meta", **headers)
        assert (qps.status_code, qps.text) == (403, "<h1>Developer Over Qps</h1>")
        assert qps.headers["X-Mashery-Error-Code"] == "ERR_403_DEVELOPER_OVER_QPS"
        assert qps.headers["Retry-After"] == "2"
        codes = [status(get(t1, "meta", **headers))[:2] for _ in range(3)]
        assert codes == [(500, "error"), (500, "request_timeout"), (503, "unavailable")]
        assert get(t1, "meta", **headers).status_code == 429
        assert status(get(t1, "meta", **headers)) == (200, "auth_required", "not_logged_in")
        assert get(t1, "meta", **headers).status_code == 401
        assert get(t1, "meta", **login(t1)).status_code == 200
