"""A whole run from recordings: the config, the moment and the answers that they hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tapwright.cassette import Recorded, load_recorded, playing, stood_in
from tapwright.errors import TargetError
from tapwright.library import cassettes
from tapwright.load import check_options
from tapwright.spec import Spec
from tapwright.use import Use

_MAKE = "Make some with `tapwright record`."


@dataclass(frozen=True, kw_only=True)
class Replaying:
    """What a run is given instead of what the user would give."""

    config: Mapping[str, Any]
    uses: Mapping[str, Use]
    now: datetime
    limit: int | None
    """After how many records the shortest of the recordings was cut, if one was."""


def shown(spec: Spec, uses: Mapping[str, Use]) -> dict[str, Use]:
    """Keep the uses of streams that have a recording; raises TargetError if there are none."""
    streams = {recording.stream for recording in _good(spec)}
    kept = {table: use for table, use in uses.items() if (use.stream or table) in streams}
    if not kept:
        raise TargetError(f"spec '{spec.name}' has no recording of {', '.join(uses)}", _MAKE)
    return kept


@contextmanager
def replay_of(spec: Spec, config: Mapping[str, Any], uses: Mapping[str, Use]) -> Iterator[Replaying]:
    """Serve a spec's recordings, and give what they were recorded with; raises TargetError if there are none."""
    good = _good(spec)
    with playing([recording.path for recording in good], once=False):
        yield Replaying(
            config=_config(spec, config, good),
            uses={table: _use(spec, table, use, good) for table, use in uses.items()},
            now=good[0].now,
            limit=_limit(uses, good),
        )


def _good(spec: Spec) -> list[Recorded]:
    """The recordings that a run can be made of; raises TargetError if there are none."""
    recorded = [load_recorded(path) for path in cassettes(spec.name)]
    if not recorded:
        raise TargetError(f"spec '{spec.name}' has no recordings", _MAKE)
    good = [recording for recording in recorded if recording.expected.error is None and recording.state is None]
    if not good:
        raise TargetError(f"spec '{spec.name}' has no recording of a run that began anew and ended well", _MAKE)
    return good


def _limit(uses: Mapping[str, Use], recorded: list[Recorded]) -> int | None:
    streams = {use.stream or table for table, use in uses.items()}
    limits = [recording.limit for recording in recorded if recording.stream in streams and recording.limit]
    return min(limits, default=None)


def _config(spec: Spec, given: Mapping[str, Any], recorded: list[Recorded]) -> dict[str, Any]:
    """The user's config, with stand-ins for secrets; what the user does not give is as it was recorded."""
    secrets = {
        name: stood_in(given[name]) for name, option in spec.config.items() if option.writeOnly and name in given
    }
    return {**recorded[0].config, **given, **secrets}


def _use(spec: Spec, table: str, use: Use, recorded: list[Recorded]) -> Use:
    """The use as it is, or with the options that its stream was recorded with, if the user gives none."""
    stream = use.stream or table
    first = next((recording for recording in recorded if recording.stream == stream), None)
    if use.options or first is None:
        check_options(spec, use, table)
        return use
    return replace(use, options=dict(first.options))
