"""What a preview says to a machine."""

from __future__ import annotations

from typing import Any

from tapwright.authoring.asked import Exchange
from tapwright.authoring.outline import outline
from tapwright.authoring.preview import Match, Preview, Seen
from tapwright.authoring.preview_sheet import BODY_LINES, public_header
from tapwright.authoring.wire import readable, wire


def preview_data(preview: Preview, records: int) -> dict[str, Any]:
    """Everything that `preview_lines` shows, as JSON."""
    from msgspec import to_builtins

    asked = preview.asked
    shown = {id(seen.exchange) for seen in preview.seen}
    others = [exchange for exchange in asked.exchanges if id(exchange) not in shown]
    data = {
        "table": asked.table.table,
        "stream": asked.table.name,
        "slice": asked.slice.scope,
        "before": [_brief(exchange) for exchange in others],
        "pages": [_page_data(seen, records) for seen in preview.seen],
        "next": wire(asked.following).plain if asked.following else None,
        "ends": preview.ends or None,
        "unfinished": preview.unfinished,
        "skipped": asked.skipped or None,
        "error": str(asked.error) if asked.error else None,
    }
    return dict(to_builtins(data))


def _brief(exchange: Exchange) -> dict[str, Any]:
    request = wire(exchange.request)
    status = exchange.response.status if exchange.response else None
    return {"method": request.method, "url": request.address, "status": status}


def _page_data(seen: Seen, records: int) -> dict[str, Any]:
    response = seen.exchange.response
    assert response is not None
    return {
        "request": wire(seen.exchange.request).plain,
        "response": {
            "status": response.status,
            "headers": {name: public_header(name, text) for name, text in response.headers.items()},
            "size": response.body.size,
            "body": "\n".join(readable(seen.answer.head).splitlines()[:BODY_LINES]),
        },
        "records": seen.records,
        "wanted": seen.wanted,
        "rows": seen.rows[:records],
        "fields": [_match_data(match) for match in seen.matches],
        "untaken": seen.untaken,
        "outline": list(outline(seen.answer)),
        "guess": seen.guess.said if seen.guess and seen.guess.finds else None,
        "error": seen.error.message if seen.error else None,
    }


def _match_data(match: Match) -> dict[str, Any]:
    return {
        "name": match.name,
        "type": match.words.type,
        "from": match.expression or None,
        "values": match.values,
        "example": match.example,
        "unfit": match.unfit,
        "misfits": [vars(misfit) for misfit in match.misfits],
        "fault": match.fault or None,
        "hint": match.hint or None,
    }
