"""Accept what came out: write it into a spec's example, and leave the rest of the file as it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from tapwright.errors import TargetError, written


def accept_example(path: Path, place: tuple[str | int, ...], text: str) -> None:
    """Put a text into the place of the one that stands there in a YAML file."""
    source = path.read_text(encoding="utf-8")
    old = _found(source, place)
    start, end = old.start_mark.index, old.end_mark.index
    end = start + len(source[start:end].rstrip())  # a block of text ends with its line
    for spelled in (text, json.dumps(text, ensure_ascii=False)):
        changed = source[:start] + spelled + source[end:]
        if _reads(changed, place, text):
            with written(path):
                path.write_text(changed, encoding="utf-8")
            return
    raise TargetError(f"{path}: the new request cannot be written there", f"Write it by hand: {text}")


def _reads(source: str, place: tuple[str | int, ...], text: str) -> bool:
    try:
        return bool(_found(source, place).value == text)
    except (TargetError, yaml.YAMLError):
        return False


def _found(source: str, place: tuple[str | int, ...]) -> Any:
    node: Any = yaml.compose(source, Loader=yaml.SafeLoader)
    for step in place:
        if isinstance(node, yaml.MappingNode):
            inner = {key.value: value for key, value in node.value}
        else:
            inner = dict(enumerate(node.value)) if isinstance(node, yaml.SequenceNode) else {}
        if step not in inner:
            raise TargetError(f"'{step}' is written in a way that cannot be changed here", "Change it by hand.")
        node = inner[step]
    return node
