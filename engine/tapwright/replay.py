"""Play a cassette as a check of its spec: the requests that are made, the answers' verdicts, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tapwright.batch import Batch
from tapwright.cassette import STAND_IN, Recorded, ReplayClock, load_recorded, playing
from tapwright.condition import Rule
from tapwright.difference import Difference
from tapwright.errors import TapwrightError
from tapwright.expected import Expected, outcome
from tapwright.judge import Verdict
from tapwright.plan import TablePlan, make_plan
from tapwright.player import Player
from tapwright.provider import Means, Provider
from tapwright.spec import Spec
from tapwright.state import TableState, load_state
from tapwright.transport import Transport
from tapwright.use import Use


@dataclass(frozen=True, kw_only=True)
class Played:
    """What became of a cassette."""

    spec: Spec
    recorded: Recorded
    came: Expected
    differences: tuple[Difference, ...]
    """What is not as it was recorded; nothing when all is well."""
    changed: Mapping[int, Any]
    """The requests that were not the recorded ones, by place."""
    unplayed: tuple[int, ...]
    """The places of the recordings that were never asked for."""
    streams: frozenset[str]
    """The streams that were read, parents among them."""
    met: tuple[Rule, ...]
    """The rules of the spec that an answer met."""


def play(spec: Spec, path: Path) -> Played:
    """Play a cassette; raises TapwrightError if it cannot even begin."""
    recorded, heard, verdicts = load_recorded(path), list[Any](), list[tuple[TablePlan, Verdict]]()

    def judged(table: TablePlan, verdict: Verdict) -> None:
        verdicts.append((table, verdict))

    use = Use(stream=recorded.stream, options=dict(recorded.options))
    plan = make_plan(spec, recorded.config, {recorded.stream: use}, recorded.now)
    with playing([path], heard=heard) as cassette:
        player = Player(cassette, heard, Transport())
        provider = Provider(plan, Means(clock=ReplayClock(recorded.now), transport=player, judged=judged))
        came, _ = read_all(provider, recorded.limit, recorded.state)
        requests = tuple(player.differences())
        changed, unplayed = player.changed(), player.unplayed()
    results = tuple(recorded.expected.differences(came, plan.tables[0].primary_key))
    return Played(
        spec=spec,
        recorded=recorded,
        came=came,
        differences=(*results, *requests) if came.error else (*requests, *results),  # what else differs comes of it
        changed=changed,
        unplayed=unplayed,
        streams=frozenset(table.name for table, _ in verdicts),
        met=tuple(verdict.rule for _, verdict in verdicts if verdict.rule is not None),
    )


def read_all(
    provider: Provider, limit: int | None, state: Mapping[str, Any] | None = None
) -> tuple[Expected, TapwrightError | None]:
    """Read the one table of a provider since what its state says, until there are enough records, or to its error."""
    try:
        return outcome(list(_batches(provider, limit, state)), limit), None
    except TapwrightError as error:
        return Expected(error=provider.mask.hide(error.message, STAND_IN)), error


def _batches(provider: Provider, limit: int | None, state: Mapping[str, Any] | None) -> Iterator[Batch]:
    count, table = 0, provider.plan.tables[0]
    kept = TableState() if state is None else load_state(dict(state), provider.plan.spec, table)
    for _, event in provider.read(table, lambda values: kept.since(values, table.stream.incremental)):
        if isinstance(event, Batch):
            yield event
            count += len(event)
        if limit is not None and count >= limit:
            return
