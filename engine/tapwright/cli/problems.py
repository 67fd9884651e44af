"""Problems of a file on the screen: a line each, and on a terminal the lines of YAML that they are about."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from tapwright.language import Problem

_TOKEN = re.compile(r"\"[^\"]*\"|'[^']*'|[^\s:,\[\]{}]+")
_VALUE = re.compile(rf"(?:{_TOKEN.pattern})(?!\s*:(?:\s|$))(?![^\s:,\[\]{{}}])")
_AROUND = 1
"""So many lines are shown before and after."""


def show_problems(problems: Sequence[object], *, err: bool = False) -> None:
    """Print problems: `file:line:column: path: message`."""
    stream = sys.stderr if err else sys.stdout
    if problems and stream.isatty():
        from rich.console import Console

        draw(problems, Console(file=stream, highlight=False))
        return
    for problem in problems:
        click.echo(str(problem), err=err)


def draw(problems: Iterable[object], console: Console) -> None:
    """Draw problems on a terminal, each with its lines."""
    from tapwright.language import Problem

    for problem in problems:
        if not isinstance(problem, Problem):
            console.print(str(problem), markup=False, soft_wrap=True)
            continue
        console.print(_sentence(problem), soft_wrap=True)
        for line in _excerpt(problem):
            console.print(line, no_wrap=True, overflow="ellipsis", crop=True)


def _sentence(problem: Problem) -> Text:
    from rich.text import Text

    place = f"{problem.file}:{problem.line}:{problem.column}: "
    path = f"{problem.path}: " if problem.path else ""
    return Text.assemble((place, "bold"), (path, "cyan"), problem.message)


def _excerpt(problem: Problem) -> Iterable[Text]:
    """The line that a problem is about, those around it, and what is meant marked."""
    from rich.text import Text

    lines = _lines(problem)
    width = len(str(problem.line + _AROUND))
    for number in range(max(1, problem.line - _AROUND), min(len(lines), problem.line + _AROUND) + 1):
        here = number == problem.line
        if not here and not lines[number - 1].plain.strip():
            continue
        yield Text.assemble((f"  {number:>{width}} │ ", "bold red" if here else "dim"), lines[number - 1])
        if here:
            found = _TOKEN.match(lines[number - 1].plain, problem.column - 1)
            mark = " " * (problem.column - 1) + "^" * max(1, len(found[0]) if found else 1)
            yield Text.assemble((f"  {'':>{width}} │ ", "dim"), (mark, "bold red"))


def _lines(problem: Problem) -> list[Text]:
    from rich.syntax import Syntax

    try:
        text = Path(problem.file).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    shown = _without_values(text)
    words: Any = Syntax(shown, "yaml", theme="ansi_dark", background_color="default").highlight(shown)
    return list(words.split("\n", allow_blank=True))


def _without_values(text: str) -> str:
    """Blot out of a connector what may be secret: every value outside of its streams."""
    if re.search(r"^spec\s*:", text, re.M) is None:
        return text
    shown, within = [], False
    for line in text.split("\n"):
        if re.match(r"[^\s#-]", line):
            within = line.startswith("streams")
        shown.append(line if within else _VALUE.sub(lambda found: "…" * len(found[0]), line))
    return "\n".join(shown)
