"""A provider that repeats all it is told, in every encoding: what it grants, what it is asked, what it refuses."""

from __future__ import annotations

import html
import json
from base64 import b64encode
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

from tests.providers.loopback import Answer, Call, Provider

JSON = {"Content-Type": "application/json"}


class Parrot(Provider):
    """Serves any path; `mood` says how it answers, `grants` what a login gives."""

    mood = "well"
    grants = "granted-7d1c5a9be04f"

    def answer(self, call: Call) -> Answer:
        if call.path == "/login":
            return self._login(call)
        answer: Answer = getattr(self, f"_{self.mood}")(call)
        return answer

    def _login(self, call: Call) -> Answer:
        if self.mood == "refuses":
            return Answer(status=401, headers=JSON, body=json.dumps({"message": f"not you: {said(call)}"}).encode())
        if self.mood == "refuses_in_words":
            return Answer(status=403, headers={"Content-Type": "text/plain"}, body=said(call).encode())
        if self.mood == "grants_nothing":
            return Answer(headers=JSON, body=json.dumps({"nothing": True, "said": said(call)}).encode())
        granted = {"access_token": self.grants, "refresh_token": f"{self.grants}-2", "id_token": f"{self.grants}-3"}
        headers = JSON | {"Set-Cookie": f"sid={self.grants}-4; Path=/"}
        return Answer(headers=headers, body=json.dumps({**granted, "expires_in": 3600, "said": said(call)}).encode())

    def _well(self, call: Call) -> Answer:
        """Two pages, everything repeated beside the records."""
        rows = [{"id": 1, "at": "2026-03-01T00:00:00Z"}, {"id": 2, "at": "2026-03-02T00:00:00Z"}]
        body = {"data": rows, "next": None, "said": said(call)}
        headers = JSON | {"X-Said": quote(brief(call)), "Set-Cookie": f"seen={self.grants}-5"}
        return Answer(headers=headers, body=json.dumps(body).encode())

    def _refuses(self, call: Call) -> Answer:
        return Answer(status=403, headers=JSON, body=json.dumps({"message": f"not that: {said(call)}"}).encode())

    def _refuses_in_words(self, call: Call) -> Answer:
        return Answer(status=400, headers={"Content-Type": "text/plain"}, body=said(call).encode())

    def _page(self, call: Call) -> Answer:
        body = (
            f"<html><head><title>{html.escape(said(call))}</title></head><body>{html.escape(said(call))}</body></html>"
        )
        return Answer(headers={"Content-Type": "text/html"}, body=body.encode())

    def _misfits(self, call: Call) -> Answer:
        """Values that do not fit their fields."""
        rows = [{"id": said(call), "at": said(call)}]
        return Answer(headers=JSON, body=json.dumps({"data": rows}).encode())

    def _elsewhere(self, call: Call) -> Answer:
        """Records at another place, under names that are secrets."""
        return Answer(headers=JSON, body=json.dumps({name: name for name in ways(call)}).encode())

    def _no_list(self, call: Call) -> Answer:
        return Answer(headers=JSON, body=json.dumps({"data": said(call)}).encode())

    def _no_json(self, call: Call) -> Answer:
        return Answer(headers=JSON, body=f'{{"said": {said(call)}'.encode())

    def _leads_away(self, call: Call) -> Answer:
        return Answer(status=302, headers={"Location": f"https://elsewhere.example/{quote(brief(call), safe='')}"})

    def _links_away(self, call: Call) -> Answer:
        link = f"https://elsewhere.example/{quote(brief(call), safe='')}"
        return Answer(headers=JSON, body=json.dumps({"data": [{"id": 1}], "next": link}).encode())

    def _goes_round(self, call: Call) -> Answer:
        link = f"{self.url}{call.path}?{call.raw_query}"
        return Answer(headers=JSON, body=json.dumps({"data": [{"id": 1}], "next": link}).encode())

    def _grants_nothing(self, call: Call) -> Answer:
        return self._well(call)


def brief(call: Call) -> str:
    """All that a call says, as it was sent and as it was meant."""
    return " | ".join((call.raw_query, call.path, call.body.decode("utf-8", "replace"), *_meant(call)))


def said(call: Call) -> str:
    """All that a call says, in every encoding."""
    return " | ".join(ways(call))


def ways(call: Call) -> Iterator[str]:
    """What a call says: as it was sent, as it was meant, and that in one encoding after another."""
    yield from (call.raw_query, call.path, call.body.decode("utf-8", "replace"))
    for text in dict.fromkeys(_meant(call)):
        plain = text.encode()
        yield from (text, quote(text, safe=""), quote_plus(text), plain.hex(), json.dumps(text)[1:-1], escape(text))
        yield from (json.dumps(json.dumps(text)), html.escape(text), quote(quote(text, safe=""), safe=""))
        yield from (b64encode(b"." * offset + plain).decode() for offset in range(3))


def _meant(call: Call) -> Iterator[str]:
    yield call.path
    yield from (value for _, value in call.query)
    for name, value in call.headers.items():
        if name not in ("host", "user-agent", "accept", "accept-encoding", "connection", "content-length"):
            yield value.encode("latin-1").decode("utf-8", "replace")
    kind = call.headers.get("content-type", "")
    if "form" in kind:
        yield from call.form().values()
    elif "json" in kind:
        yield from _leaves(json.loads(call.body))
    else:
        yield call.body.decode("utf-8", "replace")


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _leaves(inner)
    elif isinstance(value, str):
        yield value
