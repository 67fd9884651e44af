"""A provider ready to be asked: a plan, and everything that its requests share."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from tapwright.auth.kind import Auth
from tapwright.batch import Batch
from tapwright.clock import Clock
from tapwright.errors import HostError, TapwrightError, during
from tapwright.expression import compile_jmespath
from tapwright.fetch import Judged
from tapwright.hosts import Hosts
from tapwright.mask import Mask
from tapwright.option import secrets_of
from tapwright.pace import LONGEST_SLOW_SECONDS, Pace
from tapwright.partition.parent import Parent
from tapwright.plan import Plan, TablePlan, options_of, table_plan, templates_of
from tapwright.profile import Watch
from tapwright.read import Event, Reader
from tapwright.rendered import rendered
from tapwright.request import Request, Response
from tapwright.send import Sender
from tapwright.slices import Since, Slice, slices
from tapwright.span import parse_span
from tapwright.spec import Api, Rates, rates
from tapwright.template import Templates
from tapwright.transport import Limits, Transport
from tapwright.use import Use
from tapwright.wallet import Wallet

Told = Callable[[str], None]
_UNLIMITED = 1_000_000
"""Requests a second where the spec says no rate; a 429 slows even these."""


@dataclass(frozen=True, kw_only=True)
class Means:
    """What a run may be given instead of the real thing: tests pass a function for the network, and a clock."""

    clock: Clock = Clock()
    transport: Callable[[Request], Response] | None = None
    strict: bool = False
    """Whether an answer whose end cannot be proven is refused."""
    watch: Watch = Watch()
    """What hears where the time goes."""
    judged: Judged = lambda table, verdict: None
    """Hears what was made of each answer."""


class Provider:
    """Reads the tables of a plan; its mask knows every secret of the config and every token granted."""

    def __init__(self, plan: Plan, means: Means | None = None, told: Told = lambda text: None) -> None:
        self.plan, self._means = plan, means or Means()
        self.mask = Mask()
        self.mask.add(*secrets_of(plan.spec.config, plan.config))
        for table in plan.tables:
            self.mask.add(*secrets_of(options_of(plan.spec, table.stream), table.options))
        self._told: Told = lambda text: told(self.mask.hide(text))
        self._templates = templates_of(plan.spec)
        self._sender = self._make_sender()
        self._parents: dict[str, list[Mapping[str, Any]]] = {}
        self._readers: dict[str, Reader] = {}
        self._making = threading.Lock()

    def tell(self, told: Told) -> None:
        """Say from now on to whom notes go (waits, retries), with the secrets hidden."""
        self._told = lambda text: told(self.mask.hide(text))

    def note(self, text: str) -> None:
        """Say something to whom notes go."""
        self._told(text)

    def _make_sender(self) -> Sender:
        watch, api = self._means.watch, self.plan.spec.api
        clock = watch.clock("again", self._means.clock)
        return Sender(
            transport=watch.timed("provider", self._means.transport or transport_of(api)),
            hosts=self._allowed(),
            clock=clock,
            wallet=Wallet(clock),
            mask=self.mask,
            paces=self._paces(api.rate) or [self._unlimited()],
            told=self.note,
        )

    def _allowed(self) -> Hosts:
        try:
            return Hosts(self._hosts())
        except HostError as error:
            raise error.masked(self.mask.hide) from None

    def _hosts(self) -> list[str]:
        api, scope = self.plan.spec.api, self.plan.scope()
        named = [self._templates.render(words, scope) for words in (api.url, *api.hosts)]
        auths = [auth for table in self.plan.tables for auth in table.auths]
        every = [api.auth, *(stream.auth for stream in self.plan.spec.streams.values())]
        auths += [auth for some in every for auth in (some if isinstance(some, list | tuple) else [some]) if auth]
        for auth in auths:
            named += _urls(rendered(auth, self._templates, self.plan.scope()))
        for stream in self.plan.spec.streams.values():
            if stream.request.url and "options" not in stream.request.url and "slice" not in stream.request.url:
                named.append(self._templates.render(stream.request.url, scope))
        return [str(url) for url in named if url]

    def _paces(self, words: Rates) -> list[Pace]:
        return [self._pace(rate.requests, parse_span(rate.per).seconds) for rate in rates(words)]

    def _unlimited(self) -> Pace:
        return self._pace(_UNLIMITED, 1.0)

    def _pace(self, requests: int, seconds: float) -> Pace:
        clock = self._means.watch.clock("rate", self._means.clock)
        return Pace(requests, seconds, clock, max(LONGEST_SLOW_SECONDS, self.plan.spec.api.retry.longest_total_seconds))

    @property
    def behind(self) -> float:
        """By how many seconds the provider's clock is behind ours, for all its answers say."""
        return self._sender.behind

    @property
    def templates(self) -> Templates:
        """The templates of the spec."""
        return self._templates

    def reader(self, table: TablePlan) -> Reader:
        """The reader of a table with its options, made once; a parent stream may be read with several."""
        key = repr((table.table, table.name, table.options, table.select))
        with self._making:  # two would keep to the rate each for itself
            if key not in self._readers:
                self._readers[key] = self._make_reader(table)
            return self._readers[key]

    def _make_reader(self, table: TablePlan) -> Reader:
        means, watch = self._means, self._means.watch
        return Reader(
            self.plan,
            table,
            self._templates,
            self._sender,
            watch.clock("again", means.clock),
            paces=self._paces(table.stream.rate),
            strict=means.strict,
            told=self._told,
            watch=watch,
            judged=means.judged,
        )

    def slices(self, table: TablePlan, since: Since = lambda values: None) -> Iterator[Slice]:
        """Cut a table into slices since their bookmarks, reading its parents where it has any."""
        with during(provider=self.plan.spec.name, stream=table.name):
            yield from slices(self.plan, table, self._templates, self._parent_values, since)

    def events(self, table: TablePlan, slice: Slice, position: Any = None, mark: str | None = None) -> Iterator[Event]:
        """Read a slice; raises RunError, which says where, with the secrets taken out."""
        where = {"provider": self.plan.spec.name, "stream": table.name}
        try:
            with during(**where, **({"slice": str(slice)} if str(slice) else {})):
                yield from self._means.watch.within(table.table, self.reader(table).read(slice, position, mark))
        except TapwrightError as error:
            raise error.masked(self.mask.hide) from None

    def read(self, table: TablePlan, since: Since = lambda values: None) -> Iterator[tuple[Slice, Event]]:
        """Read a table from its start, or since its bookmarks, slice by slice; raises as `events` does."""
        for slice in self.slices(table, since):
            for event in self.events(table, slice):
                yield slice, event

    def _parent_values(self, words: Parent) -> list[Mapping[str, Any]]:
        """The values taken from a parent stream, each set of them once, in the order of the parent's records."""
        key = repr((words.stream, words.take, words.options, words.where))
        if key not in self._parents:
            use = Use(stream=words.stream, options=words.options)
            table = table_plan(self.plan, self._templates, words.stream, use)
            seen: dict[str, Mapping[str, Any]] = {}
            for _, event in self.read(table):
                if isinstance(event, Batch):
                    seen.update(taken(words, event))
            self._parents[key] = list(seen.values())
        return self._parents[key]


def transport_of(api: Api) -> Transport:
    """The way to the network, as patient as the spec says."""
    return Transport(Limits(between_bytes_seconds=parse_span(api.timeout).seconds) if api.timeout else None)


def taken(words: Parent, batch: Batch) -> dict[str, Mapping[str, Any]]:
    """The values taken from a batch of parents, by what tells them apart."""
    holds = compile_jmespath(words.where) if words.where else None
    records = [record for record in batch.records if holds is None or holds(record)]
    values = [{name: record.get(field) for name, field in words.take.items()} for record in records]
    return {repr(value): value for value in values if all(inner is not None for inner in value.values())}


def _urls(auth: Auth) -> list[str]:
    """Every address that an auth asks: its `url`, and those of its steps."""
    found = [str(auth.url)] if hasattr(auth, "url") else []
    for field in fields(auth):
        value = getattr(auth, field.name)
        for inner in value if isinstance(value, list | tuple) else [value]:
            if hasattr(inner, "url"):
                found.append(str(inner.url))
    return found
