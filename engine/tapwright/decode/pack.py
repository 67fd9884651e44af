"""Files packed inside a body: gzip, and zip archives.  (Content-Encoding is the transport's.)"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import IO, TYPE_CHECKING

from tapwright.body import Body
from tapwright.decode.sniff import sniff
from tapwright.errors import BodyError, RunError, kept_on_disk
from tapwright.shortened import shortened

if TYPE_CHECKING:
    import zipfile

IN_MEMORY = 16 * 1024 * 1024
FREE_BYTES = 10 * 1024 * 1024
RATIO = 200
MOST_BYTES = 64 * 1024**3
_PIECE = 1 << 18


def unpacked(
    body: Body,
    member: str | None = None,
    *,
    most_bytes: int = MOST_BYTES,
    file: Callable[[], IO[bytes]] | None = None,
) -> Body:
    """Unpack a body that is a gzip or zip file, seen by its first bytes; any other is given back as it is.

    Of a zip archive `member` is read, or the only file in it; its name is never used as a path.  Checksums are
    verified.  What unpacks to more than `most_bytes`, or past 10 MiB to more than 200 times its size, is refused.
    `file` opens a temporary file for what is large.
    """
    sort = sniff(body.head(16))
    if sort not in ("gzip", "zip"):
        if member is not None:
            raise BodyError(f"the body is no zip archive, so it has no file {member!r}")
        return body
    with _trouble(sort), _opened(body, sort, member) as packed:
        return _spooled(_bounded(packed, body.size, most_bytes), file)


@contextmanager
def _trouble(sort: str) -> Iterator[None]:
    import zipfile

    try:
        yield
    except (zipfile.BadZipFile, OSError, EOFError, zlib.error, NotImplementedError, RuntimeError) as error:
        raise BodyError(f"the {sort} file in the body is damaged: {error}") from None


@contextmanager
def _opened(body: Body, sort: str, member: str | None) -> Iterator[IO[bytes]]:
    import gzip
    import zipfile

    if sort == "gzip":
        if member is not None:
            raise BodyError(f"the body is a gzip file, so it has no file {member!r}")
        with gzip.GzipFile(fileobj=body.open(), mode="rb") as packed:
            yield packed  # type: ignore[misc]
    else:
        with zipfile.ZipFile(body.open()) as archive, archive.open(_chosen(archive, member)) as inner:
            yield inner


def _chosen(archive: zipfile.ZipFile, member: str | None) -> zipfile.ZipInfo:
    files = [entry for entry in archive.infolist() if not entry.is_dir()]
    chosen = [entry for entry in files if member is None or entry.filename == member]
    if len(chosen) == 1:
        if chosen[0].flag_bits & 1:
            raise BodyError(f"the file {shortened(chosen[0].filename, 80)!r} in the zip archive is encrypted")
        return chosen[0]
    names = ", ".join(repr(shortened(entry.filename, 80)) for entry in files[:10]) or "nothing"
    if member is None:
        raise BodyError(f"the zip archive holds {names}", "Say which file to read: `member`.")
    raise BodyError(f"the zip archive has {'no' if not chosen else 'more than one'} file {member!r}; it holds {names}")


def _bounded(packed: IO[bytes], packed_size: int, most_bytes: int) -> Iterator[bytes]:
    size = 0
    while piece := packed.read(_PIECE):
        size += len(piece)
        if size > most_bytes:
            raise BodyError(f"the file in the body unpacks to more than {most_bytes:,} bytes")
        if size > FREE_BYTES and size > RATIO * packed_size:
            raise BodyError(f"the file in the body unpacks to more than {RATIO} times its size: a decompression bomb")
        yield piece


def _spooled(pieces: Iterator[bytes], file: Callable[[], IO[bytes]] | None) -> Body:
    """Keep the pieces in memory while they are few, else in a file."""
    from tempfile import TemporaryFile

    held, size = [], 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size > IN_MEMORY:
            break
    else:
        return Body.of(b"".join(held))
    with _on_disk():
        spool: IO[bytes] = (file or TemporaryFile)()
        spool.writelines(held)
    for piece in pieces:
        with _on_disk():
            spool.write(piece)
        size += len(piece)
    with _on_disk():
        spool.flush()
    return Body(file=spool, size=size)


def _on_disk() -> AbstractContextManager[None]:
    return kept_on_disk("a large file", RunError)
