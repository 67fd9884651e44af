"""Imports what the command imports, checks the connector once, then forks for each line that it is told.

A line is JSON: the arguments, what to add to the environment, and the file for the output.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import runpy
import sys
from pathlib import Path

IMPORTED = (
    "click duckdb jinja2 jsonschema lxml.etree pytz requests rich.console rich.table tapwright.cli.choices"
    " tapwright.cli.failing tapwright.cli.run tapwright.cli.screen tapwright.cli.signals tapwright.library"
    " tapwright.load tapwright.plan tapwright.provider tapwright.run tapwright.sinks.folder"
)


def become(arguments: list[str], more: dict[str, str], output: str) -> None:
    """Be the command."""
    os.environ.update(more)
    silent, file = os.open(os.devnull, os.O_RDONLY), os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(silent, 0)
    os.dup2(file, 1)
    os.dup2(file, 2)
    atexit.register(gc.unfreeze)  # what was imported before the fork would be told of as leaked
    sys.argv = ["tapwright", *arguments]
    runpy.run_module("tapwright", run_name="__main__", alter_sys=True)


def main() -> None:
    """Fork and wait, line by line."""
    for name in IMPORTED.split():
        importlib.import_module(name)
    from tapwright.load import load_connector

    load_connector(Path(__file__).parent / "shop_daily.yaml")
    while line := sys.stdin.readline():
        child = os.fork()
        if child == 0:
            become(*json.loads(line))
            return
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
