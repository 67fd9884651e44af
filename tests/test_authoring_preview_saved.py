"""`tapwright preview --from`: what a spec makes of an answer that was saved."""

from __future__ import annotations

import gzip
import io
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.authoring.desk import Desk
from tests.test_authoring_preview import ORDERS, SPEC, good


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Desk:
    desk = Desk(tmp_path, monkeypatch, capfdbinary)
    desk.spec("shop", SPEC)
    return desk


def preview(desk: Desk, stream: str, data: Any, *more: str) -> Any:
    """The preview of a saved answer, as JSON."""
    ran = desk.run("preview", "shop", "-S", stream, "--from", desk.file("answer", data), "--json", *more)
    assert ran.err == ""
    return ran.json


def test_a_saved_answer_needs_neither_network_nor_config(desk: Desk) -> None:
    (page,) = preview(desk, "orders", {"meta": {}, "data": [good(7)]})["pages"]
    assert (page["records"], page["rows"][0]["id"]) == (1, 7)


def test_each_field_says_what_it_matched_and_missed(desk: Desk) -> None:
    data = preview(desk, "orders", ORDERS)
    fields = {field["name"]: field for field in data["pages"][0]["fields"]}
    assert {name: field["values"] for name, field in fields.items()} == {
        "id": 2,
        "total": 1,
        "customer_name": 0,
        "day": 0,
        "amount": 0,
    }
    assert fields["total"]["misfits"] == [{"record": 1, "value": "n/a", "why": "not a number"}]
    assert fields["customer_name"]["hint"] == "did you mean customerName?"
    assert fields["day"]["hint"] == 'format: "%m/%d/%Y" would read them'
    assert fields["amount"]["hint"] == "did you mean amount.value?"
    assert data["pages"][0]["untaken"] == ["customerName"]
    assert data["error"].startswith("provider shop, stream orders, request GET https://api.shop.example/orders: field")


def test_an_expression_that_matches_nothing_stands_out(desk: Desk) -> None:
    out = desk.run("preview", "shop", "-S", "orders", "--from", desk.file("answer", ORDERS)).out
    assert (
        "customer_name  string   customer_name  0 of 2           matches NOTHING; did you mean customerName?\n" in out
    )
    assert "total of record 1 is 'n/a': not a number\n" in out
    assert "no field takes customerName\n" in out


def test_records_that_are_elsewhere_are_found(desk: Desk) -> None:
    data = preview(desk, "elsewhere", ORDERS)
    (page,) = data["pages"]
    assert page["error"] == "nothing at items; the body is an object of meta, data"
    assert page["guess"] == {"json": {"at": "data"}}
    assert page["outline"][:3] == ["an object of 2", "  meta  an object of 2", "    next   null"]


def test_a_spec_that_does_not_say_where_records_are_is_told(desk: Desk) -> None:
    out = desk.run("preview", "shop", "-S", "unsaid", "--from", desk.file("answer", ORDERS)).out
    assert "2 records\n  the spec does not say where they are; it could: records: {json: {at: data}}\n" in out
    assert "`tapwright infer` writes them" in out


def test_an_answer_that_looks_unfinished_is_pointed_at(desk: Desk) -> None:
    data = preview(desk, "unsaid", {"paging": {"next": "/2", "has_more": False}, "total": 250, "data": []})
    assert data["ends"] == "the spec asks for a single page"
    assert data["unfinished"] == ["paging.next: /2", "total: 250"]
    data = preview(desk, "unsaid", {"account_id": 1, "discount": 2, "access_token": "x", "next": None, "more": False})
    assert data["unfinished"] == []


def test_an_answer_saved_with_its_head_keeps_its_headers(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    head = b"HTTP/2 200\r\nContent-Type: application/json\r\nLink: </orders?page=2>; rel=next\r\n\r\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(head + b'{"data": []}')))
    data = desk.run("preview", "shop", "-S", "unsaid", "--from", "-", "--json").json
    assert data["unfinished"] == ["the Link header: /orders?page=2"]


def test_a_saved_refusal_is_one(desk: Desk) -> None:
    data = preview(desk, "orders", b"HTTP/1.1 404 Not Found\r\n\r\n{}")
    assert data["pages"][0]["response"]["status"] == 404
    assert "the provider answers 404" in data["error"]


def test_a_page_of_another_sort_is_outlined(desk: Desk) -> None:
    data = preview(desk, "orders", "<html><head><title>Sign in</title></head></html>")
    assert data["pages"][0]["outline"] == ["an HTML page, titled 'Sign in'"]
    data = preview(desk, "orders", "<shop><order id='1'><sum><total>2</total></sum></order><order/></shop>")
    assert data["pages"][0]["outline"] == ["<shop>", "  <order> @id  2 times", "    <sum>", "      <total>"]
    assert data["pages"][0]["guess"] == {"xml": {"each": "/shop/order"}}
    assert "--json" not in desk.run("preview", "shop", "-S", "orders", "--from", desk.file("answer", "")).out


def test_columns_and_elements_have_their_hints(desk: Desk) -> None:
    (page,) = preview(desk, "rows", "id,customer_name\n1,Ada\n")["pages"]
    assert [(field["fault"], field["hint"]) for field in page["fields"]] == [
        (None, None),
        ("there is no column 'Customer Name'", "did you mean customer_name?"),
    ]
    (page,) = preview(desk, "elements", "<shop><order id='1'><sums><total>2</total></sums></order></shop>")["pages"]
    assert page["fields"][1]["hint"] == "did you mean sums/total?"


def test_what_cannot_be_shown_is_refused(desk: Desk) -> None:
    assert desk.run("preview", "shop", "--from", "nowhere").code == 2  # which stream
    ran = desk.run("preview", "shop", "-S", "orders", "--from", "nowhere")
    assert (ran.code, ran.err) == (1, "error: 'nowhere' cannot be read: No such file or directory\n")
    assert desk.run("preview", "shop", "-S", "orders", "--from", "a", "--replay").code == 2


ODD = """
tapwright: 1
name: odd
title: Odd
api:
  url: https://api.odd.example
  errors: [{when: {status: 404}, do: end}, {when: {status: 409}, do: skip}]
streams:
  lines:
    request: {path: /orders}
    records: {json: {at: orders, explode: lines}}
    fields: {sku: {}, customer: {from: _parent.customer_name}, place: {type: integer, from: _position}}
  kept:
    request: {path: /orders}
    records: {json: {at: orders}}
    unlisted: keep
    fields: {id: {type: integer, required: true}}
  rows:
    request: {path: /rows}
    records: {csv: {}}
"""


def test_what_is_around_a_record_may_be_meant_too(desk: Desk) -> None:
    desk.spec("odd", ODD)
    answer = desk.file("answer", {"orders": [{"customerName": "Ada", "lines": [{"sku": "a"}]}]})
    fields = desk.run("preview", "odd", "-S", "lines", "--from", answer, "--json").json["pages"][0]["fields"]
    assert [field["hint"] for field in fields] == [None, "did you mean _parent.customerName?", None]


def test_keys_that_are_kept_are_said_to_be(desk: Desk) -> None:
    desk.spec("odd", ODD)
    answer = desk.file("answer", {"orders": [{"id": 1, "more": 2}, {"id": None, "more": 3}]})
    out = desk.run("preview", "odd", "-S", "kept", "--from", answer).out
    assert "    no field takes more, which come as they are\n" in out
    assert "1 of 2  1        null, and the spec says it is required\n" in out


def test_a_packed_body_is_shown_unpacked(desk: Desk) -> None:
    desk.spec("odd", ODD)
    out = desk.run("preview", "odd", "-S", "rows", "--from", desk.file("a.gz", gzip.compress(b"a,b\n1,2\n"))).out
    assert "      a,b\n      1,2\n\n  1 record\n    a  b\n    1  2\n" in out


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (404, "no next page: a rule under 'errors' says that the pages end here\n"),
        (409, "the slice is passed over: the provider answers 409: gone\n"),
    ],
)
def test_an_answer_that_a_rule_takes_is_shown(desk: Desk, status: int, said: str) -> None:
    desk.spec("odd", ODD)
    answer = desk.file("answer", f"HTTP/1.1 {status} Whatever\n\ngone")
    ran = desk.run("preview", "odd", "-S", "kept", "--from", answer)
    assert (ran.code, "      gone\n" in ran.out, ran.out.endswith(said)) == (0, True, True)


def test_a_page_without_records_says_where_there_may_be_some(desk: Desk) -> None:
    words = ("preview", "odd", "-S", "kept", "--from", desk.file("answer", {"orders": []}))
    desk.spec("odd", ODD)
    assert "  0 records\n\nno next page" in desk.run(*words).out
    desk.spec("odd", ODD.replace("  kept:\n", "  kept:\n    for_each: [{list: {name: day, in: [1, 2]}}]\n"))
    assert "  0 records\n  another slice may hold some: `--slice`" in desk.run(*words).out


@pytest.mark.parametrize(
    ("paginate", "body", "ends"),
    [
        ("{cursor: {next: next, more: more, param: p}}", {"more": False, "next": "x"}, "'more' says False"),
        ("{cursor: {next_from_record: id, param: p}}", {"data": []}, "'id' of the last record gives nothing"),
        ("{cursor: {next_header: X-Next, param: p}}", {}, "the header 'X-Next' gives nothing"),
        ("{next_url: {next: links.next}}", {}, "'links.next' gives no address"),
        ("{link_header: {}}", {}, "the answer has no Link header with rel=next"),
        ("{page: {param: p, total_pages: pages}}", {"pages": 1}, "'pages' says 1"),
        ("{page: {param: p}}", {"data": []}, "the page holds no records"),
        (
            "{offset: {param: p, size: {value: 9, param: n}, until: short_page}}",
            {},
            "fewer records than 9 are on the page: 1",
        ),
        ("{offset: {param: p, total_records: total}}", {"total": 1}, "'total' says 1"),
        ("{expression: {params: {p: body.p}}}", {}, "nothing is given"),
        ("{none: {}}", {}, "the spec asks for a single page"),
    ],
)
def test_it_is_said_why_the_pages_end(desk: Desk, paginate: str, body: dict[str, Any], ends: str) -> None:
    desk.spec(
        "odd", ODD.replace("    unlisted: keep\n", f"    paginate: {paginate}\n").replace("at: orders", "at: data")
    )
    answer = desk.file("answer", {"data": [{"id": 1}], **body})
    assert desk.run("preview", "odd", "-S", "kept", "--from", answer, "--json").json["ends"] == ends
