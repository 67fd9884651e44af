"""Records that are msgspec Structs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress
from typing import Any

from tapwright.sealed import member, names, opened


@dataclass(frozen=True)
class Structs:
    """Records that are sealed; they become objects when someone asks."""

    sealed: list[Any]

    def __len__(self) -> int:
        return len(self.sealed)

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """The records as objects."""
        return opened(self.sealed)

    def rest(self, known: frozenset[str]) -> dict[str, list[Any]]:
        """The top-level keys that no field takes; their values are sealed."""
        return {name: member(self.sealed, name) for name in names(self.sealed) if name not in known}

    def kept(self, flags: Sequence[object]) -> Structs:
        """The records whose flag is true."""
        return Structs(list(compress(self.sealed, flags)))

    def record(self, index: int) -> dict[str, Any]:
        """One record, as an object."""
        record: dict[str, Any] = opened([self.sealed[index]])[0]
        return record
