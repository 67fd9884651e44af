"""The records that are served, each made of its number alone, so that they need not be kept to be checked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

FIRST_DAY = date(2025, 1, 1)
DAYS = tuple((FIRST_DAY + timedelta(days=number)).isoformat() for number in range(365))
PER_DAY = 100
CHILDREN = 2
"""Of each parent."""

_STATES = ("paid", "paid", "shipped", "returned", "open", "cancelled")
_NOTES = (None, None, "Please ring twice", None, 'Gift: write "Für Zoë" on it', None, "à l’étage – code 4711")
_CITIES = (("Lyon", "FR"), ("Zürich", "CH"), ("Graz", "AT"), ("Malmö", "SE"), ("Porto", "PT"))
_SYSTEMS = (("iOS", "17.4"), ("Android", "14.0"), ("Windows", "11.2"), ("macOS", "14.5"))
_TAGS = ("gift", "repeat", "b2b", "newsletter", "late", "fragile", "bulk")
_BEGIN_MS = 1_735_689_600_000


def mixed(number: int) -> int:
    """Scatter a number over 32 bits, so that neighbours look unlike."""
    return (number * 2_654_435_761) & 0xFFFFFFFF


def order(number: int, times: int = 0) -> dict[str, Any]:
    """Give an order of about 1.2 KB; `times` tells orders of one number apart."""
    x = mixed(number)
    city, country = _CITIES[x % 5]
    system, version = _SYSTEMS[x % 4]
    return {
        "id": f"r{times:02}-{number:08}-{x:08x}",
        "number": number,
        "status": _STATES[x % 6],
        "created": _BEGIN_MS + number * 37_000 + x % 1000,
        "updated": f"{DAYS[x % 365]}T{x % 24:02}:{x % 60:02}:00Z",
        "currency": "EUR",
        "total": x % 9_999_991 / 100,
        "note": _NOTES[x % 7],
        "customer": {
            "id": 100_000 + x % 50_021,
            "name": f"Customer {x % 50_021}",
            "email": f"customer{x % 50_021}@shop.example",
            "phone": None,
            "address": {
                "street": f"Example Street {x % 240}",
                "city": city,
                "zip": f"{x % 100_000:05}",
                "country": country,
                "geo": {"lat": (36_000 + x % 20_011) / 1000, "lon": (x % 29_989 - 9_000) / 1000},
            },
        },
        "channel": {"name": "web", "campaign": {"id": 700 + x % 61, "name": f"Spring {x % 61} – new arrivals"}},
        "device": {"type": "phone", "os": system, "os_version": version, "screen": f"{x % 7 * 60 + 720}x1600"},
        "lines": [_line(x + place) for place in range(1 + x % 3)],
        "payments": [
            {"method": "card", "amount": x % 9_999_991 / 100, "reference": f"pay_{x:08x}", "captured": x % 5 > 0}
        ],
        "shipments": [
            {
                "carrier": "Example Parcel",
                "tracking": f"EX{x:010}",
                "url": f"https://parcel.example/track/EX{x:010}?locale=en",
                "weight": {"value": x % 9973 / 1000, "unit": "kg"},
            }
        ],
        "tags": [_TAGS[(x + place) % 7] for place in range(x % 4)],
        "metrics": {"visits": x % 97, "seconds": x % 8999, "score": x % 9_999 / 10_000},
        "custom": [{"name": "team", "value": f"team-{x % 13}"}, {"name": "batch", "value": f"b{number // 100}"}],
    }


def _line(x: int) -> dict[str, Any]:
    return {
        "sku": f"SKU-{x % 8191:05}",
        "title": f"Article {x % 8191} “classic”",
        "quantity": 1 + x % 9,
        "price": x % 19_997 / 100,
        "tax": {"rate": 0.19, "amount": x % 3_001 / 100},
    }


def picked(record: Mapping[str, Any]) -> dict[str, Any]:
    """Give the twelve fields of an order that are picked, renamed and typed."""
    customer, line = record["customer"], record["lines"][0]
    return {
        "order_id": record["id"],
        "state": record["status"],
        "created_at": datetime.fromtimestamp(record["created"] / 1000, UTC),
        "amount": record["total"],
        "customer_id": customer["id"],
        "customer_name": customer["name"],
        "country": customer["address"]["country"],
        "latitude": customer["address"]["geo"]["lat"],
        "campaign": record["channel"]["campaign"]["name"],
        "os_version": float(record["device"]["os_version"]),
        "first_sku": line["sku"],
        "first_quantity": line["quantity"],
    }


COLUMNS = (
    "day",
    "last_day",
    "advertiser_id",
    "advertiser",
    "campaign_id",
    "campaign",
    "impressions",
    "clicks",
    "spend",
)


def row(number: int, times: int = 0) -> dict[str, Any]:
    """Give a row of a report, typed."""
    x = mixed(number)
    day = date.fromisoformat(DAYS[x % 365])
    quoted = number % 10 == 0
    return {
        "day": day,
        "last_day": day,
        "advertiser_id": 100_000 + x % 997,
        "advertiser": f"r{times:02} Advertiser {x % 997}",
        "campaign_id": 200_000 + number,
        "campaign": f'Campaign {x % 3001}, "Q{x % 4 + 1}"' if quoted else f"Campaign {x % 3001} Q{x % 4 + 1}",
        "impressions": x % 1_000_003,
        "clicks": x % 5003,
        "spend": x % 9_999_101 / 100,
    }


def csv_line(number: int) -> str:
    """Write a row as the server does."""
    given = row(number)
    campaign = given["campaign"]
    given["campaign"] = '"' + campaign.replace('"', '""') + '"' if '"' in campaign else campaign
    given["spend"] = f"{given['spend']:.2f}"
    return ",".join(map(str, given.values())) + "\r\n"


RECIPES, STEPS = 4, 5


def sample(number: int, times: int = 0) -> dict[str, Any]:
    """Give a sample of an XML report, 3 KB: recipes with steps in them; every value is text."""
    x = mixed(number)
    return {
        "id": f"r{times:02}-{number}",
        "start": f"{DAYS[x % 365]}T{x % 24:02}:00:00",
        "recipe": [
            {"name": f"Recipe {'ABCD'[place]} & Co", "step": [_step(x + place, step) for step in range(STEPS)]}
            for place in range(RECIPES)
        ],
    }


def _step(x: int, place: int) -> dict[str, str]:
    visitors = (x >> place) % 100_003
    return {
        "name": f"Step {place}",
        "visitors": str(visitors),
        "visits": str(visitors * 2 + place),
        "conversions": str(visitors // 7),
        "sales": f"{visitors // 3}.{visitors % 100:02}",
    }


def xml_element(number: int) -> str:
    """Write a sample as the server does."""
    return _element("sample", sample(number)) + "\n"


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element(name, item) for item in value)
    if isinstance(value, dict):
        return f"<{name}>{''.join(_element(key, inner) for key, inner in value.items())}</{name}>"
    return f"<{name}>{value.replace('&', '&amp;')}</{name}>"


def parent(number: int) -> dict[str, Any]:
    """Give a parent; its children are asked for one by one."""
    return {"id": 10_000_000 + number, "name": f"Account {number}"}


def child(parent_id: int, place: int) -> dict[str, Any]:
    """Give a child of a parent."""
    return {"id": parent_id * 10 + place, "balance": mixed(parent_id + place) % 99_991 / 100, "open": place == 0}
