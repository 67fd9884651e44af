"""Airbyte's `read`: the configured streams by one run, and the first look at columns that only records tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tapwright.batch import Batch, DataType
from tapwright.fronts.airbyte_catalog import Configured, chosen, is_open
from tapwright.fronts.airbyte_messages import Speaker
from tapwright.fronts.airbyte_writer import AirbyteWriter
from tapwright.interrupt import Interrupt
from tapwright.plan import Plan, templates_of
from tapwright.provider import Means, Provider
from tapwright.run import Run


def chosen_plan(plan: Plan, configured: Mapping[str, Configured]) -> Plan:
    """The plan as the catalog wants it."""
    templates = templates_of(plan.spec)
    return replace(plan, tables=tuple(chosen(plan, table, templates, configured[table.table]) for table in plan.tables))


def read_all(
    plan: Plan, states: Mapping[str, Any], speaker: Speaker, interrupt: Interrupt, means: Means | None = None
) -> int:
    """Read every table of a plan; gives the exit code."""
    means = means or Means()
    writer = AirbyteWriter(speaker, [table.table for table in plan.tables if table.mode != "replace"], states)
    provider = Provider(plan, means, speaker.note)
    speaker.hide = provider.mask.hide
    with writer:
        run = Run(provider, writer, tell=writer.tell, seconds=means.clock.monotonic, interrupt=interrupt)
        summary = run.carry_out()
        for count in summary.tables:
            writer.tell(count)  # of one whose state is refused nothing was said yet
    return 128 + summary.signal if summary.signal else int(summary.failed)


def columns_seen(plan: Plan, speaker: Speaker, means: Means | None = None) -> dict[str, Mapping[str, DataType]]:
    """The columns of the first records of tables whose fields do not tell them all."""
    provider = Provider(plan, means, speaker.note)
    speaker.hide = provider.mask.hide
    return {
        table.table: next((event.types for _, event in provider.read(table) if isinstance(event, Batch)), {})
        for table in plan.tables
        if is_open(table)
    }
