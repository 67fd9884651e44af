"""A request as it went on the wire, in parts that can be compared; vcrpy's requests are taken apart here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tapwright.difference import Difference, compared

LEFT_OUT = frozenset(
    [
        "accept-encoding",
        "authorization",
        "connection",
        "content-length",
        "cookie",
        "host",
        "proxy-authorization",
        "user-agent",
    ]
)
"""Headers that are not recorded: credentials, and what every client sends."""


def kept_headers(request: Any) -> dict[str, str]:
    """The headers that a recording keeps, in order of their names."""
    pairs = sorted((str(name), _header(value)) for name, value in request.headers.items())
    return {
        name: value
        for name, value in pairs
        if name.lower() not in LEFT_OUT and (name.lower(), value) != ("accept", "*/*")
    }


def parts_of(request: Any) -> dict[str, Any]:
    """Take a request apart: its method, host, path, and each parameter, header and value of its body by name."""
    url = urlsplit(request.uri)
    parts: dict[str, Any] = {"method": request.method, "host": f"{url.scheme}://{url.netloc}", "path": url.path or "/"}
    parts |= _collected("param", parse_qsl(url.query, keep_blank_values=True))
    headers = kept_headers(request)
    parts |= {f"header {name.title()}": value for name, value in headers.items()}
    return parts | _body(request, {name.lower(): value for name, value in headers.items()}.get("content-type", ""))


def differing(number: int, was: Any, now: Any) -> Iterator[Difference]:
    """Tell how a request differs from the recorded one, which was the `number`th."""
    yield from compared(f"request {number}, {title(was)}", parts_of(was), parts_of(now))


def title(request: Any) -> str:
    """Name a request shortly: its method and its address without the query."""
    return f"{request.method} {request.uri.split('?')[0]}"


def likeness(one: Any, other: Any) -> float:
    """Say how much two requests have in common, from 0 to 1; their paths count most, then their hosts."""
    was, now = parts_of(one), parts_of(other)
    names = dict.fromkeys((*was, *now))
    alike = sum(bool(was.get(name) == now.get(name)) for name in names) / len(names)
    path = SequenceMatcher(None, was["path"], now["path"], autojunk=False).ratio()
    return 0.8 * path + 0.1 * bool(was["host"] == now["host"]) + 0.1 * alike


def _header(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_header, value))
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _body(request: Any, content_type: str) -> dict[str, Any]:
    body = request.body
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    if not text:
        return {}
    if "json" in content_type:
        try:
            return dict(_leaves("body", json.loads(text)))
        except ValueError:
            return {"body": text}
    if "form-urlencoded" in content_type:
        return _collected("form", parse_qsl(text, keep_blank_values=True))
    return {"body": text}


def _collected(what: str, pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """Parameters by name; one that comes several times has the list of its values."""
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(f"{what} {name}", []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _leaves(place: str, value: Any) -> Iterator[tuple[str, Any]]:
    if not value or not isinstance(value, dict | list):
        yield place, value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _leaves(f"{place}.{name}", item)
    else:
        for number, item in enumerate(value):
            yield from _leaves(f"{place}[{number}]", item)
