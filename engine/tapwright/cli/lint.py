"""tapwright lint."""

from __future__ import annotations

from pathlib import Path

import click

from tapwright.counted import counted


@click.command("lint", epilog="Example: tapwright lint specs/*.yaml connectors/*.yaml")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-q", "--quiet", is_flag=True, help="Print problems only.")
@click.option("--json", "as_json", is_flag=True, help="Print the problems as JSON.")
def lint_command(files: tuple[Path, ...], quiet: bool, as_json: bool) -> int:
    """Check specs and connectors: every problem at once, with its file, line and column.

    On a terminal each is shown with the lines that it is about.

    Exits 0 when there is none, else 1.
    """
    from tapwright.cli.problems import show_problems
    from tapwright.library import is_connector
    from tapwright.load import lint_connector, lint_spec

    problems: list[object] = []
    for path in files:
        if path.is_dir():
            raise click.UsageError(f"'{path}' is a folder: name its files, as in {path}/*.yaml")
        if not path.is_file():
            raise click.UsageError(f"there is no file '{path}'")
        lint = lint_connector(path, stand_in="unset") if is_connector(path) else lint_spec(path)
        problems += [problem for problem in lint[1] if problem not in problems]
    if as_json:
        _print_json(problems)
    else:
        show_problems(problems)
        if not quiet:
            said = counted(len(problems), "problem") if problems else "no problems"
            click.echo(f"{counted(len(files), 'file')}, {said}", err=True)
    return 1 if problems else 0


def _print_json(problems: list[object]) -> None:
    import json

    click.echo(json.dumps([vars(problem) for problem in problems], indent=2))
