"""The command: each subcommand is a module here, loaded when it is called."""

from __future__ import annotations

import importlib
import sys

import click

from tapwright.version import __version__

_PANELS = sys.stdout.isatty() and (len(sys.argv) == 1 or not {"-h", "--help"}.isdisjoint(sys.argv))
if _PANELS:  # help in colours, on a terminal alone: it is slow to import
    from rich_click.patch import patch

    patch()

_COMMANDS = {
    "airbyte": "Be an Airbyte source: spec, check, discover, read.",
    "check": "Try the credentials with one request.",
    "discover": "Show the streams, their fields, keys and options.",
    "docs": "Print a provider's page: config, streams, options, columns.",
    "infer": "Infer the fields of a stream from what comes back.",
    "lint": "Check specs and connectors, every problem with its line.",
    "list": "Show the specs and connectors there are.",
    "new": "Begin a spec, also from OpenAPI or a HAR file.",
    "plan": "Show what a run would ask first, without asking.",
    "preview": "Show what comes back, and what the spec makes of it.",
    "record": "Record cassettes, with the secrets taken out.",
    "run": "Read a provider's data into a database or files.",
    "schema": "Print the JSON Schema of specs or connectors.",
    "singer": "Be a Singer tap of a spec or a connector.",
    "state": "Show, forget, export or import what is remembered.",
    "test": "Test specs: lint, examples, cassettes.",
}


class _Lazy(click.Group):
    """Imports a subcommand only when it is called, so that `--help` is instant."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        module = importlib.import_module(f"tapwright.cli.{name}")
        command: click.Command = getattr(module, f"{name}_command")
        if _PANELS and command.epilog:
            from rich.text import Text

            command.epilog = Text(command.epilog.replace("\b\n", ""))  # type: ignore[assignment]  # its lines stay
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            from tapwright.suggestion import meant

            ctx.fail(f"no command is named '{args[0]}'{meant(args[0], _COMMANDS)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(sorted(_COMMANDS.items()))


@click.group(
    cls=_Lazy,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Begin with: tapwright list, then tapwright run NAME --replay",
)
@click.version_option(__version__, prog_name="tapwright")
def tapwright() -> None:
    """Connectors written as YAML: a provider's API in a spec, its records in your database."""


def main() -> None:
    """Run the command; exit 0 done, 1 the user must act, 2 wrong usage, 3 a bug of ours."""
    from tapwright.cli.failing import run_as_program

    run_as_program(tapwright)
