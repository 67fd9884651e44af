"""Write inferred fields into a spec: its comments and its order stay, nothing else changes, and it lints clean."""

from __future__ import annotations

import tempfile
from dataclasses import fields as attributes
from pathlib import Path
from typing import Any

from tapwright.authoring.fields_text import field_lines, key_lines
from tapwright.authoring.infer import Inference
from tapwright.authoring.splice import Text
from tapwright.authoring.words_of import words_text
from tapwright.cassette import write_whole
from tapwright.errors import SpecError, TargetError
from tapwright.language import Refused, read
from tapwright.library import bundled
from tapwright.load import lint_spec
from tapwright.spec import Stream

_ORDER = [attribute.name for attribute in attributes(Stream)]
_HINT = "Paste what `tapwright infer` prints without --write."


def write_fields(path: Path, inference: Inference) -> None:
    """Add the inferred fields to the stream's in the spec; raises TapwrightError, and writes nothing then."""
    here = path.resolve()
    if here.is_relative_to(bundled()) and not here.is_relative_to(Path().resolve()):
        raise TargetError(f"'{path}' came with tapwright", "Copy it into a folder specs of your own, and change that.")
    old = path.read_bytes().decode()
    new = with_fields(old, inference)
    _check(path, old, new, inference)
    write_whole(here, new)


def with_fields(old: str, inference: Inference) -> str:
    """Put the inferred fields into the text of a spec."""
    text, stream = Text(old), ("streams", inference.stream)
    has = read(old, "spec").data["streams"][stream[1]] or {}
    if inference.guess is not None:
        text.add(stream, words_text("records", inference.guess.said).splitlines(), after=_before("records"))
    lines = list(field_lines(inference))
    if "fields" in has:
        text.add((*stream, "fields"), lines)
    else:
        text.add(stream, ["fields:", *(f"  {line}" for line in lines)], after=_before("fields"))
    text.add(stream, list(key_lines(inference)), after=[*_before("fields"), "fields"])
    return str(text)


def _before(key: str) -> list[str]:
    """The keys of a stream that stand before one."""
    return _ORDER[: _ORDER.index(key)]


def _check(path: Path, old: str, new: str, inference: Inference) -> None:
    """See that the file would say what is meant, and nothing else."""
    try:
        meant, found = read(old, str(path)).data, read(new, str(path)).data
    except Refused:
        raise TargetError(f"'{path}' is written in a way that fields cannot be put into", _HINT) from None
    name = inference.stream
    stream = meant["streams"][name] = dict(meant["streams"][name] or {})
    stream["fields"] = {**(stream.get("fields") or {}), **{one.name: one.words for one in inference.fields}}
    if inference.guess is not None:
        stream["records"] = inference.guess.said
    if found != _plain(meant):
        raise TargetError(f"'{path}' is written in a way that fields cannot be put into", _HINT)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        copy.write_text(new, encoding="utf-8", newline="")
        problems = lint_spec(copy)[1]
    if problems:
        raise SpecError(problems, "Nothing was written.")


def _plain(value: Any) -> Any:
    """Tuples as the lists that YAML reads."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value
