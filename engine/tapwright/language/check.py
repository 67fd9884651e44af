"""Check a document against a JSON Schema, and report every problem at its place."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from tapwright.language.fault import Finding
from tapwright.language.faults import findings
from tapwright.language.place import path_text
from tapwright.language.problem import Problem
from tapwright.language.reader import Document

Formats = Mapping[str, Callable[[Any], None]]


def check(document: Document, schema: Mapping[str, Any], formats: Formats) -> list[Problem]:
    """List the problems of a document, in file order; a format raises ValueError with what is wrong."""
    validator = _validator()(schema, format_checker=_format_checker(formats))
    faults = (found for error in validator.iter_errors(document.data) for found in findings(error, schema))
    return sorted(_problem(document, finding) for finding in _quietened(faults))


def _problem(document: Document, finding: Finding) -> Problem:
    line, column = document.place(finding.path, key=True)
    return Problem(
        file=document.file,
        line=line,
        column=column,
        path=path_text(finding.path, document.data),
        message=finding.message,
        code=finding.code,
    )


def _quietened(faults: Iterable[Finding]) -> Iterator[Finding]:
    """Drop what is said twice, and what only follows from a value being of the wrong type."""
    every = dict.fromkeys(faults)
    wrong = {finding.path for finding in every if finding.code == "wrong-type"}
    for finding in every:
        about_keys = finding.code in ("wrong-type", "unknown-key", "missing-key")
        if about_keys or finding.path not in wrong:
            yield finding


@functools.cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator, validators  # Slow to import: only when a file is checked.

    original = Draft202012Validator.VALIDATORS["format"]

    def format_(validator: Any, name: str, value: Any, schema: Mapping[str, Any]) -> Iterator[Any]:
        """Ask about the format only if the type is right, so that a format need not."""
        types = schema.get("type", ())
        names = [types] if isinstance(types, str) else types
        if value is not None and (not names or any(validator.is_type(value, each) for each in names)):
            yield from original(validator, name, value, schema) or ()

    extend: Callable[..., Any] = validators.extend
    return extend(Draft202012Validator, {"format": format_})


def _format_checker(formats: Formats) -> Any:
    from jsonschema import FormatChecker

    checker = FormatChecker(formats=())
    for name, compiles in formats.items():
        checker.checks(name, raises=ValueError)(functools.partial(_passes, compiles))
    return checker


def _passes(compiles: Callable[[Any], None], value: Any) -> bool:
    compiles(value)
    return True
