"""Records that are lines of text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from tapwright.body import Body
from tapwright.decode.characters import lines, texts
from tapwright.decode.kind import Chunk, Decode, Decoded, Getter
from tapwright.decode.pack import unpacked
from tapwright.decode.rows import Columns, column_getter, in_chunks
from tapwright.decode.sniff import refused, sniff
from tapwright.errors import BodyError

LONGEST = 1 << 24


@dataclass(frozen=True, kw_only=True)
class Text(Decode):
    """Text of any sort: each line a record `{line: …}`, blank lines passed over; or the whole a record `{text: …}`.

    Example::

        text: {}
    """

    whole: bool = False
    """Whether the whole body is one record."""
    encoding: str | None = None
    """The charset of the body, whatever its Content-Type says."""

    speaks: ClassVar[Literal["jmespath", "xpath", "column"]] = "column"
    media: ClassVar[tuple[str, ...]] = ("",)
    reads: ClassVar[frozenset[str]] = frozenset(("csv", "gzip", "html", "json", "text", "xml", "zip"))
    closed: ClassVar[bool] = False

    def decode(self, body: Body, charset: str | None = None) -> Decoded:
        """Understand a body; it has no document."""
        body = unpacked(body, self.member)
        if sniff(body.head()) in ("empty", "binary"):
            raise refused(body.head(), "text")
        return Decoded(None, self._chunks(body, self.encoding or charset))

    def getter(self, expression: str) -> Getter:
        """Take `line` or `text`."""
        name = "text" if self.whole else "line"
        if expression != name:
            raise ValueError(f"{expression!r}: the only column is {name!r}")
        return column_getter(expression)

    def _chunks(self, body: Body, charset: str | None) -> Iterator[Chunk]:
        if self.whole:
            if body.size > LONGEST:
                raise BodyError(f"the text is larger than {LONGEST:,} bytes, too large for one record")
            yield Columns({"text": ["".join(texts(body, charset))]}, 1)
            return
        plain = (line.rstrip("\r\n") for line in lines(body, charset))
        for piece in in_chunks(line for line in plain if line.strip()):
            columns: dict[str, list[Any]] = {"line": piece}
            yield Columns(columns, len(piece))
