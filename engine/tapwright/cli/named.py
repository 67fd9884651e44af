"""Commands that are programs of their own, named after a spec."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from tapwright.cli.failing import run_as_program


def run_as_named(command: click.Command, prefix: str, what: str, *, takes_name: bool = False) -> NoReturn:
    """Run a command for the spec that the program's name says, as all of a program.

    `what` is how the command's help calls it.  One that `takes_name` is also told the program's name.
    """
    name = Path(sys.argv[0]).stem
    spec = name.removeprefix(prefix).replace("-", "_")
    params = [each for each in command.params if each.name != "target"]
    given = {"target": spec, "name": name} if takes_name else {"target": spec}

    def of_spec(**asked: Any) -> Any:
        assert command.callback is not None
        return command.callback(**given, **asked)

    first, *rest = (command.help or "").split("\n\n")
    words = [first.replace(what, f"{what} of the spec {spec}"), *rest[1:]]  # it has no TARGET
    run_as_program(click.Command(name, params=params, callback=of_spec, help="\n\n".join(words)))
