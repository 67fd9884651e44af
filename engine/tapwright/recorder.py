"""Record a stream's cassette: read it for real, take the secrets out, and see that it plays as it was read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from tapwright.cassette import STAND_IN, Recorded, cassette_text, interaction, recording, stood_in, write_whole
from tapwright.clock import Clock
from tapwright.difference import Difference
from tapwright.errors import TapwrightError, TargetError
from tapwright.expected import Expected
from tapwright.judge import Verdict
from tapwright.load import check_config, check_options
from tapwright.plan import Plan, TablePlan, make_plan, templates_of
from tapwright.provider import Means, Provider
from tapwright.replay import Played, play, read_all
from tapwright.scrub import Scrub
from tapwright.spec import Spec
from tapwright.tidy import tidied
from tapwright.trim import trimmed
from tapwright.use import Use


@dataclass(frozen=True, kw_only=True)
class Recording:
    """A cassette that was made."""

    path: Path
    expected: Expected
    key: tuple[str, ...]
    """What tells one record from another."""
    requests: int
    size: int
    """Its bytes."""
    trimmed: int = 0
    """How many of its bodies were cut."""
    unfaithful: tuple[Difference, ...] = ()
    """What comes otherwise when it is played; nothing when all is well."""


@dataclass(frozen=True, kw_only=True)
class _Taken:
    """What a run left behind."""

    plan: Plan
    interactions: Sequence[Mapping[str, Any]]
    read_by: Mapping[int, TablePlan]
    """Which table each answer was for, by its place; those about credentials are for none."""
    scrub: Scrub
    recorded: Recorded
    expected: Expected


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
    failing: bool | None = None,
    state: Mapping[str, Any] | None = None,
) -> Recording:
    """Read a stream for real and write its cassette.

    `failing` says whether a run that fails is wanted, and no other; without it, either is.
    `state` is what a run before it remembered, for a second one that brings only what is new.

    `via` is the address of a host that stands in for the provider's; the cassette names the provider's own.
    """
    check_config(spec, config)
    use = Use(stream=stream, options=dict(options))
    check_options(spec, use, stream)
    if via and "base_url" not in spec.config:
        raise TargetError(
            f"spec '{spec.name}' has no config 'base_url', so no other host can stand in for the provider's",
            'Give it one, and write `url: "{{ config.base_url }}"` under `api`.',
        )
    plan = make_plan(spec, {**config, "base_url": via} if via else dict(config), {stream: use}, now)
    said = Recorded(path=path, stream=stream, now=now, options=options, limit=limit, state=state)
    return _written(_taken(plan, config, said, _addresses(spec, config, via, now), failing))


def _taken(
    plan: Plan, config: Mapping[str, Any], said: Recorded, addresses: list[tuple[str, str]], failing: bool | None
) -> _Taken:
    read_by: dict[int, TablePlan] = {}
    with recording() as cassette:

        def judged(table: TablePlan, verdict: Verdict) -> None:
            read_by[len(cassette) - 1] = table

        provider = Provider(plan, Means(clock=_ClockAt(plan.now), judged=judged))
        expected, error = read_all(provider, said.limit, said.state)
    _refuse(error, failing, bool(len(cassette)))
    named = repr(plan.spec).lower()
    pairs = zip(cassette.requests, cassette.responses, strict=True)
    secrets = {name for name, option in plan.spec.config.items() if option.writeOnly}
    public = {name: stood_in(value) if name in secrets else value for name, value in config.items()}
    return _Taken(
        plan=plan,
        interactions=[interaction(request, response, named) for request, response in pairs],
        read_by=read_by,
        scrub=Scrub(provider.mask, STAND_IN, addresses),
        recorded=replace(said, config=public),
        expected=expected,
    )


def _refuse(error: TapwrightError | None, failing: bool | None, answered: bool) -> None:
    if error is None and failing:
        raise TargetError("the run did not fail, so nothing was recorded", "Record it without --failing.")
    if error is not None and (failing is False or not answered):
        remedy = "Nothing was recorded" + ("; --failing records a run that fails." if answered else ".")
        error.hint = f"{error.hint}\n{remedy}" if error.hint else remedy
        raise error


def _written(taken: _Taken) -> Recording:
    """Write the shortest and tidiest form of a recording that still plays as it was read."""
    for place, each in enumerate(taken.interactions):
        taken.scrub.learn(each, credentials=place not in taken.read_by)
    wanted = replace(taken.recorded, expected=Expected(**taken.scrub.value(taken.expected.words)))
    path = wanted.path
    with TemporaryDirectory() as folder:
        aside = replace(wanted, path=Path(folder, path.name))
        for trim, tidy in ((True, True), (False, True), (False, False)):
            interactions = list(_finished(taken, trim=trim, tidy=tidy))
            played = _played(taken, aside, interactions)
            if trim and played.unplayed:  # a page that is cut short may be taken for the last
                interactions = [each for place, each in enumerate(interactions) if place not in played.unplayed]
                played = _played(taken, aside, interactions)
            if played.came.error and wanted.expected.error:  # its text may have been cut elsewhere
                wanted, aside = (replace(each, expected=played.came) for each in (wanted, aside))
                played = _played(taken, aside, interactions)
            if not played.differences:
                break
    text = cassette_text(_public(wanted, taken.scrub), interactions)
    write_whole(path, text)
    return Recording(
        path=path,
        expected=wanted.expected,
        key=taken.plan.tables[0].primary_key,
        requests=len(interactions),
        size=len(text.encode()),
        trimmed=sum("trimmed" in each for each in interactions),
        unfaithful=played.differences,
    )


def _played(taken: _Taken, recorded: Recorded, interactions: list[dict[str, Any]]) -> Played:
    recorded.path.write_text(cassette_text(_public(recorded, taken.scrub), interactions), encoding="utf-8")
    return play(taken.plan.spec, recorded.path)


def _public(recorded: Recorded, scrub: Scrub) -> Recorded:
    public = {name: scrub.value(getattr(recorded, name)) for name in ("config", "options", "state")}
    return replace(recorded, **public)


def _finished(taken: _Taken, *, trim: bool, tidy: bool) -> Iterator[dict[str, Any]]:
    """Give the interactions as they are written: without secrets, laid out, cut short."""
    for place, each in enumerate(taken.interactions):
        done = taken.scrub.interaction(each, credentials=place not in taken.read_by)
        body, table, cut = done["response"]["body"]["string"], taken.read_by.get(place), None
        if tidy:
            body = tidied(body)
        if trim and table is not None and taken.recorded.limit and isinstance(body, str):
            cut = trimmed(table.decode, body, taken.recorded.limit)
        response = _with_body(done["response"], cut[0] if cut else body)
        said = {"trimmed": f"{taken.recorded.limit} of {cut[1]:,} records"} if cut else {}
        yield {"request": done["request"], "response": response, **said}


def _with_body(response: Mapping[str, Any], body: str | bytes | None) -> dict[str, Any]:
    """Give the answer this body, and say the length that it has now; one sent in chunks is kept whole."""
    measures = ("content-length", "transfer-encoding")
    kept = {name: value for name, value in response["headers"].items() if name.lower() not in measures}
    if len(kept) < len(response["headers"]):
        length = len(body.encode() if isinstance(body, str) else body or b"")
        kept = {"Content-Length": [str(length)], **kept}
    return {**response, "headers": kept, "body": {"string": body}}


def _addresses(spec: Spec, config: Mapping[str, Any], via: str | None, now: datetime) -> list[tuple[str, str]]:
    """What stood in for which address, the longest first."""
    if via is None:
        return []
    templates = templates_of(spec)
    stood, real = (
        urlsplit(str(templates.render(spec.api.url, make_plan(spec, given, {}, now).scope())).rstrip("/"))
        for given in ({**config, "base_url": via}, config)
    )
    ending = _common_ending(stood.path, real.path)
    origins = f"{stood.scheme}://{stood.netloc}", f"{real.scheme}://{real.netloc}"
    whole = origins[0] + stood.path.removesuffix(ending), origins[1] + real.path.removesuffix(ending)
    return [whole, origins, (stood.netloc, real.netloc)]


def _common_ending(one: str, other: str) -> str:
    """The last steps that two paths have in common."""
    pairs = zip(reversed(one.split("/")), reversed(other.split("/")), strict=False)
    same = [step for step, _ in takewhile(lambda pair: pair[0] == pair[1], pairs)]
    return "".join(f"/{step}" for step in reversed(same) if step)
