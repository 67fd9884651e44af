"""Unpacking: checked to the end, bounded in size, a little at a time."""

from __future__ import annotations

import errno
import gzip
import random
import zlib
from collections.abc import Iterator

import pytest

from tapwright.errors import BodyError, RunError, TransportError
from tapwright.unpack import PIECE, Bounds, keep, unpack

BOUNDS = Bounds(most_bytes=50_000_000, ratio=200)
TEXT = b"id,name\n" + b"1,one\n" * 1000
NOISE = random.Random(1).randbytes(300_000)


def whole(pieces: list[bytes], encoding: str) -> bytes:
    return b"".join(unpack(pieces, encoding, BOUNDS))


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(TEXT, mtime=0)),
        ("X-GZip", gzip.compress(TEXT[:100], mtime=0) + gzip.compress(TEXT[100:], mtime=0)),
        ("gzip", gzip.compress(TEXT, mtime=0) + b"\0\0"),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", zlib.compress(TEXT)[2:-4]),
        ("", TEXT),
        ("identity", TEXT),
        ("identity, gzip", gzip.compress(TEXT, mtime=0)),
    ],
)
@pytest.mark.parametrize("step", [1, 33, 99_999])
def test_bodies_are_unpacked(encoding: str, packed: bytes, step: int) -> None:
    assert whole([packed[place : place + step] for place in range(0, len(packed), step)], encoding) == TEXT


@pytest.mark.parametrize("encoding", ["", "gzip", "deflate"])
def test_nothing_needs_no_unpacking(encoding: str) -> None:
    assert whole([], encoding) == whole([b""], encoding) == b""


@pytest.mark.parametrize(
    ("encoding", "packed", "said"),
    [
        ("gzip", gzip.compress(TEXT, mtime=0)[:-9], "cut off inside its packed bytes"),
        ("gzip", gzip.compress(TEXT, mtime=0)[:-8] + b"\0" * 8, "damaged .*incorrect data check"),
        ("gzip", gzip.compress(TEXT, mtime=0)[:-4] + b"\0" * 4, "damaged .*incorrect length check"),
        ("gzip", gzip.compress(TEXT, mtime=0) + b"more", "damaged .*incorrect header check"),
        ("gzip", gzip.compress(TEXT, mtime=0) * 2 + b"\x1f\x8b", "cut off inside its packed bytes"),
        ("deflate", zlib.compress(TEXT)[2:-9], "cut off inside its packed bytes"),
        ("deflate", zlib.compress(TEXT)[:-4] + b"\0" * 4, "damaged .*incorrect data check"),
        ("deflate", zlib.compress(TEXT) + b"more", "goes on after its packed part"),
    ],
)
def test_a_damaged_body_is_worth_another_attempt(encoding: str, packed: bytes, said: str) -> None:
    with pytest.raises(TransportError, match=said):
        whole([packed], encoding)


def test_a_body_that_is_labelled_wrongly_is_not() -> None:
    with pytest.raises(BodyError, match="labelled gzip but does not begin as gzip does"):
        whole([b'{"a"', b": 1}"], "gzip")


def test_one_byte_at_a_time_unpacks_to_the_same() -> None:
    packed = gzip.compress(NOISE[:999], mtime=0) + gzip.compress(b"", mtime=0) + gzip.compress(NOISE[999:2000], mtime=0)
    assert whole([packed[place : place + 1] for place in range(len(packed))], "gzip") == NOISE[:2000]


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_every_cut_is_seen(encoding: str) -> None:
    packed = (gzip if encoding == "gzip" else zlib).compress(NOISE[:300])
    for length in range(1, len(packed)):
        with pytest.raises(RunError):
            whole([packed[:length]], encoding)


def test_every_changed_byte_of_a_gzip_body_is_seen_or_harmless() -> None:
    packed = gzip.compress(b"1,one\n" * 50, mtime=0)
    for place in range(10, len(packed)):
        changed = packed[:place] + bytes([packed[place] ^ 0x55]) + packed[place + 1 :]
        with pytest.raises(RunError):
            whole([changed], "gzip")


def test_a_well_packed_piece_comes_out_in_bounded_pieces() -> None:
    sizes = [len(piece) for piece in unpack([gzip.compress(b"\0" * 9_000_000, mtime=0)], "gzip", BOUNDS)]
    assert max(sizes) <= PIECE
    assert sum(sizes) == 9_000_000


def test_a_bomb_stops_near_ten_megabytes() -> None:
    sizes: list[int] = []
    with pytest.raises(BodyError, match="bomb"):
        sizes.extend(len(piece) for piece in unpack([gzip.compress(b"\0" * 40_000_000, mtime=0)], "gzip", BOUNDS))
    assert sum(sizes) <= 10 * 1024 * 1024 + PIECE


def test_nothing_is_read_before_it_is_asked_for() -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield NOISE

    assert next(unpack(endless(), "", BOUNDS)) == NOISE


@pytest.mark.parametrize("encoding", ["zstd", "br", "gzip, gzip", "deflate,gzip", "aws-chunked"])
def test_other_encodings_are_refused_at_once(encoding: str) -> None:
    with pytest.raises(BodyError, match="came packed as"):
        unpack([], encoding, BOUNDS)


def test_a_body_over_the_spool_size_goes_to_disk() -> None:
    small, large = keep([b"abc", b"def"], 6), keep([b"abc", b"def"], 5)
    assert (small.spooled, small.content) == (False, b"abcdef")
    assert (large.spooled, large.size, large.content) == (True, 6, b"abcdef")


def test_what_may_become_large_is_gathered_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tapwright.unpack._GATHERED", 2)
    small, large = keep([b"abc", b"def"], 6), keep([b"abc", b"def"], 5)
    assert (small.spooled, small.size, small.content) == (False, 6, b"abcdef")
    assert (large.spooled, large.size, large.content) == (True, 6, b"abcdef")


def test_a_full_disk_is_no_reason_to_try_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tapwright.unpack._Spool.write", full)
    with pytest.raises(RunError, match="could not be kept on disk: No space left on device") as caught:
        keep([b"abcdef"], 5)
    assert not isinstance(caught.value, TransportError)
