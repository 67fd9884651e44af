"""Ask for the first pages of one slice, and keep every exchange to be looked at: what went out, what came back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from tapwright.auth.kind import Grant
from tapwright.batch import Batch
from tapwright.clock import Clock
from tapwright.errors import TapwrightError, TargetError
from tapwright.judge import Verdict
from tapwright.partition.parent import Parent
from tapwright.plan import Plan, TablePlan, table_plan
from tapwright.provider import Means, Provider, taken
from tapwright.read import PageEnd, Restarted, Skipped
from tapwright.rendered import rendered
from tapwright.request import Request, Response
from tapwright.slices import Slice, slices
from tapwright.use import Use

Transport = Callable[[Request], Response]
Parents = Callable[[Parent], Iterable[Mapping[str, Any]]]


@dataclass(kw_only=True, eq=False)
class Exchange:
    """One request as it was signed, and its answer if one came."""

    request: Request
    response: Response | None = None
    table: TablePlan | None = None
    """The table whose page this is; None for one about credentials, or a redirect."""
    verdict: Verdict | None = None
    """What was made of its answer, if it is a table's."""


@dataclass(kw_only=True)
class Asked:
    """What became of asking."""

    table: TablePlan
    slice: Slice
    exchanges: list[Exchange] = field(default_factory=list)
    pages: list[Exchange] = field(default_factory=list)
    """The exchanges that gave a page, each once."""
    batches: list[list[Batch]] = field(default_factory=list)
    """The records of each page, typed."""
    following: Request | None = None
    """The request for the page after these, as it would be sent."""
    skipped: str = ""
    """Why a rule passed over the slice."""
    error: TapwrightError | None = None

    @property
    def last(self) -> Exchange | None:
        """The last exchange: after an error, the one that led to it."""
        return self.exchanges[-1] if self.exchanges else None


class _Enough(Exception):
    """One page more than wanted was about to be asked for."""

    def __init__(self, request: Request) -> None:
        self.request = request


class _Watch:
    """A transport that keeps what passes through it."""

    def __init__(self, inner: Transport) -> None:
        self.inner = inner
        self.exchanges: list[Exchange] = []
        self.enough = False

    def __call__(self, request: Request) -> Response:
        if self.enough:
            raise _Enough(request)
        exchange = Exchange(request=request)
        self.exchanges.append(exchange)
        exchange.response = self.inner(request)
        return exchange.response

    def judged(self, table: TablePlan, verdict: Verdict) -> None:
        """Note that the last answer is a table's, and no grant of credentials, and what was made of it."""
        self.exchanges[-1].table, self.exchanges[-1].verdict = table, verdict


class _Again:
    """A transport that gives the answers there are, in their order, before it asks for others."""

    def __init__(self, watch: _Watch) -> None:
        self._left = [exchange for exchange in watch.exchanges if exchange.response is not None]
        self._inner = watch.inner

    def __call__(self, request: Request) -> Response:
        if self._left and self._left[0].request == request:
            response = self._left.pop(0).response
            assert response is not None
            return response
        self._left.clear()
        return self._inner(request)


class Asking:
    """A plan of one table, ready to be asked a little."""

    def __init__(self, plan: Plan, transport: Transport, *, clock: Clock, parents: Parents | None = None) -> None:
        """Set the parts; `parents` gives what to use instead of asking for parent records."""
        api = plan.spec.api  # the first answer is what its author wants to see, not the fifth
        spec = replace(plan.spec, api=replace(api, retry=replace(api.retry, attempts=1)))
        self._watch, self._clock = _Watch(transport), clock
        means = Means(clock=clock, transport=self._watch, judged=self._watch.judged)
        self.provider = Provider(replace(plan, spec=spec), means)
        self._hide_logins()
        self._given = parents
        self._parents = parents or self._first_parents

    def _hide_logins(self) -> None:
        """Let the mask know what requests for credentials hold before any is granted: they are shown if they fail."""
        plan = self.provider.plan
        every = [plan.spec.api.auth, *(stream.auth for stream in plan.spec.streams.values())]
        for auth in (auth for some in every for auth in (some if isinstance(some, list | tuple) else [some]) if auth):
            words = rendered(auth, self.provider.templates, plan.scope())
            self.provider.mask.add(*words.secrets(Grant()))

    def anew(self, plan: Plan) -> Asking:
        """Make ready to ask for another plan; what was answered already is not asked again."""
        again = _Again(self._watch)
        return Asking(plan, again, clock=self._clock, parents=self._given)

    def ask(self, number: int = 1, pages: int = 1) -> Asked:
        """Read the first pages of the slice of that number; what goes wrong is kept, secrets taken out."""
        table = self.provider.plan.tables[0]
        asked = Asked(table=table, slice=Slice(), exchanges=self._watch.exchanges)
        try:
            asked.slice = self._slice(table, number)
            self._read(asked, pages)
        except TapwrightError as error:
            asked.error = error.masked(self.provider.mask.hide)
        return asked

    def _read(self, asked: Asked, pages: int) -> None:
        batches: list[Batch] = []
        try:
            for event in self.provider.events(asked.table, asked.slice):
                match event:
                    case Batch():
                        batches.append(event)
                    case PageEnd():
                        asked.pages.append(asked.exchanges[-1])
                        asked.batches.append(batches)
                        batches = []
                        self._watch.enough = len(asked.pages) == pages
                    case Skipped():
                        asked.skipped = event.reason
                    case Restarted():
                        raise AssertionError("nothing is resumed here")
        except _Enough as enough:
            asked.following = enough.request

    def _slice(self, table: TablePlan, number: int) -> Slice:
        found = next(islice(self._slices(table), number - 1, None), None)
        if found is None:
            raise self._nothing(table, number)
        return found

    def _nothing(self, table: TablePlan, number: int) -> TargetError:
        parents = [words.stream for words in table.stream.for_each if isinstance(words, Parent)]
        if number > 1:
            return TargetError(f"stream '{table.name}' has no slice {number}", "`tapwright plan` shows the slices.")
        if parents:
            text = (
                f"stream '{table.name}' is asked for each record of '{parents[-1]}', which gave none with such a value"
            )
            return TargetError(text, f"Look at that one first: `tapwright preview … --stream {parents[-1]}`.")
        return TargetError(f"stream '{table.name}' has nothing to ask for with this config", "See `tapwright plan`.")

    def _slices(self, table: TablePlan) -> Iterator[Slice]:
        return slices(self.provider.plan, table, self.provider.templates, self._parents)

    def _first_parents(self, words: Parent) -> Iterator[Mapping[str, Any]]:
        """Give the values taken from a parent's records as they come, so that only the first pages are asked for."""
        plan, templates = self.provider.plan, self.provider.templates
        table = table_plan(plan, templates, words.stream, Use(stream=words.stream, options=words.options))
        seen: set[str] = set()
        for slice in self._slices(table):
            for event in self.provider.events(table, slice):
                if isinstance(event, Batch):
                    found = taken(words, event)
                    yield from (values for key, values in found.items() if key not in seen)
                    seen |= found.keys()
