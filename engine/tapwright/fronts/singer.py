"""A tap: a plan read by a run, its events written as Singer's messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from tapwright.errors import TapwrightError
from tapwright.fronts.singer_batches import Batches
from tapwright.fronts.singer_catalog import SingerStream, streams_of
from tapwright.fronts.singer_config import Tap
from tapwright.fronts.singer_log import Log, Metrics
from tapwright.fronts.singer_messages import Outlet
from tapwright.fronts.singer_select import chosen
from tapwright.fronts.singer_state import StateBook
from tapwright.fronts.singer_writer import SingerWriter
from tapwright.interrupt import Interrupt
from tapwright.plan import Plan, make_plan
from tapwright.provider import Means, Provider
from tapwright.run import Pacing, Run


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a sync is asked for."""

    catalog: Any = None
    state: Any = None
    pacing: Pacing = Pacing()
    schemas_only: bool = False


def sync(tap: Tap, asked: Asked, log: Log, interrupt: Interrupt | None = None, means: Means | None = None) -> int:
    """Read what is asked for onto the standard output; gives the exit code."""
    means = means or Means()
    clock = means.clock
    plan = make_plan(tap.spec, tap.config, tap.uses, clock.now())
    streams = _selected(plan, asked, log)
    plan = replace(plan, tables=tuple(stream.table for stream in streams))
    provider = Provider(plan, means, log.info)
    known = log.hide
    log.hide = lambda text: known(provider.mask.hide(text))
    book = StateBook(asked.state, streams, plan.spec, log.warning)
    outlet = Outlet(clock.monotonic)
    activate = tap.activate and asked.pacing.limit is None
    began = clock.monotonic()
    batches = Batches(tap.batching, tap.name) if tap.batching and asked.pacing.limit is None else None
    writer = SingerWriter(streams, book, outlet, now=clock.now, warn=log.warning, activate=activate, batches=batches)
    with writer:
        if asked.schemas_only:
            writer.schemas()
            return 0
        metrics = Metrics(log, clock.monotonic)
        run = Run(provider, writer, asked.pacing, tell=metrics.told, seconds=clock.monotonic, interrupt=interrupt)
        summary = run.carry_out()
        if asked.pacing.limit is None:
            writer.end()
    log.metric("timer", "job_duration", round(clock.monotonic() - began, 3), {"status": _status(summary.failed)})
    for count in summary.tables:
        for reason in count.skipped:
            log.warning(f"stream '{count.table}': a part of it was passed over: {reason}")
        if count.error is not None:
            log.critical(f"stream '{count.table}' failed: {told(count.error)}")
    return 128 + summary.signal if summary.signal else 1 if summary.failed else 0


def told(error: TapwrightError) -> str:
    """An error in one line."""
    return " | ".join(line.strip() for line in str(error).splitlines() if line.strip())


def _status(failed: bool) -> str:
    return "failed" if failed else "succeeded"


def _selected(plan: Plan, asked: Asked, log: Log) -> Sequence[SingerStream]:
    streams = streams_of(plan)
    if asked.catalog is None:
        return streams
    return chosen(streams, asked.catalog, log.warning)
