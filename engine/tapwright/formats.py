"""What each kind of text in a spec must be; compiled when the spec is checked, so that a mistake has its line."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from tapwright.expression import compile_jmespath
from tapwright.moment import zone
from tapwright.span import parse_span
from tapwright.template import check_template
from tapwright.xpath import compile_xpath


def _templates(value: Any) -> None:
    if isinstance(value, str):
        check_template(value)
    elif isinstance(value, Mapping):
        for inner in value.values():
            _templates(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _templates(inner)


def _pattern(value: str) -> None:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None


def _date(value: str) -> None:
    try:
        date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"'{value}' is not a date; write it as 2026-01-31") from None


def _date_time(value: str) -> None:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"'{value}' is not a time; write it as 2026-01-31T08:00:00Z") from None


def _json_schema(value: Any) -> None:
    from jsonschema import Draft202012Validator, SchemaError  # slow to import

    try:
        Draft202012Validator.check_schema(value)
    except SchemaError as error:
        cause = next((inner for inner in error.context or () if inner.validator == "enum"), error)
        where = ".".join(map(str, error.path))
        raise ValueError(f"not a JSON Schema: {f'{where}: ' if where else ''}{cause.message}") from None


def _uri(value: str) -> None:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError(f"'{value}' is not a URL; begin it with https://")


FORMATS: Mapping[str, Callable[[Any], None]] = {
    "date": _date,
    "date-time": _date_time,
    "duration": lambda value: _ignore(parse_span(value)),
    "jmespath": lambda value: _ignore(compile_jmespath(value)),
    "jsonschema": _json_schema,
    "pattern": _pattern,
    "template": _templates,
    "time-zone": lambda value: _ignore(zone(value)),
    "uri": _uri,
    "value": _templates,
    "xpath": lambda value: _ignore(compile_xpath(value)),
}


def _ignore(_: object) -> None:
    """Drop a result: only whether it could be made matters."""
