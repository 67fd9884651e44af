"""Say what is wrong, and where: the values every step of the language reports with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Code = Literal[
    "syntax",
    "duplicate-key",
    "unknown-key",
    "missing-key",
    "not-allowed",
    "wrong-type",
    "one-of",
    "format",
    "limit",
    "value",
]


@dataclass(frozen=True, kw_only=True, order=True)
class Problem:
    """Name one fault of a file: its place, the fact, the way out."""

    # The order of these attributes is the order in which problems sort.
    file: str
    line: int
    column: int
    path: str
    message: str
    code: Code

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}: "
        return f"{where}{self.path}: {self.message}" if self.path else where + self.message


class Refused(Exception):
    """Stop because a file has problems; carry all of them, in file order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(sorted(problems))
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)
