"""One value of YAML as text, in quotes only where our reader would take it for something else without them."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Any

from tapwright.language.scalars import resolve

_BEGINS_OTHER = (*"!&*#|>@`\"'%[]{},?:-", "...")
_BRACKETS = frozenset(",[]{}?")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def scalar_text(value: Any, *, flow: bool) -> str:
    """Write a value that is no map and no list; `flow` says whether it stands between brackets."""
    match value:
        case str():
            return value if _is_plain(value, flow) else _quoted(value)
        case None | bool():
            return {None: "null", True: "true", False: "false"}[value]
        case int() | Decimal():
            return str(value)
        case float() if math.isfinite(value):
            return repr(value)
        case dict() | list():
            return "[]" if isinstance(value, list) else "{}"
    raise ValueError(f"YAML has no word for {value!r}")


def key_text(key: str) -> str:
    """Write a key, which the reader takes as text whatever it is."""
    plain = key != "<<" and not key.isspace() and _is_written_plainly(key, flow=True)
    return key if plain else _quoted(key)


def literal(text: str) -> list[str] | None:
    """The lines of a block that keeps a text's own lines; None for a text of one line, or of odd ones."""
    lines = text.removesuffix("\n").split("\n")
    odd = not lines[0].strip() or lines[0][0] == " " or lines[-1] == "" or not all(map(str.isprintable, lines))
    if len(lines) < 2 or odd or any(line and line.isspace() for line in lines):
        return None
    return ["|" if text.endswith("\n") else "|-", *lines]


def folded(text: str, width: int) -> list[str] | None:
    """The lines of a block that are joined by blanks; None for a text with line breaks or blanks at its ends."""
    if not text or text != text.strip() or not text.isprintable():
        return None
    lines = [">-", ""]
    for word in re.split(r"(?<! ) (?! )", text):  # where blanks come in pairs, a line cannot end
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        lines = [*lines[:-1], joined] if len(joined) <= width or not lines[-1] else [*lines, word]
    return lines


def _is_plain(text: str, flow: bool) -> bool:
    try:
        return _is_written_plainly(text, flow) and resolve(text) == text
    except ValueError:  # a number that is too large
        return False


def _is_written_plainly(text: str, flow: bool) -> bool:
    if not text or text != text.strip() or not text.isprintable() or text.startswith(_BEGINS_OTHER):
        return False
    if ": " in text or " #" in text or text.endswith(":"):
        return False
    return not flow or not _BRACKETS & {*text}


def _quoted(text: str) -> str:
    if text.isprintable() and "\\" not in text and '"' not in text:
        return f'"{text}"'
    if text.isprintable() and "'" not in text:
        return f"'{text}'"
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(mark: str) -> str:
    if mark in _ESCAPES or mark.isprintable():
        return _ESCAPES.get(mark, mark)
    number = ord(mark) if not 0xD800 <= ord(mark) <= 0xDFFF else 0xFFFD  # half a character is none
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"
