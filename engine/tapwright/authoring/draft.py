"""A spec that is not yet written: its data, its comments, and what its user should look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tapwright.authoring.sheet import masked
from tapwright.authoring.write import yaml_text
from tapwright.errors import TargetError, written
from tapwright.language import Problem
from tapwright.language.place import Path as Place

MODELINE = "# yaml-language-server: $schema=../{schema}.schema.json\n"


@dataclass(frozen=True, kw_only=True)
class StreamNote:
    """What is to be known of a stream that was made."""

    name: str
    request: str
    pages: str = ""
    """How its next page is reached; empty for one page."""
    key: tuple[str, ...] = ()
    parent: str = ""
    fields: int = 0
    needs: tuple[str, ...] = ()
    """The options that must be given."""
    look: tuple[str, ...] = ()
    """What to look at, a sentence each."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What `new` writes."""

    data: dict[str, Any]
    comments: Mapping[Place, str] = field(default_factory=dict)
    streams: tuple[StreamNote, ...] = ()
    look: tuple[str, ...] = ()
    """What to look at in all, a sentence each."""
    of: str = "spec"
    schema: str = "spec"
    """The name of its schema's file, for editors."""

    def masked(self, hide: Callable[[str], str]) -> Draft:
        """Take what may not be shown out of every text."""
        look = tuple(map(hide, self.look))
        streams = tuple(
            replace(note, request=hide(note.request), look=tuple(map(hide, note.look))) for note in self.streams
        )
        comments = {path: hide(text) for path, text in self.comments.items()}
        return replace(self, data=masked(self.data, hide), comments=comments, streams=streams, look=look)

    @property
    def text(self) -> str:
        """The file, with the line that tells an editor its schema."""
        return MODELINE.format(schema=self.schema) + yaml_text(self.data, self.comments)


def save(draft: Draft, path: Path, *, force: bool) -> list[Problem]:
    """Write a draft and lint it; raises TargetError if there is a file that may not go."""
    from tapwright.load import lint_connector, lint_spec

    if path.exists() and not force:
        raise TargetError(f"'{path}' is already there", "Give another name, or say --force to write over it.")
    with written(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(draft.text, encoding="utf-8")
    return lint_spec(path)[1] if draft.of == "spec" else lint_connector(path, stand_in="unset")[1]
