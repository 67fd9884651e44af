"""tapwright airbyte, and the commands `source-…`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from tapwright.fronts.airbyte_messages import Speaker

_FILE = click.Path(path_type=Path)


@click.command("airbyte", epilog="Example: tapwright airbyte rokt spec")
@click.argument("target")
@click.argument("verb", type=click.Choice(["spec", "check", "discover", "read"]))
@click.option("--config", "config_file", type=_FILE, metavar="FILE", help="The config as JSON; all but `spec` need it.")
@click.option("--catalog", "catalog_file", type=_FILE, metavar="FILE", help="The configured catalog; `read` needs it.")
@click.option("--state", "state_file", type=_FILE, metavar="FILE", help="The state that an earlier `read` gave.")
@click.option("--debug", is_flag=True, help="Say more, in LOG messages.")
def airbyte_command(
    target: str, verb: str, config_file: Path | None, catalog_file: Path | None, state_file: Path | None, debug: bool
) -> int:
    """Be an Airbyte source: answer SPEC, CHECK, DISCOVER or READ on the standard output.

    TARGET is a spec, whose streams that need no options are offered, or a connector, whose tables are.

    Exits 0 when all is well, 1 when a stream has failed, 143 when it was stopped.
    """
    from contextlib import redirect_stdout

    from tapwright.cli.failing import places, print_debug
    from tapwright.errors import TapwrightError
    from tapwright.fronts.airbyte_messages import Speaker

    if verb != "spec" and config_file is None:
        raise click.UsageError(f"'{verb}' needs --config FILE")
    if verb == "read" and catalog_file is None:
        raise click.UsageError("'read' needs --catalog FILE")
    speaker = Speaker(sys.stdout.buffer, debug=debug)
    with redirect_stdout(sys.stderr):  # nothing else may speak on it
        try:
            return _answered(speaker, target, verb, config_file, catalog_file, state_file)
        except TapwrightError as error:
            speaker.error(error)
            return 1
        except OSError:  # of our own output: files that fail are told as TapwrightErrors
            raise
        except Exception as error:
            print_debug(error)
            speaker.bug(error, "\n".join(places(error)))
            return 3


def _answered(
    speaker: Speaker, target: str, verb: str, config: Path | None, catalog: Path | None, state: Path | None
) -> int:
    from tapwright.cli.signals import listening
    from tapwright.fronts.airbyte import AirbyteSource
    from tapwright.fronts.target import load_target

    source = AirbyteSource(target=load_target(target), speaker=speaker)
    if verb == "spec" or config is None:
        return source.spec()
    if verb == "check":
        return source.check(config)
    if verb == "discover" or catalog is None:
        return source.discover(config)
    with listening() as interrupt:
        return source.read(config, catalog, state, interrupt)


def source() -> None:
    """Be the Airbyte source that the program's name says: `source-adobe-target` is `tapwright airbyte adobe_target`."""
    from tapwright.cli.named import run_as_named

    run_as_named(airbyte_command, "source-", "an Airbyte source")
