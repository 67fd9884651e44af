"""A JSON document too large to hold: its records as they pass by, and at the end the document without them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from tapwright.decode.exact import exact
from tapwright.errors import BodyError

MOST_AROUND = 1 << 26
"""How many bytes of a document may not be records."""

_BLANK = b" \t\r\n"
_TOKEN = re.compile(
    rb"""
    "(?:[^"\\]++|\\.)*+"                # a text
    | : [ \t\r\n]*+ (?= ([^ \t\r\n]))   # a colon, with the first byte of the value that follows
    | [{}\[\],]
    | [":]                              # the same, but cut off: more must be read
    """,
    re.X | re.S,
)
_FIRST_KEY = re.compile(rb'[ \t\r\n]*(\{[ \t\r\n]*"(?:[^"\\]++|\\.)*+")')


class Torrent:
    """One pass over the blocks of a document, in UTF-8."""

    def __init__(self, blocks: Iterator[bytes], path: tuple[str, ...], *, keep_last: bool) -> None:
        self._blocks, self._path, self._keep_last = blocks, path, keep_last
        self._data = b""
        self._place = 0
        """Where in the body `_data` begins."""
        self._head = b""
        self._between: bytes | None = None
        self.document: Any = [] if not path else {}
        """The document with the list of records empty: as far as it precedes them, later all of it."""
        self.other = False
        """Whether something else than a list, and not null, is at the path."""

    def found(self) -> bool:
        """Read up to the list of records; False if the body has no list at the path."""
        opened = self._opened()
        if opened is None:
            return False
        self._head, self._data = self._data[: opened + 1], self._data[opened + 1 :]
        self._place = len(self._head)
        self._tell(self._exact(self._head + b"]" + b"}" * len(self._path)))
        return True

    def records(self) -> Iterator[list[Any]]:
        """Read on: the items of the list, many at a time, then faults if there are any."""
        begun = False
        while True:
            items = self._quickly()
            if items is None:
                comma, end = self._scanned()
                if end is not None:
                    break
                items = self._taken(comma) if comma is not None else []
            if items:
                begun = True
                yield items
            elif not self._more():
                raise BodyError(f"the JSON is cut short at byte {self._place + len(self._data)}")
        if begun or self._data[:end].strip(_BLANK):
            yield self._taken(end)
        self._finish()

    def _finish(self) -> None:
        begin = self._place
        while self._more():
            self._bound(len(self._head) + len(self._data))
        head = len(self._head)
        whole = self._exact(self._head + self._data, lambda place: place if place < head else begin + place - head)
        self._tell(whole)

    def _tell(self, document: Any) -> None:
        if isinstance(self.document, dict):
            self.document.clear()
            self.document.update(document)

    def _more(self) -> bool:
        """Read another block, or as much again if one did not suffice."""
        wanted, pieces = len(self._data), []
        for block in self._blocks:
            pieces.append(block)
            wanted -= len(block)
            if wanted <= 0:
                break
        self._data += b"".join(pieces)
        return bool(pieces)

    def _bound(self, size: int) -> None:
        if size > MOST_AROUND:
            raise BodyError(
                f"more than {MOST_AROUND:,} bytes of the JSON are not in {'.'.join(self._path) or 'a list'}"
            )

    def _exact(self, data: bytes, place: Callable[[int], int] = int) -> Any:
        return exact(data, keep_last=self._keep_last, place=place)

    def _opened(self) -> int | None:
        """Find the bracket that opens the list, in `_data`."""
        depth = followed = start = 0
        text = b""
        while True:
            for token in _TOKEN.finditer(self._data, start):
                mark = token[0]
                if mark in (b'"', b":") and not token[1]:
                    break
                start = token.end()
                if mark in b"[{":
                    depth += 1
                    if not self._path:
                        return token.start() if mark == b"[" else None
                elif mark in b"]}":
                    depth -= 1
                    followed = min(followed, max(depth - 1, 0))
                    if not depth:
                        return None
                elif mark[:1] == b'"':
                    text = mark
                elif mark[:1] == b":" and depth == followed + 1 and _is(text, self._path[followed]):
                    followed += 1
                    if followed == len(self._path):
                        self.other = token[1] not in b"[n"
                        return start if token[1] == b"[" else None
                    followed -= token[1] != b"{"
            if not self._more():
                return None
            self._bound(len(self._data))

    def _scanned(self) -> tuple[int | None, int | None]:
        """Find the last comma between items, and the bracket that ends the list, in `_data`."""
        depth, comma, first = 0, None, None
        for token in _TOKEN.finditer(self._data):
            mark = token[0]
            if mark == b'"':
                break
            if mark in b"[{":
                depth += 1
            elif mark in b"]}":
                depth -= 1
                if depth < 0:
                    return comma, token.start()
            elif mark == b"," and not depth:
                comma = token.start()
                first = first or comma
        if self._between is None and first is not None:
            self._between = _between(self._data, first)
        return comma, None

    def _quickly(self) -> list[Any] | None:
        """Take items up to what looks as the text between the first two did; None if that proves wrong.

        If the text up to there, in brackets, is a JSON list, it can be nothing but whole items.
        """
        if not self._between:
            return None
        end = self._data.rfind(self._between)
        if end < 0:
            return None
        comma = self._data.index(b",", end)
        try:
            items: list[Any] = self._exact(b"[" + self._data[:comma] + b"]")
        except BodyError:
            self._between = b""
            return None
        self._pass(comma + 1)
        return items

    def _taken(self, end: int) -> list[Any]:
        """Take the items before a comma or closing bracket."""
        begin = self._place - 1
        items: list[Any] = self._exact(b"[" + self._data[:end] + b"]", lambda place: begin + place)
        if not items:
            raise BodyError(f"the JSON is malformed at byte {self._place + end}: an item is missing")
        self._pass(end + (self._data[end : end + 1] == b","))
        return items

    def _pass(self, count: int) -> None:
        self._data = self._data[count:]
        self._place += count


def _is(text: bytes, name: str) -> bool:
    """Whether a text token is this name."""
    if b"\\" not in text:
        return text == b'"%b"' % name.encode()
    try:
        return bool(json.loads(text, strict=False) == name)
    except ValueError:
        return False


def _between(data: bytes, comma: int) -> bytes:
    """Take the text between the first two items, to the first key of the second; empty if they do not begin alike."""
    first, second = _FIRST_KEY.match(data), _FIRST_KEY.match(data, comma + 1)
    if not first or not second or first[1] != second[1]:
        return b""
    return data[len(data[:comma].rstrip(_BLANK)) - 1 : second.end()]
