"""The words of a request, rendered: from templates and a slice to a Request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from tapwright.partition.parent import Parent
from tapwright.request import Pairs, Request, text_of
from tapwright.spec import Api, Ask, Shared, Stream
from tapwright.template import Scope, Templates


def first_request(api: Api, ask: Ask, shared: Shared, templates: Templates, scope: Scope) -> Request:
    """Make the request for the first page of a slice."""
    groups = [shared.params[name] for name in ask.shared_params]
    params: dict[str, Any] = {}
    for group in (api.params, *groups, ask.params):
        params.update(group)
    lists = ask.lists or api.lists
    form = None if ask.form is None else tuple(_pairs(_rendered(ask.form, templates, scope), lists))
    return Request(
        method="POST" if ask.graphql else ask.method,
        url=_url(api, ask, templates, scope),
        params=tuple(_pairs(_rendered(params, templates, scope), lists)),
        headers=_headers({**api.headers, **ask.headers}, templates, scope),
        json=_json(ask, templates, scope),
        form=form,
        text=None if ask.text is None else str(templates.render(ask.text, scope)),
        percent_encode=ask.percent_encode or api.percent_encode,
    )


def names_parents(stream: Stream) -> bool:
    """Whether the address of a stream's requests is made of what a parent's record gives: it may lead anywhere."""
    taken = {name for words in stream.for_each if isinstance(words, Parent) for name in words.take}
    return not taken.isdisjoint(re.findall(r"\bslice\W+(\w+)", stream.request.url or ""))


def _url(api: Api, ask: Ask, templates: Templates, scope: Scope) -> str:
    if ask.url is not None:
        return str(templates.render(ask.url, scope))
    base = str(templates.render(api.url, scope)).rstrip("/")
    path = templates.render_with(ask.path, scope, lambda piece: quote(text_of(piece), safe=""))
    return f"{base}/{path.lstrip('/')}" if path else base


def _headers(words: Mapping[str, str], templates: Templates, scope: Scope) -> dict[str, str]:
    rendered = {name: templates.render(value, scope) for name, value in words.items()}
    return {name: text_of(value) for name, value in rendered.items() if value not in (None, "")}


def _json(ask: Ask, templates: Templates, scope: Scope) -> Any:
    if ask.graphql:
        return {
            "query": templates.render(ask.graphql.query, scope),
            "variables": _rendered(ask.graphql.variables, templates, scope),
        }
    return None if ask.json is None else _rendered(ask.json, templates, scope)


def _rendered(value: Any, templates: Templates, scope: Scope) -> Any:
    """Render a value; members whose template gives null or an empty list go, a null written as such stays."""
    if isinstance(value, Mapping):
        rendered = {name: _rendered(inner, templates, scope) for name, inner in value.items()}
        return {name: inner for name, inner in rendered.items() if inner not in (None, []) or value[name] is None}
    if isinstance(value, list | tuple):
        return [_rendered(inner, templates, scope) for inner in value]
    return templates.render(value, scope)


def _pairs(params: Mapping[str, Any], lists: str) -> Iterator[tuple[str, str]]:
    for name, value in params.items():
        yield from _pairs(value, lists) if name == "*" and isinstance(value, Mapping) else _written(name, value, lists)


def _written(name: str, value: Any, lists: str) -> Iterator[tuple[str, str]]:
    if value is None or value == []:
        return
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _written(f"{name}[{key}]", inner, lists)
    elif isinstance(value, list | tuple):
        yield from _listed(name, list(value), lists)
    else:
        yield name, text_of(value)


def _listed(name: str, values: list[Any], lists: str) -> Pairs:
    texts = [text_of(value) for value in values]
    if lists == "comma":
        return ((name, ",".join(texts)),)
    if lists == "indexed":
        return tuple((f"{name}[{index}]", text) for index, text in enumerate(texts))
    return tuple((f"{name}[]" if lists == "brackets" else name, text) for text in texts)
