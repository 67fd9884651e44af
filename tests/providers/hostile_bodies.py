"""Faults of bodies that a correct transport delivers: not the document, not the format, not the encoding."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

from tests.providers.hostile_pages import Page
from tests.providers.hostile_scene import Act, Scene, fault

MIB = 1 << 20
DEPTH = 100_000

# The status says yes, the body says something else.

JSON, XML, HTML = "application/json", "application/xml", "text/html; charset=utf-8"
LOGIN = b"<!doctype html>\n<html><body><form action='/login'>Please sign in</form></body></html>\n"


def _instead(kind: str, body: bytes) -> Act:
    return lambda scene: scene.wire.answer(body, headers={"Content-Type": kind})


fault("200-json-error", "Status 200 with a JSON error object.")(
    _instead(JSON, b'{"error":{"code":"quota_exceeded","message":"Daily quota exceeded"}}')
)
fault("200-xml-error", "Status 200 with an XML error document.")(
    _instead(XML, b"<error><message>Session expired</message><code>401</code></error>")
)
fault("200-html", "Status 200 with an HTML login page.")(_instead(HTML, LOGIN))
fault("200-html-as-json", "Status 200 with an HTML page labelled application/json.")(_instead(JSON, LOGIN))
fault("200-empty", "Status 200 with the right type and an empty body.")(
    lambda scene: scene.wire.answer(b"", headers=scene.type)
)

# The body is wrong, the transport is right.


def _body(change: Callable[[Page], bytes]) -> Act:
    return lambda scene: scene.wire.answer(change(scene.page), headers=scene.type)


def _wrong_root(page: Page) -> bytes:
    body = page.body()
    if page.suffix == "":
        return body[body.index(b"[") : body.rindex(b"]") + 1]
    if page.suffix == ".jsonl":
        return b"".join(b"[%s]\n" % line for line in body.splitlines())
    return body.replace(b"<items", b"<notice").replace(b"</items", b"</notice").replace(b"id,name", b"key,label", 1)


def _nested(page: Page) -> bytes:
    start, end = ("<d>", "</d>") if page.suffix == ".xml" else ("[", "]")
    return page.writing(start * DEPTH + end * DEPTH).body()


def _twice(page: Page) -> bytes:
    joint = {".xml": "</amount><amount>", ".csv": ","}.get(page.suffix, ',"amount":')
    return page.writing(f"1.50{joint}99.99").body()


def _line_cut(page: Page) -> bytes:
    lines = page.body().splitlines(keepends=True)
    lines[2] = b",".join(lines[2].split(b",")[:2]) + b"\n"
    return b"".join(lines)


fault("wrong-root", "The records are not where they belong: an array for the object, another root or header.")(
    _body(_wrong_root)
)
fault("bom", "The body begins with a UTF-8 byte order mark.")(_body(lambda page: b"\xef\xbb\xbf" + page.body()))
fault("bad-utf8", "One byte is not UTF-8 (a Latin-1 é).")(
    _body(lambda page: page.body().replace("é".encode(), b"\xe9", 1))
)
fault("deep", "The first amount is nested 100,000 deep (JSON and XML).")(_body(_nested))
fault("duplicate-key", "The first record has its amount twice, 1.50 and 99.99 (in CSV a cell too many).")(_body(_twice))
fault("xml-mismatch", "An XML tag is closed by another, as in the Test&Target sample.")(
    _body(lambda page: page.body().replace(b"</amount>", b"</amounts>", 1))
)
fault("csv-short-row", "The second CSV row ends early.")(_body(_line_cut))
fault("csv-open-quote", "A CSV quote is opened and never closed.")(
    _body(lambda page: page.body().replace(b",Caf", b',"Caf', 1))
)
fault("jsonl-broken-line", "One JSON line is cut, and the others follow.")(_body(_line_cut))

NUMBERS = {
    "big-int": ("12345678901234567890123", "an integer of 23 digits"),
    "long-decimal": ("0.1234567890123456789012345678901", "a decimal of 31 places"),
    "huge-exponent": ("1e400", "1e400, beyond any double"),
    "monster-exponent": ("1e999999999", "1e999999999, which must not become an integer"),
    "long-int": ("9" * 5_000, "an integer of 5,000 digits"),
    "nan": ("NaN", "NaN"),
    "infinity": ("-Infinity", "-Infinity"),
    "minus-zero": ("-0.0", "-0.0"),
}
"""Each number fault: the first record's amount, and its description."""


def _number(raw: str) -> Act:
    return _body(lambda page: page.writing(raw).body())


for _name, (_raw, _says) in NUMBERS.items():
    fault(_name, f"The first amount is {_says}.")(_number(_raw))


# Compression.


def _gzip(change: Callable[[bytes], bytes], encoding: str = "gzip") -> Act:
    def act(scene: Scene) -> None:
        packed = change(gzip.compress(scene.page.body(), mtime=0))
        scene.wire.answer(packed, headers=scene.type | {"Content-Encoding": encoding})

    return act


fault("gzip", "The body is gzip, and correct.")(_gzip(lambda packed: packed))
fault("gzip-cut", "The gzip stream is cut in half under a Content-Length that fits.")(
    _gzip(lambda packed: packed[: len(packed) // 2])
)
fault("gzip-no-trailer", "The gzip stream lacks its last 8 bytes, CRC and size.")(_gzip(lambda packed: packed[:-8]))
fault("gzip-bad-crc", "The gzip CRC is wrong.")(
    _gzip(lambda packed: packed[:-8] + bytes([packed[-8] ^ 255]) + packed[-7:])
)
fault("gzip-unlabelled", "The body is gzip, and Content-Encoding says identity.")(
    _gzip(lambda packed: packed, "identity")
)


@fault("gzip-plain", "The body is plain, and Content-Encoding says gzip.")
def _gzip_plain(scene: Scene) -> None:
    scene.wire.answer(scene.page.body(), headers=scene.type | {"Content-Encoding": "gzip"})


@fault("gzip-bomb", "About 1 MB of gzip unpacks to 1 GiB: valid JSON with blanks for records.")
def _gzip_bomb(scene: Scene) -> None:
    start, blanks, end = b'{"items":[', b" " * MIB, b'],"next":null,"page":3}'
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    # A full flush forgets the past, so one packed block may be sent any number of times.
    first = packer.compress(start) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(blanks) + packer.flush(zlib.Z_FULL_FLUSH)
    last = packer.compress(end) + packer.flush(zlib.Z_FINISH)
    length = 10 + len(first) + scene.bomb_mib * len(block) + len(last) + 8
    scene.wire.head(headers=scene.type | {"Content-Encoding": "gzip", "Content-Length": str(length)})
    scene.wire.send(b"\x1f\x8b\x08\0\0\0\0\0\x02\xff" + first)
    crc = zlib.crc32(start)
    for _ in range(scene.bomb_mib):
        crc = zlib.crc32(blanks, crc)
        scene.wire.send(block)
    crc = zlib.crc32(end, crc)
    size = (len(start) + scene.bomb_mib * MIB + len(end)) & 0xFFFFFFFF
    scene.wire.send(last + crc.to_bytes(4, "little") + size.to_bytes(4, "little"))
