"""The loop: request → response → page → records → next request, for one slice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeAlias

from tapwright.asking import first_request, names_parents
from tapwright.batch import Batch
from tapwright.clock import Clock
from tapwright.decode.alike import alike
from tapwright.decode.kind import Decoded
from tapwright.errors import (
    AuthError,
    PagingError,
    ProviderError,
    SpecError,
    TapwrightError,
    during,
)
from tapwright.extract import MISFITS, Extraction, condition_getter
from tapwright.fetch import Asker, Fetched, Judged, Skip, Typed
from tapwright.fresh import Fresh
from tapwright.hosts import Origin, origin
from tapwright.pace import Pace
from tapwright.pages_seen import PagesSeen
from tapwright.paginate.kind import Paginate
from tapwright.plan import Plan, TablePlan
from tapwright.position import Positions
from tapwright.profile import Watch
from tapwright.rendered import rendered
from tapwright.request import Page, Request
from tapwright.send import Sender
from tapwright.slices import Slice, cursor_of, windowing
from tapwright.template import Templates

_ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)
"""What `now` is where it should not matter."""


@dataclass(frozen=True, kw_only=True)
class PageEnd:
    """Every record of a page has been given."""

    position: Any = None
    """What the next page can be resumed from, as JSON; None if it cannot, or if the slice is done."""
    mark: str | None = None
    """A digest of the request that the position leads to: another request, another page."""
    records: int = 0
    """The records that the page held, before any filter."""
    size: int = 0
    """The bytes of its body."""
    total: int | None = None
    """The records that the slice has in all, where the page says it."""


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """The slice was passed over because a rule says so."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class Restarted:
    """The slice cannot be resumed from the position that was kept; it begins again."""

    error: TapwrightError


class _Stale(Exception):
    """The position that was kept leads nowhere any more."""

    def __init__(self, error: TapwrightError) -> None:
        self.error = error


Event: TypeAlias = Batch | PageEnd | Skipped | Restarted


class Reader:
    """Reads slices of one table.  Several threads may use one reader: it keeps nothing between slices."""

    def __init__(
        self,
        plan: Plan,
        table: TablePlan,
        templates: Templates,
        sender: Sender,
        clock: Clock,
        *,
        paces: Sequence[Pace] = (),
        strict: bool = False,
        told: Callable[[str], None] = lambda text: None,
        watch: Watch | None = None,
        judged: Judged = lambda table, verdict: None,
    ) -> None:
        self._plan, self._table, self._templates = plan, table, templates
        self._led = names_parents(table.stream)
        """Whether the record of a parent may name the host."""
        self._sender = sender
        self._watch = watch or Watch()
        scope = plan.scope(table.options)
        self._auths = tuple(rendered(auth, templates, scope) for auth in table.auths)
        self._wants_unlisted = not table.select or bool(set(table.select) - table.fields.keys())
        zones = {name: str(templates.render(w.time_zone, scope)) for name, w in table.fields.items() if w.time_zone}
        self.extraction = Extraction(
            table.decode,
            {name: words for name, words in table.fields.items() if not table.select or name in table.select},
            time_zones=zones,
            unlisted=table.unlisted if self._wants_unlisted else "drop",
            where=self._where(scope),
            key=table.primary_key,
        )
        self._batch = self._watch.timed("extracting", self.extraction.batch)
        self._asker = Asker(
            table=table,
            sender=sender,
            clock=clock,
            paces=tuple(paces),
            retry=plan.spec.api.retry,
            decode=self._watch.timed("parsing", alike(table.decode, table.paginate)),
            typed=self._typed,
            strict=strict,
            told=told,
            judged=judged,
        )

    def read(self, slice: Slice, resume: Any = None, mark: str | None = None) -> Iterator[Event]:
        """Read every page of a slice: its batches, and a `PageEnd` after each page.

        `resume` and `mark` are the position and the mark that an earlier `PageEnd` gave.  Raises RunError for
        anything that is not a complete, understood page.  A position that means nothing any more is told, and the
        slice begins again.
        """
        try:
            yield from self._pages(slice, resume, mark)
            return
        except _Stale as stale:
            error = stale.error
        yield Restarted(error=error)
        yield from self._pages(slice)

    def _pages(self, slice: Slice, resume: Any = None, mark: str | None = None) -> Iterator[Event]:
        """Read the pages of a slice from a position on; raises _Stale if it is one no more."""
        scope = self._plan.scope(self._table.options, slice.scope)
        stamps = self.stamps(scope)
        paginate = rendered(self._table.paginate, self._templates, scope)
        first = self._first(scope)
        positions = Positions(lambda: self._anywhere(scope), paginate, self._sender.hide)
        flow, seen = paginate.pages(first, resume), PagesSeen(self._plan.spec.api.most_pages)
        home, fresh = self._home(first, scope), self._fresh(slice)
        try:
            request = next(flow)
            positions.check(resume, mark)
        except PagingError as error:
            if resume is None:
                raise
            raise _Stale(error) from None
        while True:
            seen.asking(request)
            try:
                fetched = self._fetch(request, scope, stamps, home)
            except Skip as skip:
                yield Skipped(reason=skip.reason)
                return
            except ProviderError as error:
                if resume is None or not _is_refusal(error):
                    raise
                raise _Stale(error) from None
            resume = None
            records, last = 0, None
            for typed in fetched.typed:
                records += typed.raw
                last = typed.last if typed.raw else last
                batch = fresh.kept(typed.batch) if fresh else typed.batch
                if len(batch):
                    yield batch
            items = fetched.decoded.items if fetched.decoded else None
            found = records if items is None else items.count
            seen.answered(fetched.response, found)
            if isinstance(fetched.typed, list):
                seen.held(records, last, [typed.batch for typed in fetched.typed])
            done = fetched.ended or (fresh is not None and fresh.past)
            following, total = (None, None) if done else self._following(flow, paginate, request, fetched, found, last)
            position, mark = positions.marked(following)
            size = fetched.response.body.size
            yield PageEnd(position=position, mark=mark, records=found, size=size, total=total)
            if following is None:
                return
            request = following
            del fetched, items  # they need not be kept while the next page is fetched

    def _first(self, scope: Mapping[str, Any]) -> Request:
        api, shared, ask = self._plan.spec.api, self._plan.spec.shared, self._table.stream.request
        first = first_request(api, ask, shared, self._templates, scope)
        if not self._led or origin(first.url) == self._home(first, scope):
            return first
        return first_request(replace(api, headers={}, params={}), ask, shared, self._templates, scope)

    def _home(self, first: Request, scope: Mapping[str, Any]) -> Origin:
        """The origin that may see credentials: that of the first request, unless a parent's record named it."""
        if not self._led:
            return origin(first.url)
        return origin(str(self._templates.render(self._plan.spec.api.url, scope)))

    def _anywhere(self, scope: Mapping[str, Any]) -> Request:
        """The first request as it is at any time and any address of the provider."""
        always = {**scope, "now": _ALWAYS}
        first = self._first(always)
        home = str(self._templates.render(self._plan.spec.api.url, always)).rstrip("/")
        return replace(first, url=first.url.removeprefix(home))

    def _fresh(self, slice: Slice) -> Fresh | None:
        words = windowing(self._plan, self._table, self._templates, slice.values)
        if words is None or slice.start is None or (not words.client_side and words.order == "any"):
            return None
        return Fresh(words, cursor_of(self._table, words), slice)

    def _where(self, scope: Mapping[str, Any]) -> str | None:
        """The condition that records must meet, once templates are rendered and seen to give an expression."""
        where = self._templates.render(self._table.stream.where, scope)
        if not where:
            return None
        try:
            condition_getter(self._table.decode, str(where))
        except ValueError as error:
            raise SpecError([f"stream '{self._table.name}': where: {error}"]) from None
        return str(where)

    def stamps(self, scope: Mapping[str, Any]) -> dict[str, Any]:
        """The slice's own values, written on each of its records."""
        fields = {name: words for name, words in self._table.fields.items() if words.value is not None}
        return {name: self._templates.render(words.value, scope) for name, words in fields.items()}

    def _following(
        self, flow: Any, paginate: Paginate, request: Request, fetched: Fetched, records: int, last: Any
    ) -> tuple[Request | None, int | None]:
        """The request for the next page, None after the last; and how many records there are in all, if it is said."""
        page = Page(
            request=request,
            status=fetched.response.status,
            headers=fetched.response.headers,
            body=fetched.decoded.document if fetched.decoded else None,
            records=records,
            last_record=last,
        )
        with during(request=_shown(request)):
            total = paginate.total(page)
            try:
                return flow.send(page), total
            except StopIteration:
                return None, total

    def _typed(self, decoded: Decoded, stamps: Mapping[str, Any], request: Request) -> Iterator[Typed]:
        before = 0
        with during(request=_shown(request)):
            for chunk in self._watch.each("parsing", decoded.chunks):
                batch = self._batch(chunk, stamps, before)
                if self._table.select and self._wants_unlisted:
                    batch = batch.chosen((*self._table.select, MISFITS))
                before += len(chunk)
                yield Typed(batch=batch, raw=len(chunk), last=chunk.record(-1) if len(chunk) else None)

    def _fetch(self, request: Request, scope: Mapping[str, Any], stamps: Mapping[str, Any], home: Origin) -> Fetched:
        """Ask until the answer is a page.

        A page on another host than the first one's is asked for bare: no credential goes there.
        """
        poll = self._table.stream.request.poll
        if poll and poll.when is not None and not self._templates.render(poll.when, scope):
            poll = None
        auths = self._auths
        if origin(request.url) != home:
            request, auths = Request(url=request.target, method=request.method), ()
        with during(request=_shown(request)):
            return self._asker.fetched(request, auths, stamps, poll)


def _is_refusal(error: ProviderError) -> bool:
    """Whether the provider will not give what was asked for, and never will."""
    if isinstance(error, AuthError) or error.passing or error.status is None:
        return False
    return 400 <= error.status < 500


def _shown(request: Request) -> str:
    return f"{request.method} {request.url.split('?')[0]}"
