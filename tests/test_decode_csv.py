"""Comma-separated values."""

from __future__ import annotations

from typing import Any

import pytest

from tapwright.body import Body
from tapwright.decode.csv import Csv
from tapwright.errors import BodyError
from tests.test_decode import records, spooled

BOTH = pytest.mark.parametrize("body", [Body.of, spooled])


@BOTH
def test_the_header_names_the_columns(body: Any) -> None:
    data = b'\xef\xbb\xbf start_date ,name\r\n2026-01-01,"Jack & Jill ""Of\nAll"", Trades"\r\n\r\n2026-01-02,x \r\n'
    name = 'Jack & Jill "Of\nAll", Trades'
    assert records(Csv(), body(data)) == [
        {"start_date": "2026-01-01", "name": name},
        {"start_date": "2026-01-02", "name": "x "},
    ]


def test_a_header_alone_is_no_records() -> None:
    assert records(Csv(), Body.of(b"a,b\n")) == records(Csv(), Body.of(b"a,b")) == []


def test_columns_are_taken_by_name() -> None:
    decode = Csv()
    chunk = next(decode.decode(Body.of(b"a,b,c\n1,2,\n3,4,x\n")).chunks)
    assert decode.getter("b")(chunk) == ["2", "4"]
    assert chunk.rest(frozenset("a")) == {"b": ["2", "4"], "c": [None, "x"]}
    assert chunk.kept([False, True]).record(0) == {"a": "3", "b": "4", "c": "x"}
    assert len(chunk.kept([False, True])) == 1
    with pytest.raises(KeyError, match="d"):
        decode.getter("d")(chunk)


@BOTH
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the body is empty, not CSV"),
        (b"\n\n", "the body is empty"),
        (b"<result><status/></result>", "the body is XML, not CSV; it begins '<result>"),
        (b"<h1>Developer Over Qps</h1>", "the body is HTML, not CSV"),
        (b'{"errors": []}', "the body is JSON, not CSV"),
        (b"a,a\n1,2\n", "the header names 'a' twice"),
        (b"a,\n1,2\n", "the header has no name for column 2"),
        (b'a,b\n\n"x\r\ny",2\n1\n', "line 5 of the CSV has 1 value, not the 2 of the header"),
        (b"a,b\n1,2\n1,2,3\n", "line 3 of the CSV has 3 values, not the 2"),
        (b'a,b\n1,"2\n3,4\n', "of the CSV: a quote that is opened but not closed"),
        (b'a,b\n1,"2"x\n', "line 2 of the CSV: ',' expected after '\"'"),
        (b"a,b\n" + b"1,2\n" * 1000 + b"1,\0\n", "a NUL character at place 4006 of the body"),
        (b"a,b\n" + b"1,2\n" * 1000 + b"1,\xff\n", "byte 4006 of the body"),
        (b"a\n" + b"x" * (1 << 24) + b"x\n", "field larger than field limit"),
    ],
)
def test_a_broken_body_is_an_error(body: Any, data: bytes, message: str) -> None:
    with pytest.raises(BodyError, match=message):
        records(Csv(), body(data))


def test_a_fault_far_down_is_told_with_its_line() -> None:
    rows = b"1,2\n" * 7000
    with pytest.raises(BodyError, match="line 14003 of the CSV has 1 value"):
        records(Csv(), Body.of(b"a,b\n" + rows + b"\n" + rows + b"1\n"))


def test_other_shapes_can_be_described() -> None:
    assert records(Csv(delimiter="\t", quote=""), Body.of(b'a\tb\n"1\t2"\n')) == [{"a": '"1', "b": '2"'}]
    assert records(Csv(header=False, columns=("a", "b")), Body.of(b"1,2\n")) == [{"a": "1", "b": "2"}]
    assert records(Csv(columns=("a", "b")), Body.of(b"x,x\n1,2\n")) == [{"a": "1", "b": "2"}]
    assert records(Csv(skip_lines=2), Body.of(b'Report "of\nall,\na,b\n1,2\n')) == [{"a": "1", "b": "2"}]
    assert records(Csv(comment="#"), Body.of(b"# hello\na,b\n#x\n1,2\n# y,z,z\n")) == [{"a": "1", "b": "2"}]
    assert records(Csv(strip=True), Body.of(b'a, b\n1 , "2, 3" \n'.replace(b'" \n', b'"\n'))) == [
        {"a": "1", "b": "2, 3"}
    ]
    assert records(Csv(empty_means_null=False), Body.of(b"a,b\n,2\n")) == [{"a": "", "b": "2"}]
    assert records(Csv(empty_means_none=True), Body.of(b"")) == []
    assert records(Csv(encoding="latin-1"), Body.of(b"a\nZo\xeb\n"), "utf-8") == [{"a": "Zoë"}]


def test_the_columns_that_are_named_must_be_as_many_as_there_are() -> None:
    with pytest.raises(BodyError, match="the header has 2 columns, not the 1 that `columns` names"):
        records(Csv(columns=("a",)), Body.of(b"x,y\n1,2\n"))


def test_words_that_make_no_sense_are_faults() -> None:
    assert [key for key, _ in Csv(delimiter=",,", quote="ab", header=False).faults()] == [
        "delimiter",
        "quote",
        "columns",
    ]
    assert list(Csv(columns=("a", "a")).faults()) == [("columns", "a name comes twice")]
    assert not list(Csv(delimiter="\t", quote="").faults())


def test_records_come_in_chunks() -> None:
    decoded = Csv().decode(spooled(b"a\n" + b"1\n" * 12_000))
    assert [len(chunk) for chunk in decoded.chunks] == [2000] * 6
    assert decoded.document is None
