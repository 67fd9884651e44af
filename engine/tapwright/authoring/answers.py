"""Where the answers come from that are looked at: the provider, its recordings, or a saved file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from tapwright.authoring.asked import Asking
from tapwright.authoring.plan import MadeUp
from tapwright.authoring.saved import Saved
from tapwright.clock import Clock
from tapwright.plan import Plan, make_plan
from tapwright.provider import transport_of
from tapwright.spec import Spec
from tapwright.use import Use


def from_provider(spec: Spec, config: Mapping[str, Any], uses: Mapping[str, Use]) -> Asking:
    """Ask the provider itself."""
    clock = Clock()
    return Asking(make_plan(spec, config, uses, clock.now()), transport_of(spec.api), clock=clock)


def from_saved(spec: Spec, config: Mapping[str, Any], uses: Mapping[str, Use], saved: Saved) -> Asking:
    """Take a saved answer for that to the first request; nobody is asked, not even for credentials."""
    plan: Plan = make_plan(spec, config, uses, Clock().now())
    plan = replace(plan, tables=tuple(replace(table, auths=()) for table in plan.tables))
    return Asking(plan, saved.transport, clock=Clock(), parents=MadeUp(plan).parents)


@contextmanager
def from_recordings(spec: Spec, config: Mapping[str, Any], uses: Mapping[str, Use]) -> Iterator[Asking]:
    """Let the spec's cassettes answer."""
    from tapwright.cassette import ReplayClock, recorded_only
    from tapwright.replaying import replay_of

    with replay_of(spec, config, uses) as replaying:
        plan = make_plan(spec, replaying.config, replaying.uses, replaying.now)
        yield Asking(plan, recorded_only(transport_of(spec.api)), clock=ReplayClock(replaying.now))
