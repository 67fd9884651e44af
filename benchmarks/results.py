"""What contests gave: medians, ratios, and the targets that were met or missed."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from benchmarks.contest import Row
from benchmarks.jobs import Job, Target

OURS = "tapwright"
FLOOR = "floor"
Of = Literal["cpu", "wall", "memory"]
_UNITS = {"cpu": "s of CPU", "wall": "s", "memory": "MB"}
_CALLED = {"cpu": "", "wall": " in wall time", "memory": " in memory"}


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A target, and what came of it."""

    target: str
    found: str
    met: bool


def middle(row: Row, of: Of) -> float:
    """Give the median of a row's runs."""
    return float(statistics.median(getattr(run, of) for run in row.runs))


def ratio(row: Row, beside: Row, of: Of) -> float:
    """Give how many times as much a row takes: the median over the rounds, each with its own ratio."""
    pairs = zip(row.runs, beside.runs, strict=True)
    return float(statistics.median(getattr(one, of) / max(getattr(other, of), 1e-6) for one, other in pairs))


def find(rows: list[Row], contender: str, times: int = 1) -> Row | None:
    """Find the row of a contender that was measured."""
    return next((row for row in rows if (row.contender, row.times) == (contender, times) and row.runs), None)


def verdicts(job: Job, rows: list[Row]) -> list[Verdict]:
    """Judge tapwright by the targets of a job; those beside who was not measured are left out."""
    return [verdict for target in job.targets if (verdict := _verdict(job, target, rows))]


def _verdict(job: Job, target: Target, rows: list[Row]) -> Verdict | None:
    ours = find(rows, OURS, job.times[-1])
    if ours is None:
        return None
    if target.growth:
        sizes = [row for times in job.times if (row := find(rows, OURS, times))]
        return _at_most(target, max(middle(row, target.of) for row in sizes) / middle(sizes[0], target.of))
    if not target.beside:
        return _at_most(target, middle(ours, target.of))
    other = find(rows, target.beside)
    if other is None:
        return None
    if target.faster is not None:
        times = ratio(other, ours, target.of)
        wanted = f"at least {target.faster:g} times as fast as {target.beside}{_CALLED[target.of]}"
        return Verdict(target=wanted, found=f"{times:.1f}", met=times >= target.faster)
    return _at_most(target, ratio(ours, other, target.of))


def _at_most(target: Target, found: float) -> Verdict:
    assert target.at_most is not None
    if target.growth:
        most = (
            f"{target.at_most:g} times as much {'CPU' if target.of == 'cpu' else target.of} for up to 16 times the data"
        )
    elif target.beside:
        most = f"{target.at_most:g} times the {target.beside}{_CALLED[target.of]}"
    else:
        most = f"{target.at_most:g} {_UNITS[target.of]}"
    return Verdict(target=f"at most {most}", found=f"{found:.2f}", met=found <= target.at_most)


def as_json(job: Job, total: int, rows: list[Row], made: Mapping[str, Any]) -> dict[str, Any]:
    """Give a job's results as JSON; `made` says when and how they came about."""
    return {
        "job": job.name,
        "what": job.what,
        "total": total,
        **made,
        "rows": [_row(row, rows) for row in rows],
        "targets": [asdict(verdict) for verdict in verdicts(job, rows)],
    }


def _row(row: Row, rows: list[Row]) -> dict[str, Any]:
    told: dict[str, Any] = {"contender": row.contender, "times": row.times, "check": row.check}
    if not row.runs:
        return told
    told |= {of: round(middle(row, of), 3) for of in ("cpu", "wall", "memory")}
    told["requests"] = row.runs[-1].requests
    others = [other for other in rows if other is not row and other.times == row.times and other.runs]
    told["ratios"] = {other.contender: round(ratio(row, other, "cpu"), 3) for other in others}
    told["wall_ratios"] = {other.contender: round(ratio(row, other, "wall"), 3) for other in others}
    return told | {"runs": [{name: round(value, 3) for name, value in asdict(run).items()} for run in row.runs]}
