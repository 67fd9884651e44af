"""Print the lines of a sheet: coloured by rich on a terminal, plain where they are piped."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import click

from tapwright.mask import Mask

if TYPE_CHECKING:
    from tapwright.authoring.sheet import Line

_STYLES = {"title": "bold", "word": "cyan", "quiet": "dim", "good": "green", "odd": "yellow", "bad": "bold red"}


def show(lines: Iterable[Line], hide: Callable[[str], str]) -> None:
    """Print lines, the secrets taken out of each and nothing in it that a terminal would obey."""
    coloured = sys.stdout.isatty()
    for line in lines:
        spans = [(Mask.clean(hide(span.text)), _STYLES.get(span.sort, "")) for span in line]
        if coloured:
            _print(spans)
        else:
            click.echo("".join(text for text, _ in spans).rstrip())


def _print(spans: list[tuple[str, str]]) -> None:
    from rich.console import Console
    from rich.text import Text

    Console(highlight=False, soft_wrap=True).print(Text.assemble(*spans))
