"""Logins that give a token or a cookie."""

from __future__ import annotations

from typing import Any

import pytest

from tapwright.auth.kind import Grant
from tapwright.errors import AuthError
from tapwright.request import Request, Response
from tests.test_auth import REQUEST, Provider, answer, build, granted

URL = "https://api.example.com/login"
T1: dict[str, Any] = {
    "login": [
        {
            "url": "https://api.mediamath.com/api/v2.0/login",
            "form": {"user": "me", "password": "p&w", "api_key": "key"},
            "take": {"sid": {"cookie": "adama_session"}},
        }
    ],
    "put": {"cookies": {"adama_session": "{sid}"}},
    "lasts_seconds": 86400,
}


def session(words: dict[str, Any], **more: Any) -> Any:
    return build({"session": {**words, **more}})


def simple(take: dict[str, Any], put: dict[str, Any] | None = None, **more: Any) -> Any:
    """A session of one login that takes one value, called `it`."""
    put = {"headers": {"Authorization": "Token {it}"}} if put is None else put
    return session({"login": [{"url": URL, "take": {"it": take}}], "put": put}, **more)


def taken(take: dict[str, Any], provider: Provider) -> Any:
    return granted(simple(take), provider)[1].values["it"]


def t1(request: Request) -> Response:
    """T1's login: a cookie, and the same in XML; a wrong password under status 200."""
    if dict(request.form or ()).get("password") != "p&w":
        return answer(request, '<result><status code="invalid">Login Incorrect</status></result>')
    body = '<result><session sessionid="abc" expires="2026-01-02T00:00:00"/><status code="ok"/></result>'
    return answer(request, body, set_cookie="other=1; Path=/\nadama_session=abc; Path=/; HttpOnly")


def test_a_login_form_gives_a_cookie() -> None:
    auth = session(T1)
    [request], grant = granted(auth, t1)
    assert request.form == (("user", "me"), ("password", "p&w"), ("api_key", "key"))
    assert (grant.values, grant.lasts) == ({"sid": "abc"}, 86340)
    assert auth.sign(REQUEST, grant).cookies == {"adama_session": "abc"}


def test_a_login_takes_from_xml() -> None:
    auth = session({**T1, "login": [{**T1["login"][0], "take": {"sid": {"xpath": "/result/session/@sessionid"}}}]})
    assert granted(auth, t1)[1].values == {"sid": "abc"}


def test_a_bearer_gives_a_cookie_and_both_are_sent() -> None:
    def provider(request: Request) -> Response:
        if request.url.endswith("/token"):
            return answer(request, {"access_token": "t1"})
        assert (request.method, request.headers["Authorization"]) == ("GET", "Bearer t1")
        return answer(request, set_cookie="adama_session=abc")

    auth = session(
        {
            "login": [
                {
                    "url": "https://auth.example.com/token",
                    "json": {"u": "me"},
                    "take": {"token": {"json": "access_token"}},
                },
                {
                    "url": "https://api.example.com/api/v2.0/session",
                    "method": "GET",
                    "headers": {"Authorization": "Bearer {token}"},
                    "take": {"sid": {"cookie": "adama_session"}},
                },
            ],
            "put": {"headers": {"Authorization": "Bearer {token}"}, "cookies": {"adama_session": "{sid}"}},
        }
    )
    assert not list(auth.faults())
    _, grant = granted(auth, provider)
    request = auth.sign(REQUEST, grant)
    assert (request.headers["Authorization"], request.cookies) == ("Bearer t1", {"adama_session": "abc"})


def test_values_are_taken_from_anywhere() -> None:
    assert taken({"json": "data.token"}, lambda r: answer(r, {"data": {"token": "a"}})) == "a"
    assert taken({"header": "X-Token"}, lambda r: answer(r, x_token="b")) == "b"
    assert taken({"cookie": "c"}, lambda r: answer(r, set_cookie="c=old\nc=x=y; Secure")) == "x=y"
    assert taken({"xpath": "//*[local-name()='id']"}, lambda r: answer(r, '<a xmlns="u"><id> d </id></a>')) == "d"
    html = "<html><body><br><input name=csrf value=e></body></html>"

    def provider(r: Request) -> Response:
        return answer(r, html, content_type="text/html")

    assert taken({"xpath": "//input[@name='csrf']/@value"}, provider) == "e"


@pytest.mark.parametrize(
    ("take", "named", "body"),
    [
        ({"json": "data.token"}, "value at 'data.token'", {"message": "Wrong password"}),
        ({"json": "data"}, "value at 'data'", {"data": {"token": "a"}, "message": "Wrong password"}),
        ({"cookie": "sid"}, "cookie 'sid'", {"error": "Wrong password"}),
        ({"header": "X-Token"}, "header 'X-Token'", "Wrong password"),
        (
            {"xpath": "/result/session/@id"},
            "value at '/result/session/@id'",
            "<result>Wrong password</result>",
        ),
    ],
)
def test_a_missing_value_means_that_the_login_failed(take: dict[str, Any], named: str, body: Any) -> None:
    with pytest.raises(AuthError) as caught:
        taken(take, lambda request: answer(request, body))
    assert caught.value.message == f"POST {URL} gave no {named}, so the login failed: Wrong password"


def test_an_emptied_cookie_is_a_failed_login() -> None:
    with pytest.raises(AuthError, match="gave no cookie 'sid'"):
        taken({"cookie": "sid"}, lambda request: answer(request, set_cookie="sid=; Max-Age=0"))


@pytest.mark.parametrize(
    "failed",
    [
        {"xpath": "/result/status[@code != 'ok']"},
        {"text": "Login Inc"},
        {"status": 200, "text": "Login"},
        {"status": [200, 203]},
    ],
)
def test_a_failure_under_a_good_status_is_seen(failed: dict[str, Any]) -> None:
    words = {**T1, "login": [{**T1["login"][0], "form": {"user": "me"}}], "failed": failed}
    with pytest.raises(AuthError, match="refused: Login Incorrect"):
        granted(session(words), t1)


def test_a_failure_in_json_is_seen() -> None:
    auth = simple({"json": "token"}, failed={"body": "ok == `false`"})
    with pytest.raises(AuthError, match="refused: No"):
        granted(auth, lambda request: answer(request, {"ok": False, "token": "t", "message": "No"}))
    assert granted(auth, lambda request: answer(request, {"ok": True, "token": "t"}))[1].values == {"it": "t"}


def test_a_bad_status_is_refused_with_what_the_provider_says() -> None:
    with pytest.raises(AuthError, match="refused with status 403: Developer Inactive"):
        taken({"cookie": "sid"}, lambda request: answer(request, "<h1>Developer Inactive</h1>", 403))


def test_values_go_to_every_place() -> None:
    put = {
        "headers": {"Authorization": 'Token token="{it}"'},
        "params": {"key": "{it}"},
        "cookies": {"sid": "{it}"},
        "body": {"auth.id": "{it}"},
    }
    request = simple({"json": "id"}, put).sign(REQUEST, Grant(values={"it": 7}))
    assert request.headers["Authorization"] == 'Token token="7"'
    assert (request.params, request.cookies, request.json) == (
        (("key", "7"),),
        {"sid": "7"},
        {"auth": {"id": 7}},
    )


def test_a_later_request_uses_what_an_earlier_one_took() -> None:
    second = {
        "url": "https://x.example/{a}/in?x=1",
        "json": {"list": ["{a}", "-{a}-", "{other}", 1]},
        "params": {"p": "{a}"},
        "cookies": {"c": "{a}"},
        "take": {"b": {"json": "a"}},
    }
    words = {
        "login": [{"url": URL, "take": {"a": {"json": "a"}}}, second],
        "put": {"params": {"k": "{a}{b}"}},
    }
    asked, _ = granted(session(words), lambda request: answer(request, {"a": "y/z"}))
    assert asked[1].target == "https://x.example/y%2Fz/in?x=1&p=y%2Fz"
    assert (asked[1].json, asked[1].cookies) == ({"list": ["y/z", "-y/z-", "{other}", 1]}, {"c": "y/z"})


def test_a_taken_address_is_asked_as_it_is() -> None:
    words = {
        "login": [
            {"url": URL, "take": {"at": {"json": "at"}}},
            {"url": "{at}/token", "method": "GET", "take": {"t": {"json": "at"}}},
        ],
        "put": {"headers": {"A": "{t}"}},
    }
    asked, _ = granted(session(words), lambda request: answer(request, {"at": "https://eu.example.com"}))
    assert asked[1].url == "https://eu.example.com/token"


def test_a_login_may_send_basic_or_text() -> None:
    login = {
        "url": URL,
        "basic": {"user": "u", "password": "p"},
        "text": "<login/>",
        "take": {"t": {"json": "t"}},
    }
    auth = session({"login": [login], "put": {"headers": {"A": "{t}"}}})
    [request], grant = granted(auth, lambda request: answer(request, {"t": "v"}))
    assert (request.headers["Authorization"], request.text, request.json) == ("Basic dTpw", "<login/>", None)
    assert set(auth.secrets(grant)) == {"v", "p", "dTpw"}


def test_a_session_lasts_as_long_as_its_answer_says() -> None:
    take = {"t": {"json": "t"}, "life": {"json": "life", "secret": False}}
    auth = session({"login": [{"url": URL, "take": take}], "put": {"headers": {"A": "{t}"}}, "lasts": "life"})
    _, grant = granted(auth, lambda request: answer(request, {"t": "v", "life": "1000"}))
    assert (grant.lasts, auth.secrets(grant)) == (940, ("v",))
    with pytest.raises(AuthError, match="what the login took as 'life' is no number of seconds"):
        granted(auth, lambda request: answer(request, {"t": "v", "life": "soon"}))


def test_a_session_without_a_life_lasts_until_it_is_refused() -> None:
    assert granted(simple({"json": "t"}), lambda request: answer(request, {"t": "v"}))[1].lasts is None


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"login": []}, ("login", "name at least one request that logs in")),
        (
            {"put": {"params": {"k": "{sdi}"}}},
            ("put", "'{sdi}' stands for nothing that 'login' takes; it takes sid"),
        ),
        ({"lasts": "life"}, ("lasts", "no request of 'login' takes a value named 'life'")),
        ({"lasts": "sid"}, ("lasts_seconds", "'lasts' says it already")),
        (
            {"login": [{"url": URL, "headers": {"A": "{b}"}, "take": {"sid": {"json": "a"}}}]},
            ("login", f"'{{b}}' in {URL} stands for nothing that an earlier request takes"),
        ),
    ],
)
def test_words_that_do_not_fit_are_faults(change: dict[str, Any], fault: tuple[str, str]) -> None:
    assert fault in list(session({**T1, **change}).faults())


def test_what_a_session_holds_has_faults_of_its_own() -> None:
    auth = session(
        {
            "login": [
                {
                    "url": URL,
                    "method": "GET",
                    "form": {},
                    "json": 1,
                    "take": {"a": {"json": "a", "cookie": "b"}, "b": {}},
                }
            ],
            "put": {},
        }
    )
    login = auth.login[0]
    assert [key for part in (login, *login.take.values(), auth.put) for key, _ in part.faults()] == [
        "json",
        "form",
        "cookie",
        "",
        "",
    ]


def test_a_template_is_no_placeholder() -> None:
    words = {**T1, "login": [{**T1["login"][0], "headers": {"A": "{{config.a}}"}}]}
    assert not list(session(words).faults())
