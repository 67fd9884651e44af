"""JMESPath, checked once as the spec is loaded, quick ever after."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final, TypeAlias

from tapwright.counted import counted
from tapwright.errors import BodyError
from tapwright.functions import interpreter_of_jmespath

Look: TypeAlias = Callable[[Any], Any]
"""Takes one value out of a decoded document or record; None if it is not there."""

LONGEST, DEEPEST = 4_000, 60
"""How many characters an expression may have, and how deep it may nest."""


class Missing:
    """The type of MISSING."""

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING: Final = Missing()
"""What `present` finds where there is nothing, not even null."""

_STEP = r'(?:[A-Za-z_][A-Za-z0-9_]*|"(?:[^"\\]|\\.)+")'
_PLAIN = re.compile(rf"\s*(?:@|{_STEP}(?:\.{_STEP})*)\s*")


def plain_path(text: str) -> tuple[str, ...] | None:
    """Split a plain dotted path into its names: `()` for `@`, None for anything that is more than a path."""
    if not _PLAIN.fullmatch(text):
        return None
    steps: list[str] = [] if text.strip() == "@" else re.findall(_STEP, text)
    return tuple(json.loads(step, strict=False) if step[0] == '"' else step for step in steps)


@lru_cache(maxsize=4096)
def compile_jmespath(text: str) -> Look:
    """Compile a JMESPath, which may call the functions of `functions` too; ValueError if it is not one."""
    bounded(text, "JMESPath")
    path = plain_path(text)
    if path is None:
        return _interpreted(text)
    if not path:
        return lambda value: value
    if len(path) == 1:
        return _member(path[0])
    return _follow(path)


@lru_cache(maxsize=4096)
def present(text: str) -> Look:
    """Compile a plain path so that it tells null (None) from what is not there (MISSING)."""
    path = plain_path(text)
    if path is None:
        raise ValueError(f"{text!r} is not a plain path such as data.items")

    def look(value: Any) -> Any:
        for name in path:
            if not isinstance(value, dict) or name not in value:
                return MISSING
            value = value[name]
        return value

    return look


def _member(name: str) -> Look:
    return lambda value: value.get(name) if isinstance(value, dict) else None


def _follow(path: tuple[str, ...]) -> Look:
    def look(value: Any) -> Any:
        for name in path:
            if not isinstance(value, dict):
                return None
            value = value.get(name)
        return value

    return look


def bounded(text: str, language: str) -> None:
    """See that an expression is not too long and does not nest too deep."""
    if len(text) > LONGEST:
        raise ValueError(f"a {language} of {len(text)} characters; at most {LONGEST} are allowed")
    deepest = depth = 0
    for mark in re.findall(r"[(\[{]|[)\]}]", text):
        depth += 1 if mark in "([{" else -1
        deepest = max(deepest, depth)
    if deepest > DEEPEST:
        raise ValueError(f"brackets nest {deepest} deep; at most {DEEPEST} are allowed")


def _interpreted(text: str) -> Look:
    import jmespath

    try:
        tree = jmespath.compile(text).parsed
    except RecursionError:
        raise ValueError("the expression nests too deep") from None
    except jmespath.exceptions.JMESPathError as error:
        raise ValueError(f"{text[:80]!r} is not a JMESPath: {_misread(error, text)}") from None
    _check(tree)
    interpreter = interpreter_of_jmespath()

    def look(value: Any) -> Any:
        try:
            return interpreter.visit(tree, value)
        except (ValueError, TypeError, ArithmeticError) as error:
            raise BodyError(f"{text}: {one_line(error)}") from None

    return look


def one_line(error: Exception) -> str:
    """What an error says, on one line."""
    return " ".join(str(error).split())


def _misread(error: Any, text: str) -> str:
    """Say where a JMESPath goes wrong; the library says it in several lines, and in the words of its parser."""
    place = getattr(error, "lex_position", getattr(error, "lexer_position", None))
    if not isinstance(place, int) or not 0 <= place < len(text):
        return "it ends too early"
    if text[place] == "=" and text[place + 1 : place + 2] != "=":
        return f"a single '=' at character {place + 1}; compare by '=='"
    if text[place] in "\"'`" and getattr(error, "lexer_value", None) is not None:
        return f"the {text[place]} at character {place + 1} is never closed"
    return f"'{text[place : place + 20]}' is not expected at character {place + 1}"


def _check(tree: Mapping[str, Any]) -> None:
    """Find unknown functions, wrong numbers of arguments and bottomless trees in a parsed JMESPath."""
    level: list[Mapping[str, Any]] = [tree]
    for _ in range(DEEPEST * 2):
        for node in level:
            if node["type"] == "function_expression":
                _check_call(node["value"], len(node["children"]))
        level = [child for node in level for child in node.get("children", ()) if isinstance(child, dict)]
        if not level:
            return
    raise ValueError("the expression nests too deep")


def _check_call(name: str, given: int) -> None:
    known = interpreter_of_jmespath()._functions.FUNCTION_TABLE
    if name not in known:
        raise ValueError(f"unknown function {name}(); there are {', '.join(sorted(known))}")
    signature = known[name]["signature"]
    wanted = len(signature)
    if given < wanted or (given > wanted and not (signature and signature[-1].get("variadic"))):
        raise ValueError(f"{name}() takes {counted(wanted, 'argument')}, {given} given")
