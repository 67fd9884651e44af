"""Plain data to YAML as the specs here are written: maps open outside, `{a: b}` inside, quotes only where needed."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from itertools import dropwhile, takewhile
from typing import Any

from tapwright.authoring.scalar import folded, key_text, literal, scalar_text
from tapwright.language.place import Path

WIDTH = 120
MOST_LEAVES = 6
"""A map that holds maps stands on one line if it holds no more values than this."""
SECTIONS = frozenset(["api", "config", "fields", "options", "shared", "streams"])
"""The keys under which every entry has lines of its own."""


def yaml_text(value: Any, comments: Mapping[Path, str] | None = None) -> str:
    """Write plain data as YAML; the comment of a path, such as `("streams", "orders")`, stands above what it is on."""
    return "\n".join(_Writer(comments or {}).document(value)) + "\n"


class _Writer:
    """Writes lines; each method gives those of one sort of value."""

    def __init__(self, comments: Mapping[Path, str]) -> None:
        self.comments = comments
        self.holding = {path[:length] for path in comments for length in range(len(path))}
        """The paths that have a comment somewhere inside, and so cannot stand on one line."""

    def document(self, value: Any) -> Iterator[str]:
        yield from self.comment((), "")
        if isinstance(value, dict) and value:
            yield from self.pairs(value, (), "")
        elif isinstance(value, list) and value:
            yield from self.items(value, (), "")
        else:
            yield _bracketed(value)

    def pairs(self, pairs: dict[str, Any], path: Path, indent: str) -> Iterator[str]:
        apart, before = not path or path[-1] == "streams", False
        for number, (key, value) in enumerate(pairs.items()):
            inside = (*path, key)
            lines = list(self.entry(f"{indent}{key_text(key)}:", value, inside, indent))
            block = isinstance(value, dict | list) and len(lines) > 1
            if number and apart and (block or before):
                yield ""
            before = block
            yield from self.comment(inside, indent)
            yield from lines

    def items(self, items: list[Any], path: Path, indent: str) -> Iterator[str]:
        for number, value in enumerate(items):
            inside = (*path, number)
            yield from self.comment(inside, indent)
            if isinstance(value, dict) and (len(value) == 1 or self.line(f"{indent}-", value, inside) is None):
                lines = list(self.pairs(value, inside, f"{indent}  "))
                yield from takewhile(_is_comment, lines)
                first, *rest = dropwhile(_is_comment, lines)
                yield from [f"{indent}- {first.lstrip()}", *rest]
            else:
                yield from self.entry(f"{indent}-", value, inside, indent)

    def entry(self, start: str, value: Any, path: Path, indent: str) -> Iterator[str]:
        """Write a key or a dash and what follows it: on the same line if it may and can."""
        line, deeper = self.line(start, value, path), f"{indent}  "
        if line is not None:
            yield line
        elif isinstance(value, dict):
            yield start
            yield from self.pairs(value, path, deeper)
        elif isinstance(value, list):
            yield start
            yield from self.items(value, path, deeper)
        else:
            yield from _text(start, value, deeper)

    def line(self, start: str, value: Any, path: Path) -> str | None:
        """Write a value on the line that it begins on; None if it may not or cannot stand there."""
        if isinstance(value, str):
            line = f"{start} {scalar_text(value, flow=False)}"
            return line if "\n" not in value and len(line) <= WIDTH else None
        if not isinstance(value, dict | list) or not value:
            return f"{start} {_bracketed(value)}"
        if path in self.holding or _open(value, path):
            return None
        line = f"{start} {_bracketed(value)}"
        return line if len(line) <= WIDTH else None

    def comment(self, path: Path, indent: str) -> Iterator[str]:
        for line in self.comments.get(path, "").splitlines():
            plain = "".join(mark if mark.isprintable() else " " for mark in line)
            wrapped = textwrap.wrap(plain, WIDTH - len(indent) - 2, break_long_words=False, break_on_hyphens=False)
            yield from (f"{indent}# {part}" for part in wrapped or [""])


def _open(value: dict[str, Any] | list[Any], path: Path) -> bool:
    """Whether every entry has lines of its own, wherever it would fit."""
    if isinstance(value, list):
        return any(isinstance(inner, dict) for inner in value)
    maps = [isinstance(inner, dict) for inner in value.values()]
    if (all(maps) and path[-1] in SECTIONS) or path == ("api",) or path[-2:-1] == ("streams",):
        return True
    return any(maps) and _leaves(value) > MOST_LEAVES


def _leaves(value: Any) -> int:
    inside = value.values() if isinstance(value, dict) else ()
    return sum(map(_leaves, inside)) if inside else 1


def _bracketed(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key_text(key)}: {_bracketed(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_bracketed, value)) + "]"
    return scalar_text(value, flow=True)


def _text(start: str, text: str, indent: str) -> Iterator[str]:
    """Write a text that is too long for its line, or has several of its own."""
    lines = literal(text) or folded(text, WIDTH - len(indent))
    if lines is None:
        yield f"{start} {scalar_text(text, flow=False)}"
        return
    yield f"{start} {lines[0]}"
    yield from (f"{indent}{line}" if line else "" for line in lines[1:])


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")
