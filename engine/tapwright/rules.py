"""What must hold between the parts of a spec, beyond the shape of each: names that exist, expressions that compile."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from tapwright.cursor import Cursor
from tapwright.decode.json import Json
from tapwright.decode.kind import Getter
from tapwright.errors import TapwrightError
from tapwright.extract import condition_getter
from tapwright.incremental import Incremental
from tapwright.partition.parent import Parent
from tapwright.partition.values import Values
from tapwright.plan import fields_of, options_of
from tapwright.shape import Field
from tapwright.spec import Spec, Stream
from tapwright.suggestion import way_out
from tapwright.template import Names, check_template
from tapwright.walk import Path, steps, texts, walk

Fault = tuple[Path, str]


def faults(spec: Spec, data: Any) -> Iterator[Fault]:
    """Give every fault: where in the YAML, and what."""
    yield from _own_faults(spec, data)
    unknown = list(unknown_groups(spec))
    yield from unknown
    if unknown:
        return  # what follows would only stumble over them
    yield from _template_faults(spec, data)
    yield from _account_faults(spec)
    for name, stream in spec.streams.items():
        path: Path = ("streams", name)
        yield from _expression_faults(spec, stream, path)
        yield from _field_faults(spec, stream, path)
        yield from _parent_faults(spec, stream, path)
    yield from _cycles(spec)
    if spec.check and spec.check.stream not in spec.streams:
        yield ("check", "stream"), f"no stream is named '{spec.check.stream}'{way_out(spec.check.stream, spec.streams)}"


def _own_faults(spec: Spec, data: Any) -> Iterator[Fault]:
    for path, words in walk(spec, data):
        for key, message in getattr(words, "faults", lambda: ())():
            yield (*path, *key.split(".")) if key else path, message


def unknown_groups(spec: Spec) -> Iterator[Fault]:
    """Give every name of a group that there is not."""
    for name, stream in spec.streams.items():
        for key, used, known in (
            (("request", "shared_params"), stream.request.shared_params, spec.shared.params),
            (("shared_fields",), stream.shared_fields, spec.shared.fields),
            (("shared_options",), stream.shared_options, spec.shared.options),
        ):
            for index, group in enumerate(used):
                if group not in known:
                    place = ("streams", name, *key, index)
                    yield place, f"no group is named '{group}' under shared.{key[-1][7:]}{way_out(group, known)}"


def _template_faults(spec: Spec, data: Any) -> Iterator[Fault]:
    filters = frozenset(spec.encodings)
    wrong: set[Path] = set()
    for step in steps(spec, data):
        if "Template" not in step.words.split() and "Value" not in step.words.split():
            continue
        for path, text in texts(step.value, step.path):
            for fault in _checked(path, text, _names_at(spec, path), filters) if "{{" in text else ():
                wrong.add(path)
                yield fault
    for name, stream in spec.streams.items():
        for group in stream.request.shared_params:
            for path, text in texts(spec.shared.params[group], ("shared", "params", group)):
                for place, message in _checked(path, text, _names_of(spec, stream), filters):
                    if place not in wrong:
                        yield place, f"{message} (in stream '{name}')"


def _checked(path: Path, text: str, names: Names, filters: frozenset[str]) -> Iterator[Fault]:
    try:
        check_template(text, names, filters)
    except ValueError as error:
        yield path, str(error)


def _account_faults(spec: Spec) -> Iterator[Fault]:
    for name in re.findall(r"\bconfig\.(\w+)", spec.api.account or ""):
        if name in spec.config and spec.config[name].writeOnly:
            yield ("api", "account"), f"'config.{name}' is a secret, and what is said here is kept with the bookmarks"


def _names_at(spec: Spec, path: Path) -> Names:
    config = frozenset(spec.config)
    if path[0] == "streams":
        return _names_of(spec, spec.streams[str(path[1])])
    if path[0] == "shared":
        return {"config": config, "options": None, "slice": None, "now": None}
    return {"config": config, "now": None}


def _names_of(spec: Spec, stream: Stream) -> Names:
    names: list[str] = []
    for partition in stream.for_each:
        names.extend([partition.name] if isinstance(partition, Values) else [])
        names.extend(partition.take if isinstance(partition, Parent) else [])
    if stream.incremental:
        names += ["start", "end", "last"]
    options = frozenset(options_of(spec, stream))
    return {"config": frozenset(spec.config), "options": options, "slice": frozenset(names), "now": None}


def _expression_faults(spec: Spec, stream: Stream, path: Path) -> Iterator[Fault]:
    decode = stream.records or spec.api.records or Json()
    groups: list[tuple[Path, Any]] = [((*path, "fields"), stream.fields)]
    groups += [(("shared", "fields", group), spec.shared.fields[group]) for group in stream.shared_fields]
    for place, fields in groups:
        for name, words in fields.items():
            if words.value is None:
                key = (*place, name, "from") if words.from_ else (*place, name)
                yield from _compiled(decode.getter, words.from_ or decode.default_from(name), key)
    if stream.where and "{{" not in stream.where:
        yield from _compiled(partial(condition_getter, decode), stream.where, (*path, "where"))


def _compiled(compiler: Callable[[str], Getter], expression: str, path: Path) -> Iterator[Fault]:
    try:
        compiler(expression)
    except (ValueError, TapwrightError) as error:
        yield path, str(error)


def _field_faults(spec: Spec, stream: Stream, path: Path) -> Iterator[Fault]:
    known = fields_of(spec, stream)
    open_ended = not known or stream.unlisted == "keep"
    for index, name in enumerate(stream.primary_key):
        if "{{" not in name and name not in known and not open_ended:
            yield (*path, "primary_key", index), f"no field is named '{name}'{way_out(name, known)}"
    if stream.incremental:
        for key, text in _cursor_faults(stream.incremental, known, open_ended):
            yield (*path, "incremental", key), text


def _cursor_faults(words: Incremental, known: Mapping[str, Field], open_ended: bool) -> Iterator[tuple[str, str]]:
    cursor = words.cursor
    if cursor not in known and cursor.partition(".")[0] not in known:
        if not open_ended:
            yield "cursor", f"no field is named '{cursor}'{way_out(cursor, known)}"
        return
    kind = Cursor.of(cursor, known).kind if cursor in known else "time"
    for key in ("window", "lookback", "align"):
        if kind == "number" and getattr(words, key):
            yield key, f"the cursor '{cursor}' is a number by its type; a time is declared as a date or a datetime"


def _parent_faults(spec: Spec, stream: Stream, path: Path) -> Iterator[Fault]:
    for index, partition in enumerate(stream.for_each):
        if not isinstance(partition, Parent):
            continue
        place = (*path, "for_each", index, "parent")
        if partition.stream not in spec.streams:
            yield (
                (*place, "stream"),
                f"no stream is named '{partition.stream}'{way_out(partition.stream, spec.streams)}",
            )
            continue
        fields = fields_of(spec, spec.streams[partition.stream])
        for name, field in partition.take.items():
            if fields and field not in fields and spec.streams[partition.stream].unlisted != "keep":
                text = f"stream '{partition.stream}' has no field '{field}'{way_out(field, fields)}"
                yield (*place, "take", name), text


def _cycles(spec: Spec) -> Iterator[Fault]:
    parents = {name: [p.stream for p in s.for_each if isinstance(p, Parent)] for name, s in spec.streams.items()}
    for name in spec.streams:
        trail = _trail(name, parents, (name,))
        if trail:
            yield ("streams", name, "for_each"), f"it is its own parent: {' → '.join(trail)}"


def _trail(name: str, parents: dict[str, list[str]], seen: Iterable[str]) -> tuple[str, ...]:
    seen = tuple(seen)
    for parent in parents.get(name, []):
        if parent == seen[0]:
            return (*seen, parent)
        found = () if parent in seen else _trail(parent, parents, (*seen, parent))
        if found:
            return found
    return ()
