"""The reference of the command, drawn from what `--help` is drawn from."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import click

from tapwright.cli import tapwright


def commands() -> dict[str, click.Command]:
    """Every subcommand by name."""
    context = click.Context(tapwright)
    found = {name: tapwright.get_command(context, name) for name in tapwright.list_commands(context)}
    return {name: command for name, command in found.items() if command is not None}


def commands_text() -> str:
    """The reference of every subcommand."""
    return "\n".join(line for name, command in commands().items() for line in _command(name, command))


def _command(name: str, command: click.Command) -> Iterator[str]:
    yield from [f"## tapwright {name}", ""]
    yield from _sentences(command.help or "")
    yield from ["", "```text", f"tapwright {name} {' '.join(_usage(command))}", "```", ""]
    options = [each for each in command.params if isinstance(each, click.Option)]
    if options:
        yield from ["| option | what it does |", "|---|---|"]
        yield from (f"| {_spelled(option)} | {_told(option)} |" for option in options)
        yield ""
    examples = re.findall(r"tapwright .+", command.epilog or "")
    if examples:
        yield from ["```sh", *examples, "```", ""]


def _usage(command: click.Command) -> Iterator[str]:
    if any(isinstance(each, click.Option) for each in command.params):
        yield "[OPTIONS]"
    for each in command.params:
        if isinstance(each, click.Argument):
            choices = "|".join(map(str, each.type.choices)) if isinstance(each.type, click.Choice) else ""
            yield (choices or str(each.name).upper()) + "..." * (each.nargs < 0)


def _spelled(option: click.Option) -> str:
    shape = ""
    if not option.is_flag:
        shape = " " + (option.metavar or ("NUMBER" if isinstance(option.type, click.IntRange) else "TEXT"))
    return ", ".join(f"`{each}{shape}`" for each in option.opts)


def _told(option: click.Option) -> str:
    shown = f" `{option.default}` without it." if option.show_default and option.default else ""
    return (option.help or "").replace("|", "\\|") + shown


def _sentences(text: str) -> Iterator[str]:
    for number, paragraph in enumerate(inspect.cleandoc(text).split("\n\n")):
        if number:
            yield ""
        yield from re.split(
            r"(?<=[.:!])\s+(?=[A-Z])", " ".join(paragraph.replace("\b", "").split()).replace("<", "&lt;")
        )
