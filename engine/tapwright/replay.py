"""Record a stream's cassette, and play one again as a check of its spec."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tapwright.batch import Batch
from tapwright.cassette import STAND_IN, Recorded, ReplayClock, load_recorded, playing, recorded_only, recording, save
from tapwright.clock import Clock
from tapwright.errors import TapwrightError
from tapwright.load import check_config, check_options
from tapwright.option import with_defaults
from tapwright.plan import make_plan, templates_of
from tapwright.provider import Means, Provider
from tapwright.spec import Spec
from tapwright.transport import Transport
from tapwright.use import Use


class _ClockAt(Clock):
    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now


def record(
    spec: Spec,
    path: Path,
    *,
    stream: str,
    config: Mapping[str, Any],
    options: Mapping[str, Any],
    now: datetime,
    via: str | None = None,
    limit: int | None = None,
) -> Recorded:
    """Read a stream for real and write its cassette; a run that fails is a recording as good as any.

    `via` is the address of a host that stands in for the provider's; the cassette names the provider's own.
    """
    check_config(spec, config)
    use = Use(stream=stream, options=dict(options))
    check_options(spec, use, stream)
    asked = {**config, "base_url": via} if via else dict(config)
    plan = make_plan(spec, asked, {stream: use}, now)
    provider = Provider(plan, Means(clock=_ClockAt(now)))
    with recording() as cassette:
        records, error = _read(provider, limit)
    public = {name: STAND_IN if _secret(spec, name) and value else value for name, value in config.items()}
    recorded = Recorded(
        path=path, stream=stream, now=now, config=public, options=options, limit=limit, records=records, error=error
    )
    save(recorded, cassette, lambda text: provider.mask.hide(text, STAND_IN), _hosts(spec, config, via))
    return recorded


def replayed(spec: Spec, path: Path) -> list[str]:
    """Play a cassette; gives what differs from what was recorded, nothing when all is well."""
    recorded = load_recorded(path)
    use = Use(stream=recorded.stream, options=dict(recorded.options))
    plan = make_plan(spec, recorded.config, {recorded.stream: use}, recorded.now)
    provider = Provider(plan, Means(clock=ReplayClock(recorded.now), transport=recorded_only(Transport())))
    with playing([path]) as cassette:
        records, error = _read(provider, recorded.limit)
        unplayed = [request.uri for request in cassette.requests] if not cassette.all_played else []
        played = cassette.play_count
    return [*_differences(recorded, records, error), *_left(unplayed, played)]


def _read(provider: Provider, limit: int | None) -> tuple[list[dict[str, Any]] | None, str | None]:
    from msgspec import to_builtins

    records: list[dict[str, Any]] = []
    try:
        for _, event in provider.read(provider.plan.tables[0]):
            if isinstance(event, Batch):
                records += to_builtins(event.records)
            if limit is not None and len(records) >= limit:
                break
    except TapwrightError as error:
        return None, provider.mask.hide(error.message, STAND_IN)
    return records[:limit], None


def _differences(recorded: Recorded, records: list[dict[str, Any]] | None, error: str | None) -> list[str]:
    if (recorded.error or error) and recorded.error != error:
        return [f"expected the error: {recorded.error}", f"got the error:      {error}"]
    expected, got = recorded.records or [], records or []
    lines = [f"expected {len(expected)} records, got {len(got)}"] if len(expected) != len(got) else []
    for number, (one, other) in enumerate(zip(expected, got, strict=False), 1):
        for name in dict.fromkeys((*one, *other)):
            if one.get(name) != other.get(name) or (name in one) != (name in other):
                lines.append(f"record {number}, {name}: expected {one.get(name)!r}, got {other.get(name)!r}")
    return lines[:20]


def _left(unplayed: list[str], played: int) -> list[str]:
    return [f"not every recording was played: {played} of {len(unplayed)}"] if unplayed else []


def _hosts(spec: Spec, config: Mapping[str, Any], via: str | None) -> dict[str, str]:
    """What stood in for which origin."""
    if via is None:
        return {}
    plan = make_plan(spec, with_defaults(spec.config, config), {}, datetime.min)
    real = urlsplit(str(templates_of(spec).render(spec.api.url, plan.scope())))
    parts = urlsplit(via)
    return {f"{parts.scheme}://{parts.netloc}": f"{real.scheme}://{real.netloc}", parts.netloc: real.netloc}


def _secret(spec: Spec, name: str) -> bool:
    return name in spec.config and spec.config[name].writeOnly
