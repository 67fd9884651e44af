"""The predicate language of `filter` and `having`: parse it, check it, apply it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

Value = str | int | Decimal

NUMERIC = frozenset({"float", "money", "percent", "ratio", "integer", "count", "rank"})
FRACTIONAL = frozenset({"float", "money", "percent", "ratio"})

_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_OPERATOR = re.compile(r"!=|>=|<=|=~|=:|!~|!:|=|>|<|~")  # longest first
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')
_BARE = re.compile(r'[^&,"<>=~!:]+')
_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


class BadPredicates(ValueError):
    """A filter or having that the grammar or a field's type refuses."""


@dataclass(frozen=True, kw_only=True)
class Predicate:
    """One comparison; it holds when it holds for any of its values."""

    field: str
    operator: str
    values: tuple[str, ...]


def parse(text: str) -> tuple[Predicate, ...]:
    """Parse predicates joined by ampersands."""
    found: list[Predicate] = []
    at = 0
    while True:
        field = _take(_FIELD, text, at, "a field name")
        operator = _take(_OPERATOR, text, field.end(), "an operator")
        values, at = _values(text, operator.end())
        found.append(Predicate(field=field[0], operator=operator[0], values=values))
        if at == len(text):
            return tuple(found)
        at += 1


def _values(text: str, at: int) -> tuple[tuple[str, ...], int]:
    values: list[str] = []
    while True:
        if text.startswith('"', at):
            match = _take(_QUOTED, text, at, "a closing quote")
            values.append(match[1].replace('""', '"'))
        else:
            match = _take(_BARE, text, at, "a value")
            values.append(match[0])
        at = match.end()
        if at == len(text) or text[at] == "&":
            return tuple(values), at
        if text[at] != ",":
            raise BadPredicates(f"expected & or , at character {at} of {text!r}, found {text[at]!r}")
        at += 1


def _take(pattern: re.Pattern[str], text: str, at: int, wanted: str) -> re.Match[str]:
    match = pattern.match(text, at)
    if match is None:
        raise BadPredicates(f"expected {wanted} at character {at} of {text!r}")
    return match


def check(predicate: Predicate, kind: str, known: Sequence[str] = ()) -> None:
    """Refuse an operator or a value that a field of type `kind` does not take."""
    name, operator = predicate.field, predicate.operator
    if operator in (">", "<", ">=", "<=") and kind not in NUMERIC:
        raise BadPredicates(f"operator {operator} needs a numeric field, {name} is {kind}")
    if operator in ("~", "=~", "=:", "!~", "!:") and kind != "string":
        raise BadPredicates(f"operator {operator} needs a string field, {name} is {kind}")
    for value in predicate.values:
        if kind in NUMERIC:
            _number(value)
        if kind == "id" and (not value or re.search(r"\s", value)):
            raise BadPredicates(f"{name}: {value!r} is not an id")
        if kind == "datetime" and not _DATETIME.fullmatch(value):
            raise BadPredicates(f"{name}: {value!r} is not a datetime")
        if known and operator in ("=", "!=") and value not in known:
            raise BadPredicates(f"{name}: {value!r} is not one of its values")


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or text != text.strip():
        raise BadPredicates(f"{text!r} is not a number")
    return number


def holds(predicate: Predicate, actual: Value) -> bool:
    """Say whether the predicate holds; values are ORed, for the negative operators too."""
    return any(_compare(predicate.operator, actual, value) for value in predicate.values)


def _compare(operator: str, actual: Value, text: str) -> bool:
    if isinstance(actual, str):
        match operator:
            case "=":
                return actual == text
            case "!=":
                return actual != text
            case "~" | "=~":
                return text in actual
            case "!~":
                return text not in actual
            case "=:":
                return text.casefold() in actual.casefold()
            case "!:":
                return text.casefold() not in actual.casefold()
        raise BadPredicates(f"operator {operator} needs a numeric field")
    wanted = _number(text)
    match operator:
        case "=":
            return actual == wanted
        case "!=":
            return actual != wanted
        case ">":
            return actual > wanted
        case "<":
            return actual < wanted
        case ">=":
            return actual >= wanted
        case "<=":
            return actual <= wanted
    raise BadPredicates(f"operator {operator} needs a string field")
