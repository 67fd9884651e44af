"""Records in a JSON document."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from tapwright.body import Body
from tapwright.columnwise import compile_column
from tapwright.decode.characters import codec_of, utf8, utf8_blocks
from tapwright.decode.exact import exact
from tapwright.decode.kind import Chunk, Decode, Decoded, Getter, Items
from tapwright.decode.pack import unpacked
from tapwright.decode.rows import PARENT, POSITION, Rows, in_chunks
from tapwright.decode.sniff import refused, sniff
from tapwright.decode.structs import Structs
from tapwright.decode.torrent import Torrent
from tapwright.errors import BodyError
from tapwright.expression import MISSING, compile_jmespath, plain_path, present
from tapwright.shortened import shortened
from tapwright.words import JMESPath

LARGEST = 1 << 28
"""How many bytes a document may have whose records cannot be read as they pass by."""

_ABSENT = "If that means no records, say `absent_means_empty: true`."
_ALL = JMESPath("@")


@dataclass(frozen=True, kw_only=True)
class Json(Decode):
    """Records in a JSON document: a list of objects, or one object.

    Example::

        json: {at: data.items}
    """

    at: JMESPath | tuple[JMESPath, ...] = _ALL
    """Where the records sit, such as `data.items`; of several, the first that is there, even if empty."""
    absent_means_empty: bool = False
    """Whether a body with nothing there, or null, holds no records; else it is an error."""
    duplicate_keys: Literal["fail", "last"] = "fail"
    """What to do with a key that comes twice in one object: fail, or keep the last."""
    wrap_scalars: bool = False
    """Whether items that are not objects become records `{value: …}`; else they are an error."""
    skip_non_objects: bool = False
    """Whether items that are not objects are left out; else they are an error."""
    explode: JMESPath | None = None
    """The list inside each record whose items become the records; the record they come from is reachable as
    `_parent`, the place in the list as `_position` (from 0).  A record of a list may lack it, and gives none."""

    speaks: ClassVar[Literal["jmespath", "xpath", "column"]] = "jmespath"
    media: ClassVar[tuple[str, ...]] = ("json", "javascript")
    reads: ClassVar[frozenset[str]] = frozenset(("gzip", "json", "zip"))

    def faults(self) -> Iterator[tuple[str, str]]:
        """Say what is wrong with these words: (key, message)."""
        if not self._paths:
            yield "at", "name at least one path"
        if self.wrap_scalars and self.skip_non_objects:
            yield "skip_non_objects", "such items are wrapped, as `wrap_scalars` says"

    def decode(self, body: Body, charset: str | None = None) -> Decoded:
        """Understand a body.

        When it is on disk, and the paths are plain, its document has the list of records empty; the document is
        complete once the chunks are exhausted.
        """
        body = unpacked(body, self.member)
        if body.spooled:
            if sniff(body.head()) != "json":
                raise refused(body.head(), "JSON")
            if streamed := self._streamed(body, charset):
                return streamed
        known = body.understood.get("json") if codec_of(body.head(4), charset) == "utf-8" else None
        document = exact(utf8(body, charset), keep_last=self.duplicate_keys == "last", tree=known)
        found = self._found(document)
        return Decoded(document, self._chunks(found), Items(len(found)))

    def getter(self, expression: str) -> Getter:
        """Compile a JMESPath on the record."""
        return jmespath_getter(expression)

    def _chunks(self, items: list[Any], before: int = 0) -> Iterator[Chunk]:
        """Make items into chunks of records; `before` is how many items came earlier."""
        objects = self._objects(items, " or ".join(self._paths), before)
        rows = self._exploded(objects) if self.explode else objects
        return (Rows(piece) for piece in in_chunks(rows))

    def _streamed(self, body: Body, charset: str | None) -> Decoded | None:
        """Read the records as they pass by; None if the whole document must be known first."""
        for text in self._paths:
            path = plain_path(text)
            if path is not None:
                torrent = Torrent(utf8_blocks(body, charset), path, keep_last=self.duplicate_keys == "last")
                if torrent.found():
                    items = Items()
                    return Decoded(torrent.document, self._passing(torrent, items), items)
            if path is None or torrent.other:
                break
        if body.size > LARGEST:
            hint = "A plain path, such as data.items, to a list of records has no such limit."
            raise BodyError(f"a JSON of {body.size:,} bytes is too large to look for {text}", hint)
        return None

    def _passing(self, torrent: Torrent, count: Items) -> Iterator[Chunk]:
        for items in torrent.records():
            yield from self._chunks(items, count.count)
            count.count += len(items)

    def _found(self, document: Any) -> list[Any]:
        for path in self._paths:
            value = compile_jmespath(path)(document)
            if isinstance(value, list):
                return value
            if value is not None:
                return self._one(path, value)
        if self.absent_means_empty:
            return []
        raise BodyError(self._nothing(document), _ABSENT)

    @property
    def _paths(self) -> tuple[str, ...]:
        return (self.at,) if isinstance(self.at, str) else self.at

    def _one(self, path: str, value: Any) -> list[Any]:
        if self.explode and not self.absent_means_empty and compile_jmespath(self.explode)(value) is None:
            raise BodyError(f"nothing at {self.explode}; {path} is {_described(value)}", _ABSENT)
        if isinstance(value, dict) or self.wrap_scalars:
            return [value]
        raise BodyError(f"{path} is {_described(value)}, not a list or an object")

    def _nothing(self, document: Any) -> str:
        sought = " or ".join(self._paths)
        path = plain_path(self._paths[0])
        if path and present(self._paths[0])(document) is None:
            return f"{sought} is null"
        place, here = "the body", document
        for name in path or ():
            inner = here.get(name, MISSING) if isinstance(here, dict) else MISSING
            if not isinstance(inner, dict):
                break
            place, here = name, inner
        return f"nothing at {sought}; {place} is {_described(here)}"

    def _objects(self, items: list[Any], place: str, before: int = 0) -> list[dict[str, Any]]:
        if set(map(type, items)) <= {dict}:
            return items
        if self.wrap_scalars:
            return [item if type(item) is dict else {"value": item} for item in items]
        if self.skip_non_objects:
            return [item for item in items if type(item) is dict]
        index, odd = next((index, item) for index, item in enumerate(items) if type(item) is not dict)
        raise BodyError(
            f"item {before + index + 1} of {place} is {_described(odd)}, not an object",
            "With `wrap_scalars: true` such items become records; with `skip_non_objects: true` they are left out.",
        )

    def _exploded(self, records: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        look = compile_jmespath(self.explode or "@")
        for record in records:
            inner = look(record)
            if inner is None:
                continue
            if not isinstance(inner, list):
                raise BodyError(f"{self.explode} of a record is {_described(inner)}, not a list")
            for position, item in enumerate(self._objects(inner, str(self.explode))):
                yield {**item, PARENT: record, POSITION: position}


def parse_json(body: Body) -> Any:
    """Read a small JSON body, such as an error's; of keys that come twice the last is kept."""
    body.understood["json"] = exact(utf8(body), keep_last=True)
    return body.understood["json"]


def jmespath_getter(expression: str) -> Getter:
    """Compile what a field takes from records that are JSON objects."""
    column = compile_column(expression)

    def get(chunk: Chunk) -> list[Any]:
        assert isinstance(chunk, Rows | Structs)
        return column(chunk.sealed)

    return get


def _described(value: Any) -> str:
    """Describe a JSON value in a message."""
    if isinstance(value, dict):
        names = [shortened(str(name), 40) for name in list(value)[:12]]
        return f"an object of {', '.join(names)}{', …' * (len(value) > 12)}" if value else "an empty object"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if value is None:
        return "null"
    if isinstance(value, str):
        return f"the text {shortened(value, 60)!r}"
    return f"the value {shortened(json.dumps(value, default=str), 60)}"
