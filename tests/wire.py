"""Raw answers on loopback, for tests of the transport."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import pytest

from tapwright.errors import RunError
from tapwright.request import Request, Response
from tapwright.transport import Limits, Transport
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
