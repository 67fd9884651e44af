"""tapwright state: what is remembered in the place the records go to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tapwright.counted import counted

if TYPE_CHECKING:
    from tapwright.sinks.kind import Sink
    from tapwright.state import TableState
    from tapwright.writer import Writer

State = dict[str, Any]

_WHOLE = "read as a whole by every run"
_EXAMPLES = """\b
Examples:
  tapwright state show connectors/rokt_performance.yaml
  tapwright state reset rokt -S campaign_overview --to duckdb:rokt.duckdb
  tapwright state export rokt --file rokt_state.json
  tapwright state import rokt --file rokt_state.json --to postgres:analytics
"""


@click.command("state", epilog=_EXAMPLES)
@click.argument("action", type=click.Choice(["show", "reset", "export", "import"]))
@click.argument("target")
@click.option("-S", "--stream", "tables", multiple=True, help="Only this table; may be given again.")
@click.option("--all", "every", is_flag=True, help="Reset every table.")
@click.option("--to", "to", metavar="KIND:ARGUMENT", help="Where the records go, as in `tapwright run`.")
@click.option("--file", "file", default="-", metavar="FILE", help="The file to export to, or to import.")
@click.option("--json", "as_json", is_flag=True, help="Show it as it is kept.")
def state_command(
    action: str, target: str, tables: tuple[str, ...], every: bool, to: str | None, file: str, as_json: bool
) -> None:
    """Show what is remembered of each table, forget it, or carry it from one place to another.

    TARGET is a connector or a spec, as in `tapwright run`.  `show` tells how far each table was read and where it was
    interrupted.  `reset` forgets it, so that the next run reads the table from its start; the rows stay.  `export` and
    `import` write and read JSON.
    """
    sink = _sink(target, to)
    match action:
        case "show" | "export":
            with _opened(sink) as writer:
                state = _chosen(writer.state() or {}, tables)
            _export(_whole(state), file) if action == "export" else _show(state, as_json, sink.described())
        case "reset":
            _reset(sink, tables, every)
        case _:
            _import(sink, tables, file)


def _sink(target: str, to: str | None) -> Sink:
    from tapwright.cli.choices import given
    from tapwright.sinks import sink_of

    if to:
        return sink_of(to)
    chosen = given(target, None, (), (), (), replay=True, checked=False)
    return chosen.to or sink_of(f"duckdb:{chosen.name}.duckdb")


@contextmanager
def _opened(sink: Sink) -> Iterator[Writer]:
    """Open a place that is there: asking for a state makes no database."""
    from tapwright.errors import TargetError

    path = getattr(sink, "path", None)
    if path == "-":
        raise TargetError("the standard output remembers nothing", "Name another place with --to.")
    if path is not None and not Path(path).exists():
        raise TargetError(f"there is no {path}, so nothing is remembered there", "Name the place with --to.")
    with sink.open() as writer:
        yield writer


def _chosen(state: State, tables: tuple[str, ...]) -> State:
    from tapwright.errors import TargetError
    from tapwright.suggestion import meant

    for name in tables:
        if name not in state:
            raise TargetError(f"nothing is remembered of a table '{name}'{meant(name, state)}")
    return {name: kept for name, kept in state.items() if not tables or name in tables}


def _whole(state: State) -> State:
    """Without the tables that hold a sample: elsewhere they hold something else."""
    from tapwright.trial import is_trial

    return {name: kept for name, kept in state.items() if not is_trial(kept)}


def _reset(sink: Sink, tables: tuple[str, ...], every: bool) -> None:
    if bool(tables) == every:
        raise click.UsageError("name the tables to reset with -S, or all of them with --all")
    with _opened(sink) as writer:
        state = writer.state() or {}
        gone = _chosen(state, tables)
        writer.commit({name: kept for name, kept in state.items() if name not in _whole(gone)})
    for name in gone:
        click.echo(f"{name}: the next run reads it from its start; its rows stay", err=True)


def _export(state: State, file: str) -> None:
    import json

    from tapwright.errors import written

    text = json.dumps(state, indent=2, ensure_ascii=False)
    if file == "-":
        click.echo(text)
    else:
        with written(file):
            Path(file).write_text(f"{text}\n", encoding="utf-8")


def _import(sink: Sink, tables: tuple[str, ...], file: str) -> None:
    from tapwright.cli.choices import exported

    new = _whole(_chosen(exported(file), tables))
    with sink.open() as writer:
        writer.commit({**(writer.state() or {}), **new})
    click.echo(f"{sink.described()}: {counted(len(new), 'table')} remembered", err=True)


def _show(state: State, as_json: bool, place: str) -> None:
    from tapwright.errors import StateError
    from tapwright.state import read_state

    if as_json:
        _export(state, "-")
        return
    if not state:
        click.echo(f"{place} remembers nothing")
    for name, kept in state.items():
        try:
            lines = list(_told(read_state(kept, name)))
        except StateError as error:
            lines = [error.message]
        click.echo("\n".join([name, *(f"  {line}" for line in lines)]))


def _told(state: TableState) -> Iterator[str]:
    """Say in lines what is remembered of a table."""
    if state.trial:
        yield "a sample, left by --limit or --replay; the next run reads it from its start"
        return
    yield _belongs_to(state.of)
    bookmarks = list(state.partitions.values())
    if bookmarks:
        least, most = (which(bookmarks, key=lambda kept: (isinstance(kept, str), kept)) for which in (min, max))
        yield f"read up to {least}{f' … {most}' * (least != most)} in {counted(len(bookmarks), 'partition')}"
    if state.bookmark is not None:
        yield f"new partitions begin at {state.bookmark}" if bookmarks else f"read up to {state.bookmark}"
    if state.open is not None:
        opened = state.open
        values = [f"{name}={value}" for name, value in opened.values.items()]
        window = [f"{opened.start}..{opened.end or ''}"] if opened.start is not None else []
        where = " ".join([*values, *window]) or "it"
        yield f"interrupted in {where} after {counted(opened.pages, 'page')}, to go on at {opened.position}"
    if state.done:
        yield f"interrupted after {counted(len(state.done), 'slice')}"
    if state.replacing:
        yield "its new rows wait until all have come"
    if not state.unfinished and not bookmarks and state.bookmark is None:
        yield "nothing is behind it yet" if state.of.get("cursor") and state.mode != "replace" else _WHOLE


def _belongs_to(of: Mapping[str, Any]) -> str:
    import json

    along = f" along {of['cursor']}" if of.get("cursor") else ""
    options = f", {json.dumps(of['options'], ensure_ascii=False)}" if of.get("options") else ""
    account = f" of {of['account']}" if of.get("account") else ""
    return f"{of.get('spec', '?')}.{of.get('stream', '?')}{account}{along}{options}"
