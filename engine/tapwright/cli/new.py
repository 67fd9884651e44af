"""tapwright new."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tapwright.auth import AUTH

if TYPE_CHECKING:
    from pathlib import Path

    from tapwright.authoring.draft import Draft


@click.command("new", epilog="Example: tapwright new acme --from https://api.acme.example/openapi.json")
@click.argument("name")
@click.option(
    "--from",
    "source",
    metavar="FILE|URL",
    help="An OpenAPI or Swagger description, or a HAR file, to make it from; - is the standard input.",
)
@click.option(
    "-S", "--stream", "streams", multiple=True, metavar="NAME", help="Of these only this stream, or `order*`."
)
@click.option("--url", metavar="URL", help="The address of the API; the host to take, of a HAR file with several.")
@click.option("--auth", type=click.Choice(list(AUTH)), help="How requests are authorised, without --from.")
@click.option("--connector", "spec", metavar="SPEC", help="Begin a connector for this spec instead.")
@click.option("--into", metavar="FOLDER", help="Where to put it, instead of specs or connectors.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.option("--json", "as_json", is_flag=True, help="Print what was made as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but problems.")
def new_command(
    name: str,
    source: str | None,
    streams: tuple[str, ...],
    url: str | None,
    auth: str | None,
    spec: str | None,
    into: str | None,
    force: bool,
    as_json: bool,
    quiet: bool,
) -> int:
    """Begin a spec: an example to change, or, with --from, what a description or a browser's session says of the API.

    Writes specs/NAME.yaml; what is guessed in it is called a guess.
    Exits 0 when the file lints clean, else 1.
    """
    from pathlib import Path

    from tapwright.authoring.draft import save
    from tapwright.authoring.new import new_connector, new_spec
    from tapwright.authoring.told import told
    from tapwright.cli.sheets import show

    if (streams and not source) or (source and auth) or (spec and (source or url or auth)):
        raise click.UsageError("-S needs --from, which leaves no --auth; --connector goes with none of these")
    folder = Path(into or ("connectors" if spec else "specs"))
    draft = new_connector(name, spec, folder) if spec else new_spec(name, source, only=streams, url=url, auth=auth)
    path = folder / f"{name}.yaml"
    problems = save(draft, path, force=force)
    for problem in problems:
        click.echo(str(problem), err=True)
    if as_json:
        _print_json(draft, path, len(problems))
    elif not quiet:
        show(told(draft, path, name, len(problems)), hide=str)
    return 1 if problems else 0


def _print_json(draft: Draft, path: Path, problems: int) -> None:
    import json
    from dataclasses import asdict

    streams: list[dict[str, Any]] = [asdict(note) for note in draft.streams]
    click.echo(
        json.dumps({"path": str(path), "problems": problems, "streams": streams, "look": list(draft.look)}, indent=2)
    )
