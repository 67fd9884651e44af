"""What a preview shows to a person."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from tapwright.authoring.asked import Asked, Exchange
from tapwright.authoring.outline import known, outline
from tapwright.authoring.plan_sheet import request_lines
from tapwright.authoring.preview import Match, Preview, Seen
from tapwright.authoring.sheet import Cells, Line, cut, line, table
from tapwright.authoring.wire import readable, value_text, wire
from tapwright.authoring.words_of import words_text
from tapwright.counted import counted
from tapwright.plan import TablePlan
from tapwright.request import Response

BODY_LINES = 20
SCREEN = 130
"""How wide a table of records may be to be shown upright."""
BESIDE = 4
"""How many records are shown beside one another where they are columns."""
_MOST_MISFITS = 3


def preview_lines(preview: Preview, records: int) -> Iterator[Line]:
    """Show a preview."""
    asked = preview.asked
    yield line((_title(asked), "title"))
    shown = {id(seen.exchange) for seen in preview.seen}
    yield from _before(asked, shown)
    for number, seen in enumerate(preview.seen, 1):
        yield line()
        yield line((f"page {number}", "title"))
        yield from _exchange(seen)
        yield from _records(seen, asked, records)
        yield from _fields(seen, asked.table)
    yield from _outcome(preview)


def _title(asked: Asked) -> str:
    name, slice = asked.table.table, str(asked.slice)
    return f"{name}, slice {slice}" if slice else name


def _before(asked: Asked, shown: set[int]) -> Iterator[Line]:
    """The exchanges that gave no page of this stream: logins, redirects, parents; what they gave is nobody's to see."""
    told = [exchange.request for exchange in asked.exchanges if id(exchange) in shown]
    others = [one for one in asked.exchanges if id(one) not in shown and one.request not in told]
    failed = others.pop() if asked.error is not None and others and others[-1] is asked.last else None
    if others:
        yield line()
        yield line(("before", "title"))
    for exchange in others:
        request = wire(exchange.request)
        what = f"  a page of {exchange.table.name}" if exchange.table else ""
        status = _status(exchange.response)
        yield line((request.method, "word"), f" {request.address}  {status}", (what, "quiet"), indent=2)
    if failed is not None:
        yield line()
        yield line(("asked", "title"))
        yield from request_lines(wire(failed.request), indent=2)
        yield line((_status(failed.response), "bad"), indent=2)
        yield from _outlined(failed.response)


def _status(response: Response | None) -> str:
    if response is None:
        return "no answer"
    phrase = HTTPStatus(response.status).phrase if response.status in HTTPStatus._value2member_map_ else ""
    return f"{response.status} {phrase}".strip()


def _outlined(response: Response | None) -> Iterator[Line]:
    """What an answer is made of, without its values, which may be credentials."""
    if response is None:
        return
    yield line(("its answer, without the values", "quiet"), indent=4)
    yield from (line(text, indent=6) for text in outline(known(response.body, response.content_type)))


def _exchange(seen: Seen) -> Iterator[Line]:
    yield from request_lines(wire(seen.exchange.request), indent=2)
    response = seen.exchange.response
    assert response is not None
    good = 200 <= response.status < 300
    size = f"  {response.body.size:,} bytes"
    yield line((_status(response), "good" if good else "bad"), size, (_verdict(seen.exchange), "odd"), indent=2)
    for name, text in response.headers.items():
        yield line((f"{name}: {public_header(name, text)}", "quiet"), indent=4)
    body = readable(seen.answer.head).splitlines()
    yield from (line(cut_end(part), indent=6) for part in body[:BODY_LINES])
    if len(body) > BODY_LINES:
        yield line(("…", "quiet"), indent=6)


def _verdict(exchange: Exchange) -> str:
    """What a run does with an answer that is no page."""
    does = {"retry": "a run would ask again", "renew_auth": "a run would log in again, once"}
    return f"  {does[exchange.verdict.do]}" if exchange.verdict and exchange.verdict.do in does else ""


def cut_end(text: str) -> str:
    """Cut the end of a long line off."""
    return text if len(text) <= 160 else f"{text[:159]}…"


def public_header(name: str, text: str) -> str:
    """A header's text; a cookie that is set may be a credential."""
    if name != "set-cookie":
        return text
    return "; ".join(f"{part.partition('=')[0]}=***" for part in text.splitlines())


def _records(seen: Seen, asked: Asked, most: int) -> Iterator[Line]:
    if seen.page is None and seen.error is None:
        return
    yield line()
    if seen.error is not None:
        yield line(("what there is", "title"), indent=2)
        yield from (line(text, indent=4) for text in outline(seen.answer))
        yield from _guess(seen)
        return
    passing = f", {seen.wanted:,} of them pass 'where'" if seen.wanted != seen.records else ""
    yield line((f"{counted(seen.records, 'record')}{passing}", "title"), indent=2)
    yield from _guess(seen)
    if not seen.records and str(asked.slice):
        yield line("another slice may hold some: `--slice`, or the config that says where to begin", indent=2)
    yield from _rows(seen.rows[:most])


def _rows(rows: list[dict[str, Any]]) -> Iterator[Line]:
    """The records as a table; where it would be too wide, each record is a column."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    if all(value is None for row in rows for value in row.values()):
        return
    upright = list(table(names, [Cells(tuple(_cell(row.get(name)) for name in names)) for row in rows], indent=4))
    if max(sum(len(span.text) for span in each) for each in upright) <= SCREEN:
        yield from upright
        return
    some = rows[:BESIDE]
    header = ("", *(f"record {number}" for number in range(1, len(some) + 1)))
    cells = [Cells((name, *(cut(_cell(row.get(name)), SCREEN // BESIDE) for row in some))) for name in names]
    yield from table(header, cells, indent=4)


def _guess(seen: Seen) -> Iterator[Line]:
    if seen.guess is None or not seen.guess.finds:
        return
    words = words_text("records", seen.guess.said)
    count = f", which holds {seen.guess.count}" if seen.guess.count and seen.error else ""
    said = "the spec could say" if seen.error is not None else "the spec does not say where they are; it could:"
    yield line((f"{said} ", "odd"), (words, "word"), (count, "odd"), indent=2)


def _cell(value: Any) -> str:
    return "" if value is None else value_text(value)


def _fields(seen: Seen, plan: TablePlan) -> Iterator[Line]:
    if seen.error is not None or not seen.matches:
        if seen.error is None and seen.records:
            yield line("the spec names no fields; `tapwright infer` writes them", indent=2)
        return
    yield line()
    yield line(("fields", "title"), indent=2)
    rows = [_match(match, seen.wanted) for match in seen.matches]
    yield from table(("field", "type", "from", "values", "example", ""), rows, indent=4)
    for match in seen.matches:
        yield from _misfits(match)
    if plan.fields and seen.untaken:
        kept = " which come as they are" if plan.unlisted == "keep" else ""
        yield line("no field takes ", (", ".join(seen.untaken), "word"), "," * bool(kept) + kept, indent=4)


def _match(match: Match, records: int) -> Cells:
    source = match.expression or str(match.words.value)
    note, sort = _note(match, records)
    example = cut(_cell(match.example), 32)
    cells = (match.name, match.words.type, source, f"{match.values:,} of {records:,}", example, note)
    return Cells(cells, sort)


def _note(match: Match, records: int) -> tuple[str, Any]:
    if match.fault:
        return match.fault, "bad"
    if match.misfits:
        return f"{match.unfit:,} do{'es' * (match.unfit == 1)} not fit", "bad"
    if not match.values and records and match.expression:
        return "matches NOTHING" + (f"; {match.hint}" if match.hint else ""), "odd"
    if match.values < records and match.words.required:
        return "null, and the spec says it is required", "bad"
    return "", "plain"


def _misfits(match: Match) -> Iterator[Line]:
    for one in match.misfits[:_MOST_MISFITS]:
        text = f" of record {one.record} is {cut(_cell(one.value), 60)!r}: {one.why}"
        yield line((match.name, "word"), text, indent=4)
    if match.hint and match.misfits:
        yield line((match.hint, "odd"), indent=6)


def _outcome(preview: Preview) -> Iterator[Line]:
    asked = preview.asked
    yield line()
    if asked.error is not None:
        yield from (line((text, "bad")) for text in str(asked.error).splitlines())
    elif asked.skipped:
        yield line(f"the slice is passed over: {asked.skipped}")
    elif asked.following is not None:
        yield line(("the next page", "title"))
        yield from request_lines(wire(asked.following), indent=2)
    else:
        yield line(("no next page", "title"), f": {preview.ends}")
        if preview.unfinished:
            yield line(("but the answer has", "odd"), indent=2)
            yield from (line(cut_end(text), indent=4) for text in preview.unfinished[:8])
