"""The reference, drawn from where each word is defined: the keys of specs and connectors, the kinds, the filters."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tapwright import words
from tapwright.auth import AUTH
from tapwright.connector import Connector
from tapwright.decode import DECODE
from tapwright.filters import FILTERS
from tapwright.functions import FUNCTIONS
from tapwright.language import Key, class_doc, class_example, keys_of
from tapwright.language.docstrings import constant_docs
from tapwright.paginate import PAGINATE
from tapwright.partition import PARTITION
from tapwright.sinks import SINKS
from tapwright.spec import Spec
from tapwright.template import BORROWED, SCOPES, Templates
from tapwright.use import Use

Registry = Mapping[str, type[Any]]

REGISTRIES: Mapping[str, tuple[str, Registry]] = {
    "auth": ("How requests are authorised", AUTH),
    "paginate": ("How the next page is reached", PAGINATE),
    "records": ("How an answer is read", DECODE),
    "for_each": ("What a stream is asked for, one by one", PARTITION),
    "to": ("Where the records go", SINKS),
}
"""The keys that choose one kind: what each is about, and its kinds."""

FILTER_EXAMPLES: Mapping[str, str] = {
    "base64": "{{ 'user:password' | base64 }}",
    "date": "{{ now | date }}",
    "epoch": "{{ now | epoch }}",
    "epoch_ms": "{{ now | epoch_ms }}",
    "in_zone": "{{ now | in_zone('America/New_York') | time }}",
    "iso": "{{ now | iso }}",
    "listed": "{{ 'a; b' | listed | join('+') }}",
    "minus": "{{ now | minus('1 month') | date }}",
    "percent_encode": "{{ 'Jack & Jill' | percent_encode }}",
    "plus": "{{ now | plus('90 minutes') | iso }}",
    "sha256": "{{ 'text' | sha256 }}",
    "split": "{{ 'a, b' | split | first }}",
    "start_of": "{{ now | start_of('week') | date('%d.%m.%Y') }}",
    "time": "{{ now | time }}",
}
"""A template for each filter; the reference shows what it gives at NOW."""

NOW = datetime(2026, 3, 15, 6, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Section:
    """A dataclass of the language, and where it is written in YAML."""

    place: str
    """Such as `streams.NAME.request`; empty for a whole file."""
    words: type[Any]


def sections(root: type[Any], place: str = "", seen: set[type[Any]] | None = None) -> Iterator[Section]:
    """Give a dataclass and those within it, each once, in the order in which a file is written; kinds are left out."""
    seen = set() if seen is None else seen
    seen.add(root)
    yield Section(place, root)
    for key in keys_of(root):
        for held in key.holds:
            if held not in seen and not key.type_text.startswith("map of map"):  # a group of what stands elsewhere
                yield from sections(held, _inside(place, key), seen)


def classes_of(root: type[Any]) -> list[type[Any]]:
    """List a dataclass and all that may be written within it, the kinds too."""
    found: dict[type[Any], None] = {}

    def add(cls: type[Any]) -> None:
        if cls not in found:
            found[cls] = None
            for key in keys_of(cls):
                for inner in (*key.holds, *key.kinds.values()):
                    add(inner)

    add(root)
    return list(found)


def language_text() -> str:
    """The reference of every key of specs and connectors."""
    lines: list[str] = []
    for title, root, before in (("Specs", Spec, ""), ("Connectors", Connector, "connector: ")):
        lines += [f"## {title}", ""]
        every = list(sections(root))
        places = {
            each.words: f"{before}{each.place}" if each.place else f"A whole {root.__name__.lower()}" for each in every
        }
        for section in every:
            lines += _section(section, f"### {places[section.words]}", _example(section), places)
    lines += ["## Kinds of text", "", "| written as | what it is |", "|---|---|"]
    lines += [f"| {_kebab(name)} | {cell(doc)} |" for name, doc in sorted(constant_docs(words).items())]
    return "\n".join(lines) + "\n"


def kinds_text() -> str:
    """The reference of every kind, and of what templates know."""
    lines: list[str] = []
    for key, (about, registry) in REGISTRIES.items():
        lines += [f"## {key}", "", f"{about}: one of {', '.join(f'`{name}`' for name in registry)}.", ""]
        documented: dict[type[Any], str] = {}
        for name, kind in registry.items():
            lines += _kind(key, name, kind, documented)
    return "\n".join([*lines, *_templates(), *_expressions()]) + "\n"


def _kind(key: str, name: str, kind: type[Any], documented: dict[type[Any], str]) -> Iterator[str]:
    first, *within = sections(kind)
    new = [section for section in within if section.words not in documented]
    documented.update({section.words: f"{name}.{section.place}" for section in new})
    yield from _section(first, f"### {name}", _example(first, key), documented)
    for section in new:
        yield from _section(section, f"#### {documented[section.words]}", [], documented)


def _section(section: Section, heading: str, example: list[str], places: Mapping[type[Any], str]) -> list[str]:
    """Write a dataclass: its heading, its sentences, its example, its keys."""
    lines = [heading, "", *_paragraphs(class_doc(section.words)), "", *example]
    keys = keys_of(section.words)
    if keys:
        lines += ["| key | value | without it | what it says |", "|---|---|---|---|"]
        lines += [
            f"| `{each.name}` | {cell(_type(each, places))} | {_default(each)} | {cell(each.doc)} |" for each in keys
        ]
        lines.append("")
    return lines


def _example(section: Section, key: str = "") -> list[str]:
    example = class_example(section.words)
    return [f"```yaml {_fence(section, key)}".rstrip(), *wrapped(example, key), "```", ""] if example else []


def _fence(section: Section, key: str) -> str:
    """Say to what an example belongs, so that it can be checked."""
    if key:
        return "connector" if key == "to" else "stream"
    root = "connector" if section.words in (Connector, Use) else "spec"
    if not section.place:
        return ""
    holder = re.sub(r"(\.NAME|\[\])+$", "", section.place).rpartition(".")[0]
    return {"api": "api", "streams.NAME": "stream", "streams.NAME.request": "request"}.get(holder, root)


def wrapped(example: str, key: str) -> list[str]:
    """Put a kind's example under the key that it is for."""
    lines = example.splitlines()
    return lines if not key or lines[0].startswith(f"{key}:") else [f"{key}:", *(f"  {line}" for line in lines)]


def _templates() -> Iterator[str]:
    yield from ["## Templates", "", "What stands between `{{` and `}}` is an expression over these names.", ""]
    yield from ["| name | what it is |", "|---|---|"]
    yield from (f"| `{name}` | {cell(doc)} |" for name, doc in SCOPES.items())
    yield from ["", f"These filters are known; the examples give what they give at {NOW:%Y-%m-%d %H:%M} UTC.", ""]
    yield from ["| filter | what it does | example | gives |", "|---|---|---|---|"]
    for name, function in FILTERS.items():
        example = FILTER_EXAMPLES[name]
        result = Templates().render(example, {"now": NOW})
        doc = (inspect.getdoc(function) or "").replace("\n", " ")
        yield f"| `{name}{_arguments(function)}` | {cell(doc)} | `{cell(example)}` | `{result}` |"
    yield from ["", "Jinja's own filters among them: " + ", ".join(f"`{name}`" for name in BORROWED) + ".", ""]
    yield "The spec's own `encodings` are filters too."
    yield ""


def _expressions() -> Iterator[str]:
    yield from ["## Expressions", ""]
    yield "JMESPath reads JSON, XPath 1.0 reads XML, and a column's name reads CSV."
    yield from ["These functions are known to JMESPath beside its own.", "", "| function | what it does |", "|---|---|"]
    yield from (f"| `{name}` | {cell(inspect.getdoc(words[0]) or '')} |" for name, words in FUNCTIONS.items())


def _arguments(function: Any) -> str:
    given = list(inspect.signature(function).parameters.values())[1:]
    texts = [each.name if each.default is each.empty else f"{each.name}={each.default!r}" for each in given]
    return f"({', '.join(texts)})" if texts else ""


def _inside(place: str, key: Key) -> str:
    here = f"{place}.{key.name}" if place else key.name
    maps = len(re.findall(r"\bmap of\b", key.type_text))
    return here + ".NAME" * maps + "[]" * key.type_text.startswith("list of")


def _type(key: Key, places: Mapping[type[Any], str]) -> str:
    """Name what a key takes, with links to the sections of what has one."""
    if key.kinds:
        kind = f"kind of [{key.name}](kinds.md#{key.name})"
        if key.type_text.startswith("list of"):
            return f"list, each a {kind}"
        return f"a {kind}, or a list of them" if "list of" in key.type_text else f"a {kind}"
    text = key.type_text
    for held in key.holds:
        place = places.get(held, "")
        text = re.sub(rf"\b{held.__name__}\b", f"[{place}](#{_anchor(place)})" if place else "map", text)
    return text


def _anchor(heading: str) -> str:
    """The address that a heading has within its page."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def _default(key: Key) -> str:
    if key.required:
        return "**required**"
    if key.default in (None, "", [], {}) or str(key.default).startswith("\0"):
        return ""
    return f"`{cell(key.default)}`" if isinstance(key.default, str) else f"`{json.dumps(key.default)}`"


def _kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()


def cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _paragraphs(doc: str) -> Iterator[str]:
    """One sentence to a line."""
    for number, paragraph in enumerate(doc.split("\n\n")):
        if number:
            yield ""
        yield from re.split(r"(?<=[.!])\s+(?=[A-Z`])", paragraph)
