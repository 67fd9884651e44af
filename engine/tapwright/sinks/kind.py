"""What every sink is: words that say where, and how to open it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from tapwright.writer import Writer


@dataclass(frozen=True, kw_only=True)
class Sink:
    """A sink kind: the words of `to:` in a connector; `from_text` reads the short form of `--to KIND:ARGUMENT`."""

    @classmethod
    def from_text(cls, argument: str) -> Self:
        """Make the sink from the text after the colon of `--to`; empty means its default place."""
        raise NotImplementedError

    def open(self) -> Writer:
        """Open it for writing; raises SinkError where that cannot be."""
        raise NotImplementedError

    def described(self) -> str:
        """Name the place, as a person would: `demo.duckdb`."""
        raise NotImplementedError
