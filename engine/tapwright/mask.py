"""Hide secrets in every text that leaves the program, however they were encoded on the way."""

from __future__ import annotations

import base64
import html.entities
import re
import threading
import unicodedata
from collections.abc import Iterator

SHORT = 3
"""Secrets with fewer characters are hidden only where they stand as words of their own."""
_STEADY = 6
"""The fewest Base64 characters that tell a secret from chance."""
_EDGE = "(?:[A-Za-z0-9+/_-]|%(?:25)*2[bBfF])?"
"""The Base64 character beside the steady ones, which holds some bits of the secret."""
_NAMES = {chr(code): name for name, code in html.entities.name2codepoint.items()} | {"'": "apos"}
_ITSELF = {'"': r'\\*"', "'": r"\\*'", "/": r"\\*/", "\\": r"\\+", "%": "%(?:25)*"}
_SHORTHAND = {"\n": "n", "\r": "r", "\t": "t", "\b": "b", "\f": "f"}


class Mask:
    """Knows the secrets of a run and replaces each by `***`; threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._secrets: frozenset[str] = frozenset()
        self._pattern: re.Pattern[str] | None = None

    def add(self, *secrets: str) -> None:
        """Hide these from now on; empty texts are passed over."""
        with self._lock:
            known = self._secrets | {part for secret in secrets for part in _parts(secret)}
            if known != self._secrets:
                self._secrets, self._pattern = known, _compile(known)

    def hide(self, text: str, stand_in: str = "***") -> str:
        """Replace every secret in the text, in all its encodings."""
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


def _compile(secrets: frozenset[str]) -> re.Pattern[str]:
    longest_first = sorted(secrets, key=lambda secret: (-len(secret), secret))
    return re.compile("|".join(form for secret in longest_first for form in _forms(secret)))


def _forms(secret: str) -> Iterator[str]:
    plain = "".join(_char(char) for char in secret)
    if len(secret) < SHORT:
        yield rf"(?<!\w){plain}(?!\w)"
        return
    yield plain
    data = secret.encode(errors="surrogatepass")
    if not secret.isascii():  # UTF-8 that was taken for latin-1, as servers take headers
        yield "".join(map(_char, data.decode("latin-1")))
    yield "(?i:" + "".join(rf"\\+u{unit:04x}" for unit in _utf16(secret)) + ")"
    yield "(?i:" + "".join(rf"%(?:25)*{byte:02x}" for byte in data) + ")"
    yield f"(?i:{data.hex()})"
    for offset in range(3):
        if len(steady := _base64_core(data, offset)) >= _STEADY:
            before = _EDGE if offset else ""
            after = _EDGE if (offset + len(data)) % 3 else ""
            yield before + "".join(_char(char, {"+": "-", "/": "_"}.get(char)) for char in steady) + after


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
    ways = [_ITSELF.get(char, re.escape(char)), "".join(rf"%(?:25)*(?i:{byte:02x})" for byte in data)]
    ways.append("".join(rf"\\+u(?i:{unit:04x})" for unit in _utf16(char)))
    named = f"|{_NAMES[char]}" if char in _NAMES else ""
    ways.append(f"&(?:amp;)*(?:#0*{ord(char)}|#[xX]0*(?i:{ord(char):x}){named});")
    if char in _SHORTHAND:
        ways.append(rf"\\+{_SHORTHAND[char]}")
    if char == " ":
        ways.append(r"\+|%(?:25)*2[bB]")
    if alternative:
        ways.append(alternative)
    return f"(?:{'|'.join(ways)})"


def _utf16(text: str) -> list[int]:
    data = text.encode("utf-16-be", errors="surrogatepass")
    return [int.from_bytes(data[place : place + 2], "big") for place in range(0, len(data), 2)]
