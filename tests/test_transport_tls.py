"""The transport over TLS, and under vcrpy."""

from __future__ import annotations

import gzip
import shutil
import ssl
import subprocess
import zlib
from pathlib import Path
from typing import Any

import pytest
import vcr

from tapwright.errors import TransportError
from tapwright.request import Request
from tapwright.transport import Limits, Transport
from tests.wire import TEXT, Act, Echo, Wire, answer, chunked, get, packed, trickle, unmeasured

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
        packed(gzip.compress(TEXT, mtime=0)),
        packed(zlib.compress(TEXT), "deflate"),
        chunked(TEXT, b""),
        chunked(gzip.compress(TEXT, mtime=0), b"", headers=["Content-Encoding: gzip"]),
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
