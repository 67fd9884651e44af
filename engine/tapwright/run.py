"""A plan carried out: every table's records into a sink, counted, one table's failure not stopping the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from tapwright.batch import Batch
from tapwright.errors import TapwrightError
from tapwright.plan import TablePlan
from tapwright.provider import Provider
from tapwright.read import PageEnd, Skipped
from tapwright.sinks.kind import Writer


@dataclass(kw_only=True)
class TableCount:
    """How far a table is."""

    table: str
    stream: str
    rows: int = 0
    pages: int = 0
    size: int = 0
    """Bytes of the answers' bodies, unpacked."""
    slices: int = 0
    skipped: list[str] = field(default_factory=list)
    """The reasons of the slices that a rule skipped."""
    seconds: float = 0.0
    status: str = "waiting"
    """waiting, reading, done, limited or failed."""
    error: TapwrightError | None = None


Tell: TypeAlias = Callable[[TableCount], None]


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What a run did."""

    tables: tuple[TableCount, ...]

    @property
    def failed(self) -> bool:
        """Whether any table failed."""
        return any(table.error for table in self.tables)


def run(
    provider: Provider,
    writer: Writer,
    *,
    limit: int | None = None,
    tell: Tell = lambda count: None,
    seconds: Callable[[], float] = lambda: 0.0,
) -> Summary:
    """Read every table of the provider's plan into an opened writer; each is committed when it is complete."""
    counts = [TableCount(table=table.table, stream=table.name) for table in provider.plan.tables]
    for table, count in zip(provider.plan.tables, counts, strict=True):
        began = seconds()
        count.status = "reading"
        tell(count)
        try:
            _table(provider, writer, table, count, limit, tell)
        except TapwrightError as error:
            writer.rollback()
            count.rows, count.status, count.error = 0, "failed", error
        count.seconds = seconds() - began
        tell(count)
    return Summary(tables=tuple(counts))


def _table(
    provider: Provider, writer: Writer, table: TablePlan, count: TableCount, limit: int | None, tell: Tell
) -> None:
    writer.begin(table.as_table, table.mode)
    last = None
    for slice, event in provider.read(table):
        if slice is not last:
            count.slices, last = count.slices + 1, slice
        if isinstance(event, Batch):
            batch = event if limit is None else event.first(limit - count.rows)
            writer.write(table.table, batch)
            count.rows += len(batch)
        elif isinstance(event, PageEnd):
            count.pages, count.size = count.pages + 1, count.size + event.size
        elif isinstance(event, Skipped):
            count.skipped.append(event.reason)
        tell(count)
        if limit is not None and count.rows >= limit:
            count.status = "limited"
            break
    writer.finish(table.table)
    writer.commit()
    if count.status == "reading":
        count.status = "done"
