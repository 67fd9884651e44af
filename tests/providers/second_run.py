"""Record what a second run asks: one reads into memory first, and the cassette goes on from what it remembered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tapwright.cassette import ReplayClock
from tapwright.load import load_spec
from tapwright.plan import make_plan
from tapwright.provider import Means, Provider
from tapwright.recorder import record
from tapwright.run import Pacing, Run
from tapwright.spec import Spec
from tapwright.use import Use
from tests.memory import Memory

ROOT = Path(__file__).parents[2]
FIRST, SECOND = datetime(2026, 3, 9, 15, tzinfo=UTC), datetime(2026, 3, 12, 15, tzinfo=UTC)


def record_second_run(
    spec: str,
    stream: str,
    via: str,
    config: Mapping[str, Any],
    options: Mapping[str, Any] | None = None,
    meanwhile: Callable[[], None] = lambda: None,
) -> None:
    """Run once, let time pass, and record the run that follows; `meanwhile` is what happens at the provider."""
    words, path = load_spec(ROOT / "specs" / f"{spec}.yaml"), ROOT / "cassettes" / spec / f"{stream}.second_run.yaml"
    state = remembered(words, stream, {**config, "base_url": via}, options or {})
    meanwhile()
    given: dict[str, Any] = {"config": config, "options": options or {}, "state": state}
    made = record(words, path, stream=stream, now=SECOND, via=via, failing=False, **given)
    assert not made.unfaithful
    print(path.relative_to(ROOT), f"{made.expected.total} records, {made.requests} requests, {made.size:,} bytes")


def remembered(spec: Spec, stream: str, config: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """What a first run remembers of a stream."""
    plan = make_plan(spec, config, {stream: Use(options=dict(options))}, FIRST)
    with Memory() as memory:
        summary = Run(Provider(plan, Means(clock=ReplayClock(FIRST))), memory, Pacing(workers=1)).carry_out()
    assert summary.tables[0].error is None
    return dict((memory.kept or {})[stream])
