"""Read the twelve query parameters of a T1 report, and refuse what the documents refuse."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from tests.providers import mediamath_t1_window as windows
from tests.providers.mediamath_t1_data import DENIED, ENTITIES, Field
from tests.providers.mediamath_t1_errors import Refusal, bad_request
from tests.providers.mediamath_t1_predicates import BadPredicates, Predicate, check, parse
from tests.providers.mediamath_t1_reports import SPECIAL_WINDOWS, Report

PARAMETERS = frozenset({
    "dimensions", "metrics", "filter", "having", "time_rollup", "time_window", "start_date", "end_date",
    "order", "page_limit", "page_offset", "precision",
})  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Request:
    """A report as asked; dimensions and metrics include those that having and order bring."""

    report: Report
    dimensions: tuple[str, ...]
    metrics: tuple[str, ...]
    filter: tuple[Predicate, ...]
    having: tuple[Predicate, ...]
    rollup: str
    window: windows.Window
    order: tuple[tuple[str, bool], ...]
    """Fields to sort by, and whether descending."""
    page_limit: int | None
    page_offset: int
    precision: int


def read(query: Sequence[tuple[str, str]], report: Report, today: date, default_limit: int | None) -> Request:
    """Read a report's query parameters; `api_key` belongs to the gateway."""
    params = parameters(query, PARAMETERS)
    dimensions = _fields("dimensions", params.get("dimensions"), report.dimension_fields)
    if not dimensions:
        raise bad_request("dimensions are required")
    metrics = _fields("metrics", params.get("metrics"), report.metric_fields) or tuple(report.metric_fields)
    every = {**report.dimension_fields, **report.metric_fields}
    filtered = _predicates("filter", params.get("filter"), report.dimension_fields)
    having = _predicates("having", params.get("having"), every)
    _require_access([*filtered, *having], report)
    window = windows.read(params, report, today)
    rollup = params.get("time_rollup", "")
    if rollup not in report.rollups:
        raise bad_request(f"time_rollup {rollup!r} is not one of {', '.join(report.rollups)}")
    order = _order(params.get("order"), {*every, report.time_field})
    if params.get("time_window") in SPECIAL_WINDOWS:
        if rollup != "all":
            raise bad_request("this time window takes time_rollup=all only")
        if order:
            raise bad_request("this time window takes no order")
    limit, offset = _page(params, default_limit)
    brought = [*(predicate.field for predicate in having), *(name for name, _ in order)]
    return Request(
        report=report,
        dimensions=tuple(sorted({*dimensions, *brought} & set(report.dimension_fields))),
        metrics=tuple(sorted({*metrics, *brought} & set(report.metric_fields))),
        filter=filtered,
        having=having,
        rollup=rollup,
        window=window,
        order=order,
        page_limit=limit,
        page_offset=offset,
        precision=_integer("precision", params.get("precision", "8"), 0, 8),
    )


def parameters(query: Sequence[tuple[str, str]], known: Iterable[str]) -> dict[str, str]:
    """Index the query by name; names are case-sensitive and come once."""
    params: dict[str, str] = {}
    for name, value in query:
        if name == "api_key":
            continue
        if name not in known:
            raise bad_request(f"unknown parameter {name!r}")
        if name in params:
            raise bad_request(f"parameter {name!r} comes twice")
        params[name] = value
    return params


def _fields(param: str, text: str | None, known: Mapping[str, Field]) -> tuple[str, ...]:
    names = tuple(text.split(",")) if text is not None else ()
    for name in names:
        if name not in known:
            raise bad_request(f"{param}: unknown field {name!r}")
    return names


def _predicates(param: str, text: str | None, known: Mapping[str, Field]) -> tuple[Predicate, ...]:
    try:
        predicates = parse(text) if text is not None else ()
        for predicate in predicates:
            field = known.get(predicate.field)
            if field is None:
                raise BadPredicates(f"unknown field {predicate.field!r}")
            check(predicate, field.type, field.values)
    except BadPredicates as error:
        raise bad_request(f"{param}: {error}", "incorrect_predicates") from None
    return predicates


def _require_access(predicates: Sequence[Predicate], report: Report) -> None:
    fields = report.dimension_fields
    gates = [p for p in predicates if p.operator == "=" and p.field in fields and fields[p.field].access]
    if not gates:
        told = "an access field must be compared with = in filter or having"
        raise bad_request(told, "incorrect_predicates")
    for predicate in gates:
        for value in predicate.values:
            entity = (predicate.field.removesuffix("_id"), value)
            if DENIED.get(predicate.field) == value:
                raise Refusal(403, "denied", "Insufficient permissions", entity=entity)
            if value not in ENTITIES[predicate.field]:
                raise Refusal(404, "not_found", "Entity Not Found", entity=entity)


def _order(text: str | None, known: Iterable[str]) -> tuple[tuple[str, bool], ...]:
    names = text.split(",") if text is not None else []
    order = tuple((name.removeprefix("-"), name.startswith("-")) for name in names)
    for name, _ in order:
        if name not in known:
            raise bad_request(f"order: unknown field {name!r}")
    return order


def _page(params: Mapping[str, str], default_limit: int | None) -> tuple[int | None, int]:
    offset = _integer("page_offset", params.get("page_offset", "0"), 0)
    if "page_limit" in params:
        return _integer("page_limit", params["page_limit"], 1), offset
    if offset:
        raise bad_request("page_offset needs page_limit")
    return default_limit, 0


def _integer(name: str, text: str, low: int, high: int = 10**9) -> int:
    if not re.fullmatch(r"[0-9]{1,10}", text) or not low <= int(text) <= high:
        raise bad_request(f"{name}: {text!r} is not an integer from {low} up")
    return int(text)
