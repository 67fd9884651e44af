"""What is tried of a spec: that it lints, that its examples lead to their requests, that its cassettes still play."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Literal

from tapwright.accepting import accept_example
from tapwright.cassette import accept
from tapwright.difference import Difference, compared
from tapwright.errors import TapwrightError
from tapwright.examples import example_request, shown
from tapwright.language import Problem
from tapwright.library import beside, find_spec
from tapwright.load import lint_spec, load_spec
from tapwright.plan import templates_of
from tapwright.replay import Played, play
from tapwright.spec import Spec
from tapwright.wire_request import parts_of


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing to check."""

    kind: Literal["cassette", "example", "lint"]
    spec: Path
    path: Path
    """The file that it is about: the spec itself, or a cassette."""
    stream: str = ""
    example: int = 0
    """Which of the stream's examples, from 0."""
    title: str = ""

    @property
    def name(self) -> str:
        """What it is called, within its file."""
        if self.kind == "example":
            return f"{self.stream}: {self.title or f'example {self.example + 1}'}"
        return self.kind

    def __str__(self) -> str:
        return str(self.path) if self.kind == "cassette" else f"{self.path}: {self.name}"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a check."""

    check: Check
    problems: tuple[Problem, ...] = ()
    """What a spec's lint finds."""
    differences: tuple[Difference, ...] = ()
    """What is not as it was recorded, or as an example says."""
    error: str = ""
    """Why it could not be made."""
    accepted: bool = False
    """Whether the differences were accepted."""
    played: Played | None = None

    @property
    def ok(self) -> bool:
        """Whether all is well, or has been accepted."""
        return self.accepted or not (self.problems or self.differences or self.error)


def checks_of(spec: Path) -> Iterator[Check]:
    """List the checks of a spec; of one with problems, its lint alone."""
    yield Check(kind="lint", spec=spec, path=spec)
    words, problems = lint_spec(spec, examples=False)
    if words is None or problems:
        return
    for name, stream in words.streams.items():
        for number, example in enumerate(stream.examples):
            yield Check(kind="example", spec=spec, path=spec, stream=name, example=number, title=example.title)
    for path in beside(spec):
        yield Check(kind="cassette", spec=spec, path=path)


def cassette_check(path: Path) -> Check:
    """Make the check of one cassette, which lies in `cassettes/SPEC`; raises TargetError if there is no such spec."""
    folder = path.parent
    return Check(kind="cassette", spec=find_spec(folder.name, folder.parent.parent), path=path)


def tried(check: Check, *, update: bool = False) -> Outcome:
    """Make a check; with `update` what differs is accepted and written."""
    try:
        match check.kind:
            case "lint":
                return Outcome(check=check, problems=tuple(lint_spec(check.path, examples=False)[1]))
            case "example":
                return _example(check, load_spec(check.spec), update)
            case _:
                return _cassette(check, load_spec(check.spec), update)
    except (TapwrightError, ValueError) as error:
        return Outcome(check=check, error=str(error))


def _example(check: Check, spec: Spec, update: bool) -> Outcome:
    example = spec.streams[check.stream].examples[check.example]
    found = shown(example_request(spec, check.stream, example, templates_of(spec)))
    if found == example.request:
        return Outcome(check=check)
    if update:
        accept_example(check.path, ("streams", check.stream, "examples", check.example, "request"), found)
    was, now = (_parts(text) for text in (example.request, found))
    differences = tuple(compared("request", was, now)) or (
        Difference(where="request", what="spelling", was=example.request, now=found),
    )
    return Outcome(check=check, differences=differences, accepted=update)


def _parts(text: str) -> dict[str, object]:
    method, _, url = text.partition(" ")
    return parts_of(SimpleNamespace(method=method, uri=url, body=None, headers={}))


def _cassette(check: Check, spec: Spec, update: bool) -> Outcome:
    played = play(spec, check.path)
    broken = played.came.error is not None and played.came.error != played.recorded.expected.error
    if update and played.differences and not broken:
        accept(check.path, played.came, played.changed, played.unplayed)
        return Outcome(check=check, differences=played.differences, accepted=True, played=played)
    error = "a run that fails is not accepted: mend the spec, or record it again" if update and broken else ""
    return Outcome(check=check, differences=played.differences, error=error, played=played)
