"""What a person sees of a run, on stderr: progress on a terminal, and the summary."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from tapwright.counted import counted

if TYPE_CHECKING:
    from tapwright.advice import RunProfile
    from tapwright.progress import Summary, TableCount

_WIDE = 80
"""The characters in a line that leave room for how fast it goes."""


class Screen:
    """Shows a run; everything it prints passes `hide`, which takes the secrets out."""

    def __init__(self, *, quiet: bool, hide: Callable[[str], str], target: str, into: str) -> None:
        self._quiet, self._hide, self._target, self._into = quiet, hide, target, into
        self._live = not quiet and sys.stderr.isatty()
        self._bars: dict[str, Any] = {}
        self._progress: Any = None

    def __enter__(self) -> Self:
        if self._live:
            self._progress = _progress()
            self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def note(self, text: str) -> None:
        """Say what a run is waiting for."""
        if self._quiet:
            return
        if self._progress is not None:
            self._progress.console.print(f"[dim]{_plain(self._hide(text))}[/dim]")
        else:
            print(self._hide(text), file=sys.stderr)

    def progress(self, count: TableCount) -> None:
        """Show how far a table is."""
        if self._progress is None:
            return
        if count.table not in self._bars:
            self._bars[count.table] = self._progress.add_task(
                count.table, total=None, of="", pages=0, rate="", status=""
            )
        bar = self._bars[count.table]
        done = count.status in ("done", "limited", "interrupted", "failed")
        self._progress.update(
            bar,
            completed=count.rows,
            total=count.rows if done else None,
            of="" if done or count.expected is None else f" of {count.expected:,}",
            pages=count.pages,
            rate=self._rate(bar),
            status=count.status,
        )

    def _rate(self, bar: Any) -> str:
        speed = self._progress.tasks[bar].speed
        return f"{speed:,.0f} rows/s" if speed else ""

    def summary(self, summary: Summary) -> None:
        """Show what was read, and what failed."""
        for count in summary.tables:
            if count.error is not None:
                print(self._hide(f"error: table {count.table}: {count.error}"), file=sys.stderr)
        if not self._quiet:
            console = _console()
            with console.capture() as drawn:
                console.print(_table(summary, f"{self._target} → {self._into}"))
            print("\n".join(line.rstrip() for line in drawn.get().rstrip().splitlines()), file=sys.stderr)

    def profile(self, went: RunProfile) -> None:
        """Show where the time went; it was asked for, so it is said even where all else is quiet."""
        from tapwright.advice import as_lines

        for line in as_lines(went):
            print(self._hide(line), file=sys.stderr)


def _progress() -> Any:
    """A line for each table, as wide as there is room; they make way for the summary."""
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = _console()
    timed = (TextColumn("{task.fields[rate]}"), TimeElapsedColumn())
    return Progress(
        SpinnerColumn(finished_text="·"),
        TextColumn("{task.description}"),
        TextColumn("{task.completed:,.0f}{task.fields[of]} rows"),
        TextColumn("{task.fields[pages]:,} pages"),
        *(timed if console.width >= _WIDE else ()),
        TextColumn("{task.fields[status]}"),
        console=console,
        transient=True,
    )


def _console() -> Any:
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def _table(summary: Summary, title: str) -> Any:
    from rich import box
    from rich.table import Table

    table = Table(title=title, box=box.SIMPLE, title_justify="left")
    table.add_column("table", no_wrap=True)
    for name in ("rows", "pages", "slices", "seconds"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("")
    for count in summary.tables:
        cells = (f"{count.rows:,}", f"{count.pages:,}", f"{count.slices:,}", f"{count.seconds:.1f}")
        table.add_row(_plain(count.table), *cells, _plain(" ".join(_remarks(count))))
    return table


def _remarks(count: TableCount) -> Iterator[str]:
    """Say what is not as it should be in the end."""
    if count.status != "done":
        yield {"limited": "limit reached", "waiting": "not begun"}.get(count.status, count.status)
    if count.status == "interrupted" and count.at:
        yield count.at if count.at.startswith("after") else f"in {count.at}"
    if count.skipped:
        yield f"{counted(len(count.skipped), 'slice')} skipped"


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)
