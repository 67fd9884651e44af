"""Hide secrets in every text that leaves the program, however they were encoded on the way."""

from __future__ import annotations

import base64
import html.entities
import re
import threading
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

SHORT = 3
"""Secrets with fewer characters are hidden only where they stand as words of their own."""
_STEADY = 6
"""The fewest Base64 characters that tell a secret from chance."""
_EDGE = "(?:[A-Za-z0-9+/_-]|%(?:25)*2[bBfF])?"
"""The Base64 character beside the steady ones, which holds some bits of the secret."""
LEAST = 6
"""Fewer characters of a secret, at the end of a message that was cut, are let be."""
LONGEST_MESSAGE = 65_536
"""Longer texts are no messages, and not cut."""
_CUT = re.compile(r"\S{0,11}?(?:…|\.\.\.|\ufffd)|\S{0,11}\s*(?:\n|\Z)")
"""What follows where a text was cut; of an encoded character some may be left."""
_RUNS = re.compile(r"\s+|\S")
_NAMES = {chr(code): name for name, code in html.entities.name2codepoint.items()} | {"'": "apos"}
_ESCAPE = r"(?:\\|%(?:25)*5[cC])"
"""A backslash, also in a URL."""
_ITSELF = {"\\": f"{_ESCAPE}+", "%": "%(?:25)*"}
_ESCAPED = "\"'/"
"""What JSON or a programming language may put a backslash before."""
_SHORTHAND = {"\n": "n", "\r": "r", "\t": "t", "\b": "b", "\f": "f"}


class Mask:
    """Knows the secrets of a run and replaces each by `***`; threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._secrets: frozenset[str] = frozenset()
        self._pattern: re.Pattern[str] | None = None
        self._beginnings: tuple[_Beginning, ...] = ()

    def add(self, *secrets: str) -> None:
        """Hide these from now on; empty texts are passed over."""
        with self._lock:
            known = self._secrets | {part for secret in secrets for part in _parts(secret)}
            if known != self._secrets:
                self._secrets, self._pattern = known, _compile(known)
                self._beginnings = tuple(_Beginning(form) for secret in known for form in _forms(secret))

    def hide(self, text: str, stand_in: str = "***") -> str:
        """Replace every secret in a message, in all its encodings, also one that the message was cut in."""
        text = self.replace(text, stand_in)
        for beginning in self._beginnings if len(text) <= LONGEST_MESSAGE else ():
            text = beginning.hide(text, stand_in)
        return text

    def replace(self, text: str, stand_in: str) -> str:
        """Replace every secret that stands whole in a text, in all its encodings."""
        pattern = self._pattern
        return pattern.sub(stand_in, text) if pattern else text

    @staticmethod
    def clean(text: str) -> str:
        """Escape what a terminal or a log would obey: control, ANSI, line-ending and bidi characters."""
        return text if text.isprintable() else "".join(map(_shown, text))


def _shown(char: str) -> str:
    if char.isprintable() or unicodedata.category(char) == "Zs":
        return char
    return char.encode("unicode_escape").decode()


def _parts(secret: str) -> Iterator[str]:
    """A secret of several lines (a private key) is hidden whole and line by line."""
    if stripped := secret.strip():
        yield stripped
        if "\n" in stripped:
            yield from (line.strip() for line in stripped.splitlines() if len(line.strip()) >= 16)


class _Beginning:
    """Finds the beginning of a secret where a text was cut in it: up to `…`, or to the end of the text or line."""

    def __init__(self, form: tuple[str, ...]) -> None:
        self._form = form
        self._head = re.compile("".join(form[:LEAST])) if len(form) > LEAST else None

    def hide(self, text: str, stand_in: str) -> str:
        """Replace it."""
        found = self._head.search(text) if self._head else None
        while found and self._head:
            end = self._end(text, found.end())
            if _CUT.match(text, end):
                text, end = text[: found.start()] + stand_in + text[end:], found.start() + len(stand_in)
            found = self._head.search(text, end)
        return text

    def _end(self, text: str, place: int) -> int:
        for piece in self._form[LEAST:]:
            if not (step := _piece(piece).match(text, place)):
                break
            place = step.end()
        while text[place - 1] == "\n":  # it may be the line end after the cut
            place -= 1
        return place


@lru_cache(maxsize=4096)
def _piece(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _compile(secrets: frozenset[str]) -> re.Pattern[str]:
    longest_first = sorted(secrets, key=lambda secret: (-len(secret), secret))
    return re.compile("|".join("".join(form) for secret in longest_first for form in _forms(secret)))


def _forms(secret: str) -> Iterator[tuple[str, ...]]:
    """The patterns of a secret, each in its pieces: a character, or a byte."""
    plain = tuple(_blanks(run) if run.isspace() else _char(run) for run in _RUNS.findall(secret))
    if len(secret) < SHORT:
        yield (r"(?<!\w)", *plain, r"(?!\w)")
        return
    yield plain
    data = secret.encode(errors="surrogatepass")
    if not secret.isascii():  # UTF-8 that was taken for latin-1, as servers take headers
        yield tuple(map(_char, data.decode("latin-1")))
    yield tuple(rf"{_ESCAPE}+u(?i:{unit:04x})" for unit in _utf16(secret))
    yield tuple(rf"%(?:25)*(?i:{byte:02x})" for byte in data)
    yield tuple(f"(?i:{byte:02x})" for byte in data)
    for offset in range(3):
        if len(steady := _base64_core(data, offset)) >= _STEADY:
            pieces = tuple(_char(char, {"+": "-", "/": "_"}.get(char)) for char in steady)
            before = (_EDGE,) if offset else ()
            after = (_EDGE,) if (offset + len(data)) % 3 else ()
            yield (*before, *pieces, *after)


def _blanks(run: str) -> str:
    """A pattern for blanks and line ends, which messages make one blank of."""
    return f"(?:\\s|{'|'.join(_char(char) for char in sorted(set(run)))})+"


def _base64_core(data: bytes, offset: int) -> str:
    """The Base64 characters of `data` that stay the same whatever the `offset` bytes before it."""
    encoded = base64.b64encode(b"\0" * offset + data).decode()
    first = (offset * 8 + 5) // 6
    return encoded[first : (offset + len(data)) * 8 // 6]


def _char(char: str, alternative: str | None = None) -> str:
    """A pattern for one character: itself, its alternative, or as URLs, JSON, XML and HTML write it."""
    if char.isascii() and char.isalnum():
        return char
    data = char.encode(errors="surrogatepass")
    ways = ["".join(rf"%(?:25)*(?i:{byte:02x})" for byte in data)]
    ways.append("".join(rf"{_ESCAPE}+u(?i:{unit:04x})" for unit in _utf16(char)))
    named = f"|{_NAMES[char]}" if char in _NAMES else ""
    ways.append(f"&(?:amp;)*(?:#0*{ord(char)}|#[xX]0*(?i:{ord(char):x}){named});")
    if char in _SHORTHAND:
        ways.append(f"{_ESCAPE}+{_SHORTHAND[char]}")
    if char == " ":
        ways.append(r"\+|%(?:25)*2[bB]")
    if alternative:
        ways.append(alternative)
    ways.append(_ITSELF.get(char, re.escape(char)))  # last, for `&` begins `&amp;`
    return f"{_ESCAPE}*" * (char in _ESCAPED) + f"(?:{'|'.join(ways)})"


def _utf16(text: str) -> list[int]:
    data = text.encode("utf-16-be", errors="surrogatepass")
    return [int.from_bytes(data[place : place + 2], "big") for place in range(0, len(data), 2)]
