"""A provider's page, drawn from its spec: what to configure, its streams, their options, fields and requests."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tapwright.option import Option
from tapwright.plan import fields_of, options_of
from tapwright.reference import cell
from tapwright.spec import Example, Spec, Stream

_SUPPORT = {
    "drafted": "Drafted: not checked against the provider yet.",
    "documented": "Documented: written from the provider's documents, and checked against a server written from them.",
    "recorded": "Recorded: checked against answers of the provider itself.",
}


def page_of(spec: Spec) -> str:
    """Write the page as Markdown."""
    lines = [f"# {spec.title}", "", *spec.description.strip().splitlines()]
    lines += ["", _SUPPORT[spec.support]] if spec.description else [_SUPPORT[spec.support]]
    if spec.docs:
        lines += [f"The provider's own documentation: <{spec.docs}>."]
    first = f"plan {spec.name}" if spec.support == "drafted" else f"run {spec.name} --replay"
    lines += ["", "```sh", f"tapwright {first}", "```", "", *_config(spec), *_overview(spec)]
    for name, stream in _shown(spec).items():
        lines += _stream(spec, name, stream)
    return "\n".join(lines).rstrip() + "\n"


def _shown(spec: Spec) -> Mapping[str, Stream]:
    return {name: stream for name, stream in spec.streams.items() if not stream.hidden}


def _config(spec: Spec) -> Iterator[str]:
    yield from ["## Config", "", *_options(spec.config, "What to configure")]


def _options(options: Mapping[str, Option], what: str) -> Iterator[str]:
    if not options:
        return
    yield from [f"| {what} | type | without it | what it is |", "|---|---|---|---|"]
    for name, option in options.items():
        said = " ".join(filter(None, [option.description, _values(option), "A secret." if option.writeOnly else ""]))
        yield f"| `{name}` | {' or '.join(option.types) or 'any'} | {_default(option)} | {cell(said)} |"
    yield ""


def _values(option: Option) -> str:
    items: Mapping[str, Any] = option.items or {}
    allowed = option.enum or items.get("enum")
    if allowed:
        return f"One of {', '.join(f'`{_text(value)}`' for value in allowed)}."
    return f"Such as {', '.join(f'`{_text(value)}`' for value in option.examples)}." if option.examples else ""


def _default(option: Option) -> str:
    if not option.has_default:
        return "**required**"
    return "" if option.default is None else f"`{cell(_text(option.default))}`"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _overview(spec: Spec) -> Iterator[str]:
    yield from ["## Streams", "", "| stream | what it holds | primary key | cursor |", "|---|---|---|---|"]
    for name, stream in _shown(spec).items():
        cursor = f"`{stream.incremental.cursor}`" if stream.incremental and stream.incremental.cursor else ""
        keys = ", ".join(f"`{key}`" for key in stream.primary_key)
        keys = "its options say" if "{{" in keys else keys
        yield f"| [{name}](#{name}) | {cell(stream.title)} | {keys} | {cursor} |"
    yield ""


def _stream(spec: Spec, name: str, stream: Stream) -> Iterator[str]:
    yield from [f"### {name}", "", f"{stream.title}.".replace("..", "."), ""]
    if stream.description:
        yield from [*stream.description.strip().splitlines(), ""]
    yield from _options(options_of(spec, stream), "option")
    yield from _fields(spec, stream)
    if stream.examples:
        yield from ["What it asks for, as sent:", ""]
        for example in stream.examples:
            yield from _example(example)
        yield ""


def _fields(spec: Spec, stream: Stream) -> Iterator[str]:
    fields = fields_of(spec, stream)
    if not fields:
        yield from ["Every key of its records is a column.", ""]
        return
    yield from ["| column | type | what it is |", "|---|---|---|"]
    for name, field in fields.items():
        yield f"| `{name}` | {field.type} | {cell(field.description)} |"
    yield ""
    if stream.unlisted == "keep":
        yield from ["Other keys that come are columns too.", ""]


def _example(example: Example) -> Iterator[str]:
    given = ", ".join(f"`{name}: {_text(value)}`" for name, value in {**example.options, **example.slice}.items())
    about = " with ".join(filter(None, [example.title, given])) or "Without options"
    yield f"- {about}: `{example.request}`"
