"""Compute the rows of a T1 request and write them as CSV."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

from tests.providers.mediamath_t1_data import additive_for, measure, numbers
from tests.providers.mediamath_t1_predicates import FRACTIONAL, Value, holds
from tests.providers.mediamath_t1_request import Request


@dataclass(frozen=True, kw_only=True)
class Row:
    """One group."""

    start: datetime
    stop: datetime
    values: Mapping[str, Value]


def rows(request: Request, today: date) -> list[Row]:
    """Filter, group, measure, filter again, sort and cut to the page."""
    found = [row for row in _measured(request, today) if all(holds(p, row.values[p.field]) for p in request.having)]
    for name, descending in reversed(request.order):
        found.sort(key=_sort_key(name, request.report.time_field), reverse=descending)
    if request.page_limit is None:
        return found
    first = request.page_limit * request.page_offset
    return found[first : first + request.page_limit]


def _sort_key(name: str, time_field: str) -> Callable[[Row], Value]:
    if name == time_field:
        return lambda row: row.start.isoformat()
    return lambda row: row.values[name]


def _measured(request: Request, today: date) -> list[Row]:
    report, window = request.report, request.window
    sums = additive_for(request.metrics)
    units = [(unit, window.bucket(unit, request.rollup)) for unit in window.units(hourly=report.hourly, today=today)]
    groups: dict[tuple[tuple[str, ...], datetime, datetime], list[int]] = {}
    for leaf in report.leaves:
        if not all(holds(predicate, leaf.values[predicate.field]) for predicate in request.filter):
            continue
        group = tuple(leaf.values[name] for name in request.dimensions)
        for unit, bucket in units:
            counted = numbers(leaf, int((unit - datetime(1970, 1, 1)) / timedelta(hours=1)), sums,
                              in_usd=report.name.endswith("_usd"))  # fmt: skip
            if counted is None:
                continue
            key = (group, *bucket)
            groups[key] = [a + b for a, b in zip(groups[key], counted, strict=True)] if key in groups else counted
    made = []
    for (group, start, stop), totals in groups.items():
        named = dict(zip(sums, totals, strict=True))
        values: dict[str, Value] = dict(zip(request.dimensions, group, strict=True))
        values |= {name: measure(name, named) for name in request.metrics}
        made.append(Row(start=start, stop=stop, values=values))
    return made


def csv(request: Request, found: list[Row]) -> str:
    """Write the header line and the rows; the order of columns is not the order asked."""
    fields = {**request.report.dimension_fields, **request.report.metric_fields}
    times = ["interval"] if request.window.interval else ["start_date", "end_date"]
    columns = [*request.dimensions, *request.metrics]
    lines = [",".join([*times, *columns])]
    for row in found:
        cells = [request.window.interval] if request.window.interval else _times(request, row)
        cells += [_cell(row.values[name], fields[name].type, request.precision) for name in columns]
        lines.append(",".join(cells))
    return "\n".join(lines) + "\n"


def _times(request: Request, row: Row) -> list[str]:
    """Write both ends of a group, inclusive; hours with a blank, whole days as dates."""
    midnights = row.start.time() == row.stop.time() == time()
    if midnights and request.rollup != "by_hour":
        return [f'"{row.start:%Y-%m-%d}"', f'"{row.stop - timedelta(days=1):%Y-%m-%d}"']
    return [f'"{row.start:%Y-%m-%d %H:%M:%S}"', f'"{row.stop - timedelta(seconds=1):%Y-%m-%d %H:%M:%S}"']


def _cell(value: Value, kind: str, precision: int) -> str:
    if kind in FRACTIONAL:
        return str(Decimal(value).quantize(Decimal(1).scaleb(-precision), ROUND_HALF_UP))
    if kind in ("string", "datetime"):
        return '"' + str(value).replace('"', '""') + '"'
    return str(value)
