"""Each fault of the hostile server is really what its description says."""

from __future__ import annotations

import codecs
import contextlib
import csv
import gzip
import json
import socket
import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest
import requests

from tests.providers.hostile import FAULTS, PAGES, PER_PAGE, Hostile, Strike, page_url, path_for
from tests.providers.hostile_bodies import DEPTH, MIB, NUMBERS
from tests.providers.hostile_pages import Page

NOON = 1_773_576_000.0


@dataclass(frozen=True)
class Got:
    """Everything that came, and how it ended: `eof`, `reset` or `open`."""

    data: bytes
    end: str
    fault: str

    @property
    def status(self) -> int:
        return int(self.data.split(b" ")[1])

    @property
    def headers(self) -> dict[str, str]:
        lines = self.data.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]
        return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}

    @property
    def body(self) -> bytes:
        return self.data.partition(b"\r\n\r\n")[2]

    @property
    def whole(self) -> bytes:
        """The healthy body of the same page."""
        return Page.good(3, path_for(self.fault).removeprefix("/items")).body()

    @property
    def short(self) -> bool:
        """Whether the body is a proper, non-empty beginning of the healthy one."""
        return self.whole.startswith(self.body) and 0 < len(self.body) < len(self.whole)

    @property
    def framed(self) -> bool:
        """Whether the body is exactly as long as announced, so only its content is wrong."""
        return self.headers["content-length"] == str(len(self.body)) and self.end == "eof"

    @property
    def waits(self) -> str:
        return self.headers.get("retry-after", "")


def fetch(url: str, fault: str, wait: float = 5) -> Got:
    """Ask for one page on a plain socket and read until it ends, or until nothing comes for a while."""
    parts, data = urlsplit(url), b""
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=wait) as one:
        one.sendall(f"GET {parts.path}?{parts.query} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        with contextlib.suppress(OSError):  # A reset may have come already.
            one.shutdown(socket.SHUT_WR)
        try:
            while more := one.recv(1 << 20):
                data += more
        except TimeoutError:
            return Got(data, "open", fault)
        except ConnectionResetError:
            return Got(data, "reset", fault)
    return Got(data, "eof", fault)


def unread(got: Got) -> bool:
    """Whether the body is framed but no JSON."""
    try:
        json.loads(got.body)
    except (ValueError, RecursionError):
        return got.framed
    return False


def unlimited(got: Got) -> bool:
    return got.short and got.end == "eof" and not {"content-length", "transfer-encoding"} & set(got.headers)


def first_amount(got: Got) -> str:
    raw: list[str] = []
    json.loads(got.body, parse_float=raw.append, parse_int=raw.append, parse_constant=raw.append)
    return raw[1]


def broken_xml(got: Got) -> bool:
    try:
        ET.fromstring(got.body)
    except ET.ParseError:
        return got.framed
    return False


def broken_lines(got: Got) -> int:
    return sum(not line.endswith(b"}") for line in got.body.splitlines())


def unzips(got: Got, error: type[Exception]) -> bool:
    try:
        gzip.decompress(got.body)
    except error:
        return got.framed
    return False


CHECKS: dict[str, Callable[[Got], bool]] = {
    "length-cut": lambda got: got.short and got.headers["content-length"] == str(len(got.whole)),
    "json-cut": unlimited,
    "xml-cut": unlimited,
    "csv-cut": lambda got: unlimited(got) and got.body.endswith(b"\n"),
    "csv-cut-row": lambda got: unlimited(got) and not got.body.endswith(b"\n"),
    "jsonl-cut": lambda got: unlimited(got) and got.body.endswith(b"}\n"),
    "jsonl-cut-line": lambda got: unlimited(got) and not got.body.endswith(b"\n"),
    "chunk-cut": lambda got: got.body.startswith(b"%x\r\n" % len(got.whole)) and len(got.body) < len(got.whole),
    "no-last-chunk": lambda got: got.body == b"%x\r\n%s\r\n" % (len(got.whole), got.whole),
    "reset": lambda got: got.end == "reset" and not got.data,
    "reset-in-body": lambda got: got.end == "reset" and got.short,
    "empty-reply": lambda got: got.end == "eof" and not got.data,
    "extra-bytes": lambda got: got.body.startswith(got.whole + b"HTTP/1.1 200 OK\r\n"),
    "big-header": lambda got: len(got.headers["x-filler"]) == 10_000_000 and got.body == got.whole,
    "500": lambda got: got.status == 500 and not got.waits,
    "503": lambda got: got.status == 503 and not got.waits,
    "429": lambda got: got.status == 429 and not got.waits,
    "401": lambda got: got.status == 401 and "www-authenticate" in got.headers,
    "204": lambda got: got.status == 204 and not got.body and "content-length" not in got.headers,
    "200-json-error": lambda got: got.status == 200 and set(json.loads(got.body)) == {"error"},
    "200-xml-error": lambda got: got.status == 200 and ET.fromstring(got.body).tag == "error",
    "200-html": lambda got: got.body.startswith(b"<!doctype") and got.headers["content-type"].startswith("text/html"),
    "200-html-as-json": lambda got: unread(got) and got.headers["content-type"] == "application/json",
    "200-empty": lambda got: got.status == 200 and got.headers["content-length"] == "0",
    "wrong-root": lambda got: json.loads(got.body) == json.loads(got.whole)["items"],
    "bom": lambda got: got.framed and got.body == codecs.BOM_UTF8 + got.whole,
    "bad-utf8": lambda got: b"\xe9" in got.body and len(got.body) == len(got.whole) - 1 and unread(got),
    "deep": lambda got: got.body.count(b"[") == DEPTH + 1 and unread(got),
    "duplicate-key": lambda got: json.loads(got.body)["items"][0]["amount"] == 99.99,
    "xml-mismatch": broken_xml,
    "csv-short-row": lambda got: {len(row) for row in csv.reader(got.body.decode().splitlines())} == {2, 4},
    "csv-open-quote": lambda got: len(list(csv.reader(got.body.decode().splitlines(keepends=True)))) == 2,
    "jsonl-broken-line": lambda got: got.framed and broken_lines(got) == 1,
    "gzip": lambda got: got.framed and gzip.decompress(got.body) == got.whole,
    "gzip-cut": lambda got: unzips(got, EOFError),
    "gzip-no-trailer": lambda got: unzips(got, EOFError) and zlib.decompressobj(31).decompress(got.body) == got.whole,
    "gzip-bad-crc": lambda got: unzips(got, gzip.BadGzipFile),
    "gzip-unlabelled": lambda got: gzip.decompress(got.body) == got.whole,
    "gzip-plain": lambda got: got.body == got.whole and got.headers["content-encoding"] == "gzip",
}
CHECKS |= {name: lambda got: first_amount(got) == NUMBERS[got.fault][0] for name in NUMBERS}
for status in ("503", "429"):
    CHECKS |= {
        f"{status}-seconds": lambda got: got.waits == "1",
        f"{status}-date": lambda got: parsedate_to_datetime(got.waits).timestamp() == NOON + 1,
        f"{status}-past": lambda got: parsedate_to_datetime(got.waits).year == 2015,
        f"{status}-garbage": lambda got: got.waits == "soon",
        f"{status}-days": lambda got: got.waits == "864000",
        f"{status}-huge": lambda got: got.waits == "9999999999",
    }
"""How to see each fault in one answer; those below need more than one answer, or time."""
APART = {"stall", "stall-at-once", "trickle", "gzip-bomb", "next-other-host", "next-same", "cycle"}
APART |= {"same-content", "empty-pages", "redirect-other-host", "redirect-same-host", "redirect-loop"}


def test_every_fault_is_described_and_checked() -> None:
    assert set(FAULTS) == set(CHECKS) | APART
    assert all(says.endswith(".") for says in FAULTS.values())


@pytest.mark.parametrize("fault", sorted(CHECKS))
def test_fault_happens_once_at_its_page(fault: str) -> None:
    with Hostile(fault=fault, now=lambda: NOON) as server:
        assert fetch(page_url(server.url, 2, fault), fault).status == 200
        assert CHECKS[fault](fetch(page_url(server.url, 3, fault), fault))
        again = fetch(page_url(server.url, 3, fault), fault)
        assert again.body == again.whole and again.framed
        assert [call.page for call in server.calls] == [2, 3, 3]


@pytest.mark.parametrize("fault", ["stall", "stall-at-once"])
def test_stall_lasts_until_released(fault: str) -> None:
    with Hostile(fault=fault) as server:
        got = fetch(page_url(server.url, 3), fault, wait=0.2)
        assert got.end == "open" and got.short == (fault == "stall")
        threading.Timer(0.1, server.release).start()
    with Hostile(fault=fault) as server:
        threading.Timer(0.1, server.release).start()
        assert fetch(page_url(server.url, 3), fault).end == "eof"


def test_trickle_comes_byte_by_byte() -> None:
    with Hostile(fault="trickle", pause=0.02) as server:
        parts, reads = urlsplit(server.url), [b""]
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=5) as one:
            one.sendall(b"GET /items?page=3 HTTP/1.1\r\nHost: x\r\n\r\n")
            while len(b"".join(reads).partition(b"\r\n\r\n")[2]) < 10:
                reads.append(one.recv(65536))
    assert len(reads) >= 5 and max(len(read) for read in reads[3:]) <= 3


def test_bomb_is_one_megabyte_and_unpacks_to_a_gigabyte() -> None:
    with Hostile(fault="gzip-bomb") as server:
        got = fetch(page_url(server.url, 3), "gzip-bomb")
    assert got.framed and 0.9 * MIB < len(got.body) < 1.2 * MIB
    unpacker, size, data = zlib.decompressobj(31), 0, got.body
    while data:
        size += len(unpacker.decompress(data, MIB))
        data = unpacker.unconsumed_tail
    assert unpacker.eof and 1024 * MIB < size < 1025 * MIB


def test_small_bomb_is_valid_json() -> None:
    with Hostile(fault="gzip-bomb", bomb_mib=2) as server:
        assert requests.get(page_url(server.url, 3), timeout=5).json()["items"] == []


def walk(url: str, limit: int = 12) -> list[dict[str, object]]:
    """Follow `next` as a naive client does, with its key and all, up to a limit of pages."""
    pages: list[dict[str, object]] = []
    with requests.Session() as session:
        origin, path = url[: url.index("/items")], "/items"
        session.headers["X-Api-Key"] = "k3y"
        while path and len(pages) < limit:
            where = path if path.startswith("http") else origin + path
            origin = where[: where.index("/items")]
            pages.append(session.get(where, timeout=5).json())
            path = str(pages[-1]["next"] or "")
    return pages


def numbers(pages: list[dict[str, object]]) -> list[object]:
    return [page["page"] for page in pages]


def test_healthy_server_serves_a_hundred_records() -> None:
    with Hostile() as server:
        items = [item for page in walk(server.items) for item in page["items"]]  # type: ignore[attr-defined]
        assert [item["id"] for item in items] == list(range(1, PAGES * PER_PAGE + 1))
        assert "Link" not in requests.get(page_url(server.url, 5), timeout=5).headers


def test_next_on_another_host_receives_what_the_client_gives() -> None:
    with Hostile(fault="next-other-host") as server:
        assert numbers(walk(server.items)) == [1, 2, 3, 4, 5]
        assert [call.page for call in server.other.calls] == [4, 5]
        assert server.other.calls[0].headers["x-api-key"] == "k3y"
        assert urlsplit(server.other.url).hostname == "127.0.0.2"


def test_cookies_ignore_ports() -> None:
    with Hostile(fault="next-other-host", other_host="127.0.0.1") as server:
        walk(server.items)
        assert server.other.calls[0].headers["cookie"] == "session=c00kie"


def test_next_goes_in_circles() -> None:
    with Hostile(fault="next-same") as server:
        assert numbers(walk(server.items)) == [1, 2, 3, 3, 4, 5]
    with Hostile(fault="next-same", times=None) as server:
        assert numbers(walk(server.items, 6)) == [1, 2, 3, 3, 3, 3]
    with Hostile(fault="cycle", times=None) as server:
        assert numbers(walk(server.items, 6)) == [1, 2, 3, 2, 3, 2]


def test_endless_pages_never_end() -> None:
    with Hostile(fault="same-content") as server:
        pages = walk(server.items)
        assert numbers(pages) == list(range(1, 13))
        assert all(page["items"] == pages[0]["items"] for page in pages[2:])
    with Hostile(fault="empty-pages") as server:
        pages = walk(server.items)
        assert len(pages) == 12 and all(page["items"] == [] for page in pages[2:])


def test_redirects() -> None:
    with Hostile(fault="redirect-other-host") as server:
        walk(server.items)
        assert [call.page for call in server.other.calls] == [3]
        assert server.other.calls[0].headers["x-api-key"] == "k3y"
    with Hostile(fault="redirect-same-host") as server:
        assert numbers(walk(server.items)) == [1, 2, 3, 4, 5]
        assert server.calls[3].target == "/moved/items?page=3"
    with Hostile(fault="redirect-loop") as server, pytest.raises(requests.TooManyRedirects):
        walk(server.items)


def test_strikes_of_a_script_follow_one_another() -> None:
    script = [
        Strike(fault="401", at=2),
        Strike(fault="503", at=2, times=2),
        Strike(fault="429", at=4, times=None),
    ]
    with Hostile(script) as server:
        assert [fetch(page_url(server.url, 2), "").status for _ in range(4)] == [401, 503, 503, 200]
        assert [fetch(page_url(server.url, 4), "").status for _ in range(4)] == [429] * 4


def test_unknown_faults_and_pages_are_named() -> None:
    with pytest.raises(ValueError, match="no such fault: typo"):
        Hostile(fault="typo")
    with Hostile() as server:
        assert requests.get(server.url + "/else", timeout=5).status_code == 404


def test_leaving_closes_every_thread_and_port() -> None:
    before = set(threading.enumerate())
    with Hostile(fault="stall") as server:
        left = socket.create_connection(("127.0.0.1", urlsplit(server.url).port or 0), timeout=5)
        fetch(page_url(server.url, 3), "stall", wait=0.1)
    assert set(threading.enumerate()) <= before
    assert left.recv(1) == b""
    left.close()
    with pytest.raises(requests.ConnectionError):
        requests.get(server.items, timeout=1)
