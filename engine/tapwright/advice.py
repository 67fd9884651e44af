"""A run's profile as people read it: the shares of each table's time, and what would make it faster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tapwright.plan import Plan, TablePlan
from tapwright.profile import Profile, Spent, Stage
from tapwright.progress import Summary, TableCount
from tapwright.spec import rates

STAGES: Mapping[Stage, str] = {
    "provider": "waiting for the provider",
    "rate": "keeping to the rate limit",
    "again": "waiting to ask again",
    "parsing": "parsing answers",
    "extracting": "extracting and typing",
    "rest": "requests and pages",
    "writing": "writing",
    "committing": "committing",
}
MOST_WORKERS = 64
BUSY = 0.8
"""The part of the time that one processor worked, above which more workers do not help."""
WORTH = 0.1
"""The part of the run's time that a table must take to be worth advice."""
_FEW_PAGES = 5
_FEW_COMMITS = 3


@dataclass(frozen=True, kw_only=True)
class TableProfile:
    """Where the time of a table went."""

    count: TableCount
    spent: Mapping[Stage, Spent]
    advice: tuple[str, ...] = ()
    """What would help; empty if nothing stands out."""

    @property
    def seconds(self) -> float:
        """The seconds of all stages, and so of all workers, together."""
        return sum(one.seconds for one in self.spent.values())

    def share(self, *stages: Stage) -> float:
        """The part of them that some stages took."""
        taken = sum(self.spent[stage].seconds for stage in stages if stage in self.spent)
        return taken / self.seconds if self.seconds else 0.0


@dataclass(frozen=True, kw_only=True)
class RunProfile:
    """Where the time of a run went."""

    whole: Spent
    workers: int
    tables: tuple[TableProfile, ...] = ()

    @property
    def busy(self) -> float:
        """The part of the time that processors worked."""
        return self.whole.cpu / self.whole.seconds if self.whole.seconds else 0.0


def profiled(profile: Profile, summary: Summary, plan: Plan, workers: int) -> RunProfile:
    """Put a run's profile together."""
    run = RunProfile(whole=profile.whole, workers=workers)
    counts = {count.table: count for count in summary.tables}
    tables = [
        TableProfile(count=counts.get(name) or TableCount(table=name, stream=name), spent=spent)
        for name, spent in profile.tables.items()
    ]
    plans = {table.table: table for table in plan.tables}
    worth = WORTH * sum(table.seconds for table in tables)
    advised = (
        replace(one, advice=tuple(_advice(one, plans[one.count.table], plan, run)))
        if one.count.table in plans and one.seconds >= worth
        else one
        for one in tables
    )
    return replace(run, tables=tuple(advised))


def as_lines(run: RunProfile) -> Iterator[str]:
    """Say it to a person."""
    together = f"; seconds of {run.workers} workers together" if run.workers > 1 else ""
    yield f"where the time went: {run.whole.seconds:.1f} s, a processor worked for {run.busy:.0%} of it{together}"
    for table in run.tables:
        requests = table.spent.get("provider", Spent()).times
        name = f"{table.count.table} ({requests:,} request{'s' if requests != 1 else ''})"
        yield f"  {name:<36}{'seconds':>9}{'share':>7}{'CPU':>9}"
        for stage, called in STAGES.items():
            if one := table.spent.get(stage):
                yield f"    {called:<34}{one.seconds:>9.2f}{table.share(stage):>7.0%}{one.cpu:>9.2f}"
        yield from (f"    → {line}" for line in table.advice)
    if not any(table.advice for table in run.tables):
        yield "  nothing stands out"


def as_json(run: RunProfile) -> dict[str, Any]:
    """Say it to a machine."""
    return {
        "seconds": round(run.whole.seconds, 3),
        "cpu": round(run.whole.cpu, 3),
        "workers": run.workers,
        "tables": [
            {
                "table": table.count.table,
                "spent": {
                    stage: {"seconds": round(one.seconds, 3), "cpu": round(one.cpu, 3), "times": one.times}
                    for stage, one in table.spent.items()
                },
                "advice": list(table.advice),
            }
            for table in run.tables
        ],
    }


def _advice(table: TableProfile, planned: TablePlan, plan: Plan, run: RunProfile) -> Iterator[str]:
    busy = run.busy >= BUSY
    if table.share("rate") >= 0.3:
        yield _slower(planned, plan)
    elif table.share("again") >= 0.2:
        yield "The provider was asked again, and waited for; the notes of the run say why."
    elif table.share("provider") >= 0.5 and not busy:
        yield from _waiting(table, planned, plan, run)
    if table.share("writing", "committing") >= 0.4:
        yield _writing(table)
    elif busy:
        yield from _working(table)


def _slower(planned: TablePlan, plan: Plan) -> str:
    every = (*rates(planned.stream.rate), *rates(plan.spec.api.rate))
    said = " and ".join(f"{rate.requests} requests in {rate.per}" for rate in every) or "asked for by the provider"
    return f"The rate limit holds it back ({said}): more workers would not help; fewer requests would: larger pages."


def _waiting(table: TableProfile, planned: TablePlan, plan: Plan, run: RunProfile) -> Iterator[str]:
    count = table.count
    most = planned.stream.concurrency or plan.spec.api.concurrency
    together = min(run.workers, most or run.workers)
    if most and count.slices > most and most < run.workers:
        yield f"The spec lets {most} of its {count.slices:,} slices be read side by side: 'concurrency'."
    elif count.slices > together:
        better = min(MOST_WORKERS, count.slices, 4 * together)
        yield f"More workers: {together} of its {count.slices:,} slices were read side by side; try --workers {better}."
    elif count.pages >= _FEW_PAGES * max(1, count.slices):
        records, spent = count.rows / count.pages, table.spent["provider"]
        wait = spent.seconds / spent.times * 1000
        yield f"A larger page: {count.pages:,} pages of {records:,.0f} records, each waited for {wait:,.0f} ms."
        yield "Or slices (a 'window', a 'for_each'): they are read side by side, pages one after the other."


def _writing(table: TableProfile) -> str:
    commits = table.spent.get("committing", Spent())
    if table.share("committing") >= 0.2 and commits.times > _FEW_COMMITS:
        return f"Fewer commits than {commits.times:,}: a larger --checkpoint-rows or --checkpoint-seconds."
    return "Most of it is writing: fewer columns ('select'), or another place to write to."


def _working(table: TableProfile) -> Iterator[str]:
    if table.share("extracting") >= 0.3:
        yield "Most of it is typing, on one processor: take fewer fields ('select'); more workers would not help."
    elif table.share("parsing") >= 0.4:
        yield "Most of it is parsing, on one processor: ask the provider for less of each record, if it lets you."
