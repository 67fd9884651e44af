"""The transport on real loopback sockets: what goes out byte for byte, what comes in proven complete."""

from __future__ import annotations

import gzip
import socket
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tapwright.body import Body
from tapwright.errors import BodyError, RunError, TransportError
from tapwright.request import Request
from tapwright.transport import Transport
from tests.providers.hostile import Hostile
from tests.providers.loopback import Answer, Call
from tests.wire import TEXT, Echo, Wire, answer, chunked, fails, get, packed, trickle, unmeasured


def test_the_target_goes_on_the_wire_byte_for_byte() -> None:
    target = "/p%7Eq/%5b/../%5B//x.%20y?a=%7e&b=[c]&d=%C3%A4+%2B&e"
    with (wire := Wire(answer(b""))) as url:
        Transport()(Request(url=url + target, params=(("t", "~ é"),), percent_encode="~"))
    assert wire.heads[0].startswith(f"GET {target}&t=%7E%20%C3%A9 HTTP/1.1\r\n".encode())


def test_characters_that_no_target_may_hold_are_encoded() -> None:
    with Echo() as echo:
        get(f"{echo.url}/a b?q=é ü#fragment")
    assert (echo.calls[0].path, echo.calls[0].raw_query) == ("/a b", "q=%C3%A9%20%C3%BC")


def test_json_bodies_keep_their_decimals() -> None:
    with Echo() as echo:
        Transport()(Request(url=echo.url, method="POST", json={"n": Decimal("1.10"), "big": 2**70}))
    assert echo.calls[0].body == b'{"n":1.10,"big":1180591620717411303424}'
    assert echo.calls[0].headers["content-type"] == "application/json"


def test_form_bodies_are_encoded_once() -> None:
    with Echo() as echo:
        Transport()(Request(url=echo.url, method="POST", form=(("a b", "c&d=%é"), ("a b", ""))))
    assert echo.calls[0].body == b"a+b=c%26d%3D%25%C3%A9&a+b="
    assert echo.calls[0].headers["content-type"] == "application/x-www-form-urlencoded"


def test_text_bodies_keep_the_callers_content_type() -> None:
    with Echo() as echo:
        headers = {"content-type": "application/soap+xml"}
        Transport()(Request(url=echo.url, method="POST", text="<ä/>", headers=headers))
    assert echo.calls[0].body == "<ä/>".encode()
    assert echo.calls[0].headers["content-type"] == "application/soap+xml"


def test_headers_are_few_and_in_utf8() -> None:
    with Echo() as echo:
        Transport()(Request(url=echo.url, headers={"X-Name": "é"}, cookies={"s": "1", "t": "2"}))
    headers = dict(echo.calls[0].headers)
    assert headers.pop("host")
    assert headers.pop("user-agent").startswith("tapwright/")
    assert headers.pop("x-name").encode("latin-1").decode() == "é"
    assert headers == {"accept": "*/*", "accept-encoding": "gzip, deflate", "cookie": "s=1; t=2"}


def test_a_header_with_a_line_break_is_refused_without_showing_it() -> None:
    with pytest.raises(RunError, match="character that headers cannot carry") as caught:
        Transport()(Request(url="http://127.0.0.1:9/", headers={"X-Key": "hush\r\nX-Other: 1"}))
    assert "hush" not in str(caught.value)


def test_cookies_are_not_kept() -> None:
    with Echo() as echo:
        transport = Transport()
        assert transport(Request(url=echo.url)).headers["set-cookie"] == "a=1"
        transport(Request(url=echo.url))
    assert "cookie" not in echo.calls[1].headers


def test_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password hush")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with Echo() as echo:
        get(echo.url)
    assert "authorization" not in echo.calls[0].headers


def test_connections_are_used_again() -> None:
    ports: set[int] = set()

    class Ports(Echo):
        def answer(self, call: Call) -> Answer:
            return Answer(body=[b"chunked"] if call.path == "/c" else b"measured")

    with Ports() as provider:
        accept = provider._server.get_request

        def counted() -> Any:
            connection, address = accept()
            ports.add(address[1])
            return connection, address

        provider._server.get_request = counted  # type: ignore[method-assign]
        transport = Transport()
        for path in ("/", "/c", "/", "/c"):
            transport(Request(url=provider.url + path))
    assert len(ports) == 1


# --- what comes in


def test_a_measured_body_is_proven_by_its_length() -> None:
    with Wire(answer(TEXT, "X-A: 1", "x-a: 2", "Set-Cookie: a=1", "Set-Cookie: b=2")) as url:
        response = get(f"{url}/x?y=1")
    assert (response.status, response.proof, response.body.content) == (200, "length", TEXT)
    assert response.headers["x-a"] == "1, 2"
    assert response.headers["set-cookie"] == "a=1\nb=2"
    assert response.url == f"{url}/x?y=1"


def test_a_chunked_body_is_proven_by_its_last_chunk() -> None:
    with Wire(chunked(TEXT[:10], TEXT[10:], b"")) as url:
        response = get(url)
    assert (response.proof, response.body.content) == ("chunked", TEXT)


def test_a_body_that_ends_with_its_connection_is_not_proven() -> None:
    with Wire(unmeasured(TEXT)) as url:
        response = get(url)
    assert (response.proof, response.body.content) == ("none", TEXT)


def test_an_answer_without_a_body_is_complete() -> None:
    with Wire(unmeasured(b"", status="204 No Content")) as url:
        response = get(url)
    assert (response.status, response.proof, response.body.content) == (204, "length", b"")


def test_redirects_are_only_reported() -> None:
    with Wire(
        answer(gzip.compress(b"moved", mtime=0), "Content-Encoding: gzip", "Location: /b", status="302 Found")
    ) as url:
        response = get(url)
    assert (response.status, response.headers["location"], response.body.content) == (302, "/b", b"moved")


def test_a_large_body_goes_to_disk() -> None:
    with Wire(answer(TEXT)) as url:
        body = get(url, spool_bytes=100).body
    assert body.spooled
    assert body.size == len(TEXT)
    assert body.content == TEXT
    assert body.head(7) == b"id,name"
    assert body.open().read() == TEXT


def test_a_small_body_stays_in_memory() -> None:
    with Wire(answer(TEXT)) as url:
        assert get(url, spool_bytes=len(TEXT)).body == Body.of(TEXT)


def test_a_packed_body_is_unpacked() -> None:
    with Wire(chunked(gzip.compress(TEXT, mtime=0), b"", headers=["Content-Encoding: gzip"])) as url:
        assert get(url).body.content == TEXT


# --- what does not come in


CUT = "TransportError: the answer was cut off"
TOO_LONG = "BodyError: the answer's headers are too long or too many"


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (unmeasured(b"abc", "Content-Length: 9"), CUT),
        (unmeasured(b"9\r\nabc", "Transfer-Encoding: chunked"), CUT),
        (chunked(b"abc"), CUT),
        (b"HTTP/1.1 200 OK\r\nContent-Le", CUT),
        (b"HTTP/1.1 200 OK\r\nContent-Type: a/b\r\n", CUT),
        (b"", "TransportError: the server closed the connection without an answer"),
        (b"SSH-2.0-OpenSSH\r\n", "TransportError: the server does not answer in HTTP"),
        (unmeasured(b"", "Content-Length: x"), "TransportError: the answer's Content-Length is not a number"),
        (unmeasured(b"", status="103 Hints"), "TransportError: the server sent status 103, which is no answer"),
        (answer(b"", "X-A: " + "a" * 70_000), TOO_LONG),
        (answer(b"", *["X-A: a"] * 200), TOO_LONG),
        (answer(b"", *["X-A: " + "a" * 60_000] * 5), "BodyError: the answer's headers are larger than 262,144 bytes"),
        (
            unmeasured(b"", "Transfer-Encoding: gzip, chunked"),
            "BodyError: the answer was transferred as 'gzip, chunked', which cannot be read",
        ),
        (packed(b"{}"), "BodyError: the answer is labelled gzip but does not begin as gzip does"),
        (packed(gzip.compress(TEXT, mtime=0)[:-9]), "TransportError: the answer was cut off inside its packed bytes"),
    ],
)
def test_a_broken_answer_is_an_error(sent: bytes, said: str) -> None:
    assert fails(sent) == said


def test_a_reset_is_an_error() -> None:
    with Hostile(fault="reset-in-body", at=1) as server, pytest.raises(TransportError, match="reset"):
        get(server.items)


def test_a_refused_connection_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        url = f"http://127.0.0.1:{gone.getsockname()[1]}/a"
    with pytest.raises(TransportError, match=r"/a: the connection was refused$"):
        get(f"{url}?key=hush")


def test_an_unknown_host_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: (_ for _ in ()).throw(socket.gaierror()))
    with pytest.raises(TransportError, match=r"^GET https://nowhere\.invalid/: the host's name is not known$"):
        get("https://nowhere.invalid/?key=hush")


def test_silence_is_cut_short() -> None:
    with (
        Hostile(fault="stall-at-once", at=1) as server,
        pytest.raises(TransportError, match="nothing arrived"),
    ):
        get(server.items, between_bytes_seconds=0.05)


def test_a_stall_is_cut_short() -> None:
    with (
        Hostile(fault="stall", at=1) as server,
        pytest.raises(TransportError, match=r"nothing arrived for 0\.05 s"),
    ):
        get(server.items, between_bytes_seconds=0.05)


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Slow: ",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;",
    ],
)
def test_a_trickle_is_cut_short(head: bytes) -> None:
    said = fails(trickle(head), answer_seconds=0.2, between_bytes_seconds=5)
    assert said == "TransportError: the answer was not complete after 0.2 s"


def test_a_bomb_is_defused() -> None:
    bomb = gzip.compress(b"\0" * 30_000_000, mtime=0)
    said = fails(packed(bomb))
    assert said == "BodyError: the answer unpacks to over 200 times its size: a decompression bomb"


def test_a_body_may_not_be_endless() -> None:
    assert fails(answer(TEXT), most_bytes=1000) == "BodyError: the answer is larger than 1,000 bytes"


def test_a_connection_with_a_broken_answer_is_not_used_again() -> None:
    with Wire(packed(b"{}" * 99), answer(b"fine")) as url:
        transport = Transport()
        with pytest.raises(BodyError):
            transport(Request(url=url))
        assert transport(Request(url=url)).body.content == b"fine"


def test_bytes_after_an_answer_are_not_taken_for_the_next() -> None:
    with Hostile(fault="extra-bytes", at=1) as server:
        transport = Transport()
        first = transport(Request(url=server.items))
        second = transport(Request(url=f"{server.items}?page=2"))
    assert first.body.content != second.body.content
    assert b'"page":2' in second.body.content.replace(b" ", b"")
