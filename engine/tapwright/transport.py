"""The only module that touches the network: one request out, one complete answer in."""

from __future__ import annotations

import http.client
import itertools
import socket
import ssl
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import msgspec
import requests
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3 import exceptions as urllib3

from tapwright.deadline import Deadline
from tapwright.errors import BodyError, RunError, TransportError
from tapwright.request import Request, Response
from tapwright.shortened import shortened
from tapwright.unpack import Bounds, keep, unpack
from tapwright.version import __version__

PIECE = 64 * 1024
SILENT = {"Accept": "*/*", "Accept-Encoding": "gzip, deflate", "User-Agent": f"tapwright/{__version__}"}
"""Headers that a request has unless it says otherwise."""
SEPARATORS = {"set-cookie": "\n"}
PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))
_JSON = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How long an answer may take and how large it may be."""

    connect_seconds: float = 10.0
    """To reach the server."""
    between_bytes_seconds: float = 60.0
    """From one byte of the answer to the next."""
    answer_seconds: float = 600.0
    """From the request to the last byte of its answer."""
    spool_bytes: int = 16 * 1024**2
    """Bodies above this size are kept on disk instead of in memory."""
    most_bytes: int = 8 * 1024**3
    """The largest body, unpacked."""
    ratio: int = 200
    """The most that a packed body may grow when unpacked, past its first 10 MiB."""
    header_bytes: int = 256 * 1024
    """The largest sum of all header lines of an answer."""


class Transport:
    """Sends requests through pooled connections; follows no redirect, keeps no cookie.  Thread-safe."""

    def __init__(self, limits: Limits | None = None, authorities: str | None = None) -> None:
        """Set the limits, and the PEM file of certificate authorities to trust instead of the usual ones."""
        self._limits = limits or Limits()
        self._bounds = Bounds(most_bytes=self._limits.most_bytes, ratio=self._limits.ratio)
        self._session = _Session()
        self._session.trust_env = False
        self._session.cookies = RequestsCookieJar(policy=DefaultCookiePolicy(allowed_domains=[]))
        adapter = _Adapter(authorities or DEFAULT_CA_BUNDLE_PATH)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)
        self._wire = adapter.wire

    def __call__(self, request: Request) -> Response:
        """Send the request and return its answer, complete and unpacked."""
        deadline = Deadline(self._limits.answer_seconds)
        with deadline, _told(request, self._limits, deadline):
            raw = self._send(prepared(request), deadline)
            try:
                return self._read(request, raw)
            except BaseException:
                raw.close()
                raise

    def close(self) -> None:
        """Close every connection."""
        self._session.close()

    def _send(self, sent: Sent, deadline: Deadline) -> Any:
        self._wire.target, self._wire.deadline = sent.target, deadline
        timeout = (self._limits.connect_seconds, self._limits.between_bytes_seconds)
        answer = self._session.send(
            sent.prepared, stream=True, verify=True, allow_redirects=False, timeout=timeout, proxies={}
        )
        deadline.cut_by(getattr(answer.raw, "shutdown", None))
        return answer.raw

    def _read(self, request: Request, raw: Any) -> Response:
        headers = _headers(raw.headers.items(), self._limits.header_bytes)
        if raw.status < 200:
            raise TransportError(f"the server sent status {raw.status}, which is no answer")
        arrived = _replayed(raw, headers) if hasattr(raw, "recorded_response") else _arriving(raw, headers)
        unpacked = unpack(arrived.pieces, arrived.encoding, self._bounds)
        return Response(
            request=request,
            status=raw.status,
            headers=headers,
            body=keep(unpacked, self._limits.spool_bytes),
            url=request.target,
            proof=arrived.proof,
        )


# --- what goes out


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A request as it goes on the wire."""

    prepared: requests.PreparedRequest
    target: str
    """Path and query, byte for byte as they go on the wire."""


def prepared(request: Request) -> Sent:
    """Write a request out: every header, the encoded address, the bytes of its body."""
    parts = urlsplit(request.target)
    target = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=PRINTABLE)
    origin = f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
    body, content_type = _body(request)
    given = {name: _wire_text(text) for name, text in request.headers.items()}
    headers = _defaults(request, content_type) | given
    sent = requests.PreparedRequest()  # `prepare` would take the address apart, and put it together otherwise
    sent.prepare_method(request.method)
    sent.url = origin + target
    sent.prepare_headers(headers)
    sent.prepare_cookies({})
    sent.prepare_body(body, None)
    return Sent(prepared=sent, target=target)


def _body(request: Request) -> tuple[bytes | None, str]:
    if request.json is not None:
        return _JSON.encode(request.json), "application/json"
    if request.form is not None:
        return urlencode(request.form).encode(), "application/x-www-form-urlencoded"
    return (None, "") if request.text is None else (request.text.encode(), "text/plain; charset=utf-8")


def _defaults(request: Request, content_type: str) -> dict[str, str]:
    cookies = "; ".join(f"{name}={value}" for name, value in request.cookies.items())
    given = {name.lower() for name in request.headers}
    wanted = {**SILENT, "Content-Type": content_type, "Cookie": _wire_text(cookies)}
    return {name: text for name, text in wanted.items() if text and name.lower() not in given}


def _wire_text(text: str) -> str:
    """Make http.client, which writes latin-1, write UTF-8."""
    return text.encode().decode("latin-1")


# --- what comes in


@dataclass(frozen=True, kw_only=True)
class _Arrived:
    pieces: Iterator[bytes]
    encoding: str
    proof: str


def _headers(pairs: Iterable[tuple[str, str]], most: int) -> dict[str, str]:
    headers: dict[str, str] = {}
    size = 0
    for name, text in pairs:
        size += len(name) + len(text) + 4
        key = name.lower()
        headers[key] = f"{headers[key]}{SEPARATORS.get(key, ', ')}{text}" if key in headers else text
    if size > most:
        raise BodyError(f"the answer's headers are larger than {most:,} bytes")
    return headers


def _arriving(raw: Any, headers: Mapping[str, str]) -> _Arrived:
    if (transfer := headers.get("transfer-encoding", "chunked").lower()) not in ("chunked", "identity"):
        raise BodyError(f"the answer was transferred as '{shortened(transfer, 60)}', which cannot be read")
    measured = raw.length_remaining is not None
    if not measured and not raw.chunked and "content-length" in headers:
        raise TransportError("the answer's Content-Length is not a number")
    return _Arrived(
        pieces=_pieces(raw),
        encoding=headers.get("content-encoding", ""),
        proof="chunked" if raw.chunked else "length" if measured else "none",
    )


def _pieces(raw: Any) -> Iterator[bytes]:
    """Whatever has arrived, as soon as it has: waiting for a full buffer would outlast the limits."""
    while piece := raw.read1(min(PIECE, raw.length_remaining or PIECE), decode_content=False):
        yield piece


def _replayed(raw: Any, headers: Mapping[str, str]) -> _Arrived:
    """A cassette's answer: whole by nature, and perhaps unpacked when it was recorded."""
    first = raw.read(PIECE)
    zlib = first[:1] == b"x" and int.from_bytes(first[:2], "big") % 31 == 0
    packed = zlib or first.startswith(b"\x1f\x8b")
    return _Arrived(
        pieces=itertools.chain((first,), iter(lambda: raw.read(PIECE), b"")),
        encoding=headers.get("content-encoding", "") if packed else "",
        proof="length",
    )


# --- connections


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """Find no redirect: requests would read the whole answer to prepare for it."""


class _StrictContext(ssl.SSLContext):
    """TLS that calls an end without close_notify what it may be: a truncation."""

    def wrap_socket(self, *args: Any, **options: Any) -> ssl.SSLSocket:
        return super().wrap_socket(*args, **{**options, "suppress_ragged_eofs": False})


class _Wire(threading.local):
    """What this thread is sending, for its connection to see."""

    target: str
    deadline: Deadline


class _Adapter(HTTPAdapter):
    """Pools that send each target byte for byte, and let the deadline cut their connections."""

    def __init__(self, authorities: str) -> None:
        self.wire = _Wire()
        self._context = _trusting(authorities)
        super().__init__(pool_connections=32, pool_maxsize=32)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options, ssl_context=self._context)
        self.poolmanager.pool_classes_by_scheme = _pools(self.wire)

    def cert_verify(self, *args: Any, **options: Any) -> None:
        """Leave the certificates to the context, which has loaded them once and always verifies."""


@cache
def _trusting(authorities: str) -> ssl.SSLContext:
    """A context for every transport: to read the authorities takes as long as to ask a small question."""
    context = _StrictContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF  # Python sets it, depending on how it was built
    context.load_verify_locations(authorities)
    return context


def _pools(wire: _Wire) -> dict[str, type[HTTPConnectionPool]]:
    class Plain(HTTPConnectionPool):
        def _make_request(self, conn: Any, method: str, url: str, *args: Any, **options: Any) -> Any:
            wire.deadline.cut_by(lambda: socket.socket.shutdown(conn.sock, socket.SHUT_RDWR))
            conn.response_class = _WholeHead
            return super()._make_request(conn, method, wire.target, *args, **options)

    class Secure(Plain, HTTPSConnectionPool):
        pass

    return {"http": Plain, "https": Secure}


class _WholeHead(http.client.HTTPResponse):
    """An answer whose headers must end with their empty line; http.client takes a cut for their end."""

    def begin(self) -> None:
        this: Any = self  # http.client reads no more than lines here
        stream, lines = this.fp, _Lines(this.fp)
        this.fp = lines
        try:
            super().begin()
        finally:
            this.fp = stream if this.fp is lines else None
        if not lines.last:
            raise http.client.IncompleteRead(b"")


class _Lines:
    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.last = b""

    def readline(self, limit: int) -> bytes:
        self.last = self._stream.readline(limit)
        return self.last

    def close(self) -> None:
        self._stream.close()


# --- what went wrong


@contextmanager
def _told(request: Request, limits: Limits, deadline: Deadline) -> Iterator[None]:
    """Turn every failure on the way into one sentence of ours, without the URL's query."""
    where = f"{request.method} {request.target.split('?')[0].split('#')[0]}"
    late = TransportError(f"{where}: the answer was not complete after {limits.answer_seconds:g} s")
    try:
        yield
    except (requests.RequestException, urllib3.HTTPError, http.client.HTTPException, OSError) as error:
        raise (late if deadline.passed else _explained(where, error, limits)) from None
    except (TransportError, BodyError) as error:
        error.message = f"{where}: {error.message}"
        raise (late if deadline.passed else error) from None
    if deadline.passed:
        raise late


def _explained(where: str, error: Exception, limits: Limits) -> RunError:
    causes = list(_causes(error))
    if any(isinstance(cause, requests.exceptions.InvalidHeader) for cause in causes):
        return RunError(f"{where}: a header's name or value holds a character that headers cannot carry")
    if any(type(cause) in (http.client.LineTooLong, http.client.HTTPException) for cause in causes):
        return BodyError(f"{where}: the answer's headers are too long or too many")
    if any(getattr(cause, "reason", None) == "UNEXPECTED_EOF_WHILE_READING" for cause in causes):
        causes = [ssl.SSLEOFError()]  # as later Pythons call it
    for kind, sentence in _SENTENCES:
        if found := next((cause for cause in causes if isinstance(cause, kind)), None):
            return TransportError(f"{where}: {sentence.format(error=found, limits=limits)}")
    return TransportError(f"{where}: the connection broke ({type(causes[-1]).__name__})")


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    waiting: list[Any] = [error]
    while waiting:
        cause = waiting.pop(0)
        if isinstance(cause, BaseException) and cause not in seen:
            seen.append(cause)
            waiting += [*cause.args, getattr(cause, "reason", None), cause.__cause__, cause.__context__]
            yield cause


_SENTENCES: tuple[tuple[type[BaseException], str], ...] = (
    (urllib3.NameResolutionError, "the host's name is not known"),
    (ConnectionRefusedError, "the connection was refused"),
    (urllib3.NewConnectionError, "no connection could be made"),
    (urllib3.ConnectTimeoutError, "no connection within {limits.connect_seconds:g} s"),
    (ssl.SSLCertVerificationError, "its certificate is not trusted: {error.verify_message}"),
    (ssl.SSLEOFError, "TLS ended without saying so; the answer may be cut off"),
    (ssl.SSLError, "TLS failed ({error.reason})"),
    (urllib3.ReadTimeoutError, "nothing arrived for {limits.between_bytes_seconds:g} s"),
    (TimeoutError, "nothing arrived for {limits.between_bytes_seconds:g} s"),
    (http.client.RemoteDisconnected, "the server closed the connection without an answer"),
    (http.client.IncompleteRead, "the answer was cut off"),
    (http.client.BadStatusLine, "the server does not answer in HTTP"),
    (urllib3.DecodeError, "the answer's packed bytes are damaged"),
    (ConnectionResetError, "the connection was reset"),
)
"""What to say, by the first of these that is among an error's causes."""
