"""A request as it would go on the wire, in parts that can be shown; nothing is sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tapwright.request import Request
from tapwright.transport import SILENT, prepared


@dataclass(frozen=True, kw_only=True)
class Wire:
    """Every part of a request that reaches the provider."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: str = ""

    @property
    def address(self) -> str:
        """The URL without its query."""
        return self.url.partition("?")[0]

    @property
    def query(self) -> list[str]:
        """The query's pairs as they are sent."""
        return [pair for pair in self.url.partition("?")[2].split("&") if pair]

    @property
    def own_headers(self) -> dict[str, str]:
        """The headers but for those that every request has."""
        return {
            name: text
            for name, text in self.headers.items()
            if SILENT.get(name) != text and name.lower() != "content-length"
        }

    @property
    def form(self) -> list[str]:
        """The pairs of a form as they are sent."""
        kind = {name.lower(): text for name, text in self.headers.items()}.get("content-type", "")
        return [pair for pair in self.body.split("&") if pair] if "form-urlencoded" in kind else []

    @property
    def plain(self) -> dict[str, Any]:
        """The parts as JSON."""
        body = {"body": self.body} if self.body else {}
        return {"method": self.method, "url": self.url, "headers": dict(self.headers), **body}


def wire(request: Request) -> Wire:
    """Write a request out."""
    sent = prepared(request).prepared
    body = sent.body.decode("utf-8", "replace") if isinstance(sent.body, bytes) else sent.body or ""
    headers = {name: _header(text) for name, text in sent.headers.items()}
    return Wire(method=str(sent.method), url=str(sent.url), headers=headers, body=body)


def _header(text: str | bytes) -> str:
    """Read back what was made latin-1 for http.client."""
    raw = text if isinstance(text, bytes) else text.encode("latin-1", "replace")
    return raw.decode("utf-8", "replace")


def body_lines(text: str) -> list[str]:
    """The lines of a body, a JSON one with its members below one another."""
    return readable(text).splitlines()


def readable(text: str) -> str:
    """Write a body to be read: JSON of one line with its members below one another, every digit as it came."""
    import msgspec

    text = text.strip()
    if text[:1] not in ("{", "[") or text.count("\n") > 3:
        return text
    try:
        return msgspec.json.format(text, indent=2)
    except msgspec.DecodeError:
        return text


def value_text(value: Any) -> str:
    """Write a value for a person: text as it is, numbers by their digits, the rest as JSON."""
    match value:
        case str():
            return value
        case date():
            return value.isoformat()
        case Decimal():
            return str(value)
    return json.dumps(value, ensure_ascii=False, default=value_text)
