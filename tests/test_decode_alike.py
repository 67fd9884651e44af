"""Pages of records that nobody touches."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tapwright.body import Body
from tapwright.decode.alike import Alike, alike
from tapwright.decode.json import Json
from tapwright.decode.kind import Decode, Decoded
from tapwright.decode.rows import Rows
from tapwright.decode.structs import Structs
from tapwright.errors import BodyError
from tapwright.paginate.cursor import Cursor
from tapwright.paginate.next_url import NextUrl
from tapwright.paginate.page import Page as Pages
from tapwright.sinks.jsonl import spelled
from tapwright.untouched import Untouched, untouched
from tapwright.words import JMESPath
from tests.test_decode import spooled

DATA = Json(at=JMESPath("data"))


def page(*rows: str, more: str = "true") -> bytes:
    return f'{{"data":[{",".join(rows)}],"meta":{{"more":{more}}}}}'.encode("utf-8", "surrogatepass")


def taught(decode: Json, path: tuple[str, ...], data: bytes) -> Alike:
    """Make a decoder that has read a page twice."""
    read = Alike(decode, path)
    for _ in range(2):
        assert understood(read, data) == understood(decode.decode, data)
    return read


def understood(read: Any, data: bytes) -> Any:
    """Say all that a reader makes of a page: the records, what is around them, their number; or the error."""
    try:
        decoded: Decoded = read(Body.of(data), None)
        chunks = list(decoded.chunks)
    except BodyError as error:
        return str(error)
    rows: list[Any] = []
    for chunk in chunks:
        assert isinstance(chunk, Rows | Structs)
        rows += chunk.rows
        assert repr(chunk.record(-1)) == repr(rows[-1])
    around = decoded.document
    if isinstance(around, dict) and "data" in around:
        around = {**around, "data": []}
    lines = b"".join(spelled(batch) for batch in map(untouched, chunks) if batch is not None)
    return repr((rows, around if isinstance(around, dict) else [], len(rows), decoded.items)), lines


def stays_sealed(read: Alike, data: bytes) -> bool:
    return all(isinstance(chunk, Structs) for chunk in read(Body.of(data), None).chunks)


def test_a_page_like_those_before_stays_sealed() -> None:
    read = taught(DATA, ("data",), page('{"id":1,"in":{"a":[1.5,{"b":"é"}]}}'))
    data = page('{"id":22,"in":{"a":[]}}', '{"id":3,"in":{"a":[{"b":null}]}}', more="false")
    decoded = read(Body.of(data), None)
    (chunk,) = decoded.chunks
    assert isinstance(chunk, Structs)
    assert spelled(Untouched(chunk)) == b'{"id":22,"in":{"a":[]}}\n{"id":3,"in":{"a":[{"b":null}]}}\n'
    assert chunk.record(-1) == {"id": 3, "in": {"a": [{"b": None}]}}
    assert decoded.document == {"data": [{"id": 3, "in": {"a": [{"b": None}]}}], "meta": {"more": False}}
    assert decoded.items is not None and decoded.items.count == 2


ROW = '{"id":1,"name":"x","in":{"a":1.5,"b":[{"c":null}]}}'


@pytest.mark.parametrize(
    "row",
    [
        '{"id":1,"id":1,"name":"x","in":{"a":1.5,"b":[]}}',
        '{"id":1,"name":"x","in":{"a":1.5,"b":[{"c":{"d":1,"d":2}}]}}',
        '{"id":1,"name":"x","in":{"a":0.1000000000000000055511151231257827,"b":[]}}',
        '{"id":1,"name":"x","in":{"a":1e999,"b":[]}}',
        '{"id":123456789012345678901234567890,"name":"x","in":{"a":1.50,"b":[]}}',
        '{"id":-0,"name":"x","in":{"a":1.5,"b":[]}}',
        '{"id":1,"name":"\\ud800","in":{"a":1.5,"b":[]}}',
        '{"id":1,"name":"\ud800","in":{"a":1.5,"b":[]}}',
        '{"id":1,"name":"\\u00e9\\/","in":{"a":1.5,"b":[]}}',
        '{"id": 1,"name":"x","in":{"a":1.5,"b":[]}}',
        '{"name":"x","id":1,"in":{"a":1.5,"b":[]}}',
        '{"id":1,"name":"x"}',
        '{"id":1,"name":"x","in":null,"new":1}',
        '{"id":1,"name":"x","in":{"a":' + "[" * 120 + "]" * 120 + ',"b":[]}}',
        "1",
        "[]",
        "null",
        '{"id":1',
    ],
)
def test_whatever_differs_is_read_as_ever(row: str) -> None:
    read = taught(DATA, ("data",), page(ROW, ROW))
    for data in (page(row), page(ROW, row), page(row, ROW), page(ROW, more=row)):
        assert understood(Alike(DATA, ("data",)), data) == understood(DATA.decode, data)
        known = read._known
        assert understood(read, data) == understood(DATA.decode, data)
        read._known, read._missed = known, 0
    assert understood(read, page(ROW).replace(b"]", b"],", 1)) == understood(
        DATA.decode, page(ROW).replace(b"]", b"],", 1)
    )


@pytest.mark.parametrize(
    "data",
    [b'{"data":[]}', b'{"data":null,"meta":{"more":true}}', b'{"meta":{"more":true}}', b"[]", b"", b"\xef\xbb\xbf{}"],
)
def test_a_page_without_records_is_read_as_ever(data: bytes) -> None:
    assert understood(taught(DATA, ("data",), page(ROW)), data) == understood(DATA.decode, data)


def test_members_may_come_and_go_and_be_of_any_kind() -> None:
    rows = ['{"a":1}', '{"a":"x","c":[1]}', '{"b":{"x":1},"c":"none"}', '{"a":null,"b":[[{"y":2}]],"c":{}}']
    read = taught(DATA, ("data",), page(*rows))
    assert stays_sealed(read, page(*reversed(rows)))
    assert understood(read, page(*reversed(rows))) == understood(DATA.decode, page(*reversed(rows)))


MEMBERS = ("id", "né", '"', "in", "b")
VALUES = st.recursive(
    st.sampled_from(
        ["1", "1.5", "-0", "1e5", "null", "true", '"x"', '"\\n"', '"\\u00e9"', '"é},{"', "12345678901234567.5"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{','.join(items)}]")
        | st.lists(st.tuples(st.sampled_from(MEMBERS), inner), max_size=3).map(
            lambda members: "{" + ",".join(f"{json.dumps(n, ensure_ascii=False)}:{v}" for n, v in members) + "}"
        )
    ),
    max_leaves=8,
)


@given(st.lists(VALUES, min_size=1, max_size=4), st.lists(VALUES, max_size=4), st.booleans(), VALUES)
def test_pages_are_read_as_ever_whatever_was_learnt(first: list[str], then: list[str], same: bool, more: str) -> None:
    rows = [*first, *then] if same else then
    for decode, path, make in (
        (DATA, ("data",), page),
        (Json(), (), lambda *rows, more: f"[{','.join(rows)}]".encode()),
    ):
        read = Alike(decode, path)
        for _ in range(2):
            assert understood(read, make(*first, more=more)) == understood(decode.decode, make(*first, more=more))
        assert understood(read, make(*rows, more=more)) == understood(decode.decode, make(*rows, more=more))


def test_a_large_page_stays_in_chunks() -> None:
    rows = [f'{{"id":{number}}}' for number in range(4_500)]
    read = taught(Json(), (), f"[{','.join(rows)}]".encode())
    chunks = list(read(Body.of(f"[{','.join(rows)}]".encode()), None).chunks)
    assert [len(chunk) for chunk in chunks] == [2_000, 2_000, 500]


def test_records_are_opened_where_they_are_asked_for() -> None:
    data = page(ROW)
    read = Alike(DATA, ("data",))
    for _ in range(2):
        list(read(Body.of(data), None).chunks)
    assert stays_sealed(read, data)
    (chunk,) = read(Body.of(data), None).chunks
    batch = untouched(chunk)
    assert isinstance(batch, Untouched) and len(batch) == 1
    assert pickle.loads(pickle.dumps(batch)).records == [json.loads(ROW)]
    assert batch.columns["id"] == [1]


def test_what_rules_have_read_or_another_charset_is_read_as_ever() -> None:
    read = taught(DATA, ("data",), page(ROW))
    read = Alike(DATA, ("data",))
    data = page(ROW)
    for _ in range(2):
        list(read(Body.of(data), None).chunks)
    for body, charset in ((Body.of(data), "latin-1"), (Body(data=data, understood={"json": json.loads(data)}), None)):
        assert all(isinstance(chunk, Rows) for chunk in read(body, charset).chunks)
    assert [chunk.record(0) for chunk in read(spooled(data), None).chunks] == [json.loads(ROW)]


def test_it_is_given_up_where_every_page_is_another() -> None:
    read = Alike(DATA, ("data",))
    for number in range(40):
        list(read(Body.of(page(f'{{"k{number}":1}}')), None).chunks)
    assert read._known is None and not read._lessons


@pytest.mark.parametrize(
    ("decode", "paginate", "used"),
    [
        (DATA, Pages(param="page", more=JMESPath("meta.more")), True),
        (DATA, Pages(param="page", more=JMESPath("data[0]")), False),
        (DATA, Cursor(next=JMESPath("meta.next"), param="after"), True),
        (DATA, Cursor(next=JMESPath("*[-1].id"), param="after"), False),
        (DATA, Cursor(next=JMESPath("values(@)[0]"), param="after"), False),
        (DATA, NextUrl(next=JMESPath("{{ config.at }}")), False),
        (Json(), Pages(param="page"), True),
        (Json(), Cursor(next=JMESPath("[-1].id"), param="after"), True),
        (Json(), Cursor(next=JMESPath("[-2].id"), param="after"), False),
        (DATA, Cursor(next=JMESPath("data[-1].id"), param="after"), True),
        (DATA, Cursor(next=JMESPath("data[-1].data"), param="after"), False),
        (DATA, Cursor(next=JMESPath("metadata.next"), param="after"), True),
        (Json(at=JMESPath('"$d"')), Cursor(next=JMESPath('"$d"[0].id'), param="after"), False),
        (DATA, Cursor(next=JMESPath('"data"[0].id'), param="after"), False),
        (DATA, Cursor(next=JMESPath("reverse(data)[-1].id"), param="after"), False),
        (DATA, Cursor(next=JMESPath("length(data)"), param="after"), False),
        (Json(at=JMESPath("a.data")), Cursor(next=JMESPath("a.data[-1].id"), param="after"), True),
        (Json(at=JMESPath("a.data")), Cursor(next=JMESPath("data[-1].id || a.data[0].id"), param="after"), False),
        (Json(at=JMESPath("data[]")), Pages(param="page"), False),
        (Json(at=JMESPath("data"), explode=JMESPath("in")), Pages(param="page"), False),
    ],
)
def test_a_paginator_that_may_look_at_records_is_shown_them(decode: Decode, paginate: Any, used: bool) -> None:
    assert isinstance(alike(decode, paginate), Alike) is used
