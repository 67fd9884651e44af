"""The examples in a spec: a use of a stream, and the exact first request that it must lead to."""

from __future__ import annotations

from collections.abc import Iterator

from tapwright.asking import first_request
from tapwright.errors import TapwrightError
from tapwright.moment import as_datetime
from tapwright.option import stand_in
from tapwright.plan import Plan, make_plan, templates_of
from tapwright.rendered import rendered
from tapwright.request import Request
from tapwright.spec import Example, Spec
from tapwright.template import Templates
from tapwright.use import Use


def example_faults(spec: Spec) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Give every example whose request comes out otherwise: where, and how."""
    templates = templates_of(spec)  # compiled once for all examples
    for name, stream in spec.streams.items():
        for index, example in enumerate(stream.examples):
            place = ("streams", name, "examples", index, "request")
            try:
                found = shown(example_request(spec, name, example, templates))
            except (TapwrightError, ValueError) as error:
                yield place, f"no request can be made: {error}"
                continue
            if found != example.request:
                yield place, f"the request comes out as {found}"


def example_request(spec: Spec, name: str, example: Example, templates: Templates) -> Request:
    """Make the request that an example leads to, before it is authorised."""
    config = {key: stand_in(key, option) for key, option in spec.config.items() if not option.has_default}
    plan: Plan = make_plan(
        spec, config | example.config, {name: Use(stream=name, options=example.options)}, as_datetime(example.now)
    )
    table = plan.tables[0]
    slice = {
        key: as_datetime(value) if key in ("start", "end", "last") else value for key, value in example.slice.items()
    }
    scope = plan.scope(table.options, slice)
    first = first_request(spec.api, table.stream.request, spec.shared, templates, scope)
    return next(rendered(table.paginate, templates, scope).pages(first))


def shown(request: Request) -> str:
    """Write a request as examples do: the method, a blank, and the URL as it goes on the wire."""
    return f"{request.method} {request.target}"
