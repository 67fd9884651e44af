"""A spec or a connector as a dlt source: `pip install tapwright[dlt]`."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from queue import Full, Queue
from typing import Any, Self

from tapwright.batch import Batch, Column, DataType, Table
from tapwright.fronts.target import Target, load_target
from tapwright.interrupt import Interrupt
from tapwright.load import check_options
from tapwright.plan import Plan, TablePlan, make_plan, options_of, stream_of, templates_of
from tapwright.provider import Means, Provider
from tapwright.run import Pacing, Run
from tapwright.slices import windowing
from tapwright.spec import Spec
from tapwright.use import Use
from tapwright.writer import Mode

_TYPES: Mapping[str, Mapping[str, Any]] = {
    "string": {"data_type": "text"},
    "integer": {"data_type": "bigint"},
    "number": {"data_type": "double"},
    "decimal": {"data_type": "decimal", "precision": 38},
    "boolean": {"data_type": "bool"},
    "date": {"data_type": "date"},
    "datetime": {"data_type": "timestamp", "timezone": True},
    "local_datetime": {"data_type": "timestamp", "timezone": False},
    "object": {"data_type": "json"},
    "array": {"data_type": "json"},
    "json": {"data_type": "json"},
}
_KEPT = "tapwright"


def source(target: str | Path, config: Mapping[str, Any] | None = None, /, *streams: str, **options: Any) -> Any:
    """Make a dlt source of a spec or a connector, by name or path; raises SpecError or TargetError.

    >>> pipeline = dlt.pipeline("ads", destination="duckdb")
    >>> pipeline.run(source("rokt", config, "campaign_breakdown", groupby="creative"))

    Without streams it has every one that needs no options.  Options go to each stream that has them.
    """
    found = load_target(str(target))
    return source_of(found.spec, found.config(config or {}), _uses(found, streams, options))


def source_of(spec: Spec, config: Mapping[str, Any], uses: Mapping[str, Use], means: Means | None = None) -> Any:
    """Make a dlt source of these uses of a spec."""
    import dlt

    means = means or Means()
    plan = make_plan(spec, config, uses, means.clock.now())
    tables = [table if uses[table.table].mode else _read_on(plan, table) for table in plan.tables]
    resources = [dlt.resource(_batches, **_hints(table))(plan, table, means) for table in tables]
    return dlt.source(lambda: resources, name=spec.name, max_table_nesting=0)()


def _uses(target: Target, streams: tuple[str, ...], options: Mapping[str, Any]) -> dict[str, Use]:
    uses = {name: target.uses.get(name) or Use(stream=name) for name in streams} or dict(target.uses)
    for table, use in uses.items():
        known = options_of(target.spec, stream_of(target.spec, use.stream or table))
        mine = {name: value for name, value in options.items() if name in known or len(uses) == 1}
        uses[table] = Use(stream=use.stream or table, options={**use.options, **mine}, select=use.select, mode=use.mode)
        check_options(target.spec, uses[table], table)
    return uses


def _read_on(plan: Plan, table: TablePlan) -> TablePlan:
    """A table that has a cursor but no key is appended to, not replaced."""
    if table.mode != "replace" or windowing(plan, table, templates_of(plan.spec)) is None:
        return table
    return replace(table, mode="append")


def _hints(table: TablePlan) -> dict[str, Any]:
    required = {name for name, words in table.fields.items() if words.required or name in table.primary_key}
    return {
        "name": table.table,
        "write_disposition": table.mode,
        "primary_key": table.primary_key or None,
        "columns": {column.name: _column(column, nullable=column.name not in required) for column in table.columns},
    }


def _column(column: Column, *, nullable: bool) -> dict[str, Any]:
    said = {"description": " ".join(column.description.split())} if column.description else {}
    return {"name": column.name, **_type(column.type), "nullable": nullable, **said}


def _type(kind: DataType) -> dict[str, Any]:
    return {**_TYPES[kind.name], **({"scale": kind.scale} if kind.name == "decimal" else {})}


def _batches(plan: Plan, table: TablePlan, means: Means) -> Iterator[Any]:
    """A table's records; its state goes with them into dlt's package, and is kept if they are."""
    import dlt

    kept = dlt.current.resource_state()
    provider = Provider(Plan(spec=plan.spec, config=plan.config, now=plan.now, tables=(table,)), means)
    writer = _Pipe({table.table: kept[_KEPT]} if _KEPT in kept and table.mode != "replace" else {})
    told = {column.name for column in table.columns}
    for batch in writer.batches(provider):
        new = [Column(name=name, type=kind) for name, kind in batch.types.items() if name not in told]
        told |= {column.name for column in new}
        yield _described(batch.records, new) if new else batch.records
    if table.mode != "replace":
        kept[_KEPT] = writer.kept[table.table]


def _described(records: list[dict[str, Any]], columns: list[Column]) -> Any:
    """Records with columns that no field names: dlt is told their types, which it would guess."""
    import dlt

    hints = {column.name: _column(column, nullable=True) for column in columns}
    return dlt.mark.with_hints(records, dlt.mark.make_hints(columns=hints))


class _Pipe:
    """The sink that dlt draws from: a run in a thread of its own writes into it, a few batches ahead."""

    def __init__(self, kept: dict[str, Any]) -> None:
        self.kept = kept
        self._queue: Queue[Batch | None] = Queue(maxsize=4)
        self._closed = False

    def batches(self, provider: Provider) -> Iterator[Batch]:
        """Run, and give what is written; raises what the run fails with."""
        failures: list[BaseException] = []
        thread = threading.Thread(target=self._carry_out, args=(provider, failures), daemon=True)
        thread.start()
        try:
            while (batch := self._queue.get()) is not None:
                yield batch
        finally:  # dlt may have enough before the end
            self._closed = True
            thread.join()
        for failure in failures:
            raise failure

    def _carry_out(self, provider: Provider, failures: list[BaseException]) -> None:
        pacing = Pacing(checkpoint_rows=1 << 62, checkpoint_seconds=float("inf"))  # dlt keeps all or nothing
        try:
            summary = Run(provider, self, pacing, seconds=time.monotonic, interrupt=Interrupt()).carry_out()
            failures += [count.error for count in summary.tables if count.error]
        except BaseException as error:
            failures.append(error)
        finally:
            self._put(None)

    def _put(self, batch: Batch | None) -> None:
        while not self._closed:
            try:
                self._queue.put(batch, timeout=0.1)
            except Full:
                continue
            return

    # --- as the run sees it

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        """Nothing is held."""

    def begin(self, table: Table, mode: Mode, *, resume: bool = False) -> None:
        """Nothing is to be made ready."""

    def holds(self, table: str) -> bool:
        """Nobody here can tell."""
        return True

    def unfinished(self, table: str) -> bool:
        """Never: dlt drops what it did not get whole."""
        return False

    def write(self, table: str, batch: Batch) -> None:
        """Hand a batch over; stops the run when nobody wants it any more."""
        self._put(batch)
        if self._closed:
            raise KeyboardInterrupt

    def finish(self, table: str) -> None:
        """Nothing is left to do."""

    def commit(self, state: Mapping[str, Any] | None = None) -> None:
        """Remember the state."""
        self.kept = dict(state or {})

    def rollback(self) -> None:
        """A run that fails fails dlt's whole package."""

    def state(self) -> dict[str, Any]:
        """The state that dlt kept."""
        return self.kept
