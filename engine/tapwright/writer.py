"""What a run writes into: an opened sink, or a protocol that speaks to another program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Protocol, Self, TypeAlias

from tapwright.batch import Batch, Table

Mode: TypeAlias = Literal["append", "merge", "replace"]


class Writer(Protocol):
    """An opened sink.  One thread uses it.

    Nothing written is visible to a reader before `commit`; everything since the last commit becomes visible at once,
    with the state given to it.  Leaving `with` without commit loses what was not committed, and nothing else.
    """

    def __enter__(self) -> Self: ...
    def __exit__(self, *exc: object) -> None: ...

    def begin(self, table: Table, mode: Mode, *, resume: bool = False) -> None:
        """Make a table ready.  `replace`: what the table held is gone with the commit that follows `finish`.

        With `resume`, a replace goes on with the rows that an unfinished one has committed.
        """

    def holds(self, table: str) -> bool:
        """Whether the table that earlier runs wrote is there; True where that cannot be known."""

    def unfinished(self, table: str) -> bool:
        """Whether rows are kept of a `replace` of this table that was never finished."""

    def write(self, table: str, batch: Batch) -> None:
        """Take a batch; columns not seen before are added, and wider types widen the column."""

    def finish(self, table: str) -> None:
        """Say that the table's last batch of this run was written (a `replace` takes effect at the next commit)."""

    def commit(self, state: Mapping[str, Any] | None = None) -> None:
        """Make everything written so far, and the state, durable and visible in one step."""

    def rollback(self) -> None:
        """Drop everything since the last commit, also after an error; every table must begin again."""

    def state(self) -> dict[str, Any] | None:
        """The state that the last commit left here; None if there was none."""
