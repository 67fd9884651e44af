"""What a plan shows: to a person, and to a machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tapwright.authoring.plan import Planned
from tapwright.authoring.sheet import Line, line, pairs
from tapwright.authoring.templated import Rendered
from tapwright.authoring.wire import Wire, body_lines, value_text, wire
from tapwright.authoring.words_of import kind_name, words_of, words_text
from tapwright.counted import counted
from tapwright.paginate import PAGINATE
from tapwright.paginate.kind import Paginate
from tapwright.plan import Plan
from tapwright.transport import SILENT


def plan_lines(plan: Plan, made_up: Mapping[str, Any], every: Sequence[Planned], *, slices: bool) -> Iterator[Line]:
    """Show a plan."""
    spec = plan.spec
    yield line((f"{spec.title} ({spec.name})", "title"), f" as of {plan.now:%Y-%m-%dT%H:%M:%S%z}; nothing is sent")
    if made_up:
        yield line()
        yield line("not given, so these stand in:")
        yield from pairs(((name, _hidden(plan, name, value)) for name, value in made_up.items()), indent=2)
    common = _common(every)
    yield line()
    yield line(("every request", "title"), ": " + "; ".join(f"{name}: {text}" for name, text in SILENT.items()))
    yield from _templates(common, indent=2)
    shown: set[str] = set()
    for planned in every:
        logins = [login for login in map(wire, planned.logins) if repr(login) not in shown]
        shown |= {repr(login) for login in logins}
        if logins:
            yield line()
            given = ", ".join(f"{{{name}}}" for name in planned.unknown)
            yield line(("before the first request", "title"), f", to be given {given}" if given else "")
            for login in logins:
                yield from request_lines(login, indent=2)
        yield line()
        yield from _table_lines(planned, common, slices=slices)


def _common(every: Sequence[Planned]) -> list[Rendered]:
    """The templates of addresses, headers and logins that all streams share, if there are several streams."""
    shared = [rendered for rendered in every[0].rendered if rendered.place.split(".")[0] in ("auth", "headers", "url")]
    others = every[1:]
    return [one for one in shared if others and all(one in other.rendered for other in others if other.rendered)]


def _hidden(plan: Plan, name: str, value: Any) -> str:
    option = plan.spec.config.get(name)
    return "***" if option is not None and option.writeOnly else value_text(value)


def _table_lines(planned: Planned, common: Sequence[Rendered], *, slices: bool) -> Iterator[Line]:
    table = planned.table
    name = table.table if table.table == table.name else f"{table.table} (stream {table.name})"
    hidden = "  (serves other streams only)" if table.stream.hidden else ""
    yield line((name, "title"), f": {table.stream.title}" if table.stream.title else "", (hidden, "quiet"))
    if planned.slices or not planned.problem:
        yield from (line(text, indent=2) for text in _slices_said(planned))
    if slices:
        yield from _slice_lines(planned)
    elif planned.requests:
        yield from request_lines(wire(planned.requests[0]), indent=2)
        yield from _templates([each for each in planned.rendered if each not in common], indent=4)
        yield from _following(table.paginate)
    if planned.problem is not None:
        yield from (line((text, "bad"), indent=2) for text in str(planned.problem).splitlines())


def _slices_said(planned: Planned) -> Iterator[str]:
    if not planned.slices:
        yield "nothing to ask for with this config"
        return
    if planned.each:
        yield f"one slice for {', '.join(planned.each)}"
    count = ("" if planned.complete else "more than ") + counted(len(planned.slices), "slice")
    if planned.parents:
        count += f" for one record of {' and of '.join(planned.parents)}, which stands in here"
    if str(planned.slices[0]):
        yield f"{count}; the first: {planned.slices[0]}"


def _following(paginate: Paginate) -> Iterator[Line]:
    name = kind_name(paginate, PAGINATE)
    if name == "none":
        yield line(("then", "word"), "  no other page", indent=2)
        return
    first, *others = words_text(name, paginate).splitlines()
    yield line(("then", "word"), f"  the next page by {first}", indent=2)
    yield from (line(text, indent=8) for text in others)


def request_lines(sent: Wire, indent: int) -> Iterator[Line]:
    """Show a request: its method and address, the query, headers and body as they are sent."""
    yield line((sent.method, "word"), f" {sent.address}", indent=indent)
    for number, pair in enumerate(sent.query):
        yield line(f"{'&' if number else '?'}{pair}", indent=indent + 4)
    for name, text in sent.own_headers.items():
        yield line((f"{name}: {text}", "quiet"), indent=indent + 2)
    for text in sent.form or body_lines(sent.body):
        yield line(text, indent=indent + 4)


def _templates(every: Iterable[Rendered], indent: int) -> Iterator[Line]:
    for each in every:
        template = " ".join(each.template.split())
        value = value_text(each.value) if each.sent else "not sent"
        yield line((each.place, "word"), " = ", (template, "quiet"), f" -> {value}", indent=indent)


def _slice_lines(planned: Planned) -> Iterator[Line]:
    for number, (slice, request) in enumerate(zip(planned.slices, planned.requests, strict=False), 1):
        yield line((f"{number:>5}", "quiet"), f"  {slice}" if str(slice) else "", indent=0)
        yield line(f"{request.method} {request.target}", indent=7)


def plan_data(plan: Plan, made_up: Mapping[str, Any], every: Sequence[Planned], *, slices: bool) -> dict[str, Any]:
    """The same for a machine."""
    return {
        "spec": plan.spec.name,
        "now": plan.now.isoformat(),
        "stand_ins": {name: _hidden(plan, name, value) for name, value in made_up.items()},
        "tables": [_table_data(planned, slices=slices) for planned in every],
    }


def _table_data(planned: Planned, *, slices: bool) -> dict[str, Any]:
    requests = [wire(request).plain for request in planned.requests]
    shown = planned.slices if slices else planned.slices[:1]
    return {
        "table": planned.table.table,
        "stream": planned.table.name,
        "slices": {
            "count": len(planned.slices),
            "complete": planned.complete,
            "each": list(planned.each),
            "parents": list(planned.parents),
        },
        "logins": [wire(login).plain for login in planned.logins],
        "requests": [
            {"slice": _plain(slice.scope), **request} for slice, request in zip(shown, requests, strict=False)
        ],
        "templates": [
            {"place": each.place, "template": each.template, "value": _plain(each.value)} for each in planned.rendered
        ],
        "then": {kind_name(planned.table.paginate, PAGINATE): words_of(planned.table.paginate)},
        "problem": str(planned.problem) if planned.problem else None,
    }


def _plain(value: Any) -> Any:
    from msgspec import to_builtins

    return to_builtins(value)
