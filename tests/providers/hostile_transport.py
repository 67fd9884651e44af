"""Faults of connections, statuses and the way to the next page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from email.utils import formatdate

from tests.providers.hostile_pages import Page, address
from tests.providers.hostile_scene import Act, Scene, fault
from tests.providers.hostile_wire import head_of

BIG_HEADER = 10_000_000

# The connection breaks.


@fault("length-cut", "The body ends before its Content-Length.")
def _length_cut(scene: Scene) -> None:
    scene.wire.head(headers=scene.type | {"Content-Length": str(len(scene.page.body()))})
    scene.wire.send(scene.half())
    scene.wire.close()


def _cut_inside(scene: Scene) -> None:
    scene.unproven(scene.half())


def _cut_at_line_end(scene: Scene) -> None:
    scene.unproven(scene.half().rpartition(b"\n")[0] + b"\n")


fault("json-cut", "JSON without a length is cut in the middle by the end of the connection.")(_cut_inside)
fault("xml-cut", "XML without a length is cut in the middle by the end of the connection.")(_cut_inside)
fault("csv-cut", "CSV without a length ends after a whole row, half of the rows missing.")(_cut_at_line_end)
fault("csv-cut-row", "CSV without a length is cut in the middle of a row.")(_cut_inside)
fault("jsonl-cut", "JSON lines without a length end after a whole line, half of them missing.")(_cut_at_line_end)
fault("jsonl-cut-line", "JSON lines without a length are cut in the middle of a line.")(_cut_inside)


@fault("chunk-cut", "The connection ends inside a chunk.")
def _chunk_cut(scene: Scene) -> None:
    body = scene.page.body()
    scene.wire.head(headers=scene.type | {"Transfer-Encoding": "chunked"})
    scene.wire.send(b"%x\r\n%s" % (len(body), scene.half()))
    scene.wire.close()


@fault("no-last-chunk", "The whole body arrives in chunks, but the closing 0-chunk never does.")
def _no_last_chunk(scene: Scene) -> None:
    body = scene.page.body()
    scene.wire.head(headers=scene.type | {"Transfer-Encoding": "chunked"})
    scene.wire.send(b"%x\r\n%s\r\n" % (len(body), body))
    scene.wire.close()


@fault("reset", "The connection is reset before the first byte of the answer.")
def _reset(scene: Scene) -> None:
    scene.wire.reset()


@fault("reset-in-body", "The connection is reset in the middle of the body.")
def _reset_in_body(scene: Scene) -> None:
    scene.wire.head(headers=scene.type | {"Content-Length": str(len(scene.page.body()))})
    scene.wire.send(scene.half())
    scene.wire.reset()


@fault("empty-reply", "The connection is closed in good order without any answer.")
def _empty_reply(scene: Scene) -> None:
    scene.wire.close()


@fault("stall", "The body stops half-way and the connection stays open.")
def _stall(scene: Scene) -> None:
    scene.wire.head(headers=scene.type | {"Content-Length": str(len(scene.page.body()))})
    scene.wire.send(scene.half())
    scene.wire.hold()


@fault("stall-at-once", "No byte of the answer comes and the connection stays open.")
def _stall_at_once(scene: Scene) -> None:
    scene.wire.hold()


@fault("trickle", "The body comes one byte at a time, with a pause after each.")
def _trickle(scene: Scene) -> None:
    body = scene.page.body()
    scene.wire.head(headers=scene.type | {"Content-Length": str(len(body))})
    for place in range(len(body)):
        scene.wire.send(body[place : place + 1])
        if scene.wire.closing.wait(scene.pause):
            break
    scene.wire.close()


@fault("extra-bytes", "After the whole body comes a second, unasked answer on the same connection.")
def _extra_bytes(scene: Scene) -> None:
    unasked = b'{"items":[],"next":null,"page":0}'
    # In one piece: what comes after the next request was sent is its answer, for all that HTTP/1.1 can tell.
    scene.good(more=head_of(200, scene.type | {"Content-Length": str(len(unasked))}) + unasked)


@fault("big-header", "One header is 10 MB long.")
def _big_header(scene: Scene) -> None:
    scene.wire.answer(scene.page.body(), headers=scene.type | {"X-Filler": "a" * BIG_HEADER})


# The status says no.


def _refusal(status: int, wait: Callable[[Scene], str] | None) -> Act:
    def act(scene: Scene) -> None:
        headers = {"Content-Type": "text/plain"} | ({"Retry-After": wait(scene)} if wait else {})
        scene.wire.answer(b"try again later\n", status, headers)

    return act


WAITS: dict[str, tuple[str, Callable[[Scene], str]]] = {
    "seconds": ("in seconds", lambda scene: str(scene.retry_after)),
    "date": ("as an HTTP date", lambda scene: formatdate(scene.now() + scene.retry_after, usegmt=True)),
    "past": ("as a date in the past", lambda _: "Wed, 21 Oct 2015 07:28:00 GMT"),
    "garbage": ("that is no time at all", lambda _: "soon"),
    "days": ("of ten days", lambda _: "864000"),
    "huge": ("of 317 years", lambda _: "9999999999"),
}
for _status in (500, 503, 429):
    fault(str(_status), f"The status is {_status}, without Retry-After.")(_refusal(_status, None))
for _status in (503, 429):
    for _name, (_says, _wait) in WAITS.items():
        fault(f"{_status}-{_name}", f"The status is {_status}, with a Retry-After {_says}.")(_refusal(_status, _wait))


@fault("401", "The status is 401, as when a token expires in the middle of a run.")
def _unauthorized(scene: Scene) -> None:
    headers = {"Content-Type": "application/json", "WWW-Authenticate": 'Bearer error="invalid_token"'}
    scene.wire.answer(b'{"error":"invalid_token"}', 401, headers)


@fault("204", "The status is 204, without a body.")
def _no_content(scene: Scene) -> None:
    scene.wire.answer(b"", 204)


# The way to the next page leads astray.


def _leading(where: Callable[[Scene], str | None]) -> Act:
    return lambda scene: scene.good(replace(scene.page, next=where(scene)))


fault("next-other-host", "The next page is said to be on another host.")(
    _leading(lambda scene: address(scene.page.number + 1, scene.page.suffix, scene.other))
)
fault("next-same", "The next page is said to be this page again.")(
    _leading(lambda scene: address(scene.page.number, scene.page.suffix))
)
fault("cycle", "The next page is said to be the page before, A-B-A.")(
    _leading(lambda scene: address(scene.page.number - 1, scene.page.suffix))
)


@fault("same-content", "From here on every page has the same records and a new next page.", lasting=True)
def _same_content(scene: Scene) -> None:
    _endless(scene, Page.good(1, scene.page.suffix))


@fault("empty-pages", "From here on every page is empty and has a new next page.", lasting=True)
def _empty_pages(scene: Scene) -> None:
    _endless(scene, replace(scene.page, records=()))


def _endless(scene: Scene, page: Page) -> None:
    number = scene.page.number
    scene.good(replace(page, number=number, next=address(number + 1, page.suffix)))


def _redirect(prefix: Callable[[Scene], str]) -> Act:
    def act(scene: Scene) -> None:
        where = address(scene.page.number, scene.page.suffix, prefix(scene))
        scene.wire.answer(b"", 302, {"Location": where})

    return act


fault("redirect-other-host", "302 to the same page on another host.")(_redirect(lambda scene: scene.other))
fault("redirect-same-host", "302 to the same page elsewhere on this host, which serves it.")(
    _redirect(lambda _: "/moved")
)
fault("redirect-loop", "302 to an address that redirects to itself for ever.")(_redirect(lambda _: "/loop"))
