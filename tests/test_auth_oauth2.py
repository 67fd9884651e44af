"""OAuth 2 against a token endpoint that is a function."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import pytest

from tapwright.auth.kind import Grant
from tapwright.errors import AuthError, ProviderError
from tapwright.request import Request
from tests.test_auth import REQUEST, Provider, answer, build, granted

URL = "https://auth.example.com/oauth2/token"
CLIENT = {"url": URL, "grant": "client_credentials", "client_id": "app", "client_secret": "s3cret"}
USER = {"url": URL, "grant": "password", "user": "me", "password": "pw"}
REFRESH = {"url": URL, "grant": "refresh_token", "client_id": "app", "refresh_token": "r1"}


def oauth2(words: dict[str, Any], **more: Any) -> Any:
    return build({"oauth2": {**words, **more}})


def gives(body: Any = None, status: int = 200) -> Provider:
    """A token endpoint that always answers so."""
    body = {"access_token": "t1", "expires_in": 3600} if body is None else body
    return lambda request: answer(request, body, status)


def asked(words: dict[str, Any], **more: Any) -> Request:
    return granted(oauth2(words, **more), gives())[0][0]


def lasts(body: dict[str, Any], **more: Any) -> float | None:
    return granted(oauth2(CLIENT, **more), gives({"access_token": "t1", **body}))[1].lasts


def test_client_credentials_ask_with_basic_and_a_form() -> None:
    request = asked(CLIENT)
    assert (request.method, request.url, request.form) == (
        "POST",
        URL,
        (("grant_type", "client_credentials"),),
    )
    assert b64decode(request.headers["Authorization"].removeprefix("Basic ")) == b"app:s3cret"


def test_the_token_signs_every_request() -> None:
    auth = oauth2(CLIENT)
    _, grant = granted(auth, gives())
    assert auth.sign(REQUEST, grant).headers["Authorization"] == "Bearer t1"


def test_the_token_can_go_elsewhere() -> None:
    auth = oauth2(CLIENT, header="X-Auth", prefix="Zoho-oauthtoken")
    assert auth.sign(REQUEST, Grant(values={"token": "t1"})).headers["X-Auth"] == "Zoho-oauthtoken t1"


def test_the_client_is_form_encoded_before_basic() -> None:
    request = asked(CLIENT, client_id="a:b", client_secret="c d+%é")
    assert b64decode(request.headers["Authorization"].split()[1]) == b"a%3Ab:c+d%2B%25%C3%A9"


def test_the_client_can_be_sent_raw() -> None:
    request = asked(CLIENT, client_secret="c+d/e=", client_in="header_raw")
    assert b64decode(request.headers["Authorization"].split()[1]) == b"app:c+d/e="


def test_the_client_can_go_into_the_body() -> None:
    request = asked(CLIENT, client_in="body")
    assert "Authorization" not in request.headers
    assert dict(request.form or ()) == {
        "grant_type": "client_credentials",
        "client_id": "app",
        "client_secret": "s3cret",
    }


def test_a_client_without_a_secret_goes_into_the_body() -> None:
    request = asked(REFRESH)
    assert "Authorization" not in request.headers
    assert dict(request.form or ()) == {
        "grant_type": "refresh_token",
        "refresh_token": "r1",
        "client_id": "app",
    }


def test_auth0_password_realm_is_words() -> None:
    realm = "http://auth0.com/oauth/grant-type/password-realm"
    extra = {"realm": "T1DB", "audience": "https://api.example.com/", "empty": ""}
    client = {"client_id": "c", "client_secret": "s", "client_in": "body"}
    request = asked(USER, send="json", grant_type=realm, extra=extra, scope="openid", **client)
    assert request.json == {
        "grant_type": realm,
        "username": "me",
        "password": "pw",
        "client_id": "c",
        "client_secret": "s",
        "scope": "openid",
        "realm": "T1DB",
        "audience": "https://api.example.com/",
    }


def test_the_fields_can_go_into_the_query() -> None:
    assert asked(USER, send="query").target == f"{URL}?grant_type=password&username=me&password=pw"


def test_another_token_can_be_taken() -> None:
    provider = gives({"data": {"id_token": "i1", "ttl": "600"}})
    _, grant = granted(oauth2(CLIENT, token="data.id_token", lasts="data.ttl"), provider)
    assert (grant.values, grant.lasts) == ({"token": "i1"}, 540)


def test_a_rotated_refresh_token_is_kept_and_used_next() -> None:
    auth = oauth2(REFRESH)
    _, grant = granted(auth, gives({"access_token": "t1", "refresh_token": "r2"}))
    assert grant.values == {"token": "t1", "refresh_token": "r2"}
    [request], _ = granted(auth.renewed(grant), gives())
    assert dict(request.form or ())["refresh_token"] == "r2"


def test_without_a_rotated_refresh_token_the_auth_stays() -> None:
    auth = oauth2(REFRESH)
    assert auth.renewed(granted(auth, gives())[1]) is auth


def test_a_password_auth_does_not_use_a_refresh_token() -> None:
    auth = oauth2(USER)
    assert auth.renewed(granted(auth, gives({"access_token": "t", "refresh_token": "r"}))[1]) is auth


def test_the_margin_is_taken_off() -> None:
    assert lasts({"expires_in": 3600}) == 3540
    assert lasts({"expires_in": "3600.0"}, margin_seconds=300) == 3300


def test_the_margin_leaves_a_short_token_usable() -> None:
    assert lasts({"expires_in": 20}) == 18


def test_a_token_without_its_life_has_the_default() -> None:
    assert lasts({}) == 3540
    assert lasts({"expires_in": None}, lasts_default_seconds=7200) == 7140


@pytest.mark.parametrize("life", ["2026-01-01", True, [1], "nan", "inf"])
def test_a_life_that_is_no_number_is_refused(life: object) -> None:
    with pytest.raises(AuthError, match="gave no number of seconds at 'expires_in'"):
        lasts({"expires_in": life})


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"error": "invalid_client", "error_description": "Unknown client"}, "Unknown client"),
        ({"error": "invalid_grant"}, "invalid_grant"),
        ({"message": "No such user"}, "No such user"),
        ({"error": {"code": 7, "message": "Blocked"}}, "Blocked"),
        ({"errors": [{"message": "Bad"}]}, "Bad"),
        ([{"userMessage": "Failed decoding"}], "Failed decoding"),
        ("<r><status>Login\n Incorrect</status></r>", "Login Incorrect"),
        ("nope", "nope"),
        ("", "an empty body"),
        ({}, "{}"),
    ],
)
def test_a_refusal_says_what_the_provider_says(body: Any, said: str) -> None:
    with pytest.raises(AuthError) as caught:
        granted(oauth2(CLIENT), gives(body, 401))
    assert caught.value.message == f"POST {URL} refused with status 401: {said}"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_broken_endpoint_is_not_the_credentials_fault(status: int) -> None:
    with pytest.raises(ProviderError) as caught:
        granted(oauth2(CLIENT), gives("busy", status))
    assert not isinstance(caught.value, AuthError)


@pytest.mark.parametrize("token", [{}, {"access_token": ""}, {"access_token": None}, {"access_token": {"a": 1}}])
def test_a_good_status_without_a_token_names_the_path(token: dict[str, Any]) -> None:
    with pytest.raises(AuthError, match="gave no token at 'access_token': Slow down"):
        granted(oauth2(CLIENT), gives({**token, "error": "Slow down"}))


def test_an_answer_that_is_not_json_is_quoted() -> None:
    with pytest.raises(AuthError) as caught:
        granted(oauth2(CLIENT), gives("<html> Sign in " + "very " * 99))
    assert caught.value.message.endswith("…")
    assert len(caught.value.message) < 160


def test_an_answer_that_is_not_json_does_not_give_its_token_away() -> None:
    with pytest.raises(AuthError) as caught:
        granted(oauth2(CLIENT), gives("access_token=abcdefgh12345678&scope=a"))
    assert "abcdefgh" not in str(caught.value)


def test_a_byte_order_mark_is_read_over() -> None:
    assert granted(oauth2(CLIENT), gives(b'\xef\xbb\xbf{"access_token":"t"}'))[1].values == {"token": "t"}


def test_secrets_are_told_before_and_after_the_grant() -> None:
    auth = oauth2(CLIENT)
    assert set(auth.secrets(Grant())) == {"s3cret", "YXBwOnMzY3JldA=="}
    _, grant = granted(auth, gives({"access_token": "t1", "refresh_token": "r2"}))
    assert set(auth.secrets(grant)) == {"s3cret", "YXBwOnMzY3JldA==", "t1", "r2"}


@pytest.mark.parametrize(
    ("words", "faults"),
    [
        ({"grant": "client_credentials"}, ["", ""]),
        ({"grant": "password", "user": "a"}, [""]),
        ({"grant": "refresh_token"}, [""]),
        ({**CLIENT, "user": "a", "password": "b"}, ["user", "password"]),
        ({**USER, "client_secret": "a"}, ["client_secret"]),
        (CLIENT, []),
        (USER, []),
        (REFRESH, []),
    ],
)
def test_words_that_do_not_fit_the_grant_are_faults(words: dict[str, Any], faults: list[str]) -> None:
    assert [key for key, _ in oauth2({"url": URL, **words}).faults()] == faults


def test_an_answer_without_the_token_is_told_by_its_members_not_their_values() -> None:
    with pytest.raises(AuthError, match="it holds access, expires_in") as raised:
        granted(oauth2(CLIENT), gives({"access": "short", "expires_in": 60}))
    assert "short" not in str(raised.value)
