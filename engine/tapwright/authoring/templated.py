"""Every template that a request is made of, beside the value that it gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tapwright.errors import SpecError
from tapwright.language.place import path_text
from tapwright.plan import Plan, TablePlan
from tapwright.slices import Slice
from tapwright.spec import Shared
from tapwright.template import Scope, Templates
from tapwright.walk import Path, steps, texts


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """A template and what it gives here."""

    place: str
    """Where it stands in the spec, such as `params.since`."""
    template: str
    value: Any
    """What it gives; why it gives nothing, in brackets, if it fails."""

    @property
    def sent(self) -> bool:
        """Whether it reaches the provider: parameters, headers and values of a body that are empty do not."""
        part = self.place.partition(".")[0]
        return part not in ("form", "headers", "json", "params") or self.value not in (None, [])


def templated(plan: Plan, table: TablePlan, templates: Templates, slice: Slice) -> Iterator[Rendered]:
    """Give each template of a table's first request, and of what cuts it into slices."""
    scope = plan.scope(table.options, slice.scope)
    for place, text in _texts(plan, table):
        if "{{" in text:
            yield Rendered(place=place, template=text, value=_value(text, templates, scope))


def _texts(plan: Plan, table: TablePlan) -> Iterator[tuple[str, str]]:
    api, stream = plan.spec.api, table.stream
    ask = stream.request
    if ask.url is None:
        yield "url", api.url
    yield from _of_words(replace(ask, params={}, headers={}), ())
    params = _params(api.params, ask.shared_params, plan.spec.shared, ask.params)
    for name, words in (("params", params), ("headers", {**api.headers, **ask.headers})):
        yield from ((path_text(path), text) for path, text in texts(words, (name,)))
    for auth in table.auths:
        yield from _of_words(auth, ("auth",))
    yield from _of_words(table.paginate, ("paginate",))
    yield from _of_words(stream.for_each, ("for_each",))
    yield from _of_words(stream.incremental, ("incremental",))


def _params(every: Mapping[str, Any], groups: list[str], shared: Shared, own: Mapping[str, Any]) -> dict[str, Any]:
    """The words of the query, as `asking` merges them."""
    merged = dict(every)
    for name in groups:
        merged.update(shared.params[name])
    return merged | dict(own)


def _of_words(words: Any, path: Path) -> Iterator[tuple[str, str]]:
    """The templates in words of the language, and where they stand."""
    for step in steps(words, None, path):
        if {"Template", "Value"} & set(step.words.split()):
            yield from ((path_text(place), text) for place, text in texts(step.value, step.path))


def _value(text: str, templates: Templates, scope: Scope) -> Any:
    try:
        return templates.render(text, scope)
    except SpecError as error:
        return f"({error.message})"
