"""singer-sdk: a tap of REST streams, with the faster of its two writers of messages.

    python -P singer_sdk.py JOB URL TOTAL OUT WORKERS DELAY

The twelve fields are picked by a stream map, the SDK's own words for it.
It has no decoder for CSV: that is a method, as its documentation shows, and the values stay text.
It reads one page, one day, one parent at a time.
"""

import csv as reader
import json
import sys
from datetime import date, timedelta
from pathlib import Path

from singer_sdk import RESTStream, Tap
from singer_sdk import typing as th
from singer_sdk.authenticators import OAuthAuthenticator
from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.pagination import PageNumberPaginator

TEXT, WHOLE, NUMBER, TRUTH = th.StringType, th.IntegerType, th.NumberType, th.BooleanType


def of(**members):
    return th.ObjectType(*(th.Property(name, kind) for name, kind in members.items()))


ORDER = of(
    id=TEXT,
    number=WHOLE,
    status=TEXT,
    created=WHOLE,
    updated=TEXT,
    currency=TEXT,
    total=NUMBER,
    note=TEXT,
    customer=of(
        id=WHOLE,
        name=TEXT,
        email=TEXT,
        phone=TEXT,
        address=of(street=TEXT, city=TEXT, zip=TEXT, country=TEXT, geo=of(lat=NUMBER, lon=NUMBER)),
    ),
    channel=of(name=TEXT, campaign=of(id=WHOLE, name=TEXT)),
    device=of(type=TEXT, os=TEXT, os_version=TEXT, screen=TEXT),
    lines=th.ArrayType(of(sku=TEXT, title=TEXT, quantity=WHOLE, price=NUMBER, tax=of(rate=NUMBER, amount=NUMBER))),
    payments=th.ArrayType(of(method=TEXT, amount=NUMBER, reference=TEXT, captured=TRUTH)),
    shipments=th.ArrayType(of(carrier=TEXT, tracking=TEXT, url=TEXT, weight=of(value=NUMBER, unit=TEXT))),
    tags=th.ArrayType(TEXT),
    metrics=of(visits=WHOLE, seconds=WHOLE, score=NUMBER),
    custom=th.ArrayType(of(name=TEXT, value=TEXT)),
)
PICKED = {
    "order_id": "id",
    "state": "status",
    "created_at": "datetime.datetime.fromtimestamp(created / 1000, datetime.timezone.utc).isoformat()",
    "amount": "total",
    "customer_id": "customer['id']",
    "customer_name": "customer['name']",
    "country": "customer['address']['country']",
    "latitude": "customer['address']['geo']['lat']",
    "campaign": "channel['campaign']['name']",
    "os_version": "float(device['os_version'])",
    "first_sku": "lines[0]['sku']",
    "first_quantity": "lines[0]['quantity']",
    "__else__": None,
}


class Pages(PageNumberPaginator):
    """Whether there are more, seen without reading the answer once more."""

    def has_more(self, response):
        return response.content.endswith(b'"more":true}}')


class Orders(RESTStream):
    """Pages of nested records."""

    name, path, records_jsonpath = "orders", "/orders", "$.data[*]"
    primary_keys = ()
    schema = ORDER.to_dict()

    @property
    def url_base(self):
        return self.config["url"]

    def get_new_paginator(self):
        return Pages(1)

    def get_url_params(self, context, next_page_token):
        return {"per_page": 500, "total": self.config["total"], "page": next_page_token or 1}


class Token(OAuthAuthenticator):
    """OAuth 2, client credentials."""

    @property
    def oauth_request_body(self):
        return {"grant_type": "client_credentials", "client_id": "bench-client", "client_secret": "bench-secret"}


class SecureOrders(Orders):
    """The same, for who has a token."""

    path = "/secure/orders"

    @property
    def authenticator(self):
        self.__dict__.setdefault("_token", Token(auth_endpoint=self.config["url"] + "/token"))
        return self.__dict__["_token"]


class Days(Orders):
    """The orders of each day."""

    path = "/days/{day}"
    state_partitioning_keys = ()

    @property
    def partitions(self):
        return [{"day": str(date(2025, 1, 1) + timedelta(number))} for number in range(365)]

    def get_new_paginator(self):
        return None

    def get_url_params(self, context, next_page_token):
        return {"delay_ms": self.config["delay"]}


class Accounts(Orders):
    """Parents."""

    name, path = "accounts", "/accounts"
    selected_by_default = False
    schema = of(id=WHOLE, name=TEXT).to_dict()

    def get_child_context(self, record, context):
        return {"account": record["id"]}


class Cards(Orders):
    """Their children."""

    name, path = "cards", "/accounts/{account}/cards"
    schema = of(id=WHOLE, balance=NUMBER, open=TRUTH).to_dict()
    parent_stream_type = Accounts
    state_partitioning_keys = ()

    def get_new_paginator(self):
        return None

    def get_url_params(self, context, next_page_token):
        return {}


class Report(Orders):
    """A CSV."""

    name, path = "report", "/report.csv"
    schema = of(
        **dict.fromkeys(("day", "last_day", "advertiser_id", "advertiser", "campaign_id", "campaign"), TEXT),
        **dict.fromkeys(("impressions", "clicks", "spend"), TEXT),
    ).to_dict()

    def get_new_paginator(self):
        return None

    def get_url_params(self, context, next_page_token):
        return {"rows": self.config["total"]}

    def parse_response(self, response):
        yield from reader.DictReader(response.iter_lines(decode_unicode=True))


STREAMS = {
    "children": (Accounts, Cards),
    "csv": (Report,),
    "oauth": (SecureOrders,),
    "slices": (Days,),
}


class TapBench(Tap):
    """The tap of a job."""

    name = "tap-bench"
    message_writer_class = MsgSpecWriter
    config_jsonschema = th.PropertiesList(
        th.Property("job", TEXT), th.Property("url", TEXT), th.Property("total", WHOLE), th.Property("delay", WHOLE)
    ).to_dict()

    def discover_streams(self):
        return [stream(self) for stream in STREAMS.get(self.config.get("job"), (Orders,))]


def main() -> list[str]:
    """Write the config; give the arguments of the command."""
    job, url, total, _, _, delay = sys.argv[1:]
    if job in ("version", "help"):
        return [f"--{job}"]
    config = {"job": job, "url": url, "total": int(total), "delay": int(delay)}
    if job == "items-map":
        config["stream_maps"] = {"orders": PICKED}
    Path("config.json").write_text(json.dumps(config))
    return ["--config", "config.json", *(["--discover"] if job == "discover" else [])]


if __name__ == "__main__":
    sys.argv[1:] = main()
    TapBench.cli()
