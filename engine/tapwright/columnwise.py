"""JMESPath over many values at once: step by step, each for all of them, which is many times as quick."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any, TypeAlias

from tapwright.expression import compile_jmespath, plain_path
from tapwright.functions import interpreter_of_jmespath
from tapwright.sealed import member, opened

Column: TypeAlias = Callable[[list[Any]], list[Any]]
"""Takes one value out of each value of a list; None where it is not there."""


def compile_column(text: str) -> Column:
    """Compile a JMESPath; it gives for each value what `compile_jmespath` does, raising the same errors."""
    look = compile_jmespath(text)
    path = plain_path(text)
    if path is not None:
        return _chained([_field(name) for name in path])
    import jmespath

    quick = _column(jmespath.compile(text).parsed)
    return _careful(quick, look) if quick else lambda values: list(map(look, opened(values)))


def _careful(quick: Column, look: Callable[[Any], Any]) -> Column:
    """Fall back to a value at a time wherever something is odd, for that finds the value and says why."""

    def column(values: list[Any]) -> list[Any]:
        try:
            return quick(values)
        except (ValueError, TypeError, ArithmeticError):
            return list(map(look, opened(values)))

    return column


def _column(node: Mapping[str, Any]) -> Column | None:
    """Compile a parsed expression; None for what is better left to the interpreter."""
    match node:
        case {"type": "field", "value": name}:
            return _field(name)
        case {"type": "index", "value": place}:
            return _item(place)
        case {"type": "current" | "identity"}:
            return lambda values: values
        case {"type": "literal", "value": value}:
            return lambda values: [value] * len(values)
        case {"type": "subexpression" | "index_expression" | "pipe", "children": children}:
            return _all(children, _chained)
        case {"type": "function_expression", "value": name, "children": children}:
            return _all(children, partial(_called, name))
    return None


def _all(nodes: Sequence[Mapping[str, Any]], combine: Callable[[Sequence[Column]], Column | None]) -> Column | None:
    columns = [column for column in map(_column, nodes) if column is not None]
    return combine(columns) if len(columns) == len(nodes) else None


def _field(name: str) -> Column:
    return lambda values: member(values, name)


def _item(place: int) -> Column:
    enough = place + 1 if place >= 0 else -place
    return lambda values: [value[place] if type(value) is list and len(value) >= enough else None for value in values]


def _chained(steps: Sequence[Column]) -> Column:
    def column(values: list[Any]) -> list[Any]:
        for step in steps:
            values = step(values)
        return values

    return column


def _called(name: str, arguments: Sequence[Column]) -> Column | None:
    """Call a function on columns whose types fit as a whole; TypeError if any value does not."""
    functions = interpreter_of_jmespath()._functions
    entry = functions.FUNCTION_TABLE[name]
    wanted = [_fitting(functions, parameter["types"]) for parameter in entry["signature"]]
    if any(parameter.get("variadic") for parameter in entry["signature"]) or not arguments:
        return None
    function = partial(entry["function"], functions)

    def column(values: list[Any]) -> list[Any]:
        columns = [opened(argument(values)) for argument in arguments]
        for fits, given in zip(wanted, columns, strict=True):
            if not fits(given):
                raise TypeError
        return list(map(function, *columns))

    return column


def _fitting(functions: Any, types: list[str]) -> Callable[[list[Any]], bool]:
    """Make the test whether every value of a column has one of JMESPath's types, such as array-string."""
    if not types:
        return lambda values: True
    outer, inner = functions._get_allowed_pytypes(types)
    names, items = frozenset(outer), frozenset(chain.from_iterable(inner))

    def fits(values: list[Any]) -> bool:
        if not {kind.__name__ for kind in set(map(type, values))} <= names:
            return False
        lists = (value for value in values if type(value) is list) if items else ()
        return {kind.__name__ for kind in set(map(type, chain.from_iterable(lists)))} <= items

    return fits
