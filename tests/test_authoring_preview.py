"""`tapwright preview`: what comes back, and what the spec makes of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.authoring.desk import Desk
from tests.providers.loopback import Answer, Call, Provider
from tests.providers.rokt import Rokt
from tests.providers.rokt_data import TEAPOTS
from tests.test_authoring_plan import SECRET, assert_no_secret

SPEC = """
tapwright: 1
name: shop
title: Shop
config: {base_url: {type: string, default: https://api.shop.example}, token: {type: string, writeOnly: true}}
api:
  url: "{{ config.base_url }}"
  auth: {bearer: {token: "{{ config.token }}"}}
streams:
  orders:
    request: {path: /orders}
    paginate: {cursor: {next: meta.next, param: after}}
    records: {json: {at: data}}
    fields:
      id: {type: integer}
      total: {type: decimal}
      customer_name: {}
      day: {type: date}
      amount: {type: decimal}
    primary_key: [id]
  elsewhere:
    request: {path: /orders}
    records: {json: {at: items}}
  unsaid:
    request: {path: /orders}
  lines:
    request: {path: "/orders/{{ slice.order }}/lines"}
    for_each: [{parent: {stream: orders, take: {order: id}}}]
    records: {json: {at: data}}
    fields: {order: {type: integer, value: "{{ slice.order }}"}, sku: {}}
  rows:
    request: {path: /rows}
    records: {csv: {}}
    fields: {id: {type: integer}, customer: {from: Customer Name}}
  elements:
    request: {path: /elements}
    records: {xml: {each: /shop/order}}
    fields: {id: {from: "@id"}, total: {type: decimal, from: sum/total}}
"""
ORDERS = {
    "meta": {"next": None, "total": 3},
    "data": [
        {"id": 1, "total": "n/a", "customerName": "Ada", "day": "03/15/2026", "amount": {"value": 1.5, "of": "EUR"}},
        {"id": 2, "total": 12, "customerName": None, "day": "03/16/2026", "amount": {"value": 2, "of": "EUR"}},
    ],
}


class Shop(Provider):
    """Orders on two pages, and lines of each; the second page may be broken."""

    token = "tok-12345"

    def answer(self, call: Call) -> Answer:
        if call.headers.get("authorization") != f"Bearer {self.token}":
            return told({"error": f"who are you, {call.headers.get('authorization')}?"}, status=401)
        if call.path.endswith("/lines"):
            return told({"data": [{"sku": f"of {call.path.split('/')[2]}"}]})
        if call.param("after") is None:
            return told({"meta": {"next": "b c"}, "data": [good(1), good(2)]})
        return told({"meta": {}, "data": [good(3)]})


def good(number: int) -> dict[str, Any]:
    return {"id": number, "total": 9.5, "customer_name": "Ada", "day": "2026-03-15", "amount": 1}


def told(body: Any, status: int = 200) -> Answer:
    data = json.dumps(body).encode()
    return Answer(status=status, headers={"Content-Type": "application/json", "Set-Cookie": "s=abc; Path=/"}, body=data)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Desk:
    desk = Desk(tmp_path, monkeypatch, capfdbinary)
    desk.spec("shop", SPEC)
    return desk


@pytest.fixture
def shop() -> Iterator[Shop]:
    with Shop() as server:
        yield server


def account(shop: Shop) -> list[str]:
    return ["-c", f"base_url={shop.url}", "-c", f"token={shop.token}"]


# --- asking the provider


def test_request_answer_records_and_next_request_are_shown(desk: Desk, shop: Shop) -> None:
    ran = desk.run("preview", "shop", "-S", "orders", *account(shop))
    assert (ran.code, ran.err) == (0, "")
    assert f"page 1\n  GET {shop.url}/orders\n    Authorization: Bearer ***\n  200 OK  201 bytes\n" in ran.out
    assert '          "customer_name": "Ada",\n' in ran.out
    assert (
        "  2 records\n    id  total  customer_name  day         amount\n    1   9.5    Ada            2026-03-15  1\n"
        in ran.out
    )
    assert f"the next page\n  GET {shop.url}/orders\n      ?after=b%20c\n    Authorization: Bearer ***\n" in ran.out
    assert len(shop.calls) == 1


def test_more_pages_are_asked_for_and_the_end_explained(desk: Desk, shop: Shop) -> None:
    ran = desk.run("preview", "shop", "-S", "orders", *account(shop), "--pages", "5")
    assert "\npage 2\n" in ran.out
    assert ran.out.endswith("no next page: 'meta.next' gives nothing\n")
    assert len(shop.calls) == 2


def test_of_parents_only_the_first_page_is_asked_for(desk: Desk, shop: Shop) -> None:
    ran = desk.run("preview", "shop", "-S", "lines", *account(shop))
    assert f"before\n  GET {shop.url}/orders  200 OK  a page of orders\n" in ran.out
    assert "    order  sku\n    1      of 1\n" in ran.out
    assert [call.path for call in shop.calls] == ["/orders", "/orders/1/lines"]


def test_the_slice_of_a_number_is_asked_for(desk: Desk, shop: Shop) -> None:
    assert "lines, slice order=2\n" in desk.run("preview", "shop", "-S", "lines", *account(shop), "--slice", "2").out
    ran = desk.run("preview", "shop", "-S", "lines", *account(shop), "--slice", "9")
    assert (ran.code, "stream 'lines' has no slice 9" in ran.out) == (1, True)


def test_a_refusal_is_shown_at_once_with_its_answer(desk: Desk, shop: Shop) -> None:
    ran = desk.run("preview", "shop", "-S", "orders", "-c", f"base_url={shop.url}", "-c", "token=wrong-one")
    assert ran.code == 1
    assert "  401 Unauthorized  " in ran.out
    assert '        "error": "who are you, Bearer ***?"' in ran.out
    assert "the provider answers 401: who are you, Bearer ***?" in ran.out
    assert "Check the credentials" in ran.out
    assert "wrong-one" not in ran.both
    assert "set-cookie: s=***" in ran.out


def test_a_provider_that_does_not_answer_is_told(desk: Desk) -> None:
    ran = desk.run("preview", "shop", "-S", "orders", "-c", "base_url=http://127.0.0.1:9", "-c", "token=t0ken")
    assert ran.code == 1
    assert "asked\n  GET http://127.0.0.1:9/orders\n    Authorization: Bearer ***\n  no answer\n" in ran.out
    assert "the connection was refused" in ran.out


LOGIN = """
tapwright: 1
name: gate
title: Gate
config: {base_url: {type: string}, secret: {type: string, writeOnly: true}}
api:
  url: "{{ config.base_url }}"
  auth:
    oauth2:
      url: "{{ config.base_url }}/token"
      grant: client_credentials
      client_id: me
      client_secret: "{{ config.secret }}"
      token: data.token
streams: {things: {request: {path: /things}}}
"""


class Gate(Provider):
    """Gives a token under a name that the spec does not expect, and spills the secret wherever it can."""

    def answer(self, call: Call) -> Answer:
        return told(
            {
                "result": {"access": "granted-by-the-gate-canary"},
                "you": SECRET,
                "sent": call.headers.get("authorization"),
            }
        )


def test_a_login_that_fails_is_shown_without_its_credentials(desk: Desk) -> None:
    desk.spec("gate", LOGIN)
    with Gate() as gate:
        out = desk.run("preview", "gate", "-c", f"base_url={gate.url}", "-c", f"secret={SECRET}").out
    assert "asked\n  POST " in out
    assert "    Authorization: Basic ***\n" in out


def test_what_a_login_answers_is_shown_without_its_values(desk: Desk) -> None:
    desk.spec("gate", LOGIN)
    with Gate() as gate:
        ran = desk.run("preview", "gate", "-c", f"base_url={gate.url}", "-c", f"secret={SECRET}")
    assert ran.code == 1
    assert "its answer, without the values\n      an object of 3\n        result  an object of 1\n" in ran.out
    assert "          access  a text\n" in ran.out
    assert "gave no token at 'data.token'" in ran.out
    assert_no_secret(ran.both)


@pytest.mark.parametrize("how", [(), ("--json",)], ids=str)
def test_a_secret_that_comes_back_is_not_shown(desk: Desk, how: tuple[str, ...]) -> None:
    desk.spec("gate", LOGIN.replace("token: data.token", "token: you"))
    with Gate() as gate:
        ran = desk.run("preview", "gate", "-c", f"base_url={gate.url}", "-c", f"secret={SECRET}", *how)
    assert ran.code == 0
    assert "granted-by-the-gate-canary" in ran.out  # of a page, which is data: no credential that anybody could know
    assert_no_secret(ran.both.replace("granted-by-the-gate-canary", ""))


# --- recordings, and the servers written from the docs


def test_recordings_answer(desk: Desk) -> None:
    data = desk.run("preview", "rokt", "-S", "campaign_breakdown", "--replay", "--json").json
    assert [one["url"].rpartition("/")[2] for one in data["before"]] == ["token", "breakdown"]
    assert data["pages"][0]["records"] == 2
    values = {field["name"]: field["values"] for field in data["pages"][0]["fields"]}
    assert (values["gross_cost"], values["creative_name"]) == (2, 0)


@pytest.mark.parametrize(
    ("name", "stream"),
    [
        ("adobe_target", "performance"),
        ("datasette", "rows_csv"),
        ("mediamath_t1", "report"),
        ("perfecto", "test_executions"),
    ],
)
def test_every_sort_of_answer_can_be_looked_at(desk: Desk, name: str, stream: str) -> None:
    data = desk.run("preview", name, "-S", stream, "--replay", "--json").json
    assert data["error"] is None
    (page,) = data["pages"]
    assert page["records"] > 0
    assert all(field["fault"] is None or field["name"] for field in page["fields"])
    assert any(field["values"] == page["wanted"] for field in page["fields"]) or not page["fields"]


def test_a_real_login_comes_before_the_page(desk: Desk) -> None:
    with Rokt() as rokt:
        config = {"app_id": rokt.app_id, "app_secret": rokt.app_secret, "account_ids": TEAPOTS, "base_url": rokt.url}
        words = [text for name, value in config.items() for text in ("-c", f"{name}={value}")]
        ran = desk.run("preview", "rokt", "-S", "account_summary", *words, "-c", "start_date=2026-03-03")
    assert ran.code == 0
    assert f"before\n  POST {rokt.url}/auth/oauth2/token  200 OK\n" in ran.out
    assert rokt.app_secret not in ran.both
