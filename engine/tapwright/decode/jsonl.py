"""Records in JSON lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from tapwright.body import Body
from tapwright.decode.characters import utf8_blocks
from tapwright.decode.exact import exact, exact_lines
from tapwright.decode.json import jmespath_getter
from tapwright.decode.kind import Chunk, Decode, Decoded, Getter
from tapwright.decode.pack import unpacked
from tapwright.decode.rows import Rows, in_chunks
from tapwright.decode.sniff import refused, sniff
from tapwright.errors import BodyError
from tapwright.expression import compile_jmespath
from tapwright.shortened import shortened
from tapwright.words import JMESPath

LONGEST = 1 << 26


@dataclass(frozen=True, kw_only=True)
class Jsonl(Decode):
    """Records in JSON lines: one JSON object on each line; blank lines are passed over.

    Example::

        jsonl: {}
    """

    at: JMESPath | None = None
    """Where the record sits in each line; the whole line if not said."""
    duplicate_keys: Literal["fail", "last"] = "fail"
    """What to do with a key that comes twice in one object: fail, or keep the last."""
    empty_means_none: bool = False
    """Whether an empty body holds no records; else it is an error."""

    speaks: ClassVar[Literal["jmespath", "xpath", "column"]] = "jmespath"
    media: ClassVar[tuple[str, ...]] = ("json", "text/plain", "octet-stream")
    reads: ClassVar[frozenset[str]] = frozenset(("empty", "gzip", "json", "zip"))
    closed: ClassVar[bool] = False

    def decode(self, body: Body, charset: str | None = None) -> Decoded:
        """Understand a body; it has no document."""
        body = unpacked(body, self.member)
        sort = sniff(body.head())
        if sort == "empty" and self.empty_means_none:
            return Decoded(None, iter(()))
        if sort != "json":
            raise refused(body.head(), "JSON lines")
        return Decoded(None, self._chunks(_whole_lines(utf8_blocks(body, charset))))

    def getter(self, expression: str) -> Getter:
        """Compile a JMESPath on the record."""
        return jmespath_getter(expression)

    def _chunks(self, pieces: Iterator[bytes]) -> Iterator[Chunk]:
        line = 0
        for piece in pieces:
            for values in in_chunks(self._values(piece, line)):
                yield Rows(values)
            line += piece.count(b"\n")

    def _values(self, piece: bytes, before: int) -> list[dict[str, Any]]:
        keep_last = self.duplicate_keys == "last"
        values = exact_lines(piece, keep_last=keep_last)
        if values is None or not set(map(type, values)) <= {dict}:
            values = [self._value(line, number) for number, line in _numbered(piece, before)]
        if self.at is None:
            return values
        look = compile_jmespath(self.at)
        found = list(map(look, values))
        if not set(map(type, found)) <= {dict}:
            pairs = zip(found, _numbered(piece, before), strict=False)
            number, value = next((number, value) for value, (number, _) in pairs if not isinstance(value, dict))
            raise BodyError(f"line {number}: {self.at} is {'not there' if value is None else 'not an object'}")
        return found

    def _value(self, line: bytes, number: int) -> dict[str, Any]:
        try:
            value = exact(line, keep_last=self.duplicate_keys == "last", place=lambda place: place + 1)
        except BodyError as error:
            raise BodyError(f"line {number}: {error.message}", error.hint) from None
        if not isinstance(value, dict):
            raise BodyError(f"line {number} is not a JSON object: {shortened(str(value), 60)!r}")
        return value


def _numbered(piece: bytes, before: int) -> Iterator[tuple[int, bytes]]:
    """Give the lines that are not blank, with their numbers."""
    for number, line in enumerate(piece.split(b"\n"), before + 1):
        if line.strip():
            yield number, line


def _whole_lines(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Cut blocks anew, at line ends."""
    left = b""
    for block in blocks:
        end = block.rfind(b"\n") + 1
        if end:
            yield left + block[:end]
            left = block[end:]
        else:
            left += block
        if len(left) > LONGEST:
            raise BodyError(f"a line of more than {LONGEST:,} bytes is not JSON lines")
    if left.strip():
        yield left
