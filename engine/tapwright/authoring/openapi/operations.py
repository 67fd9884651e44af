"""The operations of a description, OpenAPI 3 or Swagger 2, in one form."""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import Any

from tapwright.authoring.openapi.document import Node
from tapwright.authoring.openapi.schemas import Known, understood
from tapwright.authoring.sample import schema_of

METHODS = ("get", "post")
ANSWERS = ("200", "2XX", "2xx", "201", "202", "203", "206", "default")
DELIMITERS = {"spaceDelimited": " ", "pipeDelimited": "|", "ssv": " ", "tsv": "\t", "pipes": "|"}


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One parameter of an operation."""

    name: str
    place: str
    """`query`, `path` or `header`."""
    required: bool
    schema: Known
    description: str
    lists: str
    """How a list is written: `repeat`, `comma`, or the delimiter itself."""
    deep: bool = True
    """Whether the members of an object are written as `name[member]`; else each under its own name."""

    @property
    def default(self) -> Any:
        """What the provider takes without it."""
        return self.schema.words.get("default")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What an operation answers when all is well."""

    media: str = ""
    """Its media type; empty if none is named."""
    schema: Known = Known()
    headers: frozenset[str] = frozenset()
    """The headers that are described, in small letters."""
    sampled: bool = False
    """Whether it is known by an example only."""

    @property
    def is_json(self) -> bool:
        """Whether it is JSON, as far as is said."""
        return not self.media or "json" in self.media or self.media == "*/*"


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One thing that the API can be asked."""

    method: str
    path: str
    name: str
    summary: str
    description: str
    params: tuple[Parameter, ...]
    answer: Answer
    security: tuple[dict[str, list[str]], ...] | None
    """The alternatives of schemes with their scopes; None if it is as for all others."""
    server: str = ""
    """An address of its own."""

    @property
    def request(self) -> str:
        """How a person names it."""
        return f"{self.method.upper()} {self.path}"

    @property
    def steps(self) -> list[str]:
        """The parts of its path, without an ending such as `.json`."""
        path = self.path.split("?")[0].removesuffix(".json").removesuffix(".{format}")
        return [step for step in path.split("/") if step]


def operations(root: Node) -> Iterator[Operation]:
    """Every GET and POST of a description that is not deprecated."""
    schemes = (root.get("components", "securitySchemes") or root.get("securityDefinitions")).items()
    keys = frozenset((node.text("in"), node.text("name")) for _, node in schemes)
    for path, item in root.get("paths").items():
        if not path.startswith("/"):
            continue
        for method in METHODS:
            node = item.get(method)
            if isinstance(node.data, dict) and node.data.get("deprecated") is not True:
                yield _operation(root, path, item, method, node, keys)


def security_of(node: Node) -> tuple[dict[str, list[str]], ...] | None:
    """The alternatives that a `security` names."""
    if not isinstance(node.get("security").data, list):
        return None
    each = [item.data for item in node.get("security").each() if isinstance(item.data, dict)]
    return tuple({str(name): texts(scopes) for name, scopes in words.items()} for words in each)


def _operation(
    root: Node, path: str, item: Node, method: str, node: Node, keys: Container[tuple[str, str]]
) -> Operation:
    servers = [*node.get("servers").each(), *item.get("servers").each()]
    return Operation(
        method=method,
        path=path,
        name=node.text("operationId"),
        summary=node.text("summary") or item.text("summary"),
        description=node.text("description") or item.text("description"),
        params=tuple(_parameters(item, node, keys)),
        answer=_answer(root, node),
        security=security_of(node),
        server=servers[0].text("url") if servers else "",
    )


def _parameters(item: Node, node: Node, keys: Container[tuple[str, str]]) -> Iterator[Parameter]:
    """The parameters of the path and of the operation, whose own words win; what the auth sends is none."""
    found: dict[tuple[str, str], Node] = {}
    for each in (*item.get("parameters").each(), *node.get("parameters").each()):
        found[each.text("name"), each.text("in")] = each
    for (name, place), words in found.items():
        if name and place in ("query", "path", "header") and (place, name) not in keys:
            yield _parameter(name, place, words)


def _parameter(name: str, place: str, node: Node) -> Parameter:
    schema = node.get("schema")
    if not schema:  # under `content` it is JSON; in Swagger 2 the parameter is its own schema
        schema = next((media.get("schema") for _, media in node.get("content").items()), node)
    known = understood([schema])
    style, explode = node.text("style"), node.get("explode").data
    collection = node.text("collectionFormat") or ("csv" if "type" in node.data and not node.get("schema") else "")
    lists = DELIMITERS.get(style) or DELIMITERS.get(collection) or "repeat"
    if (explode is False and lists == "repeat") or collection == "csv":
        lists = "comma"
    return Parameter(
        name=name,
        place=place,
        required=place == "path" or node.get("required").data is True,
        schema=known,
        description=node.text("description") or known.description,
        lists=lists,
        deep=style == "deepObject" or explode is False,
    )


def _answer(root: Node, node: Node) -> Answer:
    responses = node.get("responses")
    response = next((responses.get(status) for status in ANSWERS if responses.get(status)), None)
    if response is None:
        return Answer()
    headers = frozenset(name.lower() for name, _ in response.get("headers").items())
    content = dict(response.get("content").items())
    if response.get("schema"):  # Swagger 2
        produced = texts(node.get("produces").data) or texts(root.get("produces").data)
        return Answer(media=_best(produced), schema=understood([response.get("schema")]), headers=headers)
    media = _best(list(content))
    words = content.get(media)
    schema = understood([words.get("schema")]) if words else Known()
    named = media.split(";")[0].strip().lower()
    if words and not schema.types and not schema.properties and (shown := _shown(words)) is not None:
        made = Node(schema_of([shown]), words.home, words.documents)
        return Answer(media=named, schema=understood([made]), headers=headers, sampled=True)
    return Answer(media=named, schema=schema, headers=headers)


def _shown(media: Node) -> Any:
    """The example of an answer, where it is JSON."""
    every = [media.get("example").data, *(example.get("value").data for _, example in media.get("examples").items())]
    for example in every:
        if isinstance(example, dict | list):
            return example
        if isinstance(example, str) and example.lstrip()[:1] in ("{", "["):
            try:
                return json.loads(example)
            except (ValueError, RecursionError):
                continue
    return None


def _best(names: list[str]) -> str:
    """The media type to ask for: JSON if there is any."""
    ranked = sorted(
        names, key=lambda name: (not re.match(r"application/json", name), "json" not in name, name != "*/*")
    )
    return ranked[0] if ranked else ""


def texts(value: Any) -> list[str]:
    """The texts of a list; none of what is no list."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
