"""From bytes to characters, strictly: a byte that is none in its charset is an error, with its place."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from itertools import chain

from tapwright.body import Body
from tapwright.decode.sniff import unicode_form
from tapwright.errors import BodyError

BLOCK = 1 << 20


def codec_of(head: bytes, charset: str | None) -> str:
    """Name the codec of a body: what its first bytes show, else its charset, else UTF-8."""
    if shown := unicode_form(head):
        return shown
    try:
        b" ".decode(charset or "utf-8", "replace")
        return codecs.lookup(charset or "utf-8").name
    except (LookupError, UnicodeError):
        raise BodyError(f"the body's charset is {charset!r}, which is unknown") from None


def blocks(body: Body, size: int = BLOCK) -> Iterator[bytes]:
    """Read a body piece by piece, whoever else reads it meanwhile."""
    place = 0
    while True:
        if body.data is not None:
            block = body.data if size >= body.size > 0 and not place else body.data[place : place + size]
        else:
            file = body.open()
            file.seek(place)
            block = file.read(size)
        if not block:
            return
        place += len(block)
        yield block


def texts(body: Body, charset: str | None = None, size: int = BLOCK) -> Iterator[str]:
    """Read a body as characters, piece by piece, without its byte order mark."""
    name = codec_of(body.head(4), charset)
    decoder = codecs.getincrementaldecoder(name)("strict")
    fed = 0
    for block in chain(blocks(body, size), (b"",)):
        fed += len(block)
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            raise undecodable(error, fed - len(error.object)) from None
        except UnicodeError as error:
            raise BodyError(f"the body is not {name}: {error}") from None
        if text:
            yield text


def undecodable(error: UnicodeDecodeError, before: int = 0) -> BodyError:
    """Say which byte is no character; `before` counts the bytes that came before the piece."""
    codec = error.encoding.replace("utf-8-sig", "utf-8")
    place = before + error.start
    return BodyError(f"byte {place} of the body (0x{error.object[error.start]:02x}) is not {codec}: {error.reason}")


def utf8_blocks(body: Body, charset: str | None = None, size: int = BLOCK) -> Iterator[bytes]:
    """Read a body as UTF-8, piece by piece, without its byte order mark; what is UTF-8 already is not checked."""
    name = codec_of(body.head(4), charset)
    if name == "utf-8":
        return blocks(body, size)
    return (text.encode("utf-8", "surrogatepass") for text in texts(body, charset, size))


def utf8(body: Body, charset: str | None = None) -> bytes:
    """Read a whole body as UTF-8."""
    return b"".join(utf8_blocks(body, charset, max(body.size, 1)))


def lines(body: Body, charset: str | None = None) -> Iterator[str]:
    """Read a body line by line, each with its line end: \\n, \\r\\n or \\r."""
    return chain.from_iterable(io.StringIO(piece, newline="") for piece in _whole_lines(texts(body, charset)))


def _whole_lines(pieces: Iterator[str]) -> Iterator[str]:
    left, passed = "", 0
    for piece in pieces:
        if "\0" in piece:
            raise BodyError(f"a NUL character at place {passed + piece.index(chr(0))} of the body")
        passed += len(piece)
        cut = piece.rfind("\n") + 1 or piece.rfind("\r", 0, -1) + 1
        if cut:
            yield left + piece[:cut]
            left = piece[cut:]
        else:
            left += piece
    if left:
        yield left
