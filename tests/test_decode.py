"""What all decoders have in common: sniffing, charsets, packed files, memory."""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tapwright.body import Body
from tapwright.decode import DECODE
from tapwright.decode.csv import Csv
from tapwright.decode.json import Json
from tapwright.decode.kind import Decode
from tapwright.decode.pack import unpacked
from tapwright.decode.sniff import readable, sniff
from tapwright.decode.text import Text
from tapwright.decode.xml import Xml
from tapwright.errors import BodyError
from tapwright.request import Request, Response
from tapwright.words import JMESPath


def spooled(data: bytes) -> Body:
    return Body(file=io.BytesIO(data), size=len(data))


def records(decode: Decode, body: Body, charset: str | None = None) -> list[object]:
    chunks = decode.decode(body, charset).chunks
    return [chunk.record(index) for chunk in chunks for index in range(len(chunk))]


def zipped(**files: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return file.getvalue()


def test_the_registry_is_sorted_and_says_what_each_kind_reads() -> None:
    assert list(DECODE) == sorted(DECODE)
    for kind in DECODE.values():
        assert kind.speaks in ("jmespath", "xpath", "column")
        assert kind.media
        assert kind.reads


@pytest.mark.parametrize(
    ("head", "content_type", "sort"),
    [
        (b'{"a": 1}', "", "json"),
        (b"\xef\xbb\xbf [1", "", "json"),
        ('{"a": 1}'.encode("utf-16"), "", "json"),
        ('{"a": 1}'.encode("utf-16-le"), "", "json"),
        (b'"text"', "application/json", "json"),
        (b"<?xml version='1.0'?><a/>", "", "xml"),
        (b"<result><status/></result>", "text/html", "xml"),
        (b"<h1>Developer Over Qps</h1>", "text/xml", "xml"),
        (b"<h1>Developer Over Qps</h1>", "", "html"),
        (b"\n<!DOCTYPE html><html>", "application/json", "html"),
        (b"<!-- hello --><HTML>", "text/xml", "html"),
        (b"a,b\n1,2\n", "", "csv"),
        (b"a\n1\n", "text/csv", "csv"),
        (b"Service unavailable", "", "text"),
        (b"\x1f\x8b\x08", "text/csv", "gzip"),
        (b"PK\x03\x04", "", "zip"),
        (b" \r\n", "", "empty"),
        (b"", "application/json", "empty"),
        (b"a,b\x00", "text/csv", "binary"),
    ],
)
def test_sniff_tells_what_a_body_is(head: bytes, content_type: str, sort: str) -> None:
    assert sniff(head, content_type) == sort


def answer(data: bytes, content_type: str) -> Response:
    headers = {"content-type": content_type}
    return Response(request=Request(url="http://a.test"), status=200, headers=headers, body=Body.of(data))


def test_a_body_of_another_sort_is_not_readable() -> None:
    with pytest.raises(BodyError, match="the body is HTML, not JSON; it begins '<html>Log in'"):
        readable(Json(), "html", answer(b"<html>Log in", "text/html"))
    readable(Json(), "json", answer(b"{}", "text/html"))


def test_what_is_labelled_otherwise_is_not_csv_unless_the_spec_says_so() -> None:
    body = answer(b"Sorry, we are closed", "text/html")
    with pytest.raises(BodyError, match="labelled text/html, not CSV; it begins 'Sorry, we"):
        readable(Csv(), "csv", body)
    readable(Csv(media_type="text/html"), "csv", body)
    readable(Text(), "csv", body)


def test_bodies_of_other_charsets_are_read() -> None:
    text = '[{"name": "Zoë €"}]'
    wanted = [{"name": "Zoë €"}]
    for data, charset in [
        (text.encode("utf-8-sig"), None),
        (text.encode("utf-16"), None),
        (text.encode("utf-16-be"), "utf-16"),
        (text.encode("cp1252"), "windows-1252"),
    ]:
        assert records(Json(), Body.of(data), charset) == records(Json(), spooled(data), charset) == wanted


def test_a_byte_that_is_no_character_is_told_with_its_place() -> None:
    for body in (Body.of(b'{"name": "Zo\xeb"}'), spooled(b'{"name": "Zo\xeb"}')):
        with pytest.raises(BodyError, match=r"byte 12 of the body \(0xeb\) is not utf-8"):
            records(Json(), body)


def test_an_unknown_charset_is_an_error() -> None:
    for charset in ("klingon", "hex"):
        with pytest.raises(BodyError, match=f"charset is '{charset}', which is unknown"):
            records(Csv(), Body.of(b"a\n1\n"), charset)


def test_a_gzip_file_is_unpacked_without_a_word() -> None:
    data = gzip.compress(b"a,b\n1,2\n", mtime=0) + gzip.compress(b"3,4\n", mtime=0)
    wanted = [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]
    assert records(Csv(), Body.of(data)) == records(Csv(), spooled(data)) == wanted


@pytest.mark.parametrize("damage", [slice(-4), slice(-9), slice(30)])
def test_a_damaged_gzip_file_is_an_error(damage: slice) -> None:
    with pytest.raises(BodyError, match="the gzip file in the body is damaged"):
        unpacked(Body.of(gzip.compress(b"a,b\n1,2\n" * 9, mtime=0)[damage]))


def test_a_gzip_file_with_a_wrong_checksum_is_an_error() -> None:
    data = bytearray(gzip.compress(b"a,b\n1,2\n", mtime=0))
    data[-8] ^= 1
    with pytest.raises(BodyError, match="damaged: CRC check failed"):
        unpacked(Body.of(bytes(data)))


def test_the_only_file_of_a_zip_archive_is_read() -> None:
    assert unpacked(Body.of(zipped(**{"../../report.csv": b"a\n1\n"}))).content == b"a\n1\n"


def test_of_several_files_in_a_zip_archive_one_must_be_named() -> None:
    data = zipped(**{"a.csv": b"a\n1\n", "b.csv": b"b\n2\n"})
    assert records(Csv(member="b.csv"), Body.of(data)) == [{"b": "2"}]
    with pytest.raises(BodyError, match=r"the zip archive holds 'a.csv', 'b.csv'"):
        unpacked(Body.of(data))
    with pytest.raises(BodyError, match=r"has no file 'c.csv'; it holds 'a.csv', 'b.csv'"):
        unpacked(Body.of(data), "c.csv")
    with pytest.raises(BodyError, match="the body is no zip archive"):
        unpacked(Body.of(b"a\n1\n"), "a.csv")


def test_a_zip_archive_with_a_wrong_checksum_is_an_error() -> None:
    data = zipped(a=b"x" * 1000)
    at = data.index(b"PK\x01\x02") + 16
    with pytest.raises(BodyError, match=r"the zip file in the body is damaged: Bad CRC-32"):
        unpacked(Body.of(data[:at] + b"\0\0\0\0" + data[at + 4 :]))


def test_a_file_is_bounded_in_size_and_ratio() -> None:
    for data in (gzip.compress(bytes(11 << 20), mtime=0), zipped(a=bytes(11 << 20))):
        with pytest.raises(BodyError, match="more than 200 times its size"):
            unpacked(Body.of(data))
    with pytest.raises(BodyError, match="more than 100 bytes"):
        unpacked(Body.of(gzip.compress(bytes(1000), mtime=0)), most_bytes=100)


def test_what_unpacks_to_much_is_put_in_a_file() -> None:
    line = b"%d,a line of text that gzip does not pack into too little\n"
    body = unpacked(Body.of(gzip.compress(b"".join(line % number for number in range(300_000)), 1)))
    assert body.spooled
    assert body.size == len(body.content) > 1 << 24


def test_text_is_records_of_one_line_each() -> None:
    decode = Text()
    body = Body.of("one\r\n\n two\u2028three \n".encode())
    assert records(decode, body) == [{"line": "one"}, {"line": " two\u2028three "}]
    assert [decode.getter("line")(chunk) for chunk in decode.decode(body).chunks] == [["one", " two\u2028three "]]
    with pytest.raises(ValueError, match="the only column is 'line'"):
        decode.getter("lines")


def test_text_can_be_one_record() -> None:
    assert records(Text(whole=True), Body.of(b"one\ntwo\n")) == [{"text": "one\ntwo\n"}]
    with pytest.raises(BodyError, match="the body is empty"):
        records(Text(), Body.of(b""))


SIZE = 40_000_000
BIG = {
    "json": (
        b'{"data": {"items": [{"id": 0}',
        b', {"id": 1, "inner": [{"id": 2, "text": "a text"}]}',
        b'], "next": 7}}',
    ),
    "csv": (b"a,b,c\n", b'1,"two, two",3.25\n', b""),
    "xml": (
        b"<r><items>",
        b'<item id="1"><name>a name</name><value>2.50</value></item>\n',
        b"</items><next>7</next></r>",
    ),
}
SCRIPT = """
import resource, sys
from tapwright.body import Body
from tapwright.decode import DECODE
words = {"json": {"at": "data.items"}, "xml": {"each": "/r/items/item"}}.get(sys.argv[1], {})
decode = DECODE[sys.argv[1]](**words)
get = decode.getter({"json": "id", "csv": "a", "xml": "@id"}[sys.argv[1]])
decoded = decode.decode(Body(file=open(sys.argv[2], "rb"), size=40_000_000))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
count = sum(int(value) for chunk in decoded.chunks for value in get(chunk))
print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize("kind", BIG)
def test_memory_does_not_grow_with_the_body(kind: str, tmp_path: Path) -> None:
    head, unit, tail = BIG[kind]
    count = SIZE // len(unit)
    path = tmp_path / "body"
    path.write_bytes(head + unit * count + tail)
    source = str(Path(__file__).parents[1] / "engine")
    run = [sys.executable, "-c", SCRIPT, kind, str(path)]
    out = subprocess.run(run, env={**os.environ, "PYTHONPATH": source}, capture_output=True, text=True, check=True)
    values, grown = out.stdout.split()
    assert int(values) == count
    assert int(grown) < 40_000


def test_a_spooled_and_a_held_body_give_the_same() -> None:
    for kind, decode in (("json", Json(at=JMESPath("data.items"))), ("csv", Csv()), ("xml", Xml(each="/r/items/item"))):
        head, unit, tail = BIG[kind]
        data = head + unit * 3 + tail
        assert records(decode, Body.of(data)) == records(decode, spooled(data)) != []
