"""Test specs: find what is to be tried, check it, and tell what the cassettes show."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from tapwright.checks import Check, Outcome, cassette_check, checks_of, tried
from tapwright.counted import counted
from tapwright.coverage import Coverage, coverage
from tapwright.difference import as_json, told
from tapwright.errors import TargetError
from tapwright.library import find, is_connector, own_specs


@dataclass(frozen=True, kw_only=True)
class Report:
    """What became of all checks."""

    outcomes: tuple[Outcome, ...]
    coverages: tuple[Coverage, ...]
    """What the cassettes show of each spec; of those only all of whose checks were made."""

    @property
    def failed(self) -> list[Outcome]:
        """The outcomes that are not well."""
        return [outcome for outcome in self.outcomes if not outcome.ok]

    @property
    def gaps(self) -> int:
        """How much no cassette shows."""
        return sum(len(each.gaps) for each in self.coverages)


def check_specs(
    words: Sequence[str], match: str = "", *, update: bool = False, heard: Callable[[Outcome], None] = lambda _: None
) -> Report:
    """Check specs, given by name or path, or those in ./specs; raises TargetError if there is nothing to check."""
    groups = [list(_checks(word)) for word in words or _all()]
    wanted = [check for group in groups for check in group if match.lower() in str(check).lower() or _stops(group)]
    if not wanted:
        raise TargetError(f"of {counted(sum(map(len, groups)), 'check')} none holds '{match}'")
    outcomes = []
    for check in wanted:
        outcome = tried(check, update=update)
        heard(outcome)
        outcomes.append(outcome)
    whole = [] if match else [list(some) for _, some in groupby(outcomes, key=lambda each: each.check.spec)]
    return Report(outcomes=tuple(outcomes), coverages=tuple(_coverages(whole)))


def covered(spec: Path) -> Coverage:
    """Play every cassette of a spec, and say what they show of it."""
    return coverage(spec, [tried(check) for check in checks_of(spec) if check.kind == "cassette"])


def lines_of(outcome: Outcome) -> Iterator[str]:
    """Write what is wrong in lines."""
    yield from map(str, outcome.problems)
    yield from told(outcome.differences)
    yield from outcome.error.splitlines()


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """Write an outcome for a machine."""
    check = outcome.check
    return {
        "spec": check.spec.stem,
        "kind": check.kind,
        "path": str(check.path),
        "name": check.name,
        "ok": outcome.ok,
        "accepted": outcome.accepted,
        "problems": [asdict(problem) for problem in outcome.problems],
        "differences": [as_json(each) for each in outcome.differences],
        "error": outcome.error or None,
    }


def report_json(report: Report) -> dict[str, Any]:
    """Write a report for a machine."""
    return {
        "ok": not report.failed,
        "checks": [outcome_json(outcome) for outcome in report.outcomes],
        "coverage": [asdict(each) for each in report.coverages],
    }


def _all() -> list[str]:
    paths = own_specs()
    if not paths:
        raise TargetError("there is no spec in ./specs", "Name one: `tapwright test NAME` or `tapwright test FILE`.")
    return [str(path) for path in paths]


def _checks(word: str) -> Iterator[Check]:
    path = find(word)
    if path.parent.parent.name == "cassettes":
        yield cassette_check(path)
    elif is_connector(path):
        raise TargetError(f"'{word}' is a connector", "Name the spec that it uses: specs are what is tested.")
    else:
        yield from checks_of(path)


def _stops(group: list[Check]) -> bool:
    """Whether a spec has problems, so that nothing but its lint can be checked."""
    return [check.kind for check in group] == ["lint"] and not tried(group[0]).ok


def _coverages(groups: list[list[Outcome]]) -> Iterator[Coverage]:
    for outcomes in groups:
        kinds = {outcome.check.kind for outcome in outcomes}
        if "lint" in kinds and not outcomes[0].problems:
            yield coverage(outcomes[0].check.spec, outcomes)
