"""`${NAME}` in connectors and configs: from the environment, or a `.env` file beside them."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tapwright.language import Problem
from tapwright.language.place import Path as Steps
from tapwright.language.place import path_text
from tapwright.language.reader import Document

_REFERENCE = re.compile(r"\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}")


def variables(beside: Path) -> dict[str, str]:
    """The environment, and what a `.env` file in this folder or the current one adds to it."""
    found: dict[str, str] = {}
    for folder in (beside, Path()):
        if (folder / ".env").is_file():
            from dotenv import dotenv_values

            found = {**{k: v for k, v in dotenv_values(folder / ".env").items() if v is not None}, **found}
    return {**found, **os.environ}


def substituted(document: Document, known: Mapping[str, str], stand_in: str | None = None) -> tuple[Any, list[Problem]]:
    """Put values in the place of `${NAME}` and `${NAME:-default}`; one problem for each that is not set.

    `stand_in` is then in its place, for those who can do without (a replay needs no credentials).
    """
    problems: list[Problem] = []

    def walk(value: Any, path: Steps) -> Any:
        if isinstance(value, dict):
            return {name: walk(inner, (*path, name)) for name, inner in value.items()}
        if isinstance(value, list):
            return [walk(inner, (*path, index)) for index, inner in enumerate(value)]
        return _REFERENCE.sub(lambda match: put(match, path), value) if isinstance(value, str) else value

    def put(match: re.Match[str], path: Steps) -> str:
        value = known.get(match[1], match[2])
        if value is None:
            line, column = document.place(path)
            message = f"the environment variable {match[1]} is not set; export it, or put it into a .env file"
            where = path_text(path, document.data)
            problems.append(
                Problem(code="value", file=document.file, line=line, column=column, path=where, message=message)
            )
        return value if value is not None else stand_in or ""

    return walk(document.data, ()), problems
