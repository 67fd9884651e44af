"""A provider on loopback, in a process of its own: pages made beforehand, sent as they are.

python -m benchmarks.server --base 100000     # says its address, then serves until it is ended

GET /orders?page=1&per_page=500&total=100000[&delay_ms=50]    pages of nested JSON
GET /secure/orders?...                                        the same, for who has a token
POST /token                                                   grants one (OAuth 2, client credentials)
GET /days/2025-01-01[?delay_ms=50]                            the 100 orders of a day
GET /report.csv?rows=500000                                   one CSV, chunked
GET /report.xml?samples=10000                                 one XML document
GET /accounts?page=1&per_page=500&total=20000                 parents; their children: /accounts/10000000/cards
GET /stats                                                    the requests since the last time it was asked
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from urllib.parse import parse_qsl

from benchmarks import data

CLIENT_ID, CLIENT_SECRET = "bench-client", "bench-secret"
ROWS_AT_ONCE = 500


@dataclass(frozen=True)
class Block:
    """Records made beforehand; beyond them they come again, marked with how many times they came before."""

    text: bytes
    places: tuple[int, ...]
    mark: bytes
    """What is written around the number of times."""

    @classmethod
    def of(cls, count: int, write: Callable[[int], str], mark: str) -> Block:
        written = [write(number).encode() for number in range(count)]
        return cls(b"".join(written), (0, *accumulate(map(len, written))), mark.encode())

    def between(self, first: int, last: int) -> Iterator[bytes]:
        """Give the records from one on and before another."""
        count = len(self.places) - 1
        while first < last:
            times, begin = divmod(first, count)
            end = min(count, begin + last - first)
            piece = self.text[self.places[begin] : self.places[end]]
            yield piece.replace(self.mark % b"00", self.mark % b"%02d" % times) if times else piece
            first += end - begin


@dataclass(frozen=True)
class Call:
    """A request as it came."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def number(self, name: str, otherwise: int) -> int:
        return int(self.query.get(name, otherwise))


@dataclass(frozen=True)
class Answer:
    """What is sent: as a whole, or chunk by chunk."""

    body: bytes | Iterator[bytes]
    media: str = "application/json"
    status: str = "200 OK"


class Server:
    """Answers with what it made of `base` records of each sort, the first time they are asked for."""

    def __init__(self, base: int) -> None:
        self.orders = cache(lambda: Block.of(base, _order_text, '"r%s-'))
        self.rows = cache(lambda: Block.of(base, data.csv_line, ",r%s "))
        self.samples = cache(lambda: Block.of(max(1, base // 10), data.xml_element, "<id>r%s-"))
        self._requests = 0
        self._tokens: set[str] = set()

    def answer(self, call: Call) -> Answer:
        parts = call.path.strip("/").split("/")
        match parts:
            case ["orders"]:
                return self._orders_page(call)
            case ["secure", "orders"]:
                if call.headers.get("authorization", "").removeprefix("Bearer ") not in self._tokens:
                    return _json({"error": "invalid_token"}, "401 Unauthorized")
                return self._orders_page(call)
            case ["token"]:
                return self._token(call)
            case ["days", day]:
                first = data.DAYS.index(day) * data.PER_DAY
                return self._orders(first, first + data.PER_DAY, more=False)
            case ["report.csv"]:
                return Answer(self._csv(call.number("rows", 500_000)), "text/csv; charset=utf-8")
            case ["report.xml"]:
                return Answer(self._xml(call.number("samples", 10_000)), "text/xml; charset=utf-8")
            case ["accounts"]:
                first, last, total = _page(call)
                accounts = [data.parent(number) for number in range(first, last)]
                return _json({"data": accounts, "meta": {"more": last < total}})
            case ["accounts", account, "cards"]:
                return _json({"data": [data.child(int(account), place) for place in range(data.CHILDREN)]})
            case ["stats"]:
                told, self._requests = self._requests - 1, 0
                return _json({"requests": told})
        return _json({"error": f"nothing is at {call.path}"}, "404 Not Found")

    def _orders_page(self, call: Call) -> Answer:
        first, last, total = _page(call)
        return self._orders(first, last, more=last < total)

    def _orders(self, first: int, last: int, *, more: bool) -> Answer:
        records = b"".join(self.orders().between(first, last)).removesuffix(b",")
        return Answer(b'{"data":[%s],"meta":{"state":"complete","more":%s}}' % (records, json.dumps(more).encode()))

    def _csv(self, rows: int) -> Iterator[bytes]:
        yield (",".join(data.COLUMNS) + "\r\n").encode()
        for first in range(0, rows, ROWS_AT_ONCE):
            yield b"".join(self.rows().between(first, min(rows, first + ROWS_AT_ONCE)))

    def _xml(self, samples: int) -> Iterator[bytes]:
        yield b'<?xml version="1.0" encoding="UTF-8"?>\n<report><title>Experiences</title>\n'
        for first in range(0, samples, ROWS_AT_ONCE):
            yield from self.samples().between(first, min(samples, first + ROWS_AT_ONCE))
        yield b"</report>\n"

    def _token(self, call: Call) -> Answer:
        given = dict(parse_qsl(call.body.decode()))
        kind, _, value = call.headers.get("authorization", "").partition(" ")
        if kind == "Basic":
            given["client_id"], _, given["client_secret"] = base64.b64decode(value).decode().partition(":")
        if (given.get("client_id"), given.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return _json({"error": "invalid_client"}, "401 Unauthorized")
        token = os.urandom(16).hex()
        self._tokens.add(token)
        return _json({"access_token": token, "token_type": "Bearer", "expires_in": 3600})

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        async for call in _calls(reader):
            self._requests += 1
            if delay := call.number("delay_ms", 0):
                await asyncio.sleep(delay / 1000)
            answer = self.answer(call)
            for piece in _wire(answer):
                writer.write(piece)
                await writer.drain()
        writer.close()


def _order_text(number: int) -> str:
    return json.dumps(data.order(number), ensure_ascii=False, separators=(",", ":")) + ","


def _page(call: Call) -> tuple[int, int, int]:
    page, size, total = call.number("page", 1), call.number("per_page", 500), call.number("total", 100_000)
    return min((page - 1) * size, total), min(page * size, total), total


def _json(value: object, status: str = "200 OK") -> Answer:
    return Answer(json.dumps(value, separators=(",", ":")).encode(), status=status)


async def _calls(reader: asyncio.StreamReader) -> AsyncIterator[Call]:
    while True:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        first, *lines = head.decode("latin-1").splitlines()
        method, target, _ = first.split(" ")
        pairs = (line.partition(":") for line in lines if line)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        path, _, query = target.partition("?")
        yield Call(method, path, dict(parse_qsl(query)), headers, body)


def _wire(answer: Answer) -> Iterator[bytes]:
    head = f"HTTP/1.1 {answer.status}\r\nContent-Type: {answer.media}\r\n"
    if isinstance(answer.body, bytes):
        yield f"{head}Content-Length: {len(answer.body)}\r\n\r\n".encode() + answer.body
        return
    yield f"{head}Transfer-Encoding: chunked\r\n\r\n".encode()
    for piece in answer.body:
        yield b"%x\r\n%s\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"


async def _run(base: int) -> None:
    server = await asyncio.start_server(Server(base).serve, "127.0.0.1", 0, backlog=256)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--base", type=int, default=100_000, help="how many records of each sort to make")
    asyncio.run(_run(words.parse_args().base))
    return 0


if __name__ == "__main__":
    sys.exit(main())
