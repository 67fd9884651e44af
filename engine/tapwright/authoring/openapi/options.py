"""From an operation's parameters to a stream's options, and to what its request sends."""

from __future__ import annotations

import math
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Any

from tapwright.authoring.credentials import is_key
from tapwright.authoring.names import sentence, snake, unique
from tapwright.authoring.openapi.operations import Parameter
from tapwright.authoring.openapi.schemas import Known, understood

SENT_BY_OTHERS = frozenset(["accept", "authorization", "content-type", "cookie", "user-agent"])
"""The headers that are no matter of parameters."""
MOST_VALUES = 100


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a stream lets its user say, and where it is sent."""

    options: dict[str, dict[str, Any]] = field(default_factory=dict)
    config: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What all streams need, and so is asked for once."""
    params: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, Any] = field(default_factory=dict)
    lists: str = "repeat"

    @property
    def required(self) -> list[str]:
        """The options that must be given."""
        return [name for name, words in self.options.items() if "default" not in words]


def options_of(params: tuple[Parameter, ...], without: Container[str], of_all: Container[str]) -> Options:
    """Write options for the query and the needed headers; the needed ones among `of_all` belong to the config."""
    lists = _usual(params)
    made = Options(lists=lists)
    used: set[str] = set()
    for param in params:
        if param.name in without or param.place == "path" or _is_left_out(param):
            continue
        place = made.params if param.place == "query" else made.headers
        if (value := constant(param)) is not None:
            place[param.name] = value
            continue
        name = unique(snake(param.name).removeprefix("x_"), used)
        used.add(name)
        secret = is_key(param.name)
        shared = secret or (param.required and name in of_all)
        (made.config if shared else made.options)[name] = option(param) | ({"writeOnly": True} if secret else {})
        spread = param.place == "query" and param.schema.is_object and not param.deep and "*" not in place
        place["*" if spread else param.name] = _template(f"{'config' if shared else 'options'}.{name}", param, lists)
    return made


def constant(param: Parameter) -> Any:
    """The only value that a needed parameter can have; None if it may have several."""
    return param.schema.enum[0] if param.required and len(param.schema.enum) == 1 else None


def option(param: Parameter) -> dict[str, Any]:
    """Write an option; one that may be left out is not sent without a value."""
    words = value_words(param.schema)
    default = param.default
    if not param.required:
        words["default"] = [] if words.get("type") == "array" else None
    elif default is not None and _fits(default, words):
        words["default"] = default
    example = param.schema.words.get("example")
    if example is not None and (param.required or not param.description) and _fits(example, words):
        words["examples"] = [example]
    said = sentence(param.description)
    if not param.required and isinstance(default, str | int | float) and default != "":
        said = f"{said.rstrip('.') + '. ' if said else ''}Without it: {_written(default)}."
    return words | ({"description": said} if said else {})


def value_words(known: Known) -> dict[str, Any]:
    """The words of JSON Schema for a value that a user gives."""
    words: dict[str, Any] = {}
    if len(known.types) == 1:
        words["type"] = known.types[0]
    elif known.types:
        words["type"] = list(known.types)
    if known.is_list:
        inner = value_words(understood(known.items))
        return words | {"items": {key: inner[key] for key in ("type", "enum") if key in inner}}
    values = list(known.enum) if len(known.types) < 2 else []
    if known.types == ("string",):
        values = [_written(value) for value in values]
        if known.format in ("date", "date-time"):
            words["format"] = known.format
    if values and len(values) <= MOST_VALUES and all(map(_is_plain, values)):
        words["enum"] = list(dict.fromkeys(values))
    return words


def _template(whole: str, param: Parameter, lists: str) -> str:
    if param.schema.is_list and param.lists != lists:
        delimiter = {"comma": ",", "repeat": ","}.get(param.lists, param.lists).replace("\t", "\\t")
        return f"{{{{ {whole} | join('{delimiter}') if {whole} else none }}}}"
    return f"{{{{ {whole} }}}}"


def _usual(params: tuple[Parameter, ...]) -> str:
    """How most of the lists among the parameters are written."""
    every = [param.lists for param in params if param.place == "query" and param.schema.is_list]
    return "comma" if every.count("comma") > every.count("repeat") else "repeat"


def _is_left_out(param: Parameter) -> bool:
    wanted = param.required or is_key(param.name)
    return param.place == "header" and (not wanted or param.name.lower() in SENT_BY_OTHERS)


def _fits(value: Any, words: Mapping[str, Any]) -> bool:
    kinds = {"string": str, "integer": int, "number": int | float, "boolean": bool, "array": list, "object": dict}
    kind = kinds.get(words["type"]) if isinstance(words.get("type"), str) else object
    right = kind is not None and isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
    return right and _is_plain(value) and value in words.get("enum", [value]) and "format" not in words


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value))


def _written(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
