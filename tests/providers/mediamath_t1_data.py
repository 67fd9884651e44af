"""The fictional T1 account: report definitions, and rows computed by formula.

Names of fields are those of public queries where there are some, else this server's own.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import isqrt

from tests.providers.mediamath_t1_predicates import Value

FIRST_DAY = date(2026, 1, 1)
LAST_DAY = date(2026, 3, 14)
FLIGHT_START = date(2026, 2, 1)
DENIED = {"organization_id": "300003"}
"""An entity that exists, but that the user may not see."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """A dimension or a metric, as /meta tells it."""

    type: str
    access: bool = False
    values: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """A finest group: its dimension values, and the seeds whose numbers it adds up."""

    values: Mapping[str, str]
    seeds: tuple[int, ...]


_GOALS = ("cpa", "cpc", "cpm", "roi", "cpa")  # the recording repeats "cpa" too
_ENTITY = {
    **{f"{kind}_id": Field(type="id", access=True) for kind in ("organization", "agency", "advertiser")},
    **{f"{kind}_name": Field(type="string") for kind in ("organization", "agency", "advertiser")},
}
_CAMPAIGN = {
    **_ENTITY,
    "campaign_id": Field(type="id", access=True),
    "campaign_name": Field(type="string"),
    "campaign_start_date": Field(type="datetime"),
    "campaign_goal_type": Field(type="string", values=_GOALS),
    "campaign_currency_code": Field(type="string"),
    "campaign_timezone": Field(type="string"),
}
_STRATEGY = {
    **_CAMPAIGN,
    "strategy_id": Field(type="id", access=True),
    "strategy_name": Field(type="string"),
    "strategy_goal_type": Field(type="string", values=_GOALS),
}
_CREATIVE = {**_STRATEGY, "creative_id": Field(type="id"), "creative_name": Field(type="string")}

_ORGANIZATIONS = {
    "5001": ("100001", "Fictional Foods", "1001", "Agency One", "5001", "Foods, Retail"),
    "5002": ("100001", "Fictional Foods", "1001", "Agency One", "5002", "Foods Online"),
    "5003": ("200002", "Société Imaginaire", "2002", "Agence Deux", "5003", "Voitures"),
}
_CAMPAIGNS = (  # advertiser, id, name, start, goal, currency, timezone
    ("5001", "12345", 'Jack & Jill "Of All Trades"', "2016-04-12T01:30:00", "cpa", "USD", "America/New_York"),
    ("5001", "11111", "Best sellers", "2025-11-01T00:00:00", "cpc", "USD", "America/New_York"),
    ("5002", "22222", "été – ∑´†©˙∆˚!", "2025-12-01T00:00:00", "cpm", "EUR", "Europe/Paris"),
    ("5002", "33333", "x+y z", "2026-01-01T00:00:00", "roi", "USD", "America/Chicago"),
    ("5003", "44444", "a,b", "2026-01-01T00:00:00", "cpa", "EUR", "Europe/Paris"),
    ("5003", "55555", "c", "2026-01-01T00:00:00", "cpc", "EUR", "Europe/Paris"),
    ("5003", "66666", '"', "2026-01-01T00:00:00", "cpm", "EUR", "Europe/Paris"),
)
_STRATEGY_IDS = {"12345": ("98765", "98766")}


def _advertisers() -> Iterator[dict[str, str]]:
    for values in _ORGANIZATIONS.values():
        yield dict(zip((f"{k}_{w}" for k in ("organization", "agency", "advertiser") for w in ("id", "name")),
                       values, strict=True))  # fmt: skip


def _campaigns() -> Iterator[dict[str, str]]:
    owners = {values["advertiser_id"]: values for values in _advertisers()}
    names = ("id", "name", "start_date", "goal_type", "currency_code", "timezone")
    for advertiser, *values in _CAMPAIGNS:
        yield owners[advertiser] | {f"campaign_{n}": v for n, v in zip(names, values, strict=True)}


def _strategies() -> Iterator[dict[str, str]]:
    for campaign in _campaigns():
        key = campaign["campaign_id"]
        first, second = _STRATEGY_IDS.get(key, (f"7{key}1", f"7{key}2"))
        yield campaign | {"strategy_id": first, "strategy_name": "Prospecting", "strategy_goal_type": "cpc"}
        yield campaign | {"strategy_id": second, "strategy_name": "Test A=B", "strategy_goal_type": "cpa"}


def _creatives() -> Iterator[dict[str, str]]:
    for strategy in _strategies():
        key = strategy["strategy_id"]
        zero = "00" if key == "98765" else ""
        yield strategy | {"creative_id": f"{zero}{key}1", "creative_name": "Spring 50% Off banner"}
        yield strategy | {"creative_id": f"{key}2", "creative_name": 'Line one\nline "two", créée'}


ENTITIES: Mapping[str, frozenset[str]] = {
    name: frozenset(leaf[name] for leaf in _creatives())
    for name in ("organization_id", "agency_id", "advertiser_id", "campaign_id", "strategy_id")
}

_ADDITIVE: Mapping[str, tuple[str, Callable[[int], int]]] = {
    # Money is counted in units of 1e-8 until the groups are summed.
    "impressions": ("count", lambda h: 200 + h % 1800),
    "clicks": ("count", lambda h: (h >> 11) % 12),
    "post_click_conversions": ("count", lambda h: (h >> 5) % 3),
    "post_view_conversions": ("count", lambda h: (h >> 7) % 5),
    "total_conversions": ("count", lambda h: (h >> 5) % 3 + (h >> 7) % 5),
    "media_cost": ("money", lambda h: (200 + h % 1800) * 123457),
    "total_ad_cost": ("money", lambda h: (200 + h % 1800) * 135803),
    "total_spend": ("money", lambda h: (200 + h % 1800) * 154321),
    "total_revenue": ("money", lambda h: ((h >> 5) % 3 + (h >> 7) % 5) * 1250000000),
    "loads": ("count", lambda h: 200 + h % 1800),
    "users": ("count", lambda h: 200 + h % 1800),
    "matched_users": ("count", lambda h: 200 + h % 1800),
    "matched_bid_opportunities": ("count", lambda h: 5000 + h % 9000),
    "bids": ("count", lambda h: 2000 + h % 3000),
    "wins": ("count", lambda h: 200 + h % 1800),
    "total_bid_amount_cpm": ("money", lambda h: (2000 + h % 3000) * 234567890),
    "total_win_amount_cpm": ("money", lambda h: (200 + h % 1800) * 198765432),
    "video_start": ("count", lambda h: 150 + h % 1000),
    "video_complete": ("count", lambda h: (150 + h % 1000) * 3 // 5),
    "video_skips": ("count", lambda h: (h >> 3) % 90),
    "video_fullscreens": ("count", lambda h: (h >> 9) % 40),
    "watermark_impressions": ("count", lambda h: h % 180),
    "watermark_spend": ("money", lambda h: h % 180 * 154321),
    "non_watermark_impressions": ("count", lambda h: 200 + h % 1800),
    "non_watermark_spend": ("money", lambda h: (200 + h % 1800) * 154321),
}
_DERIVED: Mapping[str, tuple[str, str, int, str]] = {  # type, dividend, factor, divisor
    "ctr": ("percent", "clicks", 100, "impressions"),
    "rr_per_1k_imps": ("ratio", "total_conversions", 1000, "impressions"),
    "media_cost_cpm": ("money", "media_cost", 1000, "impressions"),
    "total_spend_cpa": ("money", "total_spend", 1, "total_conversions"),
    "total_spend_cpc": ("money", "total_spend", 1, "clicks"),
    "total_spend_cpm": ("money", "total_spend", 1000, "impressions"),
    "total_spend_roi": ("ratio", "total_revenue", 1, "total_spend"),
    "bid_rate": ("percent", "bids", 100, "matched_bid_opportunities"),
    "win_rate": ("percent", "wins", 100, "bids"),
    "average_bid_amount_cpm": ("money", "total_bid_amount_cpm", 1, "bids"),
    "average_win_amount_cpm": ("money", "total_win_amount_cpm", 1, "wins"),
    "video_complete_rate": ("percent", "video_complete", 100, "video_start"),
    "audience_index": ("ratio", "clicks", 10000, "impressions"),
}


def metric_field(name: str) -> Field:
    if name == "uniques":
        return Field(type="count")
    return Field(type=_ADDITIVE[name][0] if name in _ADDITIVE else _DERIVED[name][0])


def additive_for(metrics: tuple[str, ...]) -> tuple[str, ...]:
    """Name the sums that the metrics are computed from."""
    wanted: set[str] = set()
    for name in metrics:
        if name in _DERIVED:
            wanted |= {_DERIVED[name][1], _DERIVED[name][3]}
        else:
            wanted.add("users" if name == "uniques" else name)
    return tuple(sorted(wanted))


def numbers(leaf: Leaf, unit: int, names: tuple[str, ...], *, in_usd: bool) -> list[int] | None:
    """Compute one leaf's numbers in one day or hour; None when it did not deliver."""
    sums = [0] * len(names)
    delivered = False
    for seed in leaf.seeds:
        hashed = zlib.crc32(unit.to_bytes(4, "big"), seed)
        if hashed % 13 == 0:
            continue
        delivered = True
        for index, name in enumerate(names):
            kind, formula = _ADDITIVE[name]
            amount = formula(hashed)
            if in_usd and kind == "money" and leaf.values.get("campaign_currency_code") == "EUR":
                amount = amount * 108 // 100
            sums[index] += amount
    return sums if delivered else None


def measure(name: str, sums: Mapping[str, int]) -> Value:
    """Compute one metric of a group from its sums."""
    if name == "uniques":  # never additive
        return isqrt(sums["users"]) * 10
    if name in _ADDITIVE:
        return _scaled(name, sums)
    _, over, factor, under = _DERIVED[name]
    divisor = Decimal(_scaled(under, sums))
    return Decimal(_scaled(over, sums)) * factor / divisor if divisor else Decimal(0)


def _scaled(name: str, sums: Mapping[str, int]) -> int | Decimal:
    return Decimal(sums[name]).scaleb(-8) if _ADDITIVE[name][0] == "money" else sums[name]


def leaves(base: str, facets: tuple[Mapping[str, str], ...], salt: str) -> Iterator[Leaf]:
    """Cross the entities with a report's own dimensions; `Total` facets add up the others."""
    parents = {
        "advertiser": _advertisers,
        "campaign": _campaigns,
        "strategy": _strategies,
        "creative": _creatives,
    }
    for parent in parents[base]():
        seeds: dict[str, list[int]] = {}
        for facet in facets:
            values = {**parent, **facet}
            pixel = next((value for name, value in facet.items() if name.endswith("pixel_id")), "")
            if facet.get("referrer") == "Total":
                yield Leaf(values=values, seeds=tuple(seeds[pixel]))
                continue
            seed = zlib.crc32(repr((salt, sorted(values.items()))).encode())
            seeds.setdefault(pixel, []).append(seed)
            yield Leaf(values=values, seeds=(seed,))


DIMENSIONS = {"advertiser": _ENTITY, "campaign": _CAMPAIGN, "strategy": _STRATEGY, "creative": _CREATIVE}
