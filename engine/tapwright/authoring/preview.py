"""What a spec makes of an answer: the records of a page, and what each field's expression matched or missed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from tapwright.authoring.asked import Asked, Asking, Exchange
from tapwright.authoring.ending import looks_unfinished, why_it_ends
from tapwright.authoring.guess import Guess, guessed
from tapwright.authoring.hints import hint_for_misfits, hint_for_nothing
from tapwright.authoring.near import places_in
from tapwright.authoring.outline import Known, known
from tapwright.decode.kind import Chunk, Decoded
from tapwright.errors import TapwrightError
from tapwright.extract import Examined
from tapwright.fetch import charset_of
from tapwright.rendered import rendered
from tapwright.request import Page, Response
from tapwright.shape import Field

MOST_LOOKED_AT, MOST_MISFITS = 1_000, 100
"""How many records are kept to be looked at, and how many misfits of each field."""


@dataclass(frozen=True, kw_only=True)
class Misfit:
    """A value that does not fit its field."""

    record: int
    """The record's number on the page, from 1."""
    value: Any
    why: str


@dataclass(kw_only=True)
class Match:
    """What one field took from the records of a page."""

    name: str
    words: Field
    expression: str
    """What it takes; empty for a field that is stamped."""
    values: int = 0
    """How many records gave a value that fits."""
    example: Any = None
    unfit: int = 0
    """How many values do not fit."""
    misfits: list[Misfit] = field(default_factory=list)
    """The first of them."""
    fault: str = ""
    """Why it takes nothing at all, if its expression fails."""
    hint: str = ""
    """What it may have meant, if it matched nothing that fits."""


@dataclass(kw_only=True)
class Seen:
    """A page, as the spec understands it."""

    exchange: Exchange
    answer: Known
    """What the body is, whatever the spec says."""
    records: int = 0
    wanted: int = 0
    """How many of them `where` lets pass."""
    rows: list[dict[str, Any]] = field(default_factory=list)
    """The first records, typed, as far as their values fit."""
    matches: list[Match] = field(default_factory=list)
    untaken: list[str] = field(default_factory=list)
    """Keys or columns that no field takes."""
    places: Mapping[str, Any] = field(default_factory=dict)
    """From where in a record fields could be taken."""
    error: TapwrightError | None = None
    """Why the body cannot be understood."""
    guess: Guess | None = None
    """Where the records could be, if the spec does not say it, or is wrong."""
    page: Page | None = None


@dataclass(frozen=True, kw_only=True)
class Preview:
    """Everything there is to show."""

    asked: Asked
    seen: list[Seen]
    ends: str = ""
    """Why no page follows, if none does."""
    unfinished: list[str] = field(default_factory=list)
    """What in the last answer looks like the way to another page, though none follows."""


def previewed(asking: Asking, *, number: int = 1, pages: int = 1) -> Preview:
    """Ask for the first pages of a slice, and look closely at what came."""
    asked = asking.ask(number, pages)
    exchanges = list(asked.pages)
    last = asked.last
    if last is not None and last.table is asked.table and last not in exchanges:
        exchanges.append(last)  # it was refused, or could not be read
    seen = [_seen(asking, asked, exchange) for exchange in exchanges if exchange.response is not None]
    page = seen[-1].page if seen else None
    if asked.error is not None or asked.skipped or asked.following is not None:
        return Preview(asked=asked, seen=seen)
    if page is None:
        return Preview(asked=asked, seen=seen, ends="a rule under 'errors' says that the pages end here")
    scope = asking.provider.plan.scope(asked.table.options, asked.slice.scope)
    paginate = rendered(asked.table.paginate, asking.provider.templates, scope)
    return Preview(asked=asked, seen=seen, ends=why_it_ends(paginate, page), unfinished=list(looks_unfinished(page)))


def _seen(asking: Asking, asked: Asked, exchange: Exchange) -> Seen:
    response = exchange.response
    assert response is not None
    answer = known(response.body, response.content_type, charset_of(response))
    seen = Seen(exchange=exchange, answer=answer)
    if exchange.verdict is not None and exchange.verdict.do != "accept":
        return seen  # what it holds are no records
    try:
        decoded = asked.table.decode.decode(response.body, charset_of(response))
        last = _extracted(seen, asking, asked, decoded)
    except TapwrightError as error:
        seen.error, seen.guess = error.masked(asking.provider.mask.hide), guessed(answer)
        return seen
    seen.page = _page(exchange, response, decoded, seen.records, last)
    if asked.table.stream.records is None and asking.provider.plan.spec.api.records is None:
        _guess(seen, asked, response)
    return seen


def _guess(seen: Seen, asked: Asked, response: Response) -> None:
    """Where the spec does not say where the records are, show those that could be meant."""
    guess = guessed(seen.answer)
    if guess is None or guess.decode == asked.table.decode:
        return
    seen.guess = guess
    if not asked.table.fields:
        chunks = list(guess.decode.decode(response.body, charset_of(response)).chunks)
        seen.records = seen.wanted = sum(map(len, chunks))
        seen.rows = list(islice((row for chunk in chunks for row in _rows([], chunk)), MOST_LOOKED_AT))


def _extracted(seen: Seen, asking: Asking, asked: Asked, decoded: Decoded) -> Any:
    """Take the records out of a body, field by field; gives the last one as it came."""
    reader = asking.provider.reader(asked.table)
    scope = asking.provider.plan.scope(asked.table.options, asked.slice.scope)
    extraction, stamps = reader.extraction, reader.stamps(scope)
    matches: dict[str, Match] = {}
    places: dict[str, Any] = {}
    untaken: dict[str, None] = {}
    last = None
    for chunk in decoded.chunks:
        seen.records += len(chunk)
        last = chunk.record(-1) if len(chunk) else last
        wanted = extraction.wanted(chunk)
        if seen.wanted < MOST_LOOKED_AT:
            places = {**places_in(wanted, asked.table.decode), **places}
        untaken |= dict.fromkeys(extraction.untaken(wanted))
        examined = extraction.examined(wanted, stamps)
        for one in examined:
            _matched(matches, asked, one, before=seen.wanted)
        seen.rows += islice(_rows(examined, wanted), MOST_LOOKED_AT - len(seen.rows))
        seen.wanted += len(wanted)
    if decoded.items is not None:
        seen.records = decoded.items.count
    seen.matches, seen.untaken, seen.places = list(matches.values()), list(untaken), places
    for match in seen.matches:
        match.hint = _hint(match, places)
    return last


def _rows(examined: list[Examined], chunk: Chunk) -> Iterator[dict[str, Any]]:
    """The records, typed; as they came where the spec names no fields."""
    if not examined:
        yield from (dict(record) for index in range(len(chunk)) if isinstance(record := chunk.record(index), dict))
        return
    for index in range(len(chunk)):
        yield {one.name: one.values[index] for one in examined if not one.fault}


def _hint(match: Match, places: Mapping[str, Any]) -> str:
    if match.misfits:
        values = [misfit.value for misfit in match.misfits]
        return hint_for_misfits(match.words, match.expression, values, places)
    return hint_for_nothing(match.expression, match.name, places) if match.expression and not match.values else ""


def _matched(matches: dict[str, Match], asked: Asked, one: Examined, before: int) -> None:
    words = one.words
    expression = "" if words.value is not None else words.from_ or asked.table.decode.default_from(one.name)
    match = matches.setdefault(one.name, Match(name=one.name, words=words, expression=expression))
    match.fault = match.fault or one.fault
    given = [value for value in one.values if value is not None]
    match.values += len(given)
    if match.example is None and given:
        match.example = given[0]
    match.unfit += len(one.misfits)
    for index, (value, why) in islice(one.misfits.items(), MOST_MISFITS - len(match.misfits)):
        match.misfits.append(Misfit(record=before + index + 1, value=value, why=why))


def _page(exchange: Exchange, response: Response, decoded: Decoded, records: int, last: Any) -> Page:
    return Page(
        request=exchange.request,
        status=response.status,
        headers=response.headers,
        body=decoded.document,
        records=records,
        last_record=last,
    )
