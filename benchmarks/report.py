"""Results as people read them: a table for the terminal, and the README's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.contenders import CONTENDERS

README = Path(__file__).with_name("README.md")
BEGIN = "<!-- Measured, down to the end mark: run `make bench` to measure again. -->"
END = "<!-- The end of what is measured. -->"
_HEAD = ("", "CPU s", "wall s", "peak MB", "requests", "× floor", "× tapwright", "output")


def table(told: Mapping[str, Any]) -> str:
    """Write a job's results for a terminal."""
    lines = [_HEAD, *_cells(told)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = [f"{told['job']}: {told['what']} ({told['total']:,})" if told["total"] else f"{told['job']}: {told['what']}"]
    for first, *others in lines:
        *middle, last = (cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))
        text.append("  ".join([first.ljust(widths[0]), *middle, last.strip()]).rstrip())
    return "\n".join([*text, *(f"  {line}" for line in _targets(told))])


def markdown(results: Mapping[str, Any]) -> str:
    """Write all results for the README."""
    targets = [target for job in results["jobs"] for target in job["targets"]]
    parts = [
        f"Measured on {results['machine']['kind']}.",
        "\n".join(["| contender | what it is | versions |", "|---|---|---|", *_contenders(results["versions"])]),
        f"{sum(target['met'] for target in targets)} of {len(targets)} targets are met.",
        "### At a glance\n\nThe CPU of each peer as a multiple of tapwright's, and tapwright's of the floor's.",
        "\n".join(_glance(results["jobs"])),
    ]
    return "\n\n".join([*parts, *map(_section, results["jobs"])])


def _contenders(versions: Mapping[str, Mapping[str, str]]) -> list[str]:
    told = {name: ", ".join(f"{package} {number}" for package, number in own.items()) for name, own in versions.items()}
    return [f"| {name} | {CONTENDERS[name].about} | {told[name]} |" for name in sorted(told)]


def _glance(jobs: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Write a line for each job that tapwright did."""
    peers = [name for name in CONTENDERS if name not in ("floor", "tapwright")]
    yield f"| | tapwright: CPU s | peak MB | × floor | {' | '.join(peers)} | targets |"
    yield f"|---|--:|--:|--:|{'--:|' * len(peers)}---|"
    for job in jobs:
        rows = {row["contender"]: row for row in job["rows"] if "cpu" in row}
        if ours := rows.get("tapwright"):
            digits = _digits(job)
            others = [rows[name]["ratios"].get("tapwright") if name in rows else None for name in ("floor", *peers)]
            floor, *beside = others
            cells = [
                f"[{job['job']}](#{job['job']})",
                f"{ours['cpu']:.{digits}f}",
                f"{ours['memory']:.0f}",
                f"{ours['ratios']['floor']:.2f}" if floor else "",
                *(f"{one:.1f}" if one else "" for one in beside),
                _met(job),
            ]
            yield f"| {' | '.join(cells)} |"


def _met(job: Mapping[str, Any]) -> str:
    met = sum(target["met"] for target in job["targets"])
    return f"{met} of {len(job['targets'])} met" if job["targets"] else ""


def _digits(job: Mapping[str, Any]) -> int:
    return 2 if job["total"] else 3


def _section(told: Mapping[str, Any]) -> str:
    head = f"### {told['job']}\n\n{told['what'][:1].upper()}{told['what'][1:]}."
    how = f"{told['total']:,} records, " if told["total"] else ""
    names = ",".join(dict.fromkeys(row["contender"] for row in told["rows"]))
    scale = f" --scale {told['scale']:g}" if told["scale"] != 1 else ""
    again = f"python -m benchmarks --jobs {told['job']} --contenders {names}{scale}"
    rows = [_HEAD, tuple("---" if n == 0 else "--:" for n in range(len(_HEAD))), *_cells(told)]
    grid = "\n".join(f"| {' | '.join(cells)} |" for cells in rows)
    targets = "\n".join(f"- {line}" for line in _targets(told))
    said = f"{how}median of {told['repeat']} runs on {told['made']}, load {told['load']:.1f} before; again: `{again}`"
    profile = "```text\n{}\n```".format("\n".join(told["profile"])) if told.get("profile") else ""
    return "\n\n".join(filter(None, [head, grid, targets, said[:1].upper() + said[1:], profile]))


def _cells(told: Mapping[str, Any]) -> list[tuple[str, ...]]:
    several = len({row["times"] for row in told["rows"]}) > 1
    return [_line(row, several, _digits(told)) for row in told["rows"]]


def _line(row: Mapping[str, Any], several: bool, digits: int) -> tuple[str, ...]:
    name = f"{row['contender']} ×{row['times']}" if several else row["contender"]
    if "cpu" not in row:
        return (name, *[""] * 6, " ".join(row["check"].split())[-300:].replace("|", "/"))
    floor = row["ratios"].get("floor", 1.0 if row["contender"] == "floor" else None)
    ours = row["ratios"].get("tapwright")
    return (
        name,
        f"{row['cpu']:.{digits}f}",
        f"{row['wall']:.{digits}f}",
        f"{row['memory']:.0f}",
        f"{row['requests']:,}",
        "" if floor is None else f"{floor:.2f}",
        "" if ours is None else f"{ours:.1f}",
        row["check"],
    )


def _targets(told: Mapping[str, Any]) -> list[str]:
    return [f"{'met' if t['met'] else 'missed'}: {t['target']}: {t['found']}" for t in told["targets"]]


def put_into(text: str, readme: str) -> str:
    """Put the measured part into the README's text."""
    found = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.S)
    assert found.search(readme), "the README has lost its marks"
    return found.sub(lambda _: f"{BEGIN}\n\n{text}\n\n{END}", readme)
