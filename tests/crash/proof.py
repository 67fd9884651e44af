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


def split_commits(shop: Shop, kind: str, first: str, step: int = 1) -> Iterator[tuple[Case, list[str]]]:
    """Crash a writer that commits rows and state in two steps; some points must fail."""
    sweep = Sweep(shop, kind, Forked(sabotage=True), name=f"{kind}-split-{first}")
    sweep.always = {"CRASH_SPLIT": first}
    try:
        for point in sweep.count(1, "before")[::step]:
            case = Case(sink=kind, how="before", point=point)
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
