"""The grammar of XPath 1.0: an expression as a tree, so that one can tell what it looks at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

_NAME = r"[^\W\d][\w.-]*"
_TOKEN = re.compile(rf"""\s*("[^"]*"|'[^']*'|\d+(?:\.\d*)?|\.\d+|{_NAME}(?::(?:{_NAME}|\*))?|\.\.|::|//|[!<>]=|\S)""")
_OPERATORS = frozenset(("div", "mod", "|", "+", "-", "*", "=", "!=", "<", "<=", ">", ">="))
NOWHERE = -1
"""The place of the step that `//` stands for: a path cannot begin at it."""
_NODES = frozenset(("comment", "node", "processing-instruction", "text"))


@dataclass(frozen=True)
class Step:
    """A step of a path: from each node along an axis to those that meet a test and all predicates."""

    axis: str
    test: str
    """A name, `*`, `prefix:*`, or `text()` and the like."""
    predicates: tuple[Expression, ...] = ()
    place: int = 0
    """Where it begins in the text."""


@dataclass(frozen=True)
class Path:
    """Steps from a node: the record, if nothing else is said."""

    steps: tuple[Step, ...]
    start: Expression | None = None
    absolute: bool = False
    """Whether it begins at the document."""


@dataclass(frozen=True)
class Call:
    """A function or an operator, with what it is applied to; a text or a number has no name."""

    name: str = ""
    parts: tuple[Expression, ...] = ()


Expression: TypeAlias = Path | Call


def parse(text: str) -> Expression:
    """Read an expression that lxml accepts; ValueError where it uses what is not understood here."""
    reader = _Reader(text)
    tree = reader.expression()
    reader.take("")
    return tree


class _Reader:
    def __init__(self, text: str) -> None:
        self._tokens = [(found[1], found.start(1)) for found in _TOKEN.finditer(text)]
        self._tokens += [("", len(text))] * 2
        self._at = 0

    @property
    def next(self) -> str:
        """The token that comes next; empty at the end."""
        return self._tokens[self._at][0]

    def take(self, *wanted: str) -> str:
        token = self.next
        if wanted and token not in wanted:
            raise ValueError(f"{token!r} is not expected")
        self._at += 1
        return token

    def expression(self) -> Expression:
        parts = [self._compared()]
        while self.next in ("and", "or"):
            self.take()
            parts.append(self._compared())
        return parts[0] if len(parts) == 1 else Call("and", tuple(parts))

    def _compared(self) -> Expression:
        parts, operators = [self._operand()], set()
        while self.next in _OPERATORS:
            operators.add(self.take())
            parts.append(self._operand())
        return parts[0] if not operators else Call("|" if operators == {"|"} else "+", tuple(parts))

    def _operand(self) -> Expression:
        if self.next == "-":
            self.take()
            return Call("+", (self._operand(),))
        return self._path()

    def _path(self) -> Expression:
        start, absolute = self._primary(), self.next in ("/", "//")
        steps: list[Step] = []
        if start is not None:
            if predicates := self._predicates():
                steps.append(Step("self", "node()", predicates))
        elif not absolute:
            steps.append(self._step())
        elif self._tokens[self._at + 1][0][:1] in "|)],+-=!<>":  # the document alone
            raise ValueError("a path without steps")
        while self.next in ("/", "//"):
            if self.take() == "//":
                steps.append(Step("descendant-or-self", "node()", place=NOWHERE))
            steps.append(self._step())
        return Path(tuple(steps), start, absolute=absolute and start is None)

    def _primary(self) -> Expression | None:
        token, following = self.next, self._tokens[self._at + 1][0]
        if token == "(":
            self.take()
            inner = self.expression()
            self.take(")")
            return inner
        if token[:1] in "\"'" or token[:1].isdigit() or (token[:1] == "." and token[1:].isdigit()):
            self.take()
            return Call()
        if following == "(" and token not in _NODES and token[:1] not in "@*":
            return self._call()
        return None

    def _call(self) -> Call:
        name, parts = self.take(), []
        self.take("(")
        while self.next != ")":
            parts.append(self.expression())
            if self.next != ")":
                self.take(",")
        self.take(")")
        return Call(name, tuple(parts))

    def _step(self) -> Step:
        place = self._tokens[self._at][1]
        token, axis = self.take(), "child"
        if token in (".", ".."):
            return Step("self" if token == "." else "parent", "node()", place=place)
        if token == "@":
            axis, token = "attribute", self.take()
        elif self.next == "::":
            axis = token
            self.take()
            token = self.take()
        if token != "*" and not (token[:1].isalpha() or token[:1] == "_"):
            raise ValueError(f"{token!r} is no name")
        if self.next == "(":
            if token not in _NODES:
                raise ValueError(f"{token!r} is no sort of node")
            self.take()
            if self.next != ")":
                self.take()
            self.take(")")
            token += "()"
        return Step(axis, token, self._predicates(), place)

    def _predicates(self) -> tuple[Expression, ...]:
        found = []
        while self.next == "[":
            self.take()
            found.append(self.expression())
            self.take("]")
        return tuple(found)
