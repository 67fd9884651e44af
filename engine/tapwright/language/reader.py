"""Read YAML into plain data, safely, and remember the line and column of every key and value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from tapwright.language.compose import MOST_BYTES, Composer
from tapwright.language.place import Path, Place
from tapwright.language.problem import Code, Problem, Refused
from tapwright.language.syntax import explain

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
UNREADABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, kw_only=True)
class Document:
    """Hold the plain data of a YAML file, and where each part of it stands."""

    file: str
    data: Any
    values: Mapping[Path, Place] = field(repr=False)
    keys: Mapping[Path, Place] = field(repr=False)
    aliases: Mapping[Path, Path] = field(repr=False)

    def place(self, path: Path, key: bool = False) -> Place:
        """Find the line and column of a value, or of its key; of the nearest thing around it if it is not there."""
        path = self._written(path)
        while path and path not in self.values:
            path = path[:-1]
        return self.keys.get(path, self.values[path]) if key else self.values[path]

    def _written(self, path: Path) -> Path:
        """Follow aliases to where the text under them is written."""
        for end in range(len(path) - 1, 0, -1):
            if path[:end] in self.aliases:
                return self._written(self.aliases[path[:end]] + path[end:])
        return path


def read(text: str | bytes, file: str) -> Document:
    """Read one YAML document; raise Refused with every problem found."""
    text = _decoded(text, file)
    loader = LOADER(text)
    composer = Composer(loader, file, text)
    try:
        data = composer.document()
    except yaml.YAMLError as error:
        place, sentence = explain(error, text)
        raise _refused("syntax", file, place, sentence) from None
    finally:
        loader.dispose()
    return Document(file=file, data=data, values=composer.values, keys=composer.keys, aliases=composer.aliases)


def _decoded(source: str | bytes, file: str) -> str:
    if len(source) > MOST_BYTES:
        raise _refused("limit", file, (1, 1), "the file is larger than 1 MiB")
    try:
        text = source if isinstance(source, str) else source.decode()
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise _refused("syntax", file, (line, 1), "this line is not UTF-8") from None
    text = text.removeprefix("\ufeff")
    if bad := UNREADABLE.search(text):
        line = text.count("\n", 0, bad.start()) + 1
        column = bad.start() - text.rfind("\n", 0, bad.start())
        raise _refused("syntax", file, (line, column), f"the character {bad[0]!a} is not allowed")
    return text


def _refused(code: Code, file: str, place: Place, message: str) -> Refused:
    return Refused([Problem(code=code, file=file, line=place[0], column=place[1], path="", message=message)])
