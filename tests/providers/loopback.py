"""A provider on 127.0.0.1: subclass `Provider`, answer calls, and use it with `with`."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request as it arrived."""

    method: str
    path: str
    """The path, percent-decoded."""
    raw_query: str
    """The query string exactly as sent, without the question mark."""
    query: tuple[tuple[str, str], ...]
    """The query's pairs, decoded, in the order sent, empty values kept."""
    headers: Mapping[str, str]
    """The headers, names in lower case."""
    body: bytes

    def param(self, name: str) -> str | None:
        """Return the first value of a query parameter; names are case-sensitive."""
        return next((value for key, value in self.query if key == name), None)

    def form(self) -> dict[str, str]:
        """Return the form-encoded body as a dict."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One answer to send; a body given as an iterable goes out chunked."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Iterable[bytes] = b""


class Provider:
    """A loopback server; `url` is its origin, `calls` every request it saw."""

    def __init__(self, **given: Any) -> None:
        self.calls: list[Call] = []
        self._given = given
        self._server = _Server(("127.0.0.1", 0), _handler(self))

    def answer(self, call: Call) -> Answer:
        """Answer one call; subclasses say how."""
        raise NotImplementedError

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of who asked and has gone."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            call = Call(
                method=self.command,
                path=unquote(parts.path),
                raw_query=parts.query,
                query=tuple(parse_qsl(parts.query, keep_blank_values=True)),
                headers={name.lower(): value for name, value in self.headers.items()},
                body=self.rfile.read(length) if length else b"",
            )
            provider.calls.append(call)
            try:
                self._send(provider.answer(call))
            except ConnectionError:  # whoever asked has gone
                self.close_connection = True

        def _send(self, answer: Answer) -> None:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if isinstance(answer.body, bytes):
                if answer.status not in (204, 304):
                    self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)
                return
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for chunk in answer.body:
                if chunk:
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
            self.wfile.write(b"0\r\n\r\n")

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _serve

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    return Handler
