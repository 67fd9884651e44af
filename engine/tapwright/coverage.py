"""What no cassette shows of a spec: streams never recorded, rules that no answer met, requests never asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tapwright.checks import Outcome
from tapwright.condition import Rule
from tapwright.language import read
from tapwright.language.place import path_text
from tapwright.load import load_spec
from tapwright.spec import Spec

_Place = tuple[str | int, ...]


@dataclass(frozen=True, kw_only=True)
class Gap:
    """Something that no cassette shows."""

    place: str
    """The file and the line."""
    what: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """How much of a spec its cassettes show."""

    spec: str
    streams: tuple[int, int]
    """How many streams have a cassette, and how many there are."""
    rules: tuple[int, int]
    """How many rules an answer met, and how many there are."""
    gaps: tuple[Gap, ...]

    def __str__(self) -> str:
        streams = f"{self.streams[0]} of {self.streams[1]} streams"
        rules = f", {self.rules[0]} of {self.rules[1]} error rules" if self.rules[1] else ""
        return f"{self.spec}: {streams}{rules}"


def coverage(path: Path, outcomes: Sequence[Outcome]) -> Coverage:
    """Say what the cassettes of a spec show of it, all of them having been played."""
    played = [outcome.played for outcome in outcomes if outcome.played]
    spec, places = played[-1].spec if played else load_spec(path), _Places(path)
    recorded = {each.recorded.stream for each in played}
    read_too = {name for each in played for name in each.streams}
    streams = {name: name in recorded or (stream.hidden and name in read_too) for name, stream in spec.streams.items()}
    met = {id(rule) for each in played for rule in each.met}
    rules = list(_rules(spec))
    gaps = [places.gap(("streams", name), "no cassette") for name, shown in streams.items() if not shown]
    gaps += [places.gap(place, f"no cassette meets {_told(rule)}") for place, rule in rules if id(rule) not in met]
    return Coverage(
        spec=spec.name,
        streams=(sum(streams.values()), len(streams)),
        rules=(sum(id(rule) in met for _, rule in rules), len(rules)),
        gaps=tuple(gaps),
    )


class _Places:
    def __init__(self, path: Path) -> None:
        self._document = read(path.read_bytes(), str(path))

    def gap(self, place: _Place, what: str) -> Gap:
        line = self._document.place(place, key=True)[0]
        return Gap(place=f"{self._document.file}:{line}", what=f"{path_text(place, self._document.data)}: {what}")


def _rules(spec: Spec) -> Iterator[tuple[_Place, Rule]]:
    yield from _numbered(("api", "errors"), spec.api.errors)
    for name, stream in spec.streams.items():
        yield from _numbered(("streams", name, "errors"), stream.errors)


def _numbered(place: _Place, rules: Iterable[Rule]) -> Iterator[tuple[_Place, Rule]]:
    for number, rule in enumerate(rules):
        yield (*place, number), rule


def _told(rule: Rule) -> str:
    """Write a rule in a few words."""
    words = {name: value for name, value in vars(rule.when).items() if value not in (None, {}, [])}
    return f"{', '.join(f'{name} {value}' for name, value in words.items())} → {rule.do}"
