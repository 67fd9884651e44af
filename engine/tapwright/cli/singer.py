"""tapwright singer, and the commands `tap-…`: a Singer tap of any spec or connector."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tapwright.cli.choices import pacing_options
from tapwright.errors import TapwrightError
from tapwright.version import __version__

if TYPE_CHECKING:
    from tapwright.fronts.singer_config import Tap
    from tapwright.fronts.singer_log import Log

_EXAMPLES = """\b
Examples:
  tapwright singer rokt --config account.json --discover > catalog.json
  tapwright singer rokt --config account.json --catalog catalog.json --state state.json | target-jsonl
"""


@click.command("singer", epilog=_EXAMPLES)
@click.argument("target")
@click.option("--config", "configs", multiple=True, metavar="FILE", help="JSON settings, or ENV; the last one wins.")
@click.option("--discover", is_flag=True, help="Print the catalog.")
@click.option("--catalog", "--properties", "catalog", metavar="FILE", help="Which streams and fields, as JSON.")
@click.option("--state", metavar="FILE", help="The value of the last STATE.")
@click.option("--about", is_flag=True, help="Say what the tap is and which settings it has.")
@click.option("--format", "form", type=click.Choice(["json", "markdown", "text"]), default="text", help="Its form.")
@click.option(
    "--test",
    is_flag=False,
    flag_value="all",
    type=click.Choice(["all", "schema"]),
    help="Sync one record of every stream; or only the schemas.",
)
@click.option("--version", is_flag=True, help="Print the version.")
@pacing_options("Write a STATE")
def singer_command(target: str, version: bool, **asked: Any) -> int:
    """Be a Singer tap: messages on stdout, everything else on stderr.

    TARGET is a spec or a connector: a name that `tapwright list` shows, or the path of a YAML file.

    Exits 0 when everything was read, 1 when you must act, 2 for wrong usage, 3 for a bug of ours.
    """
    name = asked.pop("name", None) or f"tap-{Path(target).stem.replace('_', '-')}"
    if version:
        click.echo(f"{name} {__version__}")
        return 0
    from tapwright.fronts.singer_log import Log

    log = Log(name, lambda text: text)
    try:
        return _tap(target, name, log, **asked)
    except TapwrightError as error:
        log.critical(str(error))
        return 1
    except (click.ClickException, OSError):  # of our own output: files that fail are told as TapwrightErrors
        raise
    except Exception as error:
        log.critical(_bug(error))
        return 3


def _tap(
    target: str,
    name: str,
    log: Log,
    *,
    configs: tuple[str, ...],
    discover: bool,
    catalog: str | None,
    state: str | None,
    about: bool,
    form: str,
    test: str | None,
    workers: int,
    checkpoint_rows: int,
    checkpoint_seconds: float,
) -> int:
    from tapwright.fronts.singer_config import configured, find_tap, given_config, masked
    from tapwright.fronts.target import read_json

    tap = find_tap(target, name)
    if about:
        from tapwright.fronts.singer_about import about_text

        click.echo(about_text(tap, form))
        return 0
    given = given_config(tap, configs)
    log.hide = masked(tap, tap.config, given).hide
    tap = configured(tap, given, log.warning, checked=not discover)
    if discover:
        return _discover(tap)
    from tapwright.cli.signals import listening
    from tapwright.fronts.singer import Asked, sync
    from tapwright.run import Pacing

    pacing = Pacing(
        workers=workers,
        checkpoint_rows=checkpoint_rows,
        checkpoint_seconds=checkpoint_seconds,
        limit=1 if test else None,
    )
    asked = Asked(
        catalog=read_json(catalog, "catalog") if catalog and not test else None,
        state=read_json(state, "state") if state and not test else None,
        pacing=pacing,
        schemas_only=test == "schema",
    )
    with listening() as interrupt:
        return sync(tap, asked, log, interrupt)


def _discover(tap: Tap) -> int:
    import json

    from tapwright.fronts.singer_catalog import discovered

    click.echo(json.dumps(discovered(tap), indent=2, ensure_ascii=False))
    return 0


def _bug(error: Exception) -> str:
    """Where our code failed, without the values it held, which may be secret."""
    from tapwright.cli.failing import places, print_debug

    print_debug(error)
    return f"This is a bug in tapwright: {type(error).__name__} at {'; '.join(places(error))}"


def tap() -> None:
    """Be the tap that the command is named after: `tap-adobe-target` reads the spec `adobe_target`."""
    from tapwright.cli.named import run_as_named

    run_as_named(singer_command, "tap-", "a Singer tap", takes_name=True)
