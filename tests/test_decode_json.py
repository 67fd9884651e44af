"""JSON documents and JSON lines."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tapwright.body import Body
from tapwright.decode import exact as proof
from tapwright.decode import torrent
from tapwright.decode.exact import exact, exact_lines
from tapwright.decode.json import Json, parse_json
from tapwright.decode.jsonl import Jsonl
from tapwright.decode.kind import Decode
from tapwright.errors import BodyError
from tapwright.words import JMESPath
from tests.test_decode import records, spooled

BOTH = pytest.mark.parametrize("body", [Body.of, spooled])


def at(*paths: str, **words: Any) -> Json:
    """Make the decoder as a spec does, whose texts are plain."""
    found: Any = paths[0] if len(paths) == 1 else paths
    return Json(at=found, **words)


def values(decode: Decode, expression: str, data: bytes) -> list[Any]:
    get = decode.getter(expression)
    return [value for chunk in decode.decode(Body.of(data)).chunks for value in get(chunk)]


@BOTH
def test_records_are_taken_from_their_place(body: Any) -> None:
    decode = at("data.items")
    assert records(decode, body(b'{"data": {"items": [{"a": 1}, {"a": 2}]}}')) == [{"a": 1}, {"a": 2}]
    assert records(decode, body(b'{"data": {"items": []}}')) == []
    assert records(Json(), body(b'[{"a": 1}]')) == [{"a": 1}]


@BOTH
def test_one_object_is_one_record(body: Any) -> None:
    assert records(Json(), body(b'{"a": 1}')) == [{"a": 1}]
    assert records(at("data"), body(b'{"data": {"a": 1}}')) == [{"a": 1}]


@BOTH
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"data": {"total": 0, "page": 1}}', "nothing at data.items; data is an object of total, page"),
        (b'{"error": "no such account"}', "nothing at data.items; the body is an object of error"),
        (b'{"data": {"items": null}}', "data.items is null"),
        (b'[{"userMessage": "Failed"}]', "nothing at data.items; the body is a list of 1"),
        (b'{"data": {"items": "none"}}', "data.items is the text 'none', not a list or an object"),
    ],
)
def test_missing_is_not_empty(body: Any, data: bytes, message: str) -> None:
    with pytest.raises(BodyError, match=message):
        records(at("data.items"), body(data))


@BOTH
def test_missing_is_empty_if_the_spec_says_so(body: Any) -> None:
    decode = at("data.items", absent_means_empty=True)
    assert records(decode, body(b'{"data": {"total": 0}}')) == []
    assert records(decode, body(b'{"data": {"items": null}}')) == []


@BOTH
def test_the_first_place_that_is_there_wins_even_if_empty(body: Any) -> None:
    decode = at("items", "data.rows")
    assert records(decode, body(b'{"items": [], "data": {"rows": [{"a": 1}]}}')) == []
    assert records(decode, body(b'{"data": {"rows": [{"a": 1}]}, "items": null}')) == [{"a": 1}]
    assert records(decode, body(b'{"data": {"rows": []}, "items": {"a": 2}}')) == [{"a": 2}]


@BOTH
def test_items_that_are_no_objects_are_an_error_or_a_choice(body: Any) -> None:
    data = b'{"tags": [{"a": 1}, "x", null]}'
    with pytest.raises(BodyError, match="item 2 of tags is the text 'x', not an object"):
        records(at("tags"), body(data))
    assert records(at("tags", wrap_scalars=True), body(data)) == [{"a": 1}, {"value": "x"}, {"value": None}]
    assert records(at("tags", skip_non_objects=True), body(data)) == [{"a": 1}]


@BOTH
def test_explode_makes_records_of_inner_lists(body: Any) -> None:
    data = b'{"resources": [{"id": 1, "videos": [{"f": "x"}, {"f": "y"}]}, {"id": 2}, {"id": 3, "videos": []}]}'
    decode = at("resources", explode="videos")
    taken = records(decode, body(data))
    assert [(row["f"], row["_position"], row["_parent"]["id"]) for row in taken] == [("x", 0, 1), ("y", 1, 1)]  # type: ignore[index]
    chunk = next(decode.decode(body(data)).chunks)
    assert decode.getter("_parent.id")(chunk) == [1, 1]
    assert list(chunk.rest(frozenset())) == ["f"]


def test_explode_wraps_scalars_if_the_spec_says_so() -> None:
    data = b'[{"id": 1, "tags": ["x", "y"]}]'
    decode = at("@", explode="tags", wrap_scalars=True)
    assert values(decode, "value", data) == ["x", "y"]
    with pytest.raises(BodyError, match="item 1 of tags is the text 'x', not an object"):
        records(at("@", explode="tags"), Body.of(data))
    with pytest.raises(BodyError, match="id of a record is the value 1, not a list"):
        records(at("@", explode="id"), Body.of(data))


@BOTH
def test_one_object_must_have_the_list_to_explode(body: Any) -> None:
    with pytest.raises(BodyError, match="nothing at resources; @ is an object of error"):
        records(at("@", explode="resources"), body(b'{"error": 1}'))
    assert records(at("@", explode="resources", absent_means_empty=True), body(b'{"error": 1}')) == []
    assert records(at("@", explode="resources"), body(b'{"resources": []}')) == []


def test_getters_follow_paths_and_evaluate_expressions() -> None:
    data = b'[{"a": {"b": 1}, "c": [{"d": 2}, {"d": 3}]}, {"a": null}]'
    assert values(Json(), "a.b", data) == [1, None]
    assert values(Json(), "c[].d", data) == [[2, 3], None]
    assert values(Json(), "@", data)[1] == {"a": None}


def test_the_rest_is_what_no_field_takes() -> None:
    chunk = next(Json().decode(Body.of(b'[{"a": 1, "b": 2}, {"c": 3}]')).chunks)
    assert chunk.rest(frozenset(["a"])) == {"b": [2, None], "c": [None, 3]}
    assert chunk.kept([False, True]).record(-1) == {"c": 3}


@BOTH
def test_numbers_are_exact(body: Any) -> None:
    texts = ["12345678901234567890123", "0.1", "1234.50", "0.12345678901234567890", "1e400", "-2.5E-3", "1E5", "-0"]
    taken = records(Json(), body(f'[{{"n": [{", ".join(texts)}]}}]'.encode()))
    numbers = taken[0]["n"]  # type: ignore[index]
    assert [Decimal(str(number)) for number in numbers] == [Decimal(text) for text in texts]
    assert [type(number) for number in numbers] == [int, float, float, Decimal, Decimal, float, float, int]


@BOTH
@pytest.mark.parametrize("number", ["1e6145", "-1.5e-7000", "1e99999999999999999999"])
def test_an_exponent_out_of_bounds_is_an_error(body: Any, number: str) -> None:
    with pytest.raises(BodyError, match="out of bounds"):
        records(Json(), body(f'[{{"n": {number}}}]'.encode()))


@BOTH
@pytest.mark.parametrize("data", ['{"a": 1, "a": 2}', '{"a":1,"b":{"c":1 , "\\u0063" :2}}', '{"x":":","a":1,"a":2}'])
def test_a_key_that_comes_twice_is_an_error_or_a_choice(body: Any, data: str) -> None:
    raw = f"[{data}]".encode()
    with pytest.raises(BodyError, match=r"the key '[ac]' comes twice in one object"):
        records(Json(), body(raw))
    assert records(Json(duplicate_keys="last"), body(raw)) == json.loads(raw)


@BOTH
@pytest.mark.parametrize(
    "row",
    ['{"a":":", "b":"\\":"}', '{"a" : 1, "b":{"c":"{\\"d\\":1}"}}', '{"\\\\":1,"a":"[[["}', '{":":1,"k":["x:y"]}'],
)
def test_what_only_looks_like_keys_is_none(body: Any, row: str) -> None:
    assert records(Json(), body(f"[{row},{row}]".encode())) == [json.loads(row)] * 2


@BOTH
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the body is empty, not JSON"),
        (b" \n", "the body is empty"),
        (b"<html><title>Log in</title>", "the body is HTML, not JSON; it begins '<html><title>Log in"),
        (b"<error>no</error>", "the body is XML, not JSON"),
        (b"\0\0\0", "the body is binary data"),
        (b'[{"a": 1}, {"a":', "cut short at byte 16"),
        (b'[{"a": 1}', "cut short at byte 9"),
        (b'[{"a": 1}] and more', "malformed at byte 11: trailing characters"),
        (b'[{"a": NaN}]', "malformed at byte 7: invalid character"),
        (b'[{"a": 1},]', "malformed at byte (9|10)"),
        (b'[{"a": "\xff"}]', "byte 8 of the body"),
        (b'[{"a": "\0"}]', "binary data"),
        (b'[{"a": "\\ud800 "}]', "malformed|cut short"),
        (b"[" + b'{"a":' * 100 + b"1" + b"}" * 100 + b"]", "nests more than 100 levels"),
        (b"[" * 100_000 + b"]" * 100_000, "nests more than 100 levels|malformed|not in a list"),
    ],
)
def test_a_broken_body_is_an_error(body: Any, data: bytes, message: str) -> None:
    with pytest.raises(BodyError, match=message):
        records(Json(), body(data))


def test_the_document_is_whole_when_the_body_is_held() -> None:
    data = b'{"meta": {"next": 2}, "items": [{"a": 1}]}'
    assert at("items").decode(Body.of(data)).document == json.loads(data)


def test_the_document_of_a_stream_is_complete_once_its_chunks_are_exhausted() -> None:
    data = b'{"page": 1, "data": {"total": 2, "items": [{"a": 1}, {"a": 2}], "more": true}, "next": "x"}'
    decoded = at("data.items").decode(spooled(data))
    assert decoded.document == {"page": 1, "data": {"total": 2, "items": []}}
    assert sum(map(len, decoded.chunks)) == 2
    assert decoded.document == {"page": 1, "data": {"total": 2, "items": [], "more": True}, "next": "x"}


@pytest.mark.parametrize("size", [1, 2, 7, 40, 1000])
def test_blocks_may_end_anywhere(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"id": n, "text": 'é "],}{[\\' * n, "in": [{"id": n}, [n, {"id": 1.5}]]} for n in range(5)]
    data = json.dumps({"x": [{"items": 1}], "d": {"items": rows, "z": 1}, "y": rows}, ensure_ascii=False).encode()
    pieces = iter([data[start : start + size] for start in range(0, len(data), size)])
    stream = torrent.Torrent(pieces, ("d", "items"), keep_last=False)
    assert stream.found()
    assert [item for items in stream.records() for item in items] == rows
    assert stream.document == {"x": [{"items": 1}], "d": {"items": [], "z": 1}, "y": rows}


def test_a_large_body_that_cannot_be_streamed_is_an_error() -> None:
    body = Body(file=spooled(b'{"a": {}}').file, size=1 << 30)
    with pytest.raises(BodyError, match="1,073,741,824 bytes is too large to look for items"):
        records(at("items(a)"), body)


def test_an_error_body_is_read_leniently() -> None:
    assert parse_json(Body.of(b'\xef\xbb\xbf{"message": 1, "message": 2}')) == {"message": 2}


def test_what_a_rule_has_read_is_still_proven() -> None:
    body = Body.of(b'{"a": 1, "a": 2}')
    assert parse_json(body) == {"a": 2}
    with pytest.raises(BodyError, match="comes twice"):
        Json().decode(body)


@BOTH
def test_json_lines_are_records_and_blank_lines_are_none(body: Any) -> None:
    data = b'{"a": 1}\r\n\n{"a": 1.25}\n{"a": 12345678901234567890123}'
    assert records(Jsonl(), body(data)) == [{"a": 1}, {"a": 1.25}, {"a": 12345678901234567890123}]


@BOTH
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"a": 1}\n{"a": \n', "line 2: the JSON is cut short"),
        (b'{"a": 1}\n\n{"a": 1} {"b": 2}\n', "line 3: the JSON is malformed"),
        (b'{"a": 1}\n{"a": 1,\n"b": 2}\n', "line 2: the JSON is cut short"),
        (b'{"a": 1}\n{"a": 1, "a": 2}\n', "line 2: the key 'a' comes twice"),
        (b'{"a": 1}\n[1]\n', "line 2 is not a JSON object"),
        (b'{"a": 1}\n{"a": "\xff"}\n', "line 2: byte 8"),
        (b"<html>", "the body is HTML, not JSON lines"),
        (b"", "the body is empty"),
    ],
)
def test_a_bad_line_is_an_error_with_its_number(body: Any, data: bytes, message: str) -> None:
    with pytest.raises(BodyError, match=message):
        records(Jsonl(), body(data))


def test_json_lines_may_hold_their_records_deeper() -> None:
    data = b'{"record": {"a": 1}}\n{"record": {"a": 2}}\n'
    assert records(Jsonl(at=JMESPath("record")), Body.of(data)) == [{"a": 1}, {"a": 2}]
    with pytest.raises(BodyError, match="line 2: record is not there"):
        records(Jsonl(at=JMESPath("record")), Body.of(b'{"record": {"a": 1}}\n{"a": 2}\n'))


def test_no_json_lines_are_no_records_if_the_spec_says_so() -> None:
    assert records(Jsonl(empty_means_none=True), Body.of(b"")) == []


KEYS = st.text(st.sampled_from('ab"\\{}[]:,\n'), max_size=3)


def written(value: Any, *, twice: bool = False) -> str:
    """Write a value as JSON; `twice` repeats the first member of every object."""
    if isinstance(value, list):
        return f"[{','.join(written(item, twice=twice) for item in value)}]"
    if isinstance(value, dict):
        members = [f"{json.dumps(name)}:{written(inner, twice=twice)}" for name, inner in value.items()]
        return f"{{{','.join([*members, *members[:twice]])}}}"
    return json.dumps(value)


@given(
    st.recursive(
        KEYS | st.integers(0, 9),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
        max_leaves=9,
    )
)
def test_a_key_that_comes_twice_is_found_whatever_the_texts_hold(value: Any) -> None:
    assert exact(written(value).encode()) == value
    doubled = written(value, twice=True)
    if doubled != written(value):
        with pytest.raises(BodyError, match="comes twice"):
            exact(doubled.encode())


@given(KEYS)
def test_nothing_that_a_text_holds_hides_how_deep_it_nests(text: str) -> None:
    around = json.dumps([text, text])[1:-1]
    with pytest.raises(BodyError, match="deep"):
        exact(f"{'[' * 101}{around}{']' * 101}".encode())


NUMBERS = st.from_regex(r"-?(0|[1-9]\d{0,24})(\.\d{1,24})?([eE][+-]?\d{1,3})?", fullmatch=True).map(str.strip)
TEXTS = st.text(st.sampled_from('ab"\\{}[]:,\n/é\ud800'), max_size=3).map(json.dumps)
PLAIN = st.text(st.sampled_from("ab{}[]:,/é"), max_size=3).map(lambda text: f'"{text}"')
SPELLED = st.recursive(
    NUMBERS | TEXTS | PLAIN | st.sampled_from(["null", "true", "1.5", "-0", "1e16", "18446744073709551616"]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{','.join(items)}]")
        | st.lists(st.tuples(PLAIN | TEXTS, inner), max_size=3).map(
            lambda members: "{" + ",".join(f"{name}:{value}" for name, value in members) + "}"
        )
    ),
    max_leaves=9,
)


def understood(read: Any, data: bytes, *, retells: bool) -> str:
    """Read a text in the way for those spelled as we would, or in the one for any; errors are results too."""
    proof._SPACE.retells = retells
    try:
        return repr(read(data))
    except BodyError as error:
        return str(error)


@given(SPELLED, st.sampled_from(["", " ", "[" * 100, '{"a":1,"b":"é","x":']))
def test_a_text_spelled_as_we_would_is_read_as_any_other(value: str, before: str) -> None:
    after = "".join({"[": "]", "{": "}"}.get(mark, "") for mark in reversed(before))
    data = f"{before}{value}{after}".encode("utf-8", "surrogatepass")
    assert understood(exact, data, retells=True) == understood(exact, data, retells=False)


@given(st.lists(SPELLED, max_size=3))
def test_lines_spelled_as_we_would_are_read_as_any_other(values: list[str]) -> None:
    data = "".join(f'{{"a":{value}}}\n' for value in values).encode("utf-8", "surrogatepass")
    assert understood(exact_lines, data, retells=True) == understood(exact_lines, data, retells=False)


def test_a_text_spelled_otherwise_is_not_tried_again_until_one_is_not() -> None:
    proof._SPACE.retells = True
    assert exact(b'{"a": 1}') == {"a": 1}
    assert not proof._SPACE.retells
    assert exact(b'{"a":1}') == {"a": 1}
    assert proof._SPACE.retells
