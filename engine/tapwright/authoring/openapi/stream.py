"""Write one stream: its options, request, pages, records, fields and key, and what to look at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tapwright.authoring.draft import StreamNote
from tapwright.authoring.names import place_of, sentence, snake
from tapwright.authoring.openapi.operations import Parameter
from tapwright.authoring.openapi.options import Options, option, options_of
from tapwright.authoring.openapi.sketch import Sketch
from tapwright.authoring.openapi.ties import Tie, Ties, path_template

SINCE = re.compile(
    r"(.*_)?(since|after|from|start|begin|gte?|min|newer_than)(_.*)?|(start|from|begin|min)_?(date|time|at)(_.*)?"
    r"|(updated|modified|changed|created)(_(at|on|date|time))?(_(min|from|start|after|gte?))?"
)
"""The names of parameters that may ask only for what is new."""
ORDER = ("title", "description", "options", "for_each", "request", "paginate", "records", "fields", "primary_key")
CURSORS = ("updated_at", "updated", "modified_at", "last_modified", "modified", "updated_on", "created_at", "created")


@dataclass(frozen=True, kw_only=True)
class Written:
    """A stream's data, with comments by the keys that they are on."""

    name: str
    data: dict[str, Any]
    comments: dict[str, str] = field(default_factory=dict)
    config: dict[str, dict[str, Any]] = field(default_factory=dict)
    note: StreamNote

    def sort(self) -> None:
        """Put the keys in the order in which a request is made and answered."""
        self.data.update([(key, self.data.pop(key)) for key in ORDER if key in self.data])


class Streams:
    """Writes the streams of a spec."""

    def __init__(self, sketches: Mapping[str, Sketch]) -> None:
        self._sketches = sketches
        self._ties = Ties(sketches)
        self._of_all = self._ties.shared()
        self._options: dict[str, Options] = {}

    def parents(self, name: str) -> Iterator[str]:
        """The streams that one hangs on, itself first."""
        while name:
            yield name
            name = self._ties.of(name).parent

    def written(self, name: str) -> Written:
        """Write a stream."""
        sketch, tie, asked = self._sketches[name], self._ties.of(name), self._asked(name)
        passed = self._passed(name)
        own = {part.name: option(part.param) for part in tie.parts if part.source == "options"}
        options = {**passed, **own, **asked.options}
        config = {part.name: option(part.param) for part in tie.parts if part.source == "config"} | asked.config
        fields = _stamped(sketch, tie)
        keys = _key(sketch, tie)
        needs = [name for name, words in options.items() if "default" not in words]
        remarks = list(_remarks(sketch, tie, needs))
        comments: dict[str, str] = {}
        for key, comment, _ in remarks:
            comments[key] = f"{comments[key]}\n{comment}" if key in comments else comment
        data: dict[str, Any] = {
            "title": sentence(sketch.operation.summary, 80),
            "description": _description(sketch),
            "options": options,
            "for_each": _for_each(tie, passed, self._required(tie.parent) if tie.parent else []),
            "request": _request(sketch, tie, asked),
            "paginate": sketch.pages.paginate,
            "records": {"json": {"at": place_of(sketch.listing.at)}} if sketch.listing.at else {},
            "fields": fields,
            "primary_key": keys,
        }
        note = StreamNote(
            name=name,
            request=sketch.operation.request,
            pages=sketch.pages.kind,
            key=tuple(keys),
            parent=tie.parent,
            fields=len(fields),
            needs=tuple(needs),
            look=tuple(look for *_, look in remarks if look),
        )
        filled = {key: value for key, value in data.items() if value}
        return Written(name=name, data=filled, comments=comments, config=config, note=note)

    def _asked(self, name: str) -> Options:
        if name not in self._options:
            sketch, tie = self._sketches[name], self._ties.of(name)
            without = sketch.pages.claimed | ({tie.query.param.name} if tie.query else set())
            self._options[name] = options_of(sketch.operation.params, without, self._of_all)
        return self._options[name]

    def _required(self, name: str) -> list[str]:
        """The options that a stream must be given."""
        own = self._ties.of(name).named("options")
        return list(dict.fromkeys([*self._passed(name), *_needed(own), *self._asked(name).required]))

    def _passed(self, name: str) -> dict[str, dict[str, Any]]:
        """The options that a stream has for its parent."""
        parent = self._ties.of(name).parent
        if not parent:
            return {}
        own = {key: option(param) for key, param in self._ties.of(parent).named("options").items()}
        every = {**self._passed(parent), **own, **self._asked(parent).options}
        return {key: every[key] for key in self._required(parent)}


def _needed(params: Mapping[str, Parameter]) -> list[str]:
    return [name for name, param in params.items() if "default" not in option(param)]


def _request(sketch: Sketch, tie: Tie, asked: Options) -> dict[str, Any]:
    params = {**asked.params, **sketch.pages.params}
    if tie.query:
        params = {tie.query.param.name: tie.query.template, **params}
    words = {"path": path_template(sketch.operation.path, tie.parts), "params": params, "headers": asked.headers}
    if asked.lists != "repeat":
        words["lists"] = asked.lists
    return {key: value for key, value in words.items() if value}


def _for_each(tie: Tie, passed: Mapping[str, Any], required: list[str]) -> list[dict[str, Any]]:
    if not tie.parent:
        return []
    options = {name: f"{{{{ options.{name} }}}}" for name in required if name in passed}
    return [{"parent": {"stream": tie.parent, "take": tie.take} | ({"options": options} if options else {})}]


def _stamped(sketch: Sketch, tie: Tie) -> dict[str, dict[str, Any]]:
    """The fields of a stream, those first that say to which parent a record belongs."""
    stamps: dict[str, dict[str, Any]] = {}
    for name in tie.take if sketch.fields else ():
        kind = {"type": tie.types[name]} if tie.types[name] != "string" else {}
        stamps[name] = {**kind, "value": f"{{{{ slice.{name} }}}}"}
    return stamps | {name: words for name, words in sketch.fields.items() if name not in stamps}


def _key(sketch: Sketch, tie: Tie) -> list[str]:
    if sketch.key is None:
        return []
    return list(dict.fromkeys([*tie.take, sketch.key]))


def _description(sketch: Sketch) -> str:
    said = sentence(sketch.operation.description, 240)
    return "" if said.rstrip(".") == sentence(sketch.operation.summary, 80).rstrip(".") else said


def _remarks(sketch: Sketch, tie: Tie, required: list[str]) -> Iterator[tuple[str, str, str]]:
    """What is to be said of a stream: on which key, in a comment, and in a word for its user to look at."""
    if required:
        yield "", "", f"needs {', '.join(required)}"
    yield from _of_request(sketch)
    if sketch.listing.rivals:
        others = ", ".join(place_of(path) for path in sketch.listing.rivals[:4])
        yield "records", f"A guess; these are lists as well: {others}.", f"records: or {others}?"
    if sketch.listing.one:
        told = "A guess: the description speaks of one object, but the parameters ask for pages of them."
        yield "fields", told, "records: one, or a list?"
    if tie.by_name:
        yield "for_each", "A guess, from the parameter's name.", f"parent: {tie.parent}, by its name"
    elif tie.parent:
        yield "for_each", "A guess, from the path.", ""
    if not sketch.fields:
        yield "", "", "fields: not described; see `tapwright infer`"
    elif sketch.key is None:
        yield "", "", "key: none found, so every run replaces all"
    elif sketch.key != "id":
        yield "primary_key", "A guess, from the names.", f"key: {sketch.key}?"
    if since := _since(sketch):
        yield "options", since, f"incremental: perhaps by {since.partition('`')[2].partition('`')[0]}"


def _of_request(sketch: Sketch) -> Iterator[tuple[str, str, str]]:
    pages, operation = sketch.pages, sketch.operation
    if pages.paginate:
        yield "paginate", f"A guess, from {pages.why}.", ""
    if pages.doubt:
        yield "request", f"One page only: {pages.doubt}.", f"pages: {pages.doubt}"
    if operation.server:
        told = f"The description has another address for this: {operation.server}."
        yield "request", told, f"address: {operation.server}?"
    if operation.answer.sampled:
        told = "From an example in the description; `tapwright infer` knows more."
        yield "fields", told, "fields: from an example"


def _since(sketch: Sketch) -> str:
    """How only new records might be read, where a parameter looks like that."""
    for param in sketch.operation.params:
        kind = param.schema
        moment = kind.format.startswith("date") or bool(
            re.search(r"\b(date|time|timestamp|ISO ?8601)\b", param.description)
        )
        named = SINCE.fullmatch(snake(param.name)) and param.name not in sketch.pages.claimed
        if param.place == "query" and named and moment and set(kind.types) <= {"string", "integer", "object"}:
            form = "date" if kind.format == "date" else "epoch" if kind.types == ("integer",) else "iso"
            return (
                f"Only what is new might be asked for by `{param.name}`; instead of the option, then:"
                f'\n  incremental: {{cursor: {_cursor(sketch, param)}, start: "2026-01-01"}}'
                f'\n  request: {{params: {{{param.name}: "{{{{ slice.start | {form} }}}}"}}}}'
            )
    return ""


def _cursor(sketch: Sketch, param: Parameter) -> str:
    """The field that a parameter seems to look at: its namesake, or what is usual."""
    moments = [name for name, words in sketch.fields.items() if words.get("type") in _MOMENTS]
    stems = [stem for stem in ("updat", "modif", "chang", "creat") if stem in param.name.lower()]
    named = [name for name in moments if any(stem in name for stem in stems)]
    usual = [name for name in CURSORS if name in moments]
    return next(iter([*named, *usual, *moments]), "FIELD")


_MOMENTS = ("date", "datetime", "local_datetime")
