"""Auths that need no conversation, and what holds for every auth."""

from __future__ import annotations

import inspect
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
import pytest
import yaml

from tapwright.auth import AUTH
from tapwright.auth.kind import Auth, Grant
from tapwright.body import Body
from tapwright.errors import AuthError
from tapwright.language import build as build_words
from tapwright.language import check, one_of, read, schema_of
from tapwright.language.docstrings import attribute_docs
from tapwright.request import Request, Response

REQUEST = Request(url="https://api.example.com/items", headers={"Accept": "application/json"})
Provider = Callable[[Request], Response]


@dataclass(frozen=True, kw_only=True)
class Spot:
    """Where a spec says how to be authorised."""

    auth: Annotated[Auth, one_of(AUTH)]


def build(words: Mapping[str, Any]) -> Any:
    """Build an auth from YAML, as a spec does."""
    document = read(yaml.safe_dump({"auth": dict(words)}, sort_keys=False), "spec.yaml")
    assert not check(document, schema_of(Spot), {})
    return build_words(Spot, document.data).auth


def answer(request: Request, body: Any = b"", status: int = 200, **headers: str) -> Response:
    """Answer with bytes or text as they are, anything else as JSON."""
    data = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else msgspec.json.encode(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(request=request, status=status, headers=named, body=Body.of(data))


def granted(auth: Auth, provider: Provider) -> tuple[list[Request], Grant]:
    """Let an auth ask a provider for credentials; return what it asked, and the grant."""
    flow = auth.grant()
    asked: list[Request] = []
    assert flow is not None
    request = next(flow)
    while True:
        asked.append(request)
        try:
            request = flow.send(provider(request))
        except StopIteration as end:
            return asked, end.value


def signed(words: Mapping[str, Any], request: Request = REQUEST) -> Request:
    auth: Auth = build(words)
    return auth.sign(request, Grant())


def test_none_changes_nothing() -> None:
    assert signed({"none": {}}) == REQUEST


def test_bearer_goes_into_the_authorization_header() -> None:
    assert signed({"bearer": {"token": "t0k"}}).headers == {
        "Accept": "application/json",
        "Authorization": "Bearer t0k",
    }


@pytest.mark.parametrize(("prefix", "value"), [("Token", "Token t0k"), ("", "t0k")])
def test_bearer_takes_another_header_and_prefix(prefix: str, value: str) -> None:
    words = {"bearer": {"token": "t0k", "header": "X-Token", "prefix": prefix}}
    assert signed(words).headers["X-Token"] == value


def test_bearer_drops_a_line_break_at_the_end_of_its_token() -> None:
    assert signed({"bearer": {"token": "t0k\n"}}).headers["Authorization"] == "Bearer t0k"


def test_bearer_refuses_an_empty_token() -> None:
    with pytest.raises(AuthError, match="the bearer token is empty"):
        signed({"bearer": {"token": " "}})


def test_api_key_goes_into_a_header() -> None:
    words = {"api_key": {"key": "k", "name": "PERFECTO-AUTHORIZATION"}}
    assert signed(words).headers["PERFECTO-AUTHORIZATION"] == "k"


def test_api_key_goes_into_the_query_once() -> None:
    words = {"api_key": {"key": "k&", "name": "key", "place": "query"}}
    assert signed(words, Request(url="https://x.example/?key=old&a=1")).target == "https://x.example/?a=1&key=k%26"


def test_api_key_goes_into_a_cookie() -> None:
    assert signed({"api_key": {"key": "k", "name": "sid", "place": "cookie"}}).cookies == {"sid": "k"}


def test_api_key_refuses_an_empty_key_and_a_missing_name() -> None:
    with pytest.raises(AuthError, match="the API key for 'k' is empty"):
        signed({"api_key": {"key": "", "name": "k"}})
    assert [key for key, _ in build({"api_key": {"key": "a", "name": " "}}).faults()] == ["name"]


@pytest.mark.parametrize(("password", "plain"), [("p:wörd", "me:p:wörd"), (None, "me:")])
def test_basic_encodes_user_and_password(password: str | None, plain: str) -> None:
    words = {"basic": {"user": "me"} | ({"password": password} if password else {})}
    assert signed(words).headers["Authorization"] == f"Basic {b64encode(plain.encode()).decode()}"


def test_basic_refuses_a_colon_in_the_user() -> None:
    with pytest.raises(AuthError, match="holds a colon"):
        signed({"basic": {"user": "a:b", "password": "c"}})


@pytest.mark.parametrize(
    ("words", "secrets"),
    [
        ({"bearer": {"token": "t0k"}}, {"t0k"}),
        ({"api_key": {"key": "k", "name": "n"}}, {"k"}),
        ({"basic": {"user": "u", "password": "p"}}, {"p", "dTpw"}),
        ({"basic": {"user": "key"}}, {"key", "a2V5Og=="}),
        ({"none": {}}, set()),
    ],
)
def test_secrets_are_told(words: Mapping[str, Any], secrets: set[str]) -> None:
    assert set(build(words).secrets(Grant())) == secrets


@pytest.mark.parametrize("name", ["api_key", "basic", "bearer", "none"])
def test_only_conversations_ask_for_a_grant(name: str) -> None:
    words = {
        "api_key": {"key": "k", "name": "n"},
        "basic": {"user": "u"},
        "bearer": {"token": "t"},
        "none": {},
    }
    assert build({name: words[name]}).grant() is None


def test_the_registry_is_sorted() -> None:
    assert list(AUTH) == sorted(AUTH)


@pytest.mark.parametrize("name", AUTH)
def test_every_example_is_words_without_fault(name: str) -> None:
    doc = inspect.cleandoc(AUTH[name].__doc__ or "")
    auth = build(yaml.safe_load(inspect.cleandoc(doc.partition("Example::\n")[2])))
    assert type(auth) is AUTH[name]
    assert not list(auth.faults())


@pytest.mark.parametrize("name", AUTH)
def test_every_key_says_what_it_is_for(name: str) -> None:
    docs = attribute_docs(AUTH[name])
    assert all(docs.get(key) for key in AUTH[name].__dataclass_fields__)
