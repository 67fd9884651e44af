"""Put entries into the maps of a YAML text, and leave every other character as it is.

A library that writes YAML anew (ruamel.yaml) was tried on the specs here: it changed lines of each that nobody had
touched.  So the text is cut at a place that the parser names, and lines are put in.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from tapwright.errors import TargetError
from tapwright.language.reader import LOADER

_HINT = "Paste what `tapwright infer` prints without --write."


@dataclass(frozen=True, kw_only=True)
class _Map:
    """A map in the text."""

    node: Any
    """None if nothing stands after its key."""
    line: int
    """The line of its key."""
    column: int
    """The column of its own keys."""
    step: int
    """By how much what is below a key stands further in."""
    within_brackets: bool
    """Whether it is a part of something in brackets."""

    @property
    def bracketed(self) -> bool:
        return self.node is not None and bool(self.node.flow_style)


class Text:
    """The text of a YAML file, to be added to."""

    def __init__(self, text: str) -> None:
        self._newline = "\r\n" if "\r\n" in text else "\n"
        self._lines = text.split(self._newline)

    def __str__(self) -> str:
        return self._newline.join(self._lines)

    def add(self, path: Sequence[str], lines: Sequence[str], *, after: Collection[str] | None = None) -> None:
        """Add an entry, or several, to the map at a path: at its end, or after those of its keys that are named.

        Lines are as they would stand in an open map; a remark may follow on each.
        """
        found = self._map(path)
        if not lines:
            return
        if found.node is None:
            self._insert(found.line + 1, lines, found)
        elif not found.bracketed:
            self._insert(self._place_after(found, after), lines, found)
        elif found.within_brackets or "#" in self._source(found.node):
            self._add_before_bracket(found, lines)
        else:
            self._open(found, lines)

    # --- finding

    def _map(self, path: Sequence[str]) -> _Map:
        node: Any = yaml.compose(str(self), Loader=LOADER)
        key: Any = None
        brackets = False
        for name in path:
            brackets = brackets or bool(getattr(node, "flow_style", False))
            pairs = {key.value: (key, value) for key, value in node.value} if _is_map(node) else {}
            if name not in pairs:
                raise TargetError(f"'{'.'.join(path)}' is not in the file", _HINT)
            key, node = pairs[name]
            if (node.start_mark.line, node.start_mark.column) < (key.start_mark.line, key.start_mark.column):
                raise TargetError(f"'{'.'.join(path)}' is an alias of what stands elsewhere in the file", _HINT)
        if not _is_map(node):
            if node.value:
                raise TargetError(f"'{'.'.join(path)}' is no map", _HINT)
            node = None
        own = node is not None and not node.flow_style
        column = node.value[0][0].start_mark.column if own else key.start_mark.column + 2
        step = column - key.start_mark.column
        return _Map(node=node, line=key.start_mark.line, column=column, step=step, within_brackets=brackets)

    def _place_after(self, found: _Map, after: Collection[str] | None) -> int:
        """The line to put new entries before."""
        wanted = [value for key, value in found.node.value if after is None or key.value in after]
        if not wanted:
            return int(found.node.start_mark.line)
        line = max(map(_last_line, wanted)) + 1
        while not self._lines[line - 1].strip():
            line -= 1
        return self._past_comments(line, found.column + (after is not None))

    def _past_comments(self, line: int, column: int) -> int:
        """The line after the comments that follow, as long as they stand in this column or further in."""
        past = line
        while past < len(self._lines) and (comment := re.match(r"( *)(#|$)", self._lines[past])):
            past += 1
            if comment[2] and len(comment[1]) < column:
                break
            line = past if comment[2] else line
        return line

    def _source(self, node: Any) -> str:
        """The text of a value, on one line."""
        start, end = node.start_mark, node.end_mark
        if start.line == end.line:
            return str(self._lines[start.line][start.column : end.column])
        inside = [line.strip() for line in self._lines[start.line + 1 : end.line]]
        return " ".join([self._lines[start.line][start.column :], *inside, self._lines[end.line][: end.column].strip()])

    # --- changing

    def _insert(self, place: int, lines: Sequence[str], found: _Map) -> None:
        if place == len(self._lines):
            self._lines.append("")
        self._lines[place:place] = [
            f"{' ' * (found.column + _depth(line) * found.step)}{line.lstrip()}" for line in lines
        ]

    def _open(self, found: _Map, lines: Sequence[str]) -> None:
        """Write a map in brackets with a line for each of its entries, and the new ones after them."""
        start, end = found.node.start_mark, found.node.end_mark
        head, rest = self._lines[start.line][: start.column].rstrip(), self._lines[end.line][end.column :]
        entries = [f"{self._source(key)}: {self._source(value)}".strip() for key, value in found.node.value]
        self._lines[start.line : end.line + 1] = [head + rest]
        self._insert(start.line + 1, [*entries, *lines], found)

    def _add_before_bracket(self, found: _Map, lines: Sequence[str]) -> None:
        """Put entries, each on its line, before the bracket that closes a map."""
        line, column = found.node.end_mark.line, found.node.end_mark.column - 1
        before, end = self._lines[line][:column].rstrip(), self._lines[line][column:]
        indent = " " * found.column
        within = [f"{indent}{text}" for text in _with_brackets(lines)]
        self._lines[line : line + 1] = [*([before] if before else []), *within, f"{indent}{end}"]
        if found.node.value:
            self._end_with_comma(found.node.value[-1][1].end_mark)

    def _end_with_comma(self, mark: Any) -> None:
        """Put a comma after the last value of a map in brackets, unless there is one."""
        text = self._lines[mark.line]
        if not text[mark.column :].lstrip().startswith(","):
            self._lines[mark.line] = f"{text[: mark.column]},{text[mark.column :]}"


def _is_map(node: Any) -> bool:
    return isinstance(node, yaml.MappingNode)


def _last_line(node: Any) -> int:
    """The last line on which a value stands."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _last_line(last[1] if isinstance(last, tuple) else last)
    end = node.end_mark
    return int(end.line if end.column or end.line == node.start_mark.line else end.line - 1)


def _with_brackets(lines: Sequence[str]) -> list[str]:
    """Entries of an open map as they stand between brackets: commas between them, and brackets for those below."""
    written: list[str] = []
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        depth, next_depth = _depth(line), _depth(following)
        text, gap, remark = line.partition("  # ")
        mark = "" if line.lstrip().startswith("#") else " {" if next_depth > depth else ","
        written.append(f"{text}{mark}{gap}{remark}")
        written += [f"{'  ' * outer}}}," for outer in reversed(range(next_depth, depth))]
    return written


def _depth(line: str) -> int:
    return (len(line) - len(line.lstrip())) // 2
