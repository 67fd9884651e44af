"""Raw sockets for hostile servers: a listener that records requests, and a wire that can break."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

HEAD_LIMIT = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One request as it arrived; header names in lower case."""

    line: str
    """The request line, such as `GET /items?page=1 HTTP/1.1`."""
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def target(self) -> str:
        return self.line.split(" ")[1]

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def page(self) -> int:
        """The page asked for; 1 when none is named or it is not a number."""
        given = parse_qs(urlsplit(self.target).query).get("page", ["1"])[0]
        return int(given) if given.isdecimal() else 1


def head_of(status: int, headers: Mapping[str, str]) -> bytes:
    """Write all of an answer but its body."""
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


@dataclass
class Wire:
    """The server's end of one connection."""

    socket: socket.socket
    closing: threading.Event
    keep: bool = field(default=True)
    """Whether the next request on this connection will be read."""

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def head(self, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        self.send(head_of(status, headers or {}))

    def answer(
        self, body: bytes, status: int = 200, headers: Mapping[str, str] | None = None, more: bytes = b""
    ) -> None:
        """Send a whole, correct answer, and `more` in one piece with its body."""
        length = {} if status in (204, 304) else {"Content-Length": str(len(body))}
        self.head(status, {**(headers or {}), **length})
        self.send(body + more)

    def close(self) -> None:
        """End in good order (FIN) after this answer."""
        self.keep = False

    def reset(self) -> None:
        """End at once with RST."""
        self.keep = False
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def hold(self) -> None:
        """Send nothing more, and keep the connection open until the server is released."""
        self.keep = False
        self.closing.wait()

    def read(self) -> Seen | None:
        """Read one request; None when the client has left."""
        data = b""
        while b"\r\n\r\n" not in data:
            more = self.socket.recv(65536)
            data += more
            if not more or len(data) > HEAD_LIMIT:
                return None
        head, _, body = data.partition(b"\r\n\r\n")
        line, *rest = head.decode("latin-1").split("\r\n")
        pairs = (one.partition(":") for one in rest)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        length = int(headers.get("content-length") or 0)
        while len(body) < length and (more := self.socket.recv(65536)):
            body += more
        return Seen(line=line, headers=headers, body=body[:length])


class Listener:
    """A listening socket; each connection is served on a thread of its own, and all end with `close`."""

    def __init__(self, host: str, serve: Callable[[Wire, Seen], None]) -> None:
        self.calls: list[Seen] = []
        self._serve = serve
        self._closing = threading.Event()
        self._socket = socket.create_server((host, 0))
        self.url = f"http://{host}:{self._socket.getsockname()[1]}"
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def release(self) -> None:
        """Let go of every stalled or trickling answer."""
        self._closing.set()

    def close(self) -> None:
        self.release()
        _end(self._socket)
        self._threads[0].join(5)
        with self._lock:
            for one in self._open:
                _end(one, close=False)
        for thread in self._threads[1:]:
            thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._open.add(connection)
            thread = threading.Thread(target=self._talk, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _talk(self, connection: socket.socket) -> None:
        wire = Wire(connection, self._closing)
        try:
            while wire.keep and (seen := wire.read()):
                self.calls.append(seen)
                self._serve(wire, seen)
        except OSError:
            pass  # The client left, or the server is closing.
        with self._lock:
            self._open.discard(connection)
        _end(connection)


def _end(one: socket.socket, *, close: bool = True) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    if close:
        one.close()
