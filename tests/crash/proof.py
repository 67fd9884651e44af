"""Proof that the crash test sees: writers that are wrong on purpose must fail it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.crash.command import Forked
from tests.crash.power import LOSSES
from tests.crash.shop import Shop
from tests.crash.sweep import Case, Sweep

SPLITS = ("rows", "state")
"""Which half of a split commit comes first."""
SWAP = "swap"
"""Postgres alone: one transaction drops the old table, and the next gives the new one its name."""


def split_commits(shop: Shop, kind: str, split: str, step: int = 1) -> Iterator[tuple[Case, list[str]]]:
    """Crash a writer that does in two commits what belongs together; some points must fail."""
    edition = 2 if split == SWAP else 1  # the first finds no table to swap
    sweep = Sweep(shop, kind, Forked(sabotage=True), name=f"{kind}-split-{split}")
    sweep.always = {"CRASH_SPLIT": split}
    try:
        for point in sweep.count(edition, "before")[::step]:
            case = Case(sink=kind, how="before", point=point, edition=edition)
            yield case, sweep.run(case, follow=False)
    finally:
        sweep.close()


def unsynced(shop: Shop, kind: str, step: int = 1) -> Iterator[tuple[Case, list[str]]]:
    """Lose the power of a disk to which no sync was ever said; some points must fail."""
    sweep = Sweep(shop, kind, Forked(), name=f"{kind}-unsynced")
    try:
        sweep.points(1)
        _without_syncs(sweep.journal(1))
        for point in sweep.count(1, "before")[::step]:
            case = Case(sink=kind, how=LOSSES[1], point=point)
            yield case, sweep.run(case)
    finally:
        sweep.close()


def _without_syncs(log: Path) -> None:
    lines = log.read_text().splitlines(keepends=True)
    log.write_text("".join(line.replace("\tfsync\t", "\tnothing\t") for line in lines))
