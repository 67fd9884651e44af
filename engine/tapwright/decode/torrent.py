"""A JSON document too large to hold: its records as they pass by, and at the end the document without them."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from tapwright.decode.exact import DEEPEST, exact
from tapwright.errors import BodyError

MOST_AROUND = 1 << 26
"""How many bytes of a document may not be records; and how many one record may have."""

_BLANK = b" \t\r\n"
_NO_BRACKETS = bytes(set(range(256)) - set(b"{}[]"))
_BRACKET, _COMMA = re.compile(rb"[{}\[\]]"), re.compile(rb"[ \t\r\n]*,")
_TAIL = 1 << 16
_TEXT = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'


class Torrent:
    """One pass over the blocks of a document, in UTF-8.

    Regular expressions find where values end, without understanding them; what they cut out is then decoded, and
    that proves them right: the beginning of a list is a list itself only if it ends between two items.
    """

    def __init__(self, blocks: Iterator[bytes], path: tuple[str, ...], *, keep_last: bool) -> None:
        self._blocks, self._path, self._keep_last = blocks, path, keep_last
        self._data = b""
        self._place = 0
        """Where in the body `_data` begins."""
        self._head = b""
        self._guesses = True
        self.document: Any = {} if path else []
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
        begun, closed = False, None
        while closed is None:
            if items := self._several():
                begun = True
                yield items
                continue
            closed = _pattern("last").match(self._data)
            if closed is None and not self._more():
                raise self._broken()
            self._bound(len(self._data))
        if begun or closed[0][:-1].strip(_BLANK):
            yield self._taken(closed.end() - 1)
        self._finish()

    def _several(self) -> list[Any]:
        """Take all items that are followed by a comma."""
        guess = self._guessed() if self._guesses else 0
        if guess:
            try:
                return self._taken(guess - 1)
            except BodyError:
                self._guesses = False
        passed = _pattern("items").match(self._data)
        return self._taken(passed.end() - 1) if passed and passed.end() else []

    def _guessed(self) -> int:
        """Guess the end of the last item with a comma, as if no text held brackets; 0 if there seems to be none."""
        data = self._data
        brackets = data.translate(None, _NO_BRACKETS)
        depth = sum(map(brackets.count, (b"{", b"["))) - sum(map(brackets.count, (b"}", b"]")))
        for bracket in reversed(list(_BRACKET.finditer(data, max(0, len(data) - _TAIL)))):
            closes = bracket[0] in b"}]"
            comma = _COMMA.match(data, bracket.end()) if closes and not depth else None
            if comma:
                return comma.end()
            depth += 1 if closes else -1
        return 0

    def _taken(self, end: int) -> list[Any]:
        """Take the items before a comma or closing bracket, and the comma."""
        begin = self._place - 1
        items: list[Any] = self._exact(b"[" + self._data[:end] + b"]", lambda place: begin + place)
        if not items:
            raise BodyError(f"the JSON is malformed at byte {self._place + end}: an item is missing")
        end += self._data[end] == 0x2C
        self._data = self._data[end:]
        self._place += end
        return items

    def _broken(self) -> BodyError:
        """Say what is wrong with the rest, which neither goes on nor ends as a list does."""
        begin = self._place - 1
        try:
            self._exact(b"[" + self._data, lambda place: begin + place)
        except BodyError as error:
            return error
        return BodyError(f"the JSON is malformed after byte {begin}")

    def _finish(self) -> None:
        begin, head = self._place, len(self._head)
        while self._more():
            self._bound(head + len(self._data))
        whole = self._exact(self._head + self._data, lambda place: place if place < head else begin + place - head)
        self._tell(whole)

    def _tell(self, document: Any) -> None:
        if isinstance(self.document, dict):
            self.document.clear()
            self.document.update(document)

    def _more(self) -> bool:
        """Read another block, or as much again if one did not suffice."""
        wanted, pieces = len(self._data), [self._data]
        for block in self._blocks:
            pieces.append(block)
            wanted -= len(block)
            if wanted <= 0:
                break
        self._data = b"".join(pieces)
        return len(pieces) > 1

    def _bound(self, size: int) -> None:
        if size > MOST_AROUND:
            where = ".".join(self._path) or "a list"
            raise BodyError(f"more than {MOST_AROUND:,} bytes of the JSON are not in {where}, or are one record there")

    def _exact(self, data: bytes, place: Callable[[int], int] = int) -> Any:
        return exact(data, keep_last=self._keep_last, place=place)

    def _opened(self) -> int | None:
        """Find the bracket that opens the list, in `_data`."""
        opening = self._match("opening", 0)
        if opening is None or not self._path:
            return opening.start(1) if opening and opening[1] == b"[" else None
        place, ahead = opening.start(1), opening[1]
        for name in self._path:
            member = self._member(name, place + 1) if ahead == b"{" else None
            if member is None:
                return None
            place, ahead = member.end(), member[2]
        self.other = ahead not in b"[n"
        return place if ahead == b"[" else None

    def _member(self, name: str, place: int) -> re.Match[bytes] | None:
        """Find a key in the object whose members begin at `place`; the match ends before its value."""
        while True:
            member = self._match("member", place)
            if member is None or member[1] is None or _is(member[1], name):
                return member if member and member[1] else None
            value = self._match("value", member.end())
            if value is None or value[1] == b"}":
                return None
            place = value.end()

    def _match(self, name: str, place: int) -> re.Match[bytes] | None:
        """Match at a place in `_data`, reading on as far as it takes."""
        while True:
            found = _pattern(name).match(self._data, place)
            if found or not self._more():
                return found
            self._bound(len(self._data))


_LOSES_PLACE = sys.version_info < (3, 11, 5)
"""Whether `(…)*+` may go wrong, as it does where its group can match in several ways (python/cpython#106052)."""


@cache
def _pattern(name: str) -> re.Pattern[bytes]:
    """Compile a pattern that passes over values, however nested, in one go; which bracket closes which is no matter."""
    inner = rb'[^"{}\[\]]++|' + _TEXT
    for _ in range(DEEPEST):
        inner = rb'[^"{}\[\]]++|' + _TEXT + rb"|[{\[](?:" + inner + rb")*+[}\]]"
    value = rb'(?:[^"{}\[\],]++|' + _TEXT + rb"|[{\[](?:" + inner + rb")*+[}\]])*+"
    patterns = {
        "items": rb"(?:" + value + rb",)*+",
        "last": value + rb"\]",
        "member": rb"[ \t\r\n]*+(?:(" + _TEXT + rb")[ \t\r\n]*+:[ \t\r\n]*+(?=([^ \t\r\n]))|\})",
        "opening": rb"[ \t\r\n]*+([^ \t\r\n])",
        "value": value + rb"([,}])",
    }
    return re.compile(patterns[name].replace(b")*+", b")*") if _LOSES_PLACE else patterns[name], re.S)


def _is(text: bytes, name: str) -> bool:
    """Whether a text token is this name."""
    if b"\\" not in text:
        return text == b'"%b"' % name.encode()
    try:
        return bool(json.loads(text, strict=False) == name)
    except ValueError:
        return False
