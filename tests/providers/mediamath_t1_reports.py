"""The catalogue of T1 reports, and the documents /meta answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from tests.providers.mediamath_t1_data import DIMENSIONS, Field, Leaf, leaves, metric_field

Facet = Mapping[str, str]

SPECIAL_WINDOWS = {"campaign_to_date": "CTD", "flight_to_date": "FTD"}
_DAILY = ("yesterday", "last_X_days", "month_to_date", "campaign_to_date", "flight_to_date")
_HOURLY = ("yesterday", "last_X_days", "last_X_hours", "month_to_date")
_BY_DAY = ("by_day", "by_week", "by_month", "all")
_BY_HOUR = ("by_hour", "by_day", "all")
_ADS = ("impressions", "clicks", "post_click_conversions", "post_view_conversions", "total_conversions",
        "media_cost", "total_ad_cost", "total_spend", "total_revenue", "ctr", "rr_per_1k_imps", "media_cost_cpm",
        "total_spend_cpa", "total_spend_cpc", "total_spend_cpm", "total_spend_roi")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Report:
    """One report: what /meta tells of it, and where its rows come from."""

    name: str
    description: str
    base: str = "strategy"
    facets: tuple[Facet, ...] = ({},)
    types: Mapping[str, str]
    metrics: tuple[str, ...] = _ADS
    rollups: tuple[str, ...] = _BY_DAY
    windows: tuple[str, ...] = _DAILY
    time_field: str = "date"
    version: int = 1
    currency: str = "USD"
    retention: str = "last_90_days"
    deprecation: date | None = None

    @property
    def hourly(self) -> bool:
        return "by_hour" in self.rollups

    @property
    def is_interval(self) -> bool:
        return self.time_field == "interval"

    @cached_property
    def dimension_fields(self) -> Mapping[str, Field]:
        return DIMENSIONS[self.base] | {name: Field(type=kind) for name, kind in self.types.items()}

    @cached_property
    def metric_fields(self) -> Mapping[str, Field]:
        return {name: metric_field(name) for name in self.metrics}

    @cached_property
    def leaves(self) -> tuple[Leaf, ...]:
        return tuple(leaves(self.base, self.facets, self.name.removesuffix("_usd")))

    def entry(self, origin: str) -> dict[str, object]:
        """Describe the report as the list of reports does."""
        uri = f"{origin}/reporting/v1/std/{self.name}"
        title = f"{self.name.replace('_', ' ').title()} Report"
        entry: dict[str, object] = {"Name": title, "Description": self.description, "URI_Data": uri}
        entry |= {"URI_Meta": f"{uri}/meta", "Version": self.version}
        if self.deprecation:
            entry["Deprecation"] = self.deprecation.isoformat()
        return entry

    def definition(self, origin: str) -> dict[str, object]:
        """Describe the report in full."""
        time = {"name": self.time_field.title(), "type": "interval" if self.is_interval else "datetime"}
        aggregation = "various" if self.is_interval else "by_hour" if self.hourly else "by_day"
        return self.entry(origin) | {
            "Type": "standard",
            "currency": self.currency,
            "timezone": "campaign timezone",
            "data_retention": self.retention,
            "default_metrics": sorted(self.metrics),
            "structure": {
                "time_field": {self.time_field: time},
                "dimensions": {name: _told(name, field) for name, field in self.dimension_fields.items()},
                "metrics": {name: _told(name, field) for name, field in self.metric_fields.items()},
            },
            "time_aggregation": aggregation,
            "time_rollups": list(self.rollups),
            "time_windows": list(self.windows),
        }


def _told(name: str, field: Field) -> dict[str, object]:
    told: dict[str, object] = {"name": name.replace("_", " ").title(), "type": field.type}
    if field.access:
        told["access"] = True
    if field.values:
        told["values"] = list(field.values)
    return told


def _facets(names: str, *rows: tuple[str, ...]) -> tuple[Facet, ...]:
    return tuple(dict(zip(names.split(), row, strict=True)) for row in rows)


def _pixel_loads(kind: str) -> Report:
    pixels = (("0090001", "Home page"), ("90002", "Thank you"))
    referrers = (("example.com", "1"), ("exämple.org", "2"), ("Total", "0"))
    rows = [(*pixel, *referrer) for pixel in pixels for referrer in referrers]
    return Report(
        name=f"{kind}_pixel_loads",
        description=f"Loads and uniques of {kind} pixels by referrer; a row Total adds up each pixel and day.",
        base="advertiser",
        facets=_facets("pixel_id pixel_name referrer referrer_rank", *rows),
        types={"pixel_id": "id", "pixel_name": "string", "referrer": "string", "referrer_rank": "rank"},
        metrics=("loads", "uniques"),
        rollups=("by_day", "all"),
        windows=("yesterday", "last_X_days", "month_to_date"),
    )


def _catalogue() -> Iterable[Report]:
    geo = {f"{kind}_{what}": "id" if what == "id" else "string"
           for kind in ("country", "region", "metro") for what in ("id", "name")}  # fmt: skip
    technology = dict.fromkeys(("browser", "os_version", "device_type", "inventory_type", "connection_type"), "string")
    exchange = {"exchange_id": "id", "exchange_name": "string", "deal_id": "id"}
    auction = ("matched_bid_opportunities", "bids", "bid_rate", "wins", "win_rate", "total_bid_amount_cpm",
               "total_win_amount_cpm", "average_bid_amount_cpm", "average_win_amount_cpm")  # fmt: skip
    movie = ("impressions", "total_spend", "video_start", "video_complete", "video_skips", "video_fullscreens",
             "video_complete_rate")  # fmt: skip
    own = "campaign currency"
    yield Report(name="performance", description="Standard metrics in campaign currency.", base="creative", types={},
                 currency=own, retention="from 2013-01-01")  # fmt: skip
    yield Report(name="performance_usd", description="Standard metrics in US dollars.", base="creative", types={},
                 retention="from 2013-01-01")  # fmt: skip
    yield Report(name="pulse", description="Standard metrics down to the hour.", types={}, rollups=_BY_HOUR,
                 windows=_HOURLY, currency=own)  # fmt: skip
    yield Report(name="geo", description="Standard metrics by country, region and metro area.", version=2, types=geo,
                 facets=_facets(" ".join(geo), ("US", "United States", "MA", "Massachusetts", "506", "Boston"),
                                ("FR", "France", "075", "Île-de-France", "0", "N/A")))  # fmt: skip
    yield Report(name="device_technology", description="Standard metrics by technology.", types=technology,
                 facets=_facets(" ".join(technology),
                                ("Chrome", "Android 16", "Mobile Phone", "In-App", "Mobile Carrier"),
                                ("Safari", "iOS 26", "Tablet", "Mobile Web", "Broadband"),
                                ("Firefox", "Linux", "Desktop", "Web", "Broadband")))  # fmt: skip
    for name in ("site_transparency", "video_site_transparency"):
        yield Report(name=name, description="Standard metrics by domain.", version=2, types={"site_domain": "string"},
                     facets=_facets("site_domain", ("example.com",), ("münchen.example",), ("news.example.net",)),
                     deprecation=date(2016, 6, 30) if name.startswith("video") else None)  # fmt: skip
    yield Report(name="app_transparency", description="Non-app inventory shown as N/A app_id.",
                 types={"app_id": "id", "app_name": "string"},
                 facets=_facets("app_id app_name", ("N/A", "N/A"), ("0123456789", "Fictional Chess")))  # fmt: skip
    yield Report(name="postal_code", description="Standard metrics by postal code.", types={"postal_code": "string"},
                 facets=_facets("postal_code", ("02139",), ("10001",), ("SW1A 1AA",)))  # fmt: skip
    yield Report(name="day_part", description="Standard metrics by time of day and day of week.", version=2,
                 types={"weekday_name": "string", "day_part_name": "string"},
                 facets=_facets("weekday_name day_part_name", ("Monday", "06:00-11:59"), ("Monday", "18:00-23:59"),
                                ("Saturday", "06:00-11:59"), ("Saturday", "18:00-23:59")))  # fmt: skip
    yield Report(name="win_loss", description="The auction by exchange and deal, by hour.", version=2, types=exchange,
                 facets=_facets(" ".join(exchange), ("11", "Exchange, One", "N/A"), ("12", "Exchange Two", "00042-d")),
                 metrics=auction, rollups=_BY_HOUR, windows=_HOURLY, retention="last_365_days")  # fmt: skip
    yield Report(name="win_loss_creative", description="The auction by creative, by hour.", base="creative", types={},
                 metrics=auction, rollups=_BY_HOUR, windows=_HOURLY)  # fmt: skip
    yield Report(name="video", description="Video metrics.", base="creative", types={}, metrics=movie)
    yield Report(name="watermark", description="The brain's learning activities.", types={}, rollups=("by_day", "all"),
                 metrics=("watermark_impressions", "watermark_spend", "non_watermark_impressions",
                          "non_watermark_spend"))  # fmt: skip
    yield Report(name="contextual_insights", description="Standard metrics by contextual category.",
                 types={"category_name": "string"}, facets=_facets("category_name", ("Sport",), ("Food",)))  # fmt: skip
    yield Report(name="hyperlocal", description="Standard metrics by hyperlocal target.",
                 types={"target_name": "string"},
                 facets=_facets("target_name", ("Downtown",), ("Airport",)))  # fmt: skip
    yield _pixel_loads("event")
    yield _pixel_loads("data")
    yield Report(name="reach_frequency", description="Uniques by frequency of exposure.", 
                 types={"frequency": "string", "frequency_bin": "string"}, time_field="interval", rollups=("all",),
                 facets=_facets("frequency frequency_bin", ("1", "1"), ("2", "2-3"), ("3", "2-3"), ("4", "4+")),
                 metrics=("impressions", "clicks", "post_click_conversions", "post_view_conversions",
                          "total_conversions", "uniques"),
                 windows=("yesterday", "last_7_days", "last_14_days", "last_30_days", "last_60_days", "last_90_days",
                          "campaign_to_date", "flight_to_date"))  # fmt: skip
    segments = ("0301", "Sports – fans", "Interest/Sports"), ("302", "Home owners", "Household")
    audience = {"audience_id": "id", "audience_name": "string", "audience_path": "string"}
    compared = ("audience_index", "matched_users")
    yield Report(name="audience_index", description="Viewers against third-party segments.", types=audience,
                 facets=_facets(" ".join(audience), *segments), metrics=compared, time_field="interval",
                 rollups=("all",), windows=("last_14_days",))  # fmt: skip
    yield Report(name="audience_index_pixel", description="Site visitors against third-party segments.",
                 base="advertiser", types=audience | {"pixel_id": "id", "pixel_name": "string"},
                 facets=_facets(" ".join([*audience, "pixel_id", "pixel_name"]),
                                *((*segment, "0090001", "Home page") for segment in segments)),
                 metrics=compared, time_field="interval", rollups=("all",), windows=("last_14_days",))  # fmt: skip


REPORTS: Mapping[str, Report] = {report.name: report for report in _catalogue()}
