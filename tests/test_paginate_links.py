"""Pages that the page before leads to: cursors, addresses, Link headers, expressions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from lxml import etree

from tapwright.errors import PagingError
from tapwright.paginate.link_header import links
from tapwright.request import Page, Request
from tests.test_paginate import FIRST, build, drive, page, param


def chain(*, key: str = "next", **nexts: Any) -> Callable[[Request], Page]:
    """A provider whose body names the cursor that follows each; `first` is the one without a cursor."""

    def provider(request: Request) -> Page:
        following = nexts.get(dict(request.query).get("after", "first"))
        return page(request, 1, {key: following})

    return provider


def test_cursor_follows_the_body_until_it_gives_none() -> None:
    asked = drive("cursor: {next: meta.next, param: after}", _meta({None: "a", "a": "b", "b": None}))
    assert param(asked, "after") == [None, "a", "b"]
    assert param(asked, "sort") == ["id", "id", "id"]


def _meta(nexts: dict[str | None, str | None]) -> Callable[[Request], Page]:
    return lambda request: page(request, 1, {"meta": {"next": nexts[dict(request.query).get("after")]}})


@pytest.mark.parametrize("end", [None, "", False, [], {}])
def test_cursor_takes_nothing_for_the_end(end: object) -> None:
    assert len(drive("cursor: {next: next, param: after}", chain(first=end))) == 1


def test_cursor_takes_an_absent_key_for_the_end() -> None:
    assert len(drive("cursor: {next: next, param: after}", chain(key="other", first="a"))) == 1


def test_cursor_goes_on_with_zero() -> None:
    asked = drive("cursor: {next: next, param: after}", chain(first=0))
    assert param(asked, "after") == [None, "0"]


def test_cursor_comes_from_a_header() -> None:
    def provider(request: Request) -> Page:
        return replace(page(request, 1), headers={} if param([request], "after") == ["a"] else {"x-next": "a"})

    assert param(drive("cursor: {next_header: X-Next, param: after}", provider), "after") == [None, "a"]


def test_cursor_comes_from_the_last_record_until_a_page_is_empty() -> None:
    def provider(request: Request) -> Page:
        after = int(dict(request.query).get("after", 0))
        return page(request, 2, last={"id": after + 2}) if after < 4 else page(request)

    assert param(drive("cursor: {next_from_record: id, param: after}", provider), "after") == [None, "2", "4"]


def test_cursor_comes_from_an_xml_body() -> None:
    def provider(request: Request) -> Page:
        token = "" if param([request], "after") == ["a"] else "<Token>a</Token>"
        return page(request, 1, etree.fromstring(f"<List>{token}</List>"))

    assert param(drive("cursor: {next_xpath: Token, param: after}", provider), "after") == [None, "a"]


def test_cursor_stops_when_more_is_false_whatever_the_cursor() -> None:
    words = "cursor: {next_from_record: id, param: after, more: has_more}"
    assert len(drive(words, lambda request: page(request, 1, {"has_more": False}, last={"id": 7}))) == 1


def test_cursor_refuses_more_without_a_cursor() -> None:
    with pytest.raises(PagingError, match="'has_more' says that more pages follow, but 'next' gives no cursor"):
        drive(
            "cursor: {next: next, param: after, more: has_more}",
            lambda request: page(request, 1, {"has_more": True}),
        )


def test_cursor_refuses_the_value_it_was_asked_with() -> None:
    with pytest.raises(PagingError, match="gives the cursor that it was asked with: a"):
        drive("cursor: {next: next, param: after}", chain(first="a", a="a"))


def test_cursor_refuses_the_value_it_was_resumed_with() -> None:
    with pytest.raises(PagingError, match="asked with: a"):
        drive("cursor: {next: next, param: after}", chain(a="a"), resume="a")


def test_cursor_can_take_a_repetition_for_the_end() -> None:
    first = Request(url="https://solr.example/select", params=(("after", "*"),))
    words = "cursor: {next: next, param: after, repeat: end}"
    assert param(drive(words, chain(**{"*": "a", "a": "b", "b": "b"}), first), "after") == ["*", "a", "b"]


def test_cursor_refuses_a_body_that_is_not_json() -> None:
    with pytest.raises(PagingError, match="looks into a JSON body, but the answer is no JSON"):
        drive("cursor: {next: next, param: after}", lambda request: page(request, 1, etree.Element("List")))


def test_cursor_of_several_values_goes_into_a_body_only() -> None:
    def provider(request: Request) -> Page:
        return page(request, 1, {"sort": None if request.json else [12, "b"]})

    asked = drive("cursor: {next: sort, body: search_after}", provider)
    assert asked[1].json == {"search_after": [12, "b"]}
    with pytest.raises(PagingError, match="which only a JSON body can carry"):
        drive("cursor: {next: sort, param: after}", provider)


def test_cursor_resumes_at_its_position() -> None:
    words, provider = "cursor: {next: next, param: after}", chain(first="a", a="b", b=None)
    position = build(words).position(drive(words, provider)[1])
    assert position == "a"
    assert param(drive(words, provider, resume=position), "after") == ["a", "b"]


def linked(*nexts: Any) -> Callable[[Request], Page]:
    """A provider whose body names these addresses, one after another, then none."""
    left = list(nexts)
    return lambda request: page(request, 1, {"next": left.pop(0) if left else None})


def targets(requests: list[Request]) -> list[str]:
    return [request.target for request in requests]


def test_next_url_follows_addresses_without_the_first_params() -> None:
    asked = drive("next_url: {next: next}", linked("https://api.example.com/items?c=1%2B1"))
    assert targets(asked) == [
        "https://api.example.com/items?sort=id",
        "https://api.example.com/items?c=1%2B1",
    ]


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("?page=2", "https://api.example.com/items?page=2"),
        ("/v2/items?page=2", "https://api.example.com/v2/items?page=2"),
        ("more", "https://api.example.com/more"),
        ("//cdn.example.com/more", "https://cdn.example.com/more"),
    ],
)
def test_next_url_resolves_relative_addresses(link: str, target: str) -> None:
    assert targets(drive("next_url: {next: next}", linked(link)))[1] == target


def test_next_url_resolves_against_the_page_that_gave_it() -> None:
    asked = drive("next_url: {next: next}", linked("/deep/a", "b"))
    assert targets(asked)[2] == "https://api.example.com/deep/b"


def test_next_url_keeps_params_that_the_address_lacks() -> None:
    first = replace(FIRST, params=(("id", "1"), ("id", "2"), ("page", "1")))
    asked = drive("next_url: {next: next, keep_params: true}", linked("?page=2"), first)
    assert asked[1].query == (("page", "2"), ("id", "1"), ("id", "2"))


def test_next_url_keeps_headers_and_body() -> None:
    first = Request(url="https://x.example/a", method="POST", headers={"Accept": "x"}, json={"q": 1})
    asked = drive("next_url: {next: next}", linked("?page=2"), first)
    assert (asked[1].method, asked[1].headers, asked[1].json) == ("POST", {"Accept": "x"}, {"q": 1})


@pytest.mark.parametrize("link", [{"href": "/a"}, 2, True])
def test_next_url_refuses_what_is_no_address(link: object) -> None:
    with pytest.raises(PagingError, match="which is no text"):
        drive("next_url: {next: next}", linked(link))


def test_next_url_refuses_a_page_that_names_itself() -> None:
    with pytest.raises(PagingError, match="names itself"):
        drive("next_url: {next: next}", linked("?sort=id"))


def test_next_url_reads_xml() -> None:
    body = etree.fromstring('<items next="/items.xml?page=2"/>')

    def provider(request: Request) -> Page:
        return page(request, 1, etree.Element("items") if "page" in request.target else body)

    assert len(drive('next_url: {next_xpath: "@next"}', provider)) == 2


def test_next_url_resumes_at_its_position() -> None:
    words = "next_url: {next: next}"
    position = build(words).position(drive(words, linked("?c=a%20b"))[1])
    assert targets(drive(words, linked(), resume=position)) == ["https://api.example.com/items?c=a%20b"]


def headed(*headers: str) -> Callable[[Request], Page]:
    left = list(headers)
    return lambda request: page(request, 1, link=left.pop(0) if left else "")


def test_link_header_follows_next_and_nothing_else() -> None:
    header = '<https://x.example/?page=1>; rel="prev", <https://x.example/?page=3>; rel="next"'
    asked = drive("link_header: {}", headed(header, '<https://x.example/?page=1>; rel="first"'))
    assert targets(asked)[1:] == ["https://x.example/?page=3"]


def test_link_header_can_follow_another_relation() -> None:
    assert targets(drive("link_header: {rel: more}", headed("</b>; rel=more")))[1] == "https://api.example.com/b"


@pytest.mark.parametrize(
    "header",
    [
        '</n>; rel="next"',
        "</n>;rel=next",
        "</n> ; REL = NEXT",
        '</n>; rel="last next"',
        '</n>; title="a, <b>; rel=\\"prev\\""; rel="next"',
        '</p?a=1,2;b>; rel="prev", </n>; rel="next"',
        '</p>; rel="prev",</n>; rel="next"',
        '</p>; rel="prev"; rel="next", </n>; rel="next"',
        '</p>; rel="next"; anchor="/other", </n>; rel="next"',
        '</p>; title, junk here, </n>; rel="next"',
        '</p>, </n>;; rel="next"',
        '< /n >; rel="next"',
    ],
)
def test_link_header_is_read_as_rfc_8288_says(header: str) -> None:
    assert targets(drive("link_header: {}", headed(header)))[1:] == ["https://api.example.com/n"]


@pytest.mark.parametrize("header", ["", "next", "<", '</n>; rel="nextpage"', "</n>", "</n>; rel=", '</n>; rel="next'])
def test_link_header_without_a_next_link_ends(header: str) -> None:
    assert len(drive("link_header: {}", headed(header))) == 1


def test_links_reads_every_parameter() -> None:
    header = '</a>; rel="next"; title="x \\"y\\""; hreflang=de; flag, </b>; rel=last'
    params = {"rel": "next", "title": 'x "y"', "hreflang": "de", "flag": ""}
    assert list(links(header)) == [("/a", params), ("/b", {"rel": "last"})]


def test_link_header_resumes_at_its_position() -> None:
    words = "link_header: {}"
    position = build(words).position(drive(words, headed("</n?c=1>; rel=next"))[1])
    assert targets(drive(words, headed(), resume=position)) == ["https://api.example.com/n?c=1"]


def test_expression_puts_values_into_params_until_stop_holds() -> None:
    words = "expression: {params: {after: body.at, shard: body.shard}, stop: body.done}"
    bodies = iter([{"at": 5, "shard": "b"}, {"at": 6, "shard": None}, {"at": 7, "done": True}])
    asked = drive(words, lambda request: page(request, 1, next(bodies)))
    assert (param(asked, "after"), param(asked, "shard")) == ([None, "5", "6"], [None, "b", None])


def test_expression_ends_when_everything_is_null() -> None:
    assert len(drive("expression: {params: {after: body.at}}", lambda request: page(request, 1, {}))) == 1


def test_expression_puts_values_into_headers_and_the_body() -> None:
    words = "expression: {headers: {X-At: headers.at}, body: {a.at: last_record.id}, stop: page == `2`}"
    asked = drive(words, lambda request: page(request, 1, None, {"id": 9}, at="h"))
    assert (asked[1].headers, asked[1].json) == ({"X-At": "h"}, {"a": {"at": 9}})


def test_expression_knows_how_much_was_read_and_what_was_sent() -> None:
    words = "expression: {params: {skip: seen}, stop: params.skip == '4' || status != `200`}"
    assert param(drive(words, lambda request: page(request, 2)), "skip") == [None, "2", "4"]


def test_expression_follows_an_address_and_adds_to_it() -> None:
    words = "expression: {url: body.next, params: {k: body.key}}"
    bodies = iter([{"next": "more?a=1", "key": "x"}, {}])
    asked = drive(words, lambda request: page(request, 1, next(bodies)))
    assert targets(asked)[1:] == ["https://api.example.com/more?a=1&k=x"]


def test_expression_refuses_to_ask_the_same_again() -> None:
    with pytest.raises(PagingError, match="the request that was just answered"):
        drive("expression: {params: {after: body.at}}", lambda request: page(request, 1, {"at": 5}))


def test_expression_over_the_body_refuses_what_is_not_json() -> None:
    with pytest.raises(PagingError, match=r"'body\.at' looks into a JSON body"):
        drive("expression: {params: {after: body.at}}", lambda request: page(request, 1, etree.Element("a")))
