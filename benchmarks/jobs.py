"""The work: what is served, what must come out of it, and how fast that ought to be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from benchmarks import data

Records = Callable[[int, int], Iterator[Mapping[str, Any]]]
"""What must come out of so many, where a server makes so many of a sort."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """What tapwright ought to reach beside a contender, or by itself."""

    beside: str = ""
    """The contender; none where the figure counts."""
    of: Literal["cpu", "wall", "memory"] = "cpu"
    growth: bool = False
    """Whether the most of any size counts, beside the least size."""
    at_most: float | None = None
    """So many times what it needs; or so many seconds or megabytes."""
    faster: float | None = None
    """So many times as fast as it."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """One kind of work."""

    name: str
    what: str
    total: int = 0
    """How many there are, at scale 1."""
    expected: Records | None = None
    """None where nothing is written."""
    types: Mapping[str, str] = field(default_factory=dict)
    """The types that fields must have; the others are compared as JSON."""
    table: str = "orders"
    workers: int = 1
    delay: int = 0
    """Milliseconds that each answer takes."""
    times: tuple[int, ...] = (1,)
    """How many times the total is read, one after the other."""
    scaled: bool = True
    """Whether there may be fewer or more of it."""
    targets: tuple[Target, ...] = ()
    profiled: bool = True
    """Whether tapwright can say where its time goes."""


def _orders(total: int, base: int) -> Iterator[Mapping[str, Any]]:
    return (data.order(number % base, number // base) for number in range(total))


def _picked(total: int, base: int) -> Iterator[Mapping[str, Any]]:
    return map(data.picked, _orders(total, base))


def _rows(total: int, base: int) -> Iterator[Mapping[str, Any]]:
    return (data.row(number % base, number // base) for number in range(total))


def _samples(total: int, base: int) -> Iterator[Mapping[str, Any]]:
    base = max(1, base // 10)
    return (data.sample(number % base, number // base) for number in range(total))


def _cards(total: int, base: int) -> Iterator[Mapping[str, Any]]:
    parents = (data.parent(number)["id"] for number in range(total))
    return (data.child(parent, place) for parent in parents for place in range(data.CHILDREN))


_ORDER = {"number": "integer", "created": "integer", "updated": "datetime", "total": "number"}
_NESTED = ("customer", "channel", "device", "lines", "payments", "shipments", "tags", "metrics", "custom")
_ORDER_IN_COLUMNS = _ORDER | dict.fromkeys(_NESTED, "json")
_PICKED = {
    "created_at": "datetime",
    "amount": "number",
    "customer_id": "integer",
    "latitude": "number",
    "os_version": "number",
    "first_quantity": "integer",
}
_ROW = {
    "day": "date",
    "last_day": "date",
    "advertiser_id": "integer",
    "campaign_id": "integer",
    "impressions": "integer",
    "clicks": "integer",
    "spend": "number",
}
_CARD = {"id": "integer", "balance": "number"}

_GROWTH = (
    Target(growth=True, at_most=17),
    Target(growth=True, of="memory", at_most=1.1),
)
_START = (
    Target(at_most=0.12),
    Target(beside="singer-sdk", faster=3),
    Target(beside="airbyte", faster=10),
)

_EVERY = (
    Job(
        name="items",
        what="pages of 500 nested JSON records of 1.2 KB to JSON lines, untouched",
        total=100_000,
        expected=_orders,
        types=_ORDER,
        targets=(
            Target(beside="floor", at_most=1.0),
            Target(beside="dlt", faster=3),
            Target(beside="airbyte", faster=6),
            Target(beside="singer-sdk", faster=6),
        ),
    ),
    Job(
        name="items-map",
        what="the same, 12 fields picked from nested paths, renamed and typed",
        total=100_000,
        expected=_picked,
        types=_PICKED,
        targets=(
            Target(beside="floor", at_most=1.6),
            Target(beside="dlt", faster=3),
            Target(beside="airbyte", faster=15),
            Target(beside="singer-sdk", faster=6),
        ),
    ),
    Job(
        name="csv",
        what="one streamed CSV of 9 columns to JSON lines, numbers and dates typed",
        total=500_000,
        expected=_rows,
        types=_ROW,
        targets=(
            Target(beside="floor", at_most=1.3),
            Target(beside="airbyte", faster=20),
            Target(beside="singer-sdk", faster=8),
        ),
    ),
    Job(
        name="xml",
        what="one XML document of nested samples of 3 KB to JSON lines",
        total=10_000,
        expected=_samples,
        targets=(
            Target(beside="floor", at_most=1.4),
            Target(beside="airbyte", faster=4),
            Target(of="memory", at_most=60),
        ),
    ),
    Job(
        name="oauth",
        what="the pages of `items` behind OAuth 2, client credentials",
        total=20_000,
        expected=_orders,
        types=_ORDER,
    ),
    Job(
        name="slices",
        what="365 days of 100 records, 50 ms for each answer, 10 at once",
        total=36_500,
        expected=_orders,
        types=_ORDER,
        workers=10,
        delay=50,
        scaled=False,
        targets=(Target(beside="floor", of="wall", at_most=1.2),),
    ),
    Job(
        name="children",
        what="parents, and the 2 children of each asked for one by one, 10 at once",
        total=20_000,
        expected=_cards,
        types=_CARD,
        workers=10,
    ),
    Job(
        name="duckdb",
        what="the pages of `items` into DuckDB, typed columns, checkpoints on; the floor writes JSON lines",
        total=100_000,
        expected=_orders,
        types=_ORDER_IN_COLUMNS,
        table="orders_typed",
        targets=(
            Target(beside="floor", at_most=2.0),
            Target(beside="dlt", faster=20),
            Target(of="memory", at_most=250),
        ),
    ),
    Job(
        name="duckdb-small",
        what="a fifth of that, for what dlt does by itself, whose memory grows",
        total=20_000,
        expected=_orders,
        types=_ORDER_IN_COLUMNS,
        table="orders_typed",
        targets=(Target(beside="dlt-default", faster=20),),
    ),
    Job(
        name="parquet",
        what="the same into Parquet; the floor writes JSON lines",
        total=100_000,
        expected=_orders,
        types=_ORDER_IN_COLUMNS,
        targets=(Target(beside="floor", at_most=1.6), Target(beside="dlt", faster=7)),
    ),
    Job(
        name="postgres",
        what="the same into Postgres, whose own work does not count; the floor writes JSON lines",
        total=100_000,
        expected=_orders,
        types=_ORDER_IN_COLUMNS,
        table="orders_typed",
    ),
    Job(
        name="singer",
        what="the pages of `items` as Singer messages; the floor writes bare JSON lines",
        total=100_000,
        expected=_orders,
        types=_ORDER,
        targets=(Target(beside="singer-sdk", faster=5),),
        profiled=False,
    ),
    Job(
        name="airbyte",
        what="the pages of `items` as Airbyte messages; the floor writes bare JSON lines",
        total=100_000,
        expected=_orders,
        types=_ORDER,
        targets=(Target(beside="airbyte", faster=6),),
        profiled=False,
    ),
    Job(
        name="growth",
        what="`items` once, 4 times and 16 times as many",
        total=25_000,
        times=(1, 4, 16),
        expected=_orders,
        types=_ORDER,
        targets=_GROWTH,
    ),
    Job(
        name="growth-csv",
        what="`csv` once, 4 times and 16 times as long",
        total=125_000,
        times=(1, 4, 16),
        expected=_rows,
        types=_ROW,
        targets=_GROWTH,
    ),
    Job(
        name="growth-xml",
        what="`xml` once, 4 times and 16 times as long",
        total=2_500,
        times=(1, 4, 16),
        expected=_samples,
        targets=_GROWTH,
    ),
    Job(name="version", what="start-up: `--version`; the floor is `python -c pass`", targets=_START, profiled=False),
    Job(name="help", what="start-up: `--help`; the floor is `python -c pass`", targets=_START, profiled=False),
    Job(name="discover", what="start-up: say which streams there are; the floor is `python -c pass`"),
)

JOBS: Mapping[str, Job] = {job.name: job for job in _EVERY}
