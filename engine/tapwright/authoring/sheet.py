"""What a command shows, as lines of words that each have a sort; how a sort looks is the screen's to say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

Sort = Literal["plain", "title", "word", "quiet", "good", "odd", "bad"]


class Span(NamedTuple):
    """Some words of one sort."""

    text: str
    sort: Sort = "plain"


Line: TypeAlias = tuple[Span, ...]
WIDEST = 48
"""How wide a cell of a table may be; what is longer is cut."""


def line(*spans: str | tuple[str, Sort], indent: int = 0) -> Line:
    """Make a line."""
    made = [Span(span) if isinstance(span, str) else Span(*span) for span in spans]
    return (Span(" " * indent), *made) if indent else tuple(made)


def pairs(rows: Iterable[tuple[str, str]], indent: int = 0) -> Iterator[Line]:
    """Give a line for each name and what it is, the latter in one column."""
    every = list(rows)
    width = max((len(name) for name, _ in every), default=0)
    for name, text in every:
        yield line((name.ljust(width), "word"), f"  {text}" if text else "", indent=indent)


class Cells(NamedTuple):
    """A row of a table; the last cell is never cut."""

    cells: tuple[str, ...]
    sort: Sort = "plain"


def table(header: Sequence[str], rows: Iterable[Cells], indent: int = 0) -> Iterator[Line]:
    """Give the lines of a table, its columns as wide as they must be."""
    every = [Cells(tuple(header), "quiet"), *rows]
    cut_cells = [[*(cut(cell, WIDEST) for cell in row.cells[:-1]), " ".join(row.cells[-1].split())] for row in every]
    widths = [max(map(len, column)) for column in zip(*cut_cells, strict=True)]
    for row, cells in zip(every, cut_cells, strict=True):
        text = "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
        yield line((text, row.sort), indent=indent)


def cut(text: str, length: int) -> str:
    """Put a text on one line of bounded length."""
    text = " ".join(text.split())
    return text if len(text) <= length else f"{text[: length - 1]}…"


def masked(value: Any, hide: Callable[[str], str]) -> Any:
    """Take the secrets out of every text and number of some JSON."""
    if isinstance(value, dict):
        return {hide(name): masked(inner, hide) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [masked(inner, hide) for inner in value]
    if isinstance(value, bool) or value is None:
        return value
    text = str(value)
    return value if hide(text) == text else hide(text)
