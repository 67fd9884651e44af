"""From the requests of a browser's session (HAR) to a description of the API behind them, with no credential in it."""

from __future__ import annotations

import base64
import binascii
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tapwright.authoring.credentials import is_credential, is_noise, is_private, is_value, path_of
from tapwright.authoring.har_secrets import Secrets
from tapwright.authoring.sample import schema_of
from tapwright.authoring.source import origin_of
from tapwright.authoring.times import times_in
from tapwright.errors import TargetError

MOST_HOSTS = 6


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request of the session, and what came back."""

    method: str
    origin: str
    path: str
    """As it was sent, still percent-encoded."""
    query: tuple[tuple[str, str], ...]
    headers: tuple[tuple[str, str], ...]
    answered: Mapping[str, str]
    """The headers of the answer, their names in small letters."""
    body: Any
    """The JSON that came; None where there was none."""

    @property
    def gives_records(self) -> bool:
        """Whether a list of objects came, right in the answer or a little deeper."""
        return any(True for _ in _lists(self.body, 3))


@dataclass(frozen=True, kw_only=True)
class Session:
    """A description of what one host was asked, and what to know beside it."""

    description: dict[str, Any]
    secrets: Secrets
    look: tuple[str, ...] = field(default_factory=tuple)


def session_of(har: Any, url: str | None = None) -> Session:
    """Describe the host that gave the most lists, or the one at `url`; raises TargetError if there is none."""
    entries = har["log"]["entries"]
    every = [made for entry in entries if isinstance(entry, dict) and (made := _exchange(entry)) is not None]
    lists = [each for each in every if each.gives_records]
    hosts = Counter(each.origin for each in lists)
    if not hosts:
        raise TargetError(
            f"none of its {len(entries)} requests was answered with a list of objects in JSON",
            "Record the session with the answers' bodies: in the browser, save all as HAR with content.",
        )
    origin = origin_of(url) if url else hosts.most_common(1)[0][0]
    if origin not in hosts:
        raise TargetError(f"no list came from {origin}", f"The hosts that gave some: {', '.join(hosts)}.")
    own = [each for each in every if each.origin == origin]
    secrets = Secrets.of(every)
    description = _described(origin, own, secrets)
    return Session(description=description, secrets=secrets, look=tuple(_look(lists, hosts, origin)))


def _described(origin: str, exchanges: Sequence[Exchange], secrets: Secrets) -> dict[str, Any]:
    """Write what was asked as OpenAPI, which the rest of `new` reads."""
    asked: dict[str, list[Exchange]] = {}
    paths = path_of([each.path for each in exchanges if each.method == "GET"])
    for each in exchanges:
        if each.method == "GET" and each.body is not None:
            asked.setdefault(paths[each.path], []).append(each)
    schemes = Secrets.of(exchanges).schemes
    return {
        "openapi": "3.0.3",
        "info": {"title": urlsplit(origin).hostname or origin},
        "servers": [{"url": origin}],
        "paths": {path: {"get": _operation(path, each, secrets)} for path, each in asked.items()},
        "components": {"securitySchemes": schemes},
        "security": [{name: [] for name in schemes}] if schemes else [],
    }


def _operation(path: str, exchanges: Sequence[Exchange], secrets: Secrets) -> dict[str, Any]:
    in_path = [{"name": part[1:-1], "in": "path", "required": True} for part in path.split("/") if part[:1] == "{"]
    answered = dict.fromkeys(name for each in exchanges for name in each.answered)
    headers: dict[str, Any] = {name: {} for name in answered if name == "link" or name.startswith("x-next")}
    answer = {"schema": schema_of(each.body for each in exchanges)}
    return {
        "parameters": [*in_path, *_parameters(exchanges, secrets)],
        "responses": {"200": {"headers": headers, "content": {"application/json": answer}}},
    }


def _parameters(exchanges: Sequence[Exchange], secrets: Secrets) -> Iterator[dict[str, Any]]:
    """The parameters of the query; what was sent always, and always the same, is sent again."""
    for name in dict.fromkeys(name for each in exchanges for name, _ in each.query):
        sent = [[value for key, value in each.query if key == name] for each in exchanges]
        values = [value for each in sent for value in each]
        if is_credential(name, values[0]) or is_noise(name):
            continue
        words = _typed(values)
        if any(len(each) > 1 for each in sent):
            yield {"name": name, "in": "query", "schema": {"type": "array", "items": words}}
            continue
        seen = [v for v in dict.fromkeys(values) if not is_private(name) and is_value(v) and not secrets.hold(v)]
        always = len(exchanges) > 1 and all(each == seen[:1] for each in sent)
        told = {"default" if always else "example": _value(seen[-1], words)} if seen else {}
        yield {"name": name, "in": "query", "required": always, "schema": words | told}


def _typed(texts: Sequence[str]) -> dict[str, Any]:
    """The type of what stands in a query."""
    if all(text.isascii() and text.isdigit() and str(int(text)) == text for text in texts):
        return {"type": "integer"}
    if {text.lower() for text in texts} <= {"true", "false"}:
        return {"type": "boolean"}
    form = {"date": "date", "datetime": "date-time"}.get((times_in(texts) or {}).get("type", ""))
    return {"type": "string"} | ({"format": form} if form else {})


def _value(text: str, words: Mapping[str, Any]) -> Any:
    if words["type"] == "boolean":
        return text.lower() == "true"
    return int(text) if words["type"] == "integer" else text


def _look(lists: Sequence[Exchange], hosts: Mapping[str, int], origin: str) -> Iterator[str]:
    others = [f"{host} ({count})" for host, count in hosts.items() if host != origin]
    if others:
        yield f"other hosts that gave lists, each for a spec of its own with --url: {', '.join(others[:MOST_HOSTS])}"
    posts = dict.fromkeys(f"POST {each.path}" for each in lists if each.method == "POST" and each.origin == origin)
    if posts:
        yield f"lists that were asked for by POST are not in the spec: {', '.join(list(posts)[:MOST_HOSTS])}"
    yield "it holds what this session asked for; the provider may know more parameters and more fields"


def _exchange(entry: Mapping[str, Any]) -> Exchange | None:
    """Read an entry; None for one that is broken, failed or has no address of ours."""
    asked, came = _dict(entry.get("request")), _dict(entry.get("response"))
    url, status = asked.get("url"), came.get("status")
    if not isinstance(url, str) or not isinstance(status, int) or not 200 <= status < 300:
        return None
    try:
        origin, parts = origin_of(url), urlsplit(url)
    except (TargetError, ValueError):
        return None
    return Exchange(
        method=str(asked.get("method", "GET")).upper(),
        origin=origin,
        path=parts.path or "/",
        query=tuple(parse_qsl(parts.query, keep_blank_values=True)),
        headers=tuple(_pairs(asked.get("headers"))),
        answered={name.lower(): value for name, value in _pairs(came.get("headers"))},
        body=_json(_dict(came.get("content"))),
    )


def _json(content: Mapping[str, Any]) -> Any:
    text = content.get("text")
    if not isinstance(text, str):
        return None
    if content.get("encoding") == "base64":
        try:
            text = base64.b64decode(text).decode()
        except (binascii.Error, UnicodeDecodeError):
            return None
    if text.lstrip("\ufeff \t\r\n")[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _lists(value: Any, depth: int) -> Iterator[list[Any]]:
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        yield value
    elif isinstance(value, dict) and depth:
        for inner in value.values():
            yield from _lists(inner, depth - 1)


def _pairs(value: Any) -> Iterable[tuple[str, str]]:
    for each in value if isinstance(value, list) else ():
        name, text = (_dict(each).get(key) for key in ("name", "value"))
        if isinstance(name, str) and isinstance(text, str):
            yield name, text


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
