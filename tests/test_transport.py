"""The transport on real loopback sockets: what goes out byte for byte, what comes in proven complete."""

from __future__ import annotations

import gzip
import shutil
import socket
import ssl
import subprocess
import threading
import time
import zlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import vcr

from tapwright.body import Body
from tapwright.errors import BodyError, RunError, TransportError
from tapwright.request import Request, Response
from tapwright.transport import Limits, Transport
from tests.providers.hostile import Hostile
from tests.providers.loopback import Answer, Call, Provider

TEXT = b"id,name\n" + b"1,one\n" * 1000
Act = Callable[[socket.socket], Any]


class Wire:
    """A server whose n-th connection reads one request, sends these very bytes (or does this), and closes."""

    def __init__(self, *acts: bytes | Act, tls: ssl.SSLContext | None = None) -> None:
        self.heads: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, args=(acts, tls), daemon=True)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> str:
        self._thread.start()
        return self.url

    def __exit__(self, *_: object) -> None:
        with socket.socket() as last:  # in case it still waits for one
            last.connect_ex(self._listener.getsockname())
        self._thread.join(5)
        self._listener.close()

    def _serve(self, acts: tuple[bytes | Act, ...], tls: ssl.SSLContext | None) -> None:
        for act in acts:
            plain, _ = self._listener.accept()
            with plain, suppress(OSError), tls.wrap_socket(plain, server_side=True) if tls else plain as connection:
                self.heads.append(connection.recv(65536))
                connection.sendall(act) if isinstance(act, bytes) else act(connection)


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    return unmeasured(body, f"Content-Length: {len(body)}", *headers, status=status)


def unmeasured(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "", ""]).encode() + body


def chunked(*pieces: bytes, headers: Iterable[str] = ()) -> bytes:
    """Without an empty piece at the end, the last chunk is missing."""
    body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return unmeasured(body, "Transfer-Encoding: chunked", *headers)


def packed(body: bytes, encoding: str = "gzip") -> bytes:
    return answer(body, f"Content-Encoding: {encoding}")


def trickle(head: bytes) -> Act:
    """One byte every ten milliseconds, until the client has had enough."""

    def act(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(b"x")
            time.sleep(0.01)

    return act


def get(url: str, **limits: Any) -> Response:
    return Transport(Limits(**limits))(Request(url=url))


def fails(sent: bytes | Act, **limits: Any) -> str:
    with Wire(sent) as url, pytest.raises(RunError) as caught:
        get(f"{url}/a?key=hush", **limits)
    assert "hush" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return f"{type(caught.value).__name__}: {caught.value.message.partition('/a: ')[2]}"


class Echo(Provider):
    """Answers an empty object, and remembers the calls."""

    def answer(self, call: Call) -> Answer:
        return Answer(body=b"{}", headers={"Set-Cookie": "a=1"})


# --- what goes out


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
    with Wire(answer(gzip.compress(b"moved"), "Content-Encoding: gzip", "Location: /b", status="302 Found")) as url:
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
    with Wire(chunked(gzip.compress(TEXT), b"", headers=["Content-Encoding: gzip"])) as url:
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
        (packed(gzip.compress(TEXT)[:-9]), "TransportError: the answer was cut off inside its packed bytes"),
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
    began = time.monotonic()
    said = fails(trickle(head), answer_seconds=0.2, between_bytes_seconds=5)
    assert said == "TransportError: the answer was not complete after 0.2 s"
    assert time.monotonic() - began < 2


def test_a_bomb_is_defused() -> None:
    bomb = gzip.compress(b"\0" * 30_000_000)
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


# --- TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> str:
    if not (openssl := shutil.which("openssl")):
        pytest.skip("needs openssl to make a certificate")
    file = str(tmp_path_factory.mktemp("tls") / "both.pem")
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=here"
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", file, "-out", f"{file}.crt"]
    subprocess.run([openssl, *words.split(), *names], check=True, capture_output=True)
    Path(file).write_text(Path(file).read_text() + Path(f"{file}.crt").read_text())
    return file


@pytest.fixture
def tls(certificate: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def farewell(data: bytes) -> Act:
    def act(connection: ssl.SSLSocket) -> None:
        connection.sendall(data)
        connection.unwrap()

    return act  # type: ignore[return-value]


def test_tls_that_ends_without_saying_so_is_a_truncation(tls: ssl.SSLContext, certificate: str) -> None:
    with (
        Wire(unmeasured(TEXT), tls=tls) as url,
        pytest.raises(TransportError, match="TLS ended without saying so"),
    ):
        Transport(authorities=certificate)(Request(url=url))


def test_tls_that_says_goodbye_is_complete(tls: ssl.SSLContext, certificate: str) -> None:
    with Wire(farewell(unmeasured(TEXT)), tls=tls) as url:
        response = Transport(authorities=certificate)(Request(url=url))
    assert (response.body.content, response.proof) == (TEXT, "none")


def test_tls_needs_no_goodbye_after_a_proven_end(tls: ssl.SSLContext, certificate: str) -> None:
    with Wire(answer(TEXT), chunked(TEXT, b""), tls=tls) as url:
        transport = Transport(authorities=certificate)
        assert [transport(Request(url=url)).body.content for _ in range(2)] == [TEXT, TEXT]


def test_an_unknown_authority_is_refused(tls: ssl.SSLContext) -> None:
    with (
        Wire(answer(TEXT), tls=tls) as url,
        pytest.raises(TransportError, match="certificate is not trusted: self"),
    ):
        get(url)


def test_a_certificate_for_another_name_is_refused(tls: ssl.SSLContext, certificate: str) -> None:
    with (
        Wire(answer(TEXT), tls=tls) as url,
        pytest.raises(TransportError, match="certificate is not trusted"),
    ):
        Transport(authorities=certificate)(Request(url=url.replace("127.0.0.1", "localhost")))


def test_a_trickle_over_tls_is_cut_short(tls: ssl.SSLContext, certificate: str) -> None:
    transport = Transport(Limits(answer_seconds=0.2), authorities=certificate)
    with (
        Wire(trickle(unmeasured(b"")), tls=tls) as url,
        pytest.raises(TransportError, match="not complete"),
    ):
        transport(Request(url=url))


# --- cassettes


@pytest.mark.parametrize(
    "sent",
    [
        answer(TEXT, "Content-Type: text/csv"),
        packed(gzip.compress(TEXT)),
        packed(zlib.compress(TEXT), "deflate"),
        chunked(TEXT, b""),
        chunked(gzip.compress(TEXT), b"", headers=["Content-Encoding: gzip"]),
        answer(TEXT, "Location: /b", status="302 Found"),
        answer(TEXT, status="404 Not Found"),
        unmeasured(TEXT),
    ],
)
@pytest.mark.parametrize("options", [{}, {"decode_compressed_response": True}])
def test_recording_and_replaying_give_the_same_answer(tmp_path: Path, sent: bytes, options: dict[str, Any]) -> None:
    cassette = str(tmp_path / "c.yaml")
    with Wire(sent) as url, vcr.use_cassette(cassette, record_mode="once", **options):
        request = Request(url=f"{url}/%7E?a=%7e", params=(("b", "[]"),))
        recorded = Transport(Limits(spool_bytes=100))(request)
    with vcr.use_cassette(cassette, record_mode="none", **options):
        replayed = Transport(Limits(spool_bytes=100))(request)
    assert "/%7E?a=%7e&b=%5B%5D" in Path(cassette).read_text()
    for response in (recorded, replayed):
        assert (response.body.content, response.body.spooled) == (TEXT, True)
        assert (response.status, response.proof) == (recorded.status, "length")


@pytest.mark.parametrize("sent", [answer(b""), unmeasured(b"", status="204 No Content"), packed(b"")])
def test_an_empty_answer_is_recorded_and_replayed(tmp_path: Path, sent: bytes) -> None:
    with Wire(sent) as url:
        for _ in range(2):
            with vcr.use_cassette(str(tmp_path / "c.yaml")):
                assert get(url).body.content == b""


def test_a_cut_answer_is_not_recorded(tmp_path: Path) -> None:
    cut = Wire(unmeasured(b"abc", "Content-Length: 9"))
    with cut as url, vcr.use_cassette(str(tmp_path / "c")) as cassette, pytest.raises(TransportError, match="cut off"):
        get(url)
    assert len(cassette) == 0


def test_a_transport_works_before_during_and_after_a_cassette(tmp_path: Path) -> None:
    with Echo() as echo:
        transport = Transport()
        transport(Request(url=echo.url))
        for _ in range(2):
            with vcr.use_cassette(str(tmp_path / "c.yaml")):
                transport(Request(url=echo.url))
        transport(Request(url=echo.url))
    assert len(echo.calls) == 3
