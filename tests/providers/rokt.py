"""A strict Rokt Reporting API on loopback: OAuth2 token, nine reports, three metadata calls."""

from __future__ import annotations

import json
import re
import zoneinfo
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime, time
from threading import Lock
from typing import Any, Literal, TypeVar

from tests.providers.loopback import Answer, Call, Provider
from tests.providers.rokt_data import (
    CAMPAIGNS,
    CELLS,
    RATES,
    SALES,
    Cell,
    Sale,
    audience_card,
    campaign_card,
    creative_card,
    measure,
    take,
)

Json = dict[str, Any]
Shape = Literal["envelope", "data", "bare"]
Row = TypeVar("Row", Cell, Sale)

TOKEN_PATH = "/auth/oauth2/token"
VERSION = "alpha-20200701"
COMMON = ("dateStart", "dateEnd", "currency", "timeZoneVariation")
ZONES = zoneinfo.available_timezones()
MOMENT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d\.\d{3})?", re.ASCII)

_CAMPAIGN = "/reporting/accounts/{a}/campaigns/{c}"
_CREATIVE = _CAMPAIGN + "/creatives/{k}"
GROUPS: dict[str, tuple[str | None, ...]] = {
    "/reporting/accounts/{a}/summary": (None,),
    "/reporting/accounts/{a}/campaigns/breakdown": (None, "country"),
    "/reporting/accounts/{a}/transactions/overview": (None,),
    "/reporting/accounts/{a}/transactions/breakdown": (
        "age",
        "gender",
        "page",
        "pagetype",
        "placement",
        "position",
    ),
    _CAMPAIGN + "/overview": (None,),
    _CAMPAIGN + "/breakdown": ("country", "campaign", "audience", "creative", "subvertical"),
    _CAMPAIGN + "/histogram": (None,),
    _CREATIVE + "/overview": (None,),
    _CREATIVE + "/breakdown": ("audience",),
    "/metadata/accounts/{a}/campaigns/{c}": (),
    "/metadata/accounts/{a}/campaigns/{c}/audiences/{u}": (),
    "/metadata/accounts/{a}/campaigns/{c}/creatives/{k}": (),
}
"""Each path with the `groupby` values it takes; None means that it may be absent."""

ROUTES = [(path, re.compile(re.sub(r"\{(\w)\}", r"(?P<\1>[^/]+)", path))) for path in GROUPS]


class Refusal(Exception):
    """A request that the provider does not serve."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Rokt(Provider):
    """Serve invented campaigns and sales for 2026-02-01 to 2026-03-14; knobs may change while it runs."""

    def __init__(
        self,
        *,
        app_id: str = "40fictionapp",
        app_secret: str = "1dfictionsecret",
        expires_in: int = 3600,
        token_calls: int | None = None,
        shape: Shape = "envelope",
        restated: bool = False,
        number_ids: bool = False,
    ) -> None:
        super().__init__()
        self.app_id, self.app_secret = app_id, app_secret
        self.expires_in, self.token_calls = expires_in, token_calls
        self.shape, self.restated, self.number_ids = shape, restated, number_ids
        self.tokens: dict[str, int] = {}
        """Each token granted, with the data calls made under it."""
        self._lock = Lock()

    def answer(self, call: Call) -> Answer:
        try:
            if call.path == TOKEN_PATH:
                return _send(200, self._grant(call))
            self._admit(call)
            return _send(200, self._serve(call))
        except Refusal as refusal:
            key = "error" if call.path == TOKEN_PATH else "message"
            return _send(refusal.status, {key: str(refusal)})

    def _grant(self, call: Call) -> Json:
        if call.method != "POST":
            raise Refusal(405, "method_not_allowed")
        basic = "Basic " + b64encode(f"{self.app_id}:{self.app_secret}".encode()).decode()
        if call.headers.get("authorization") != basic:
            raise Refusal(400, "invalid_client")
        media = call.headers.get("content-type", "").partition(";")[0].strip()
        if call.raw_query or media != "application/x-www-form-urlencoded":
            raise Refusal(400, "invalid_request")
        if call.form() != {"grant_type": "client_credentials"}:
            raise Refusal(400, "unsupported_grant_type")
        with self._lock:
            token = f"eyJmaWN0aW9u.{len(self.tokens) + 1}.c2lnbmVk"
            self.tokens[token] = 0
        return {"access_token": token, "expires_in": self.expires_in, "token_type": "Bearer"}

    def _admit(self, call: Call) -> None:
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        with self._lock:
            used = self.tokens.get(token)
            if scheme != "Bearer" or used is None:
                raise Refusal(403, "Forbidden")
            if self.token_calls is not None and used >= self.token_calls:
                raise Refusal(403, "The token has expired")
            self.tokens[token] = used + 1
        if call.headers.get("rokt-version", VERSION) != VERSION:
            raise Refusal(400, "Unknown rokt-version")

    def _serve(self, call: Call) -> Any:
        path, ids = _route(call)
        if path.startswith("/metadata/"):
            if call.raw_query:
                raise Refusal(400, "Metadata takes no query parameters")
            _know(ids)
            return self._wrap(self._card(ids), empty=False)
        query = _checked(call, GROUPS[path])
        _know(ids)
        start, end = _moment(query, "dateStart"), _moment(query, "dateEnd")
        if end < start:
            raise Refusal(400, "dateEnd is before dateStart")
        cells, sales = _within(_chosen(ids), start, end), _within(_sold(ids), start, end)
        known = sales if "/transactions/" in path else [*cells, *sales] if path.endswith("/summary") else cells
        return self._wrap(self._report(path, query, cells, sales), empty=not known)

    def _card(self, ids: Json) -> Json:
        if "u" in ids:
            card = audience_card(ids["c"], ids["u"])
        elif "k" in ids:
            card = creative_card(ids["c"], ids["k"])
        else:
            card = campaign_card(ids["c"])
        return {**card, "accountId": int(ids["a"]) if self.number_ids else ids["a"]}

    def _report(self, path: str, query: Json, cells: list[Cell], sales: list[Sale]) -> Json | list[Json]:
        currency, group = query["currency"], query.get("groupby", "")
        spent = {"currency": currency, "restated": self.restated, "unique": path.startswith(_CREATIVE)}
        if path.endswith("/summary"):
            return {"campaignsSummary": measure(cells, **spent), "transactionsSummary": take(sales, currency)}
        if path.endswith("/transactions/overview"):
            return take(sales, currency)
        if path.endswith("/overview"):
            return measure(cells, **spent)
        if path.endswith("/histogram"):
            days = _grouped(cells, "day")
            return [{"intervalTimestamp": f"{day}T00:00:00.000", **measure(of, **spent)} for day, of in days]
        if path.endswith("/transactions/breakdown"):
            return [_placed(group, value, take(of, currency)) for value, of in _grouped(sales, group)]
        parts = _grouped(cells, group or "campaign")
        rows = [{"groupByValue": value, **measure(of, **spent)} for value, of in parts]
        return [_named(path, group, row) for row in rows]

    def _wrap(self, body: Json | list[Json], *, empty: bool) -> Any:
        if self.shape == "bare":
            return body
        if self.shape == "data":
            return {"data": body}
        items = body if isinstance(body, list) else [body]
        return {"data": {"items": [] if empty else items}}


def _send(status: int, body: Any) -> Answer:
    return Answer(status=status, headers={"Content-Type": "application/json"}, body=json.dumps(body).encode())


def _route(call: Call) -> tuple[str, Json]:
    if call.method != "GET":
        raise Refusal(405, "Method not allowed")
    for path, pattern in ROUTES:
        if found := pattern.fullmatch(call.path):
            return path, found.groupdict()
    raise Refusal(404, "No such endpoint")


def _checked(call: Call, groups: tuple[str | None, ...]) -> Json:
    query = dict(call.query)
    takes = COMMON if groups == (None,) else (*COMMON, "groupby")
    if len(query) != len(call.query):
        raise Refusal(400, "A parameter is given twice")
    for name in query:
        if name not in takes:
            raise Refusal(400, f"Unknown parameter {name}")
    for name in COMMON:
        if name not in query:
            raise Refusal(400, f"Missing parameter {name}")
    if query["currency"] not in RATES:
        raise Refusal(400, "Unknown currency")
    if query["timeZoneVariation"] not in ZONES:
        raise Refusal(400, "Unknown timeZoneVariation")
    if query.get("groupby") not in groups:
        raise Refusal(400, "groupby is missing or not one of the values of this endpoint")
    return query


def _moment(query: Json, name: str) -> datetime:
    if not MOMENT.fullmatch(query[name]):
        raise Refusal(400, f"{name} is not YYYY-MM-DDTHH:MM:SS.mmm")
    try:
        return datetime.fromisoformat(query[name])
    except ValueError:
        raise Refusal(400, f"{name} is not a date") from None


def _know(ids: Json) -> None:
    if ids["a"] not in {campaign.account for campaign in CAMPAIGNS.values()}:
        raise Refusal(403, "No access to this account")
    if "c" not in ids:
        return
    campaign = CAMPAIGNS.get(ids["c"])
    if campaign is None or campaign.account != ids["a"]:
        raise Refusal(404, "Campaign not found")
    if "k" in ids and ids["k"] not in campaign.creatives:
        raise Refusal(404, "Creative not found")
    if "u" in ids and ids["u"] not in campaign.audiences:
        raise Refusal(404, "Audience not found")


def _chosen(ids: Json) -> list[Cell]:
    wanted = {"account": ids["a"], "campaign": ids.get("c"), "creative": ids.get("k")}
    return [cell for cell in CELLS if all(v in (None, getattr(cell, k)) for k, v in wanted.items())]


def _sold(ids: Json) -> list[Sale]:
    return [sale for sale in SALES if sale.account == ids["a"]]


def _within(rows: Sequence[Row], start: datetime, end: datetime) -> list[Row]:
    """Keep the days whose midnight is in [start, end), so that windows side by side never overlap."""
    return [row for row in rows if start <= datetime.combine(row.day, time.min) < end]


def _grouped(rows: Sequence[Row], key: str) -> list[tuple[str, list[Row]]]:
    parts: dict[str, list[Row]] = {}
    for row in rows:
        parts.setdefault(str(getattr(row, key)), []).append(row)
    return sorted(parts.items())


def _placed(group: str, value: str, row: Json) -> Json:
    if group == "placement":
        row = {key: row[key] for key in row if key not in ("transactions", "purchases", "rpt")}
    return {"groupByValue": value, **row}


def _named(path: str, group: str, row: Json) -> Json:
    if path.endswith("{a}/campaigns/breakdown"):
        row["Audiences"] = row.pop("audiences")
        if not group:
            row["campaignName"] = CAMPAIGNS[row["groupByValue"]].name
    elif group == "creative":
        names = {k: v for campaign in CAMPAIGNS.values() for k, v in campaign.creatives.items()}
        row["creativeName"] = names[row["groupByValue"]]
    return row
