"""A sink in memory that keeps the promises of a real one, and what a run needs beside it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from tapwright.batch import Batch, Table
from tapwright.clock import Clock
from tapwright.interrupt import Interrupt
from tapwright.load import check_config, check_options, load_spec
from tapwright.plan import make_plan
from tapwright.progress import Summary
from tapwright.provider import Means, Provider
from tapwright.request import Request, Response
from tapwright.run import Pacing, Run
from tapwright.spec import Spec
from tapwright.use import Use
from tapwright.writer import Mode

Rows = list[dict[str, Any]]
NOW = datetime(2026, 3, 15, tzinfo=UTC)


class Killed(BaseException):
    """The process is no more."""


class FakeClock(Clock):
    """Begins at a moment, and goes on only when somebody waits."""

    def __init__(self, begin: datetime = NOW) -> None:
        self.begin, self.waited = begin, 0.0

    def now(self) -> datetime:
        return self.begin + timedelta(seconds=self.waited)

    def monotonic(self) -> float:
        return self.waited

    def sleep(self, seconds: float) -> None:
        self.waited += seconds


@dataclass
class Memory:
    """What outlives a run; opened again and again, it is a `Writer`."""

    tables: dict[str, Rows] = field(default_factory=dict)
    pending: dict[str, Rows] = field(default_factory=dict)
    kept: dict[str, Any] | None = None
    commits: list[dict[str, Any] | None] = field(default_factory=list)
    """The state of each commit."""
    _begun: dict[str, tuple[Table, Mode]] = field(default_factory=dict)
    _new: dict[str, Rows] = field(default_factory=dict)
    _finished: set[str] = field(default_factory=set)

    def __enter__(self) -> Self:
        self.rollback()
        return self

    def __exit__(self, *exc: object) -> None:
        self.rollback()

    def begin(self, table: Table, mode: Mode, *, resume: bool = False) -> None:
        if mode == "replace" and not resume:
            self.pending.pop(table.name, None)
        self._begun[table.name] = table, mode

    def holds(self, table: str) -> bool:
        return table in self.tables

    def unfinished(self, table: str) -> bool:
        return table in self.pending

    def write(self, table: str, batch: Batch) -> None:
        assert table in self._begun
        self._new.setdefault(table, []).extend(batch.records)

    def finish(self, table: str) -> None:
        self._finished.add(table)

    def commit(self, state: Mapping[str, Any] | None = None) -> None:
        for name, (table, mode) in self._begun.items():
            new = self._new.pop(name, [])
            if mode == "replace":
                self.pending[name] = self.pending.get(name, []) + new
                if name in self._finished:
                    self.tables[name] = self.pending.pop(name)
            else:
                rows = self.tables.get(name, []) + new
                self.tables[name] = _merged(rows, table.primary_key) if mode == "merge" else rows
        self._begun = {name: begun for name, begun in self._begun.items() if name not in self._finished}
        self._finished = set()
        if state is not None:
            self.kept = json.loads(json.dumps(state))
        self.commits.append(self.kept)

    def rollback(self) -> None:
        self._begun, self._new, self._finished = {}, {}, set()

    def state(self) -> dict[str, Any] | None:
        return self.kept


def _merged(rows: Rows, key: tuple[str, ...]) -> Rows:
    return list({tuple(str(row[name]) for name in key): row for row in rows}.values())


def spec_of(folder: Path, words: Mapping[str, Any]) -> Spec:
    """A spec from its parts."""
    path = folder / "example.yaml"
    path.write_text(json.dumps({"tapwright": 1, "name": "example", "title": "Example"} | words), encoding="utf-8")
    return load_spec(path)


def run(
    spec: Spec,
    memory: Memory,
    transport: Callable[[Request], Response] | None,
    *,
    uses: Mapping[str, Use] | None = None,
    config: Mapping[str, Any] | None = None,
    clock: Clock | None = None,
    told: Callable[[str], None] = lambda text: None,
    interrupt: Interrupt | None = None,
    **pacing: Any,
) -> Summary:
    """One run of every stream, or of the uses given."""
    clock = clock or FakeClock()
    uses = uses or {name: Use(stream=name) for name in spec.streams}
    check_config(spec, config or {})
    for table, use in uses.items():
        check_options(spec, use, table)
    plan = make_plan(spec, config or {}, uses, clock.now())
    provider = Provider(plan, Means(clock=clock, transport=transport), told)
    with memory:
        paced = Pacing(**{"workers": 1, "checkpoint_seconds": 0.0} | pacing)
        return Run(provider, memory, paced, seconds=clock.monotonic, interrupt=interrupt).carry_out()
