"""Files to checked words: specs, connectors, configs; every problem at once, each with its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tapwright.checked import checked_before, note_checked
from tapwright.environment import substituted, variables
from tapwright.errors import SpecError, TargetError
from tapwright.formats import FORMATS
from tapwright.language import Problem, Refused, build, check, read
from tapwright.language.place import path_text
from tapwright.language.reader import Document
from tapwright.library import find_spec
from tapwright.option import options_schema, use_schema
from tapwright.plan import options_of, stream_of, unknown_fields
from tapwright.schemas import published_schema
from tapwright.spec import Spec
from tapwright.use import Use

if TYPE_CHECKING:
    from tapwright.connector import Connector


_HALVES = re.compile(rb"(?<!\\)((?:\\\\)*)(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})")


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """A connector with its spec, the environment's values in their places."""

    path: Path
    connector: Connector
    spec: Spec
    unset: tuple[Problem, ...] = ()
    """The environment variables that it names and that are not set."""


def load_spec(path: Path) -> Spec:
    """Read a spec; raises SpecError with every problem."""
    changed = path.stat().st_mtime_ns if path.is_file() else 0
    return _spec(path.resolve(), path, changed)


@cache
def _spec(resolved: Path, path: Path, changed: int) -> Spec:
    text = _bytes(path)
    if checked_before(path, text):
        checked: Spec = build(Spec, read(text, str(path)).data)
        return checked
    spec, problems = lint_spec(path, examples=False)
    if spec is None or problems:
        raise SpecError(problems)
    note_checked(path, text)
    return spec


def lint_spec(path: Path, *, examples: bool = True) -> tuple[Spec | None, list[Problem]]:
    """Check a spec; gives it where it could be built, and every problem (a run need not try the examples)."""
    from tapwright.own_values import own_values_schema  # slow to import, and a spec that has not changed needs neither
    from tapwright.rules import faults, unknown_groups

    document, problems = _document(path)
    if document is None:
        return None, problems
    problems = check(document, published_schema("spec"), FORMATS)
    if any(problem.code != "format" for problem in problems):
        return None, problems
    spec: Spec = build(Spec, document.data)
    found = [_problem(document, place, message) for place, message in faults(spec, document.data)]
    if not problems and not any(unknown_groups(spec)):
        found += check(document, own_values_schema(spec), FORMATS)
    said = {problem.path for problem in problems}
    problems += [problem for problem in dict.fromkeys(found) if problem.path not in said]
    if examples and not problems:
        from tapwright.examples import example_faults

        problems = [_problem(document, place, message) for place, message in example_faults(spec)]
    if spec.name != path.stem and "name" not in said:
        message = f"'{spec.name}' is not the name of the file, which is '{path.stem}'; give both one name"
        problems.append(_problem(document, ("name",), message))
    return spec, sorted(problems)


def load_connector(path: Path, *, replay: bool = False, stand_in: str | None = None) -> Loaded:
    """Read a connector and its spec; raises SpecError with every problem.

    In a replay, environment variables that are not set count as the text `replayed`, or else as `stand_in`.
    """
    loaded, problems = lint_connector(path, stand_in="replayed" if replay else stand_in)
    if loaded is None or problems:
        raise SpecError(problems)
    return loaded


def lint_connector(
    path: Path, known: Mapping[str, str] | None = None, stand_in: str | None = None
) -> tuple[Loaded | None, list[Problem]]:
    """Check a connector; `stand_in` is what environment variables that are not set count as."""
    from tapwright.connector import Connector  # slow to import: it knows every sink

    document, problems = _document(path)
    if document is None:
        return None, problems
    problems = check(document, published_schema("connector"), FORMATS)
    if problems:
        return None, problems
    values = {**variables(path.parent), **(known or {})}
    data, unset = substituted(document, values, stand_in)
    document = replace(document, data=data)
    connector: Connector = build(Connector, data)
    try:
        spec = load_spec(find_spec(connector.spec, path.parent))
    except TargetError as error:
        return None, [*unset, _problem(document, ("spec",), _told(error))]
    except SpecError as error:
        return None, [*unset, *(problem for problem in error.problems if isinstance(problem, Problem))]
    blank = {problem.path for problem in unset}
    problems = [problem for problem in _against_spec(document, connector, spec) if problem.path not in blank]
    if stand_in is None:
        problems += unset
    return Loaded(path=path, connector=connector, spec=spec, unset=tuple(unset)), sorted(problems)


def check_config(spec: Spec, config: Mapping[str, Any], what: str = "config", *, whole: bool = True) -> None:
    """Check a config that comes from the command or from Python, which may lack values unless `whole`."""
    _check_plain(config, options_schema(spec.config) | ({} if whole else {"required": []}), what)


def check_options(spec: Spec, use: Use, table: str, *, whole: bool = True) -> None:
    """Check the options of one use of a stream, which may lack values unless `whole`; raises SpecError."""
    name = use.stream or table
    schema = options_schema(options_of(spec, stream_of(spec, name))) | ({} if whole else {"required": []})
    _check_plain(use.options, schema, f"options of {name}")


def load_config(path: Path, stand_in: str | None = None) -> dict[str, Any]:
    """Read a config file, YAML or JSON, with `${NAME}` from the environment, or `stand_in`; raises SpecError."""
    document, problems = _document(path, _joined(_bytes(path)))
    if document is None:
        raise SpecError(problems)
    if not isinstance(document.data, dict):
        raise SpecError([f"{path}: expected a map of config values"])
    data, problems = substituted(document, variables(path.parent), stand_in)
    if problems and stand_in is None:
        raise SpecError(problems)
    return dict(data)


def _check_plain(values: Mapping[str, Any], schema: Mapping[str, Any], what: str) -> None:
    import json

    document = read(json.dumps(values, default=str, ensure_ascii=False), what)
    problems = check(document, schema, FORMATS)
    if problems:
        lines = [f"{what}: {p.path}: {p.message}" if p.path else f"{what}: {p.message}" for p in problems]
        raise SpecError(lines)


def _against_spec(document: Document, connector: Connector, spec: Spec) -> list[Problem]:
    uses: dict[str, Any] = {}
    problems: list[Problem] = []
    for table, use in connector.streams.items():
        try:
            stream = stream_of(spec, use.stream or table)
        except TargetError as error:
            key = ("streams", table, "stream") if use.stream else ("streams", table)
            problems.append(_problem(document, key, _told(error)))
            continue
        uses[table] = use_schema(options_of(spec, stream))
        for index, name, way_out in unknown_fields(spec, stream, use):
            problems.append(
                _problem(document, ("streams", table, "select", index), f"no field is named '{name}'{way_out}")
            )
    schema = {"properties": {"config": options_schema(spec.config), "streams": {"properties": uses}}}
    whole = replace(document, data={"config": {}, **document.data})  # so that each value it lacks is named
    return problems + check(whole, schema, FORMATS)


def _told(error: TargetError) -> str:
    """Write an error as a problem: with its way out, unless it has one already."""
    hint = error.hint.rstrip(".")
    if not hint or "did you mean" in error.message:
        return error.message
    return f"{error.message}; {hint[0].lower()}{hint[1:]}"


def _document(path: Path, text: bytes | None = None) -> tuple[Document | None, list[Problem]]:
    try:
        return read(_bytes(path) if text is None else text, str(path)), []
    except Refused as refused:
        return None, list(refused.problems)


def _joined(text: bytes) -> bytes:
    """Write characters as they are that JSON escapes in two halves, such as `\\ud83d\\udd11`; YAML knows no halves."""
    import json

    return _HALVES.sub(lambda found: found[1] + json.loads(b'"' + found[2] + b'"').encode(), text)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise TargetError(f"'{path}' cannot be read: {error.strerror}") from None


def _problem(document: Document, path: tuple[str | int, ...], message: str) -> Problem:
    line, column = document.place(path, key=True)
    where = path_text(path, document.data)
    return Problem(file=document.file, line=line, column=column, path=where, message=message, code="value")
