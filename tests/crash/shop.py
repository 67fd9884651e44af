"""The shop that the crash test reads: records made from numbers alone, and a server on 127.0.0.1 that gives them.

It grows by editions: the second has what the first has, later records, more records at the very instant where the
first ended, and orders that changed.  Who asks, and for which edition, is in the address: `/CASE/EDITION/events`.
"""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.providers.loopback import Answer, Call, Provider

Record = dict[str, Any]
Fault = Callable[[int], str | None]
"""Says for the number of a request what goes wrong: reset, error, truncate, or nothing."""

FIRST_DAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=5)
"""The shop is some days old, so that the lookback of its orders reaches into it."""
PAGE = 3
"""Records of a page."""
LEDGER_PAGES, LEDGER_PAGE = 1000, 2
NAMES = ("plain", "", 'a "quoted", one', "two\nlines", "übergrößen", "日本", "=1+1", " blank ")
REGIONS = ("eu", "us")
ACCOUNTS = {7: True, 8: False, 9: True}
TABLES = {"events": "append", "clicks": "append", "orders": "merge", "catalog": "replace"}
"""The tables of `shop_daily.yaml`, in the order they are read, and their modes."""


def end_of(edition: int) -> datetime:
    """Give the moment at which an edition ends."""
    return FIRST_DAY + timedelta(days=1 + edition, hours=12)


def stamp(moment: datetime) -> str:
    """Write a moment."""
    return moment.isoformat().replace("+00:00", "Z")


def _thing(number: int, **more: Any) -> Record:
    note = None if number % 3 == 0 else "" if number % 3 == 1 else f"note {number}"
    extra = {"list": [number, None, "x"], "big": 12345678901234567890 + number} if number % 2 else None
    name = f"{NAMES[number % len(NAMES)]}{number if number % 4 else ''}"
    amount = f"{number * 37 % 1000}.{number % 100:02}"
    return {"id": number, **more, "name": name, "amount": amount, "note": note, "extra": extra}


def events(edition: int) -> list[Record]:
    """Seven a day, several of one instant, in no order of time."""
    found = []
    for day in range(edition + 2):
        for place, hour in enumerate((1, 5, 5, 9, 11, 11, 14, 11)):
            at = FIRST_DAY + timedelta(days=day, hours=hour)
            late = place == 7  # comes with the next edition, at an instant that was the newest of the one before
            if at < end_of(edition) and not (late and at >= end_of(edition - 1)):
                found.append(_thing(day * 8 + place + 1, at=stamp(at)))
    return sorted(found, key=lambda record: record["id"] * 5 % 8 + 8 * (record["id"] // 8 % 2))


def clicks(edition: int, region: str) -> list[Record]:
    """The newest first, two of one instant at the edge of each edition, one of which comes late."""
    offset = 100 + 100 * REGIONS.index(region)
    found = []
    for number in range(1, 5 + 3 * edition):
        at = FIRST_DAY + timedelta(hours=6 * number)
        found.append(_thing(offset + number, at=stamp(at)))
    edge = FIRST_DAY + timedelta(hours=6 * (4 + 3 * edition))
    found.append(_thing(offset + 50 + edition, at=stamp(edge)))
    for before in range(1, edition):
        edge = FIRST_DAY + timedelta(hours=6 * (4 + 3 * before))
        found += [_thing(offset + 50 + before, at=stamp(edge)), _thing(offset + 70 + before, at=stamp(edge))]
    return sorted(found, key=lambda record: (record["at"], record["id"]), reverse=True)


def orders(edition: int, account: int) -> list[Record]:
    """Orders by when they changed; the second edition's changes come late, before the newest of the first."""
    latest: dict[int, Record] = {}
    for told in range(1, edition + 1):
        for number in range(1, 4 + 2 * told):
            if told == 1 or number > 3 + 2 * (told - 1) or number % 3 == told % 3:
                at = end_of(1 if told == 2 else told) - timedelta(hours=number)
                changed = _thing(number + account * told, at=stamp(at), account=account)
                latest[number] = {**changed, "id": number, "note": f"edition {told}"}
    return sorted(latest.values(), key=lambda record: (record["at"], record["id"]))


def catalog(edition: int) -> list[Record]:
    """Other things with each edition."""
    return [_thing(number, name=f"{number} in {edition}") for number in range(edition, 9 + edition % 2)]


def ledger() -> list[Record]:
    """A thousand pages."""
    every = range(1, LEDGER_PAGES * LEDGER_PAGE + 1)
    return [_thing(number, at=stamp(FIRST_DAY + timedelta(seconds=number))) for number in every]


def everything(edition: int) -> dict[str, list[Record]]:
    """What every table should hold after a run of an edition: this is the truth."""
    return {
        "events": events(edition),
        "clicks": [{**click, "region": region} for region in REGIONS for click in clicks(edition, region)],
        "orders": [order for account, active in ACCOUNTS.items() if active for order in orders(edition, account)],
        "catalog": catalog(edition),
    }


class Shop(Provider):
    """Serves the shop.  `served` notes for each case the pages given: the table, and its records."""

    def __init__(self) -> None:
        super().__init__()
        self.served: dict[str, list[tuple[str, list[Record]]]] = defaultdict(list)
        self.asked: dict[str, int] = defaultdict(int)
        self.faults: dict[str, Fault] = {}
        self.watches: dict[str, Callable[[int], None]] = {}
        """What to call with the number of each request of a case, before it is answered."""
        self._ledger = ledger()
        self._lock = threading.Lock()
        self._server.handle_error = lambda request, client_address: None  # type: ignore[method-assign]
        self._server.request_queue_size = 64

    def base_url(self, case: str, edition: int) -> str:
        """Where a case reads an edition."""
        return f"{self.url}/{case}/{edition}"

    def answer(self, call: Call) -> Answer:
        """Answer with a page, or with a fault."""
        self.calls.clear()
        _, case, edition, *path = call.path.split("/")
        with self._lock:
            self.asked[case] += 1
            number = self.asked[case]
        if case in self.watches:
            self.watches[case](number)
        fault = self.faults[case](number) if case in self.faults else None
        if fault == "error":
            return Answer(status=503, body=b"try later")
        if fault == "reset":
            raise ConnectionResetError
        table, records, size = self._found(path, int(edition), call)
        page = int(call.param("page") or 1)
        some = records[(page - 1) * size : page * size]
        body = json.dumps({"records": some, "more": page * size < len(records)}).encode()
        if fault == "truncate":
            return Answer(headers={"Content-Type": "application/json"}, body=_cut(body))
        stamped = [{**record, **self._stamps(table, call)} for record in some]
        with self._lock:
            self.served[case].append((table, stamped))
        return Answer(headers={"Content-Type": "application/json"}, body=body)

    def _found(self, path: list[str], edition: int, call: Call) -> tuple[str, list[Record], int]:
        since, before = call.param("since") or "", call.param("before") or "9"
        match path:
            case ["accounts"]:
                return "accounts", [{"id": number, "active": active} for number, active in ACCOUNTS.items()], 2
            case ["accounts", account, "orders"]:
                found = orders(edition, int(account))
            case ["catalog"]:
                return "catalog", catalog(edition), PAGE
            case ["clicks"]:
                found = clicks(edition, call.param("region") or "")
            case ["events"]:
                found = events(edition)
            case ["ledger"]:
                return "ledger", [record for record in self._ledger if record["at"] >= since], LEDGER_PAGE
            case _:
                raise AssertionError(path)
        return path[-1], [record for record in found if since <= record["at"] < before], PAGE

    def _stamps(self, table: str, call: Call) -> Record:
        return {"region": call.param("region")} if table == "clicks" else {}


def _cut(body: bytes) -> Iterator[bytes]:
    yield body[: len(body) // 2]
    raise ConnectionResetError
