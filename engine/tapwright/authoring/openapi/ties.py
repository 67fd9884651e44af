"""Where the values in a path come from: another stream's records, the user's options, or the config."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Literal

from tapwright.authoring.names import singular, snake
from tapwright.authoring.openapi.operations import Parameter
from tapwright.authoring.openapi.schemas import Known
from tapwright.authoring.openapi.sketch import Sketch

BARE = frozenset(["code", "id", "key", "name", "number", "slug", "uuid"])
"""The names of parameters that do not say of what."""
NAMES = ("slug", "login", "key", "code", "name")
"""The fields that paths may have instead of an id."""
_BRACES = re.compile(r"\{([^{}]*)\}")
_KEY = re.compile(r"_(code|guid|id|key|login|name|number|slug|uuid)$")


@dataclass(frozen=True, kw_only=True)
class Part:
    """A parameter, and where its value comes from."""

    param: Parameter
    name: str
    source: Literal["config", "options", "slice"]

    @property
    def template(self) -> str:
        """Its value in a request."""
        return f"{{{{ {self.source}.{self.name} }}}}"


@dataclass(frozen=True, kw_only=True)
class Tie:
    """How a stream hangs together with its parent, if it has one."""

    parts: tuple[Part, ...] = ()
    """The values in its path, in their order."""
    parent: str = ""
    take: dict[str, str] = field(default_factory=dict)
    """The names of values in a slice, and the parent's fields that hold them."""
    types: dict[str, str] = field(default_factory=dict)
    """The types of these."""
    by_name: bool = False
    """Whether the parent was found by its name only, not by the path."""
    query: Part | None = None
    """A parameter of the query that the parent gives."""

    def named(self, source: str) -> dict[str, Parameter]:
        """The parameters that come from there, by their names here."""
        return {part.name: part.param for part in self.parts if part.source == source}


class Ties:
    """Ties streams to one another, each once."""

    def __init__(self, sketches: Mapping[str, Sketch]) -> None:
        self._sketches = sketches
        self._by_path = {_plain(sketch.operation.path): name for name, sketch in reversed(list(sketches.items()))}
        self._by_one = {singular(name): name for name, sketch in sketches.items() if _stands_alone(sketch)}
        self._known: dict[str, Tie] = {}
        self._of_all: frozenset[str] = frozenset()

    def of(self, name: str) -> Tie:
        """Tie a stream."""
        if name not in self._known:
            self._known[name] = self._tie(self._sketches[name])
        return self._known[name]

    def shared(self) -> frozenset[str]:
        """The values that most streams ask for, and no stream gives: they belong to the config."""
        counts: Counter[str] = Counter()
        for name, sketch in self._sketches.items():
            tie = self.of(name)
            needed = {snake(param.name) for param in sketch.operation.params if _is_needed(param)}
            counts.update(tie.named("options").keys() | (needed - {tie.query.name if tie.query else ""}))
        least = max(2, ceil(0.6 * len(self._sketches)))
        self._of_all = frozenset(name for name, count in counts.items() if count >= least)
        self._known.clear()
        return self._of_all

    def _tie(self, sketch: Sketch) -> Tie:
        path, params = sketch.operation.path, _in_path(sketch)
        for place in range(len(params) - 1, -1, -1):
            before = _plain(path[: _start(path, place)])
            parent = self._by_path.get(before)
            if parent and parent != sketch.name:
                own, column = self._taken(params[place], parent)
                if column:
                    return self._below(sketch, params, place, parent, own, column)
        return self._beside(sketch, params)

    def _below(self, sketch: Sketch, params: list[Parameter], place: int, parent: str, own: str, column: str) -> Tie:
        """Tie a stream to the one whose path its own begins with."""
        above = self.of(parent)
        take = {part.name: part.name for part in above.parts[:place] if part.source == "slice"}
        types = {name: above.types[name] for name in take} | {own: self._type(parent, column)}
        pairs = zip(params[:place], above.parts[:place], strict=True)
        parts = [Part(param=param, name=part.name, source=part.source) for param, part in pairs]
        parts = [*parts, Part(param=params[place], name=own, source="slice")]
        parts += [self._asked(param) for param in params[place + 1 :]]
        return Tie(parts=tuple(parts), parent=parent, take={**take, own: column}, types=types)

    def _beside(self, sketch: Sketch, params: list[Parameter]) -> Tie:
        """Tie a stream to one that is named by a parameter, or to none."""
        needed = [param for param in sketch.operation.params if param.place == "query" and _is_needed(param)]
        for param in [*reversed(params), *needed]:
            one = _KEY.sub("", snake(param.name))
            parent = self._by_one.get(one)
            if parent is None or parent == sketch.name or one == snake(param.name):
                continue
            own, column = self._taken(param, parent)
            if column:
                given = Part(param=param, name=own, source="slice")
                parts = [given if each is param else self._asked(each) for each in params]
                return Tie(
                    parts=tuple(parts),
                    parent=parent,
                    take={own: column},
                    types={own: self._type(parent, column)},
                    by_name=True,
                    query=None if param in params else given,
                )
        return Tie(parts=tuple(self._asked(param) for param in params))

    def _asked(self, param: Parameter) -> Part:
        name = snake(param.name)
        return Part(param=param, name=name, source="config" if name in self._of_all else "options")

    def _taken(self, param: Parameter, parent: str) -> tuple[str, str | None]:
        """What a slice calls a parameter, and the parent's field that gives it."""
        sketch, one = self._sketches[parent], singular(parent)
        name = snake(param.name)
        own = f"{one}_{name}" if name in BARE else name
        word = (_KEY.search(name) or [""])[0].lstrip("_")
        guesses = [name, name.removeprefix(f"{singular(one.rpartition('_')[2])}_"), "" if word == "id" else word]
        column = next((guess for guess in guesses if guess in sketch.fields), None)
        if column is None and (word in ("id", "uuid", "guid", "key") or name in BARE):
            column = sketch.key
        elif column is None and not word:
            kind = "integer" if param.schema.types == ("integer",) else "string"
            guesses = [each for each in (sketch.key, *NAMES) if each and self._type(parent, each) == kind]
            column = next((each for each in guesses if each in sketch.fields), None)
        plain = column is not None and self._type(parent, column) in ("string", "integer")
        return own, column if plain else None

    def _type(self, stream: str, column: str) -> str:
        words = self._sketches[stream].fields.get(column, {})
        return str(words.get("type", "string"))


def path_template(path: str, parts: tuple[Part, ...]) -> str:
    """Put templates where a path has braces."""
    templates = iter(parts)
    return _BRACES.sub(lambda _: next(templates).template, path)


def _in_path(sketch: Sketch) -> list[Parameter]:
    """The parameters in a path, also those that are not described."""
    known = {param.name: param for param in sketch.operation.params if param.place == "path"}
    return [known.get(name) or _undescribed(name) for name in _BRACES.findall(sketch.operation.path)]


def _undescribed(name: str) -> Parameter:
    text = Known(types=("string",))
    return Parameter(name=name, place="path", required=True, schema=text, description="", lists="comma")


def _is_needed(param: Parameter) -> bool:
    return param.place != "path" and param.required and param.default is None and len(param.schema.enum) != 1


def _stands_alone(sketch: Sketch) -> bool:
    """Whether a stream can be a parent by its name only: it names many, and needs nothing."""
    params = sketch.operation.params
    return (
        sketch.name != singular(sketch.name) and "{" not in sketch.operation.path and not any(map(_is_needed, params))
    )


def _start(path: str, place: int) -> int:
    return list(_BRACES.finditer(path))[place].start()


def _plain(path: str) -> str:
    """A path to be compared: whatever its parameters are called, and however it ends."""
    plain = _BRACES.sub("{}", path).rstrip("/").removesuffix(".json")
    return re.sub(r"/(all|index|list)$", "", plain)
