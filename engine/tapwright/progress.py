"""How far a run is, table by table, and what it did in the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from tapwright.errors import TapwrightError


@dataclass(kw_only=True)
class TableCount:
    """How far a table is."""

    table: str
    stream: str
    rows: int = 0
    """Records handed to the sink and not taken back."""
    pages: int = 0
    expected: int | None = None
    """How many records there will be, as far as the answers say; None where they do not."""
    size: int = 0
    """Bytes of the answers' bodies, unpacked."""
    slices: int = 0
    skipped: list[str] = field(default_factory=list)
    """The reasons of the slices that a rule skipped."""
    seconds: float = 0.0
    status: str = "waiting"
    """waiting, reading, done, limited, interrupted or failed."""
    committed: int = 0
    """Records that are durable."""
    at: str = ""
    """Where it stopped, when it was interrupted: the slice, and the last page of it that was read."""
    error: TapwrightError | None = None


Tell: TypeAlias = Callable[[TableCount], None]


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What a run did."""

    tables: tuple[TableCount, ...]
    signal: int | None = None
    """The number of the signal that interrupted it."""

    @property
    def failed(self) -> bool:
        """Whether any table failed."""
        return any(table.error for table in self.tables)
