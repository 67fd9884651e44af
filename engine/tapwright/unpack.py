"""Undo Content-Encoding as the bytes arrive, checked to the end and bounded in size, and keep them."""

from __future__ import annotations

import io
import itertools
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from tapwright.body import Body
from tapwright.errors import BodyError, RunError, TransportError, kept_on_disk
from tapwright.shortened import shortened

PIECE = 256 * 1024
FREE_BYTES = 10 * 1024 * 1024
"""An answer this small may have any ratio."""
_GATHERED = 2 * 1024 * 1024
"""How many bytes are gathered in memory before it is known how many there are."""


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """How large an answer may become."""

    most_bytes: int
    """Unpacked bytes."""
    ratio: int
    """Unpacked bytes for each packed one, past the first 10 MiB."""


class _Inflater(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    @property
    def unconsumed_tail(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = ...) -> bytes: ...


def unpack(pieces: Iterable[bytes], encoding: str, bounds: Bounds) -> Iterator[bytes]:
    """Yield the unpacked bytes of a body; `encoding` is its Content-Encoding."""
    names = [name for part in encoding.lower().split(",") if (name := part.strip()) not in ("", "identity")]
    counted = _Counted(pieces)
    if not names:
        return _bounded(counted, counted, bounds)
    if names in (["gzip"], ["x-gzip"]):
        return _bounded(_gunzip(counted), counted, bounds)
    if names == ["deflate"]:
        return _bounded(_inflate(counted), counted, bounds)
    raise BodyError(
        f"the answer came packed as '{shortened(', '.join(names), 60)}', which was not asked for",
        "Only gzip and deflate, once, can be unpacked.",
    )


class _Counted:
    """Bytes on their way, counted."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces
        self.bytes = 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self.bytes += len(piece)
            if piece:
                yield piece


def _bounded(unpacked: Iterable[bytes], packed: _Counted, bounds: Bounds) -> Iterator[bytes]:
    size = 0
    for piece in unpacked:
        size += len(piece)
        if size > bounds.most_bytes:
            raise BodyError(f"the answer is larger than {bounds.most_bytes:,} bytes", "Ask for less.")
        if size > FREE_BYTES and size > bounds.ratio * packed.bytes:
            raise BodyError(f"the answer unpacks to over {bounds.ratio} times its size: a decompression bomb")
        yield piece


def _gunzip(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Unpack gzip members to their verified ends; zeros may pad the last."""
    source = iter(pieces)
    data = _at_least(2, source)
    if data and not data.startswith(b"\x1f\x8b"):
        raise BodyError(
            "the answer is labelled gzip but does not begin as gzip does",
            "The provider, or a proxy on the way, labels its answers wrongly.",
        )
    while data:
        member = zlib.decompressobj(wbits=31)
        yield from _decompress(member, data, source)
        rests = (piece.lstrip(b"\0") for piece in itertools.chain((member.unused_data,), source))
        data = next(filter(None, rests), b"")


def _inflate(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Unpack deflate, in the zlib wrapper that the standard asks for or bare as some servers send it."""
    source = iter(pieces)
    if not (data := _at_least(2, source)):
        return
    wrapped = data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0
    stream = zlib.decompressobj(wbits=15 if wrapped else -15)
    yield from _decompress(stream, data, source)
    if stream.unused_data or any(source):
        raise TransportError("the answer goes on after its packed part has ended")


def _decompress(stream: _Inflater, data: bytes, source: Iterator[bytes]) -> Iterator[bytes]:
    try:
        while True:
            if piece := stream.decompress(data, PIECE):
                yield piece
            if stream.eof:
                return
            more = stream.unconsumed_tail or (b"" if piece else next(source, None))
            if more is None:
                break
            data = more
    except zlib.error as error:
        raise TransportError(f"the answer's packed bytes are damaged ({error})") from None
    raise TransportError("the answer was cut off inside its packed bytes")


def _at_least(count: int, source: Iterator[bytes]) -> bytes:
    data = b""
    while len(data) < count and (more := next(source, b"")):
        data += more
    return data


def keep(pieces: Iterable[bytes], spool_bytes: int) -> Body:
    """Take all the bytes: into memory, or to disk where there are more than `spool_bytes`.

    What may become large is gathered on disk, so that it is never in memory as pieces too.
    """
    kept, size = list[bytes](), 0
    source = iter(pieces)
    for piece in source:
        kept.append(piece)
        size += len(piece)
        if size > min(spool_bytes, _GATHERED):
            body = _spool(itertools.chain(kept, source))
            return body if body.size > spool_bytes else Body.of(body.content)
    return Body.of(b"".join(kept))


def _spool(pieces: Iterable[bytes]) -> Body:
    file = _Spool(tempfile.TemporaryFile(buffering=0))  # noqa: SIM115 - the body keeps it open
    try:
        size = sum(_written(file, piece) for piece in pieces)
    except BaseException:
        file.close()
        raise
    return Body(file=file, size=size)


def _written(file: io.BufferedRandom, piece: bytes) -> int:
    with kept_on_disk("a large answer", RunError):
        size = file.write(piece)
        file.flush()
        return size


class _Spool(io.BufferedRandom):
    """Closes itself, without a warning, when nobody holds it any more."""

    def __del__(self) -> None:
        self.close()
