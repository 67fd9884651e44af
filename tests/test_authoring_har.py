"""`new --from` a browser's session: lists become streams, and nothing that lets somebody in is written."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import pytest

from tapwright import Source
from tapwright.authoring.credentials import is_credential, is_value, path_of
from tapwright.authoring.draft import Draft, save
from tapwright.authoring.new import new_spec
from tapwright.errors import TargetError
from tests.authoring.providers import Larkspur
from tests.providers.loopback import Call

CANARY = "c4nary-S3cret/Key+1"
ITEMS = [{"id": 1, "name": "One", "made_at": "2026-01-01T00:00:00Z"}, {"id": 2, "name": None}]


def entry(url: str, body: Any, *, sent: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
    """One entry, as browsers write them."""
    asked = {"method": "GET", "url": url, "headers": [{"name": n, "value": v} for n, v in (sent or {}).items()]}
    content = {"mimeType": "application/json", "text": body if isinstance(body, str) else json.dumps(body)}
    return {"request": asked | more.pop("request", {}), "response": {"status": 200, "content": content} | more}


def draft(folder: Path, *entries: Any, url: str | None = None) -> Draft:
    path = folder / "session.har"
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": entries}}))
    made = new_spec("acme", str(path), url=url)
    assert save(made, folder / "acme.yaml", force=True) == []
    return made


def test_a_session_becomes_a_spec_that_reads_everything(tmp_path: Path) -> None:
    with Larkspur() as provider:
        asked = [
            "books?page=1&per_page=20",
            "books?page=2&per_page=20",
            "books/7/loans?page=1",
            "books/14/loans",
            "branches",
        ]
        entries = []
        for each in asked:
            url = f"{provider.url}/v2/{each}"
            parts = urlsplit(url)
            call = Call(
                method="GET",
                path=parts.path,
                raw_query=parts.query,
                query=tuple(parse_qsl(parts.query)),
                headers={},
                body=b"",
            )
            body = provider.page(call).body
            assert isinstance(body, bytes)
            entries.append(entry(url, body.decode(), sent={"X-Api-Key": "k-larkspur"}))
        made = draft(tmp_path, *entries)
        assert list(made.data["streams"]) == ["books", "loans", "branches"]
        assert made.data["streams"]["books"]["paginate"]["page"]["total_pages"] == "meta.total_pages"
        source = Source(tmp_path / "acme.yaml", provider.config)
        for stream, sent in provider.records().items():
            assert len(list(source.read(stream))) == len(sent)


def test_what_lets_somebody_in_is_asked_for_and_not_written(tmp_path: Path) -> None:
    host = "https://api.acme.example"
    token = base64.b64encode(f"ada:{CANARY}".encode()).decode()
    headers = [
        {"Authorization": f"Bearer {CANARY}"},
        {"Authorization": f"Basic {token}"},
        {"X-Api-Key": CANARY, "Accept": "*/*"},
        {"Cookie": f"theme=dark; sid={CANARY}; other={CANARY}9"},
        {},
    ]
    urls = [
        f"{host}/items?api_key={quote(CANARY)}&sort=name",
        f"{host}/items/{quote(CANARY, safe='')}/parts?code={quote(CANARY)}&q=ada@acme.example",
        f"{host}/items?token={quote(CANARY, safe='')}&limit=20",
        f"{host}/things?filter={quote(CANARY)}&days=7",
    ]
    for given in headers:
        cookie = {"headers": [{"name": "Set-Cookie", "value": f"session={CANARY}; Path=/"}]}
        made = draft(tmp_path, *(entry(url, ITEMS, sent=given, **cookie) for url in urls))
        said = made.text + json.dumps([made.look, [vars(note) for note in made.streams]])
        for form in (CANARY, quote(CANARY), quote(CANARY, safe=""), token, "ada@acme.example", "dark"):
            assert form not in said
        assert all(
            words.get("writeOnly") for name, words in made.data["config"].items() if name not in ("base_url", "user")
        )
    assert made.data["api"]["auth"] == [
        {"api_key": {"key": "{{ config.api_key }}", "name": "api_key", "place": "query"}},
        {"api_key": {"key": "{{ config.code }}", "name": "code", "place": "query"}},
        {"api_key": {"key": "{{ config.token }}", "name": "token", "place": "query"}},
    ]


def test_a_session_of_cookies_asks_for_the_cookie_header(tmp_path: Path) -> None:
    made = draft(tmp_path, entry("https://acme.example/items", {"items": ITEMS}, sent={"Cookie": "sid=1"}))
    assert made.data["api"]["auth"] == {"api_key": {"key": "{{ config.cookie }}", "name": "Cookie"}}


def test_parameters_that_were_always_the_same_are_sent_again(tmp_path: Path) -> None:
    urls = [
        f"https://acme.example/items?view=full&sort={sort}&page={page}&_=177{page}"
        for page, sort in ((1, "name"), (2, "size"))
    ]
    stream = draft(tmp_path, *(entry(url, {"items": ITEMS}) for url in urls)).data["streams"]["items"]
    assert stream["options"] == {
        "view": {"type": "string", "default": "full"},
        "sort": {"type": "string", "default": None, "examples": ["size"]},
    }
    assert stream["paginate"] == {"page": {"param": "page"}}
    assert stream["fields"] == {"id": {"type": "integer"}, "name": {}, "made_at": {"type": "datetime"}}


def test_the_host_that_gave_the_most_is_read_unless_another_is_named(tmp_path: Path) -> None:
    entries = [
        entry("https://a.example/x", ITEMS),
        entry("https://a.example/y", ITEMS),
        entry("https://b.example:8443/z", ITEMS),
    ]
    made = draft(tmp_path, *entries)
    assert made.data["config"]["base_url"]["default"] == "https://a.example"
    assert (
        made.look[0] == "other hosts that gave lists, each for a spec of its own with --url: https://b.example:8443 (1)"
    )
    assert list(draft(tmp_path, *entries, url="https://b.example:8443/z").data["streams"]) == ["z"]
    with pytest.raises(TargetError, match=r"no list came from https://c\.example"):
        draft(tmp_path, *entries, url="https://c.example")


def test_what_is_no_list_in_json_is_passed_over(tmp_path: Path) -> None:
    packed = {"content": {"text": base64.b64encode(json.dumps(ITEMS).encode()).decode(), "encoding": "base64"}}
    post = entry("https://a.example/find", {"items": ITEMS}, request={"method": "POST"})
    odd = [
        None,
        {},
        {"request": 1},
        entry("ftp://x", ITEMS),
        entry("https://a.example/h", "<html>"),
        entry("https://[", ITEMS),
    ]
    failed = entry("https://a.example/failed", ITEMS, status=500)
    made = draft(
        tmp_path,
        entry("https://a.example/x", "", **packed),
        post,
        failed,
        *odd,
        entry("https://a.example/me", {"id": 1}),
    )
    assert list(made.data["streams"]) == ["x"]
    assert made.look[0] == "lists that were asked for by POST are not in the spec: POST /find"
    with pytest.raises(TargetError, match="none of its 1 requests"):
        draft(tmp_path, post | {"response": {}})


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("/users/17/posts/5", "/users/{user_id}/posts/{post_id}"),
        ("/v2/orders/0b2f3c1e-1111-4222-8333-444455556666", "/v2/orders/{order_id}"),
        ("/customers/cus_Nf9r1FeUfNV2Hi/charges", "/customers/{customer_id}/charges"),
        ("/hooks/T0AbCdEf9GhIjKlMn0/run", "/hooks/{hook_id}/run"),
        ("/people/ada%40acme.example", "/people/{person_id}"),
        ("/api/v1.2/sales-reports/by_day", "/api/v1.2/sales-reports/by_day"),
        ("/1/2/3", "/{id}/{id_2}/{id_2_2}"),
    ],
)
def test_paths_with_ids(path: str, written: str) -> None:
    assert path_of([path])[path] == written.replace("person", "people")


@pytest.mark.parametrize(
    ("name", "value", "is_one"),
    [
        ("Authorization", "x", True),
        ("X-CSRF-Token", "x", True),
        ("apikey", "x", True),
        ("X-Amz-Signature", "x", True),
        ("key", "AIzaSyD1234567890abcdef", True),
        ("key", "name", False),
        ("state", "open", False),
        ("page_token", "CAUQAA1234567890abcdef", False),
        ("Accept-Language", "en", False),
        ("sort_key", "price", False),
    ],
)
def test_what_is_a_credential(name: str, value: str, is_one: bool) -> None:
    assert is_credential(name, value) is is_one


@pytest.mark.parametrize("value", ["full", "name_asc", "OPEN", "2026-01-31", "50", "updatedAt"])
def test_plain_words_are_values(value: str) -> None:
    assert is_value(value)


@pytest.mark.parametrize("value", ["4111111111111111", "ada@acme.example", "Ada Lovelace", "a1b2c3", "", "x" * 41])
def test_what_may_be_somebodys_is_no_value(value: str) -> None:
    assert not is_value(value)
