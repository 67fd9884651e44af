"""The functions that JMESPath knows here beside its own.  To add one: its function, and a line in FUNCTIONS."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any


@cache
def interpreter_of_jmespath() -> Any:
    """Make the JMESPath interpreter with our functions; numbers may be Decimals everywhere."""
    from jmespath import functions, visitor

    python_types = functions.REVERSE_TYPES_MAP | {"number": (*functions.REVERSE_TYPES_MAP["number"], "Decimal")}

    class Ours(functions.Functions):
        def _get_allowed_pytypes(self, types: list[str]) -> tuple[list[str], list[tuple[str, ...]]]:
            parts = [name.partition("-") for name in types]
            outer = [known for name, _, _ in parts for known in python_types[name]]
            return outer, [python_types[inner] for _, _, inner in parts if inner]

    ours = Ours()
    ours.FUNCTION_TABLE = Ours.FUNCTION_TABLE | {name: _entry(*words) for name, words in FUNCTIONS.items()}
    return visitor.TreeInterpreter(visitor.Options(custom_functions=ours))


def _entry(function: Callable[..., Any], *types: str) -> Any:
    """Describe a function as the jmespath library does; a type that ends in `…` may come many times."""
    signature = [{"types": [kind.rstrip("…")] if kind else [], "variadic": kind.endswith("…")} for kind in types]
    return {"function": lambda _, *given: function(*given), "signature": signature}


def items(given: dict[str, Any]) -> list[dict[str, Any]]:
    """Make a list of an object's members: `items(@)` of `{a: 1}` gives `[{key: a, value: 1}]`."""
    return [{"key": key, "value": value} for key, value in given.items()]


def lower(text: str) -> str:
    """Write a text in small letters."""
    return text.lower()


def split(text: str, separator: str) -> list[str]:
    """Cut a text at a separator: `split(@, ',')` of `a,b` gives `[a, b]`."""
    return text.split(separator)


def table(header: list[Any], rows: list[Any]) -> list[dict[str, Any]]:
    """Make objects of rows: `table(columns, rows)` of `{columns: [a, b], rows: [[1, 2]]}` gives `[{a: 1, b: 2}]`."""
    names = list(map(str, header))
    if len(set(names)) != len(names):
        raise ValueError("table() whose header has a name twice")
    for place, row in enumerate(rows, 1):
        if not isinstance(row, list) or len(row) != len(names):
            raise ValueError(f"table() whose header has {len(names)} names, and whose row {place} has not as many")
    return [dict(zip(names, row, strict=True)) for row in rows]


_NUMBER = re.compile(r"\s*[-+]?[0-9]{1,400}(\.[0-9]{1,400})?([eE][-+]?[0-9]{1,3})?\s*")


def to_number(given: Any) -> Any:
    """Read a number without losing a digit; null if it is none."""
    if isinstance(given, (int, float, Decimal)) and not isinstance(given, bool):
        return given
    if not isinstance(given, str) or not _NUMBER.fullmatch(given):
        return None
    return int(given) if given.strip().lstrip("+-").isdigit() else Decimal(given.strip())


def trim(text: str) -> str:
    """Take the blanks and line breaks around a text away."""
    return text.strip()


def upper(text: str) -> str:
    """Write a text in capitals."""
    return text.upper()


def zipped(*arrays: list[Any]) -> list[list[Any]]:
    """Pair the items of lists: `zip(a, b)` of `{a: [1, 2], b: [3, 4]}` gives `[[1, 3], [2, 4]]`."""
    if len({len(array) for array in arrays}) > 1:
        raise ValueError(f"zip() of arrays of {', '.join(str(len(array)) for array in arrays)} items")
    return [list(row) for row in zip(*arrays, strict=True)]


FUNCTIONS: Mapping[str, tuple[Any, ...]] = {
    "items": (items, "object"),
    "lower": (lower, "string"),
    "split": (split, "string", "string"),
    "table": (table, "array", "array"),
    "to_number": (to_number, ""),
    "trim": (trim, "string"),
    "upper": (upper, "string"),
    "zip": (zipped, "array…"),
}
"""The functions, and the types of their arguments."""
