"""What many slices cost: daily windows side by side, thousands of children, a state of 100,000 partitions.

    python -m benchmarks.slices                  # all three
    python -m benchmarks.slices --only windows

The windows are 365 days from a loopback server that takes 100 ms for each answer, read by one worker and by ten.
The children are read into DuckDB, along a cursor for each of them, with a commit after every 1,000; each commit writes
the bookmarks of all.
Exits 1 if ten workers are not eight times as fast, or if ten times as many children or partitions take more than
twenty times the processor's time, or more than twenty times the memory beyond what the program itself needs.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tests.memory import Memory, spec_of
from tests.providers.loopback import Answer, Call
from tests.providers.loopback import Provider as Server

from tapwright.batch import Table
from tapwright.body import Body
from tapwright.plan import make_plan
from tapwright.progress import Summary
from tapwright.provider import Means, Provider
from tapwright.request import Request, Response
from tapwright.run import Pacing, Run
from tapwright.sinks import sink_of
from tapwright.state import TableState
from tapwright.use import Use
from tapwright.writer import Writer

LATENCY_SECONDS = 0.1
NOW = datetime(2026, 1, 1, tzinfo=UTC)
WINDOWS = {
    "request": {"path": "/days", "params": {"day": "{{ slice.start | date }}"}},
    "fields": {"day": {"type": "date"}},
    "primary_key": ["day"],
    "incremental": {"cursor": "day", "start": "2025-01-01", "window": "1 day"},
}
CHILDREN = {
    "request": {"path": "/{{ slice.parent }}", "params": {"since": "{{ slice.start | date }}"}},
    "for_each": [{"parent": {"stream": "parents", "take": {"parent": "id"}}}],
    "fields": {"parent": {"type": "integer", "value": "{{ slice.parent }}"}, "at": {"type": "datetime"}},
    "primary_key": ["parent"],
    "incremental": {"cursor": "at", "start": "2025-01-01"},
}
PARENTS = {"request": {"path": "/parents"}, "fields": {"id": {"type": "integer"}}}


class Days(Server):
    """Takes its time for a day."""

    def __init__(self) -> None:
        super().__init__()
        self._server.request_queue_size = 64

    def answer(self, call: Call) -> Answer:
        time.sleep(LATENCY_SECONDS)
        body = json.dumps([{"day": call.param("day")}]).encode()
        return Answer(headers={"Content-Type": "application/json"}, body=body)


def carried_out(
    url: str, streams: Mapping[str, Any], stream: str, means: Means, writer: Writer, pacing: Pacing
) -> tuple[Summary, float]:
    """Read a stream; gives the seconds too."""
    spec = spec_of(Path(tempfile.mkdtemp()), {"api": {"url": url}, "streams": streams})
    provider = Provider(make_plan(spec, {}, {stream: Use()}, NOW), means)
    begin = time.perf_counter()
    with writer:
        summary = Run(provider, writer, pacing, seconds=time.monotonic).carry_out()
    assert not summary.failed, summary.tables[0].error
    return summary, time.perf_counter() - begin


def windows() -> bool:
    """365 days, by one worker and by ten."""
    took = {}
    with Days() as server:
        for workers in (1, 10):
            pacing = Pacing(workers=workers)
            summary, took[workers] = carried_out(server.url, {"days": WINDOWS}, "days", Means(), Memory(), pacing)
            assert summary.tables[0].rows == 365
            print(f"365 daily windows, {workers:2} workers: {took[workers]:5.1f} s")
    print(f"ten workers are {took[1] / took[10]:.1f} times as fast as one")
    return took[1] / took[10] >= 8


def children() -> bool:
    """2,000 and 20,000 children of one parent stream."""
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as apart:
        none, some, many = (apart.submit(family, count).result() for count in (1, 2_000, 20_000))
    for count, one in ((2_000, some), (20_000, many)):
        state = f"{one.state / count:.0f} bytes of state each"
        print(f"{count:6,} children: {one.cpu:5.1f} s of CPU, {one.memory - none.memory:5.1f} MB more, {state}")
    return many.cpu < 20 * some.cpu and many.memory - none.memory < 20 * max(1.0, some.memory - none.memory)


@dataclass(frozen=True)
class Family:
    """What some children cost."""

    cpu: float
    memory: float
    """The most that the process had, in MB."""
    state: int
    """Bytes."""


def family(count: int) -> Family:
    """Read so many children."""
    ids = json.dumps([{"id": number} for number in range(count)]).encode()
    child = json.dumps([{"at": "2025-12-01T00:00:00Z"}]).encode()

    def provider(request: Request) -> Response:
        body = Body.of(ids if request.url.endswith("/parents") else child)
        return Response(request=request, status=200, headers={"content-type": "application/json"}, body=body)

    streams, sink = {"parents": PARENTS, "children": CHILDREN}, sink_of(f"duckdb:{tempfile.mkdtemp()}/x.duckdb")
    means, pacing = Means(transport=provider), Pacing(workers=4, checkpoint_rows=1_000)
    begin = time.process_time()
    summary, _ = carried_out("https://api.test", streams, "children", means, sink.open(), pacing)
    cpu = time.process_time() - begin
    assert summary.tables[0].rows == count
    with sink.open() as writer:
        state = len(json.dumps(writer.state()))
    return Family(cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, state)


def partitions() -> bool:
    """The state of 10,000 and 100,000 partitions, and what a commit of it takes."""

    def measured(count: int) -> float:
        state = TableState(of={"spec": "example", "stream": "children"})
        for number in range(count):
            state.advance({"account_id": str(10**18 + number)}, "2026-03-08T00:00:00+00:00")
        kept = state.as_json()
        folder = tempfile.mkdtemp()
        took = {}
        for place in (f"duckdb:{folder}/x.duckdb", f"jsonl:{folder}/rows"):
            with sink_of(place).open() as writer:
                writer.begin(Table(name="children", columns=()), "append")
                took[place.partition(":")[0]] = _seconds(lambda: writer.commit({"children": state.as_json()}))
        size = len(json.dumps(kept))
        told = ", ".join(f"{name} {seconds * 1000:.0f} ms" for name, seconds in took.items())
        print(f"{count:7,} partitions: {size / 1e6:.1f} MB of state, {size / count:.0f} bytes each; a commit: {told}")
        return took["duckdb"]

    return measured(100_000) < 20 * measured(10_000)


def _seconds(do: Callable[[], Any], times: int = 5) -> float:
    """The processor's time for doing something once."""
    begin = time.process_time()
    for _ in range(times):
        do()
    return (time.process_time() - begin) / times


def main() -> int:
    """Measure; gives the exit code."""
    parts: dict[str, Callable[[], bool]] = {"windows": windows, "children": children, "partitions": partitions}
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--only", choices=parts, action="append")
    chosen = words.parse_args().only or list(parts)
    well = [parts[name]() for name in chosen]
    return 0 if all(well) else 1


if __name__ == "__main__":
    sys.exit(main())
