"""`tapwright plan`: what a run would ask first, without asking."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tapwright.library import listed
from tapwright.load import load_spec
from tests.authoring.desk import Desk
from tests.providers.loopback import Answer, Call, Provider

ROOT = Path(__file__).parents[1]
SPEC = """
tapwright: 1
name: shop
title: Shop
config:
  base_url: {type: string, format: uri, default: https://api.shop.example/v1}
  user: {type: string}
  password: {type: string, writeOnly: true}
  start_date: {type: string, format: date}
api:
  url: "{{ config.base_url }}"
  auth: {basic: {user: "{{ config.user }}", password: "{{ config.password }}"}}
  headers: {X-Client: tapwright}
streams:
  orders:
    title: Orders
    request: {path: /orders, params: {since: "{{ slice.start | date }}", q: "{{ options.q }}", kind: [a b, c]}}
    options: {q: {type: string, default: null}}
    paginate: {page: {param: page, size: {param: per_page, value: 50}}}
    records: {json: {at: data}}
    fields: {id: {type: integer}, at: {type: datetime}}
    incremental: {cursor: at, start: "{{ config.start_date }}", window: 1 month}
  lines:
    request:
      path: /orders/{{ slice.order }}/lines
      method: POST
      json: {of: {order: "{{ slice.order }}"}, all: true}
    for_each: [{parent: {stream: orders, take: {order: id}}}]
"""
NOW = ("--now", "2026-11-20T08:00:00Z")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Desk:
    return Desk(tmp_path, monkeypatch, capfdbinary)


@pytest.fixture
def unplugged(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a plan asks nobody")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def test_a_plan_shows_the_request_as_sent_and_each_template_beside_its_value(desk: Desk, unplugged: None) -> None:
    desk.spec("shop", SPEC)
    ran = desk.run("plan", "shop", "-S", "orders", "-c", "start_date=2026-11-01", *NOW)
    assert ran.code == 0
    assert ran.out.partition("\n\n")[0] == "Shop (shop) as of 2026-11-20T08:00:00+0000; nothing is sent"
    assert (
        ran.out[ran.out.index("every request") :]
        == """\
every request: Accept: */*; Accept-Encoding: gzip, deflate; User-Agent: tapwright/0.1.0

orders: Orders
  one slice for each window of 1 month
  1 slice; the first: 2026-11-01..2026-11-20T08:00
  GET https://api.shop.example/v1/orders
      ?since=2026-11-01
      &kind=a%20b
      &kind=c
      &per_page=50
      &page=1
    X-Client: tapwright
    Authorization: Basic ***
    url = {{ config.base_url }} -> https://api.shop.example/v1
    params.since = {{ slice.start | date }} -> 2026-11-01
    params.q = {{ options.q }} -> not sent
    auth.user = {{ config.user }} -> USER
    auth.password = {{ config.password }} -> ***
    incremental.start = {{ config.start_date }} -> 2026-11-01
    incremental.end = {{ now }} -> 2026-11-20T08:00:00+00:00
  then  the next page by page: {param: page, size: {param: per_page, value: 50}}
"""
    )


def test_an_address_that_no_request_can_go_to_is_a_problem(desk: Desk, unplugged: None) -> None:
    desk.spec("shop", SPEC.replace("format: uri, ", ""))
    for address in ("api.shop.example", "ftp://api.shop.example", "https://[shop", "https://api.shop.example:8x"):
        ran = desk.run("plan", "shop", "-S", "orders", "-c", f"base_url={address}", *NOW)
        assert (ran.code, ran.err) == (1, "")
        assert f"'{address}/orders'" in ran.out
        assert "Write an address as https://api.example.com/v2." in ran.out


def test_an_address_made_up_in_part_is_shown_whatever_it_is(desk: Desk, unplugged: None) -> None:
    desk.spec(
        "shop", SPEC.replace("path: /orders/{{ slice.order }}/lines", 'url: "https://a.test:80{{ slice.order }}"')
    )
    ran = desk.run("plan", "shop", "-S", "lines", *NOW)
    assert (ran.code, ran.err) == (0, "")
    assert "  POST https://a.test:80ORDER/\n" in ran.out


def test_what_is_not_given_is_made_up_and_said_to_be(desk: Desk, unplugged: None) -> None:
    desk.spec("shop", SPEC)
    ran = desk.run("plan", "shop", *NOW)
    assert "not given, so these stand in:\n  user        USER\n  password    ***\n  start_date  2026-01-01\n" in ran.out
    assert (
        desk.run("plan", "shop", "-c", "user=u", "-c", "password=geheim", "-c", "start_date=2026-11-01").out.count(
            "stand in:"
        )
        == 0
    )


def test_what_is_given_must_be_right(desk: Desk) -> None:
    desk.spec("shop", SPEC)
    ran = desk.run("plan", "shop", "-c", "start_date=yesterday")
    assert (ran.code, ran.err.strip()) == (
        1,
        "config: start_date: 'yesterday' is not a date; write it as 2026-01-31",
    )
    assert desk.run("plan", "shop", "--now", "soon").code == 2


def test_a_parent_is_named_and_one_of_its_records_made_up(desk: Desk, unplugged: None) -> None:
    desk.spec("shop", SPEC)
    out = desk.run("plan", "shop", "-S", "lines", *NOW).out
    assert "one slice for each record of orders\n" in out
    assert "1 slice for one record of orders, which stands in here; the first: order=ORDER" in out
    assert "  POST https://api.shop.example/v1/orders/ORDER/lines\n" in out
    assert '      {\n        "of": {\n          "order": "ORDER"\n' in out
    assert "json.of.order = {{ slice.order }} -> ORDER" in out


def test_slices_are_listed_each_with_its_request(desk: Desk, unplugged: None) -> None:
    desk.spec("shop", SPEC)
    words = ("plan", "shop", "-S", "orders", "-c", "start_date=2026-09-15", *NOW)
    lines = desk.run(*words, "--slices").out.splitlines()[-6:]
    assert [line.split()[1] for line in lines[::2]] == [
        "2026-09-15..2026-10-15",
        "2026-10-15..2026-11-15",
        "2026-11-15..2026-11-20T08:00",
    ]
    assert "since=2026-10-15" in lines[3]
    requests = desk.run(*words, "--slices", "--json").json["tables"][0]["requests"]
    assert [request["slice"]["start"][:10] for request in requests] == ["2026-09-15", "2026-10-15", "2026-11-15"]


def test_json_holds_every_part_of_the_request(desk: Desk, unplugged: None) -> None:
    desk.spec("shop", SPEC)
    data = desk.run("plan", "shop", *NOW, "--json").json
    assert data["stand_ins"] == {"user": "USER", "password": "***", "start_date": "2026-01-01"}
    orders, lines = data["tables"]
    assert (orders["slices"]["count"], orders["problem"]) == (11, None)
    assert orders["requests"][0]["url"].endswith("?since=2026-01-01&kind=a%20b&kind=c&per_page=50&page=1")
    assert orders["requests"][0]["headers"]["Authorization"] == "Basic ***"
    assert orders["then"] == {"page": {"param": "page", "size": {"param": "per_page", "value": 50}}}
    assert (lines["requests"][0]["method"], lines["slices"]["parents"]) == ("POST", ["orders"])
    assert lines["requests"][0]["body"] == '{"of":{"order":"ORDER"},"all":true}'


def test_a_stream_that_cannot_be_asked_does_not_hide_the_others(desk: Desk, unplugged: None) -> None:
    desk.spec("shop", SPEC.replace("{{ slice.order }}/lines", "{{ slice.order | epoch }}/lines"))
    ran = desk.run("plan", "shop", *NOW)
    assert ran.code == 1
    assert "GET https://api.shop.example/v1/orders\n" in ran.out
    assert "'ORDER' is not a date or a time" in ran.out


def test_a_connector_is_planned_whose_environment_is_not_set(desk: Desk, unplugged: None) -> None:
    desk.spec("shop", SPEC)
    text = "spec: shop\nconfig: {user: '${NOBODY_SET_THIS}', password: '${NOR_THIS}', start_date: 2026-11-01}\n"
    (desk.folder / "connectors").mkdir()
    desk.file("connectors/mine.yaml", text + "streams: {mine: {stream: orders, options: {q: tea}}}\n")
    out = desk.run("plan", "connectors/mine.yaml", *NOW).out
    assert "  user      USER\n  password  ***\n" in out
    assert "mine (stream orders): Orders" in out
    assert "params.q = {{ options.q }} -> tea" in out


@pytest.mark.parametrize("name", listed("specs"))
def test_every_spec_can_be_planned_with_its_docs_alone(desk: Desk, unplugged: None, name: str) -> None:
    more = ("-c", "database=shop") if name == "datasette" else ()  # it needs none, but for reading one table
    ran = desk.run("plan", name, *NOW, "--json", *more)
    assert (ran.code, ran.err) == (0, "")
    planned = {table["stream"]: table for table in ran.json["tables"]}
    assert list(planned) == list(load_spec(listed("specs")[name]).streams)
    assert all(table["requests"] for table in planned.values())


@pytest.mark.parametrize("name", listed("connectors"))
def test_every_connector_can_be_planned(desk: Desk, unplugged: None, name: str) -> None:
    assert desk.run("plan", name, *NOW).code == 0


# --- secrets

SECRET = "gh+p/ä 7Z%canary"
EVERYWHERE = """
tapwright: 1
name: spill
title: Spill
config: {secret: {type: string, writeOnly: true}, plain: {type: string, default: public}}
api:
  url: https://api.spill.example/{{ config.secret }}
  auth:
    - basic: {user: "{{ config.plain }}", password: "{{ config.secret }}"}
    - api_key: {key: "{{ config.secret }}", name: key, place: query}
    - api_key: {key: "{{ config.secret }}", name: X-Key}
    - api_key: {key: "{{ config.secret }}", name: sid, place: cookie}
    - oauth2:
        url: https://api.spill.example/token
        grant: client_credentials
        client_id: me
        client_secret: "{{ config.secret }}"
        header: X-Token
    - session:
        login: [{url: "https://api.spill.example/login", json: {pass: "{{ config.secret }}"}, take: {s: {json: s}}}]
        put: {params: {s: "{s}"}}
streams:
  json:
    request: {method: POST, json: {deep: ["a {{ config.secret }} b"]}, params: {b: "{{ config.secret | base64 }}"}}
  form:
    request:
      method: POST
      form: {f: "{{ config.secret }}"}
      headers: {X-H: "x{{ config.secret | percent_encode }}"}
  text:
    request: {method: POST, text: "<p>{{ config.secret }}</p>"}
    for_each: [{list: {name: n, in: ["{{ config.secret }}"]}}]
"""


@pytest.mark.parametrize("how", [(), ("--json",), ("--slices",), ("--curl",)], ids=str)
def test_a_secret_comes_out_nowhere(desk: Desk, unplugged: None, how: tuple[str, ...]) -> None:
    desk.spec("spill", EVERYWHERE)
    ran = desk.run("plan", "spill", "-c", f"secret={SECRET}", *how)
    assert ran.code == 0
    assert_no_secret(ran.both)
    assert "public" in ran.both or how in (("--slices",), ("--curl",))


def assert_no_secret(text: str) -> None:
    """No form of the secret is in a text: as it is, percent-encoded, in Base64, escaped."""
    from tapwright.mask import Mask

    mask = Mask()
    mask.add(SECRET)
    assert mask.hide(text) == text
    assert "canary" not in text


# --- curl


class Echo(Provider):
    """Answers everything with an empty page."""

    def answer(self, call: Call) -> Answer:
        return Answer(headers={"Content-Type": "application/json"}, body=b'{"data": []}')


@pytest.fixture
def echo() -> Iterator[Echo]:
    with Echo() as server:
        yield server


CURLED = """
tapwright: 1
name: curled
title: Curled
config: {base_url: {type: string}, user: {type: string}, password: {type: string, writeOnly: true}}
api:
  url: "{{ config.base_url }}"
  auth:
    - basic: {user: "{{ config.user }}", password: "{{ config.password }}"}
    - api_key: {key: "{{ config.password }}", name: key, place: query}
streams:
  plain: {request: {path: "/it's here", params: {a: "b c", "d[]": [1, 2]}, headers: {X-It: it's}}}
  form: {request: {path: /f, method: POST, form: {"x y": "1 & 2", p: "{{ config.password }}"}}}
  json: {request: {path: /j, method: PUT, json: {q: "it's \\"so\\"", p: "{{ config.password }}"}}}
"""


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_a_curl_command_asks_what_the_run_asks(desk: Desk, echo: Echo) -> None:
    desk.spec("curled", CURLED)
    words = ("curled", "-c", f"base_url={echo.url}", "-c", "user=me", "-c", "password=pa55 &'w$rd")
    script = desk.run("plan", *words, "--curl").out
    assert "$rd" not in script
    environment = {"PATH": os.environ["PATH"], "CURLED_PASSWORD": "pa55 &'w$rd"}
    subprocess.run(["bash", "-e"], input=script.encode(), env=environment, check=True, capture_output=True, timeout=60)
    curled = [told(call) for call in echo.calls]
    echo.calls.clear()
    assert desk.run("run", *words, "--to", "jsonl:-", "--workers", "1").code == 0
    assert curled == [told(call) for call in echo.calls]


def told(call: Call) -> tuple[object, ...]:
    """What of a call must be the same however it was made."""
    kept = {name: call.headers.get(name) for name in ("authorization", "content-type", "x-it")}
    body = re.sub(rb"%20|\+", b"+", call.body)
    return call.method, call.path, sorted(call.query), kept, body


def test_what_a_login_would_give_is_a_variable_too(desk: Desk, unplugged: None) -> None:
    out = desk.run("plan", "rokt", "-S", "account_summary", "--curl").out
    first, second = out.split("\n\n")
    assert first.startswith("# before, for TOKEN\n")
    assert """--user "$ROKT_APP_ID"':'"$ROKT_APP_SECRET\"""" in first
    assert "--header 'Authorization: Bearer '\"$TOKEN\"" in second


def test_a_terminal_gets_colours_and_a_pipe_gets_none(desk: Desk) -> None:
    desk.spec("shop", SPEC)
    words = [sys.executable, "-m", "tapwright", "plan", "shop", "-S", "orders", *NOW]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "engine"), "TERM": "xterm-256color"}
    environment.pop("NO_COLOR", None)
    piped = subprocess.run(words, env=environment, capture_output=True, check=True, timeout=60).stdout
    terminal, end = os.openpty()
    subprocess.run(words, env=environment, stdout=end, check=True, timeout=60)
    os.close(end)
    shown = b""
    while not shown.endswith(b"value: 50}}\r\n"):
        shown += os.read(terminal, 65_536)
    os.close(terminal)
    assert b"\x1b[1morders\x1b[0m: Orders" in shown
    assert re.sub(rb"\x1b\[[\d;]*m", b"", shown).replace(b"\r\n", b"\n") == piped
