"""The APIs that tests/authoring/openapi describes, as small servers that are as strict as their descriptions."""

from __future__ import annotations

import base64
import json
import re
from typing import Any
from urllib.parse import urlencode

from tests.providers.loopback import Answer, Call, Provider

Record = dict[str, Any]


def answered(value: Any, status: int = 200, **headers: str) -> Answer:
    """An answer in JSON."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Answer(status=status, headers={"Content-Type": "application/json", **named}, body=json.dumps(value).encode())


class Described(Provider):
    """Refuses who is not let in, asks for the page that is wanted, and knows every record that it has."""

    config: dict[str, Any]
    most: int
    """The largest page."""

    def records(self) -> dict[str, list[Record]]:
        """What each stream must give, with what its parents say of it."""
        raise NotImplementedError

    def lets_in(self, call: Call) -> bool:
        """Whether the credentials are right."""
        raise NotImplementedError

    def answer(self, call: Call) -> Answer:
        if not self.lets_in(call):
            return answered({"message": "who are you?"}, 401)
        return self.page(call)

    def page(self, call: Call) -> Answer:
        """Answer a call that is let in."""
        raise NotImplementedError

    def size(self, call: Call, name: str, usual: int) -> int:
        """The size of the page that is asked for; a failure of the test if it is too large."""
        size = int(call.param(name) or usual)
        assert size <= self.most, f"{name} is {size}, and may be {self.most}"
        return size


class Larkspur(Described):
    """Pages by number, with their count."""

    most = 50
    config = {"api_key": "k-larkspur"}
    books = [
        {
            "id": number,
            "title": f"Book {number}",
            "author": {"name": "Mara Quill", "born": 1970},
            "genres": ["crime", "sea"][: number % 3],
            "status": "available",
            "price": f"{number}.50",
            "added_on": f"2026-01-{number % 28 + 1:02}",
            "lastChange": f"2026-02-{number % 28 + 1:02}T08:00:00Z",
            "rating": None if number % 2 else 4.5,
        }
        for number in range(1, 121)
    ]
    branches = [{"code": "N", "name": "North", "hours": {"mon": "9-17"}}, {"code": "S", "name": "South", "hours": None}]

    def loans(self, book: int) -> list[Record]:
        lent = [f"2026-03-{day + 1:02}T10:00:00+01:00" for day in range(book % 4)]
        return [{"id": number, "borrower": "Tom", "lent_at": at, "returned_at": None} for number, at in enumerate(lent)]

    def records(self) -> dict[str, list[Record]]:
        loans = [{"book_id": book["id"], **loan} for book in self.books for loan in self.loans(int(str(book["id"])))]
        return {"books": list(self.books), "loans": loans, "branches": list(self.branches)}

    def lets_in(self, call: Call) -> bool:
        return call.headers.get("x-api-key") == "k-larkspur"

    def page(self, call: Call) -> Answer:
        loans = re.fullmatch(r"/v2/books/(\d+)/loans", call.path)
        if call.path == "/v2/branches":
            return answered(self.branches)
        every = self.loans(int(loans[1])) if loans else list(self.books) if call.path == "/v2/books" else None
        if every is None:
            return answered({"message": "no such page"}, 404)
        number, size = int(call.param("page") or 1), self.size(call, "per_page", 20)
        pages = -(-len(every) // size)
        if number > max(pages, 1):
            return answered({"message": "past the last page"}, 404)
        meta = {"page": number, "per_page": size, "total_pages": pages, "total": len(every)}
        return answered({"data": every[(number - 1) * size : number * size], "meta": meta})


class Quillon(Described):
    """Pages after a record's id, and pages by a cursor."""

    most = 200
    config = {"token": "sk_quillon"}
    customers = [
        {
            "id": f"cus_{number:03}",
            "object": "customer",
            "created": 1_770_000_000 + number,
            "email": None,
            "balance": -number,
            "default_source": {"id": "src_1"} if number % 2 else "src_2",
            "metadata": {},
            "livemode": True,
        }
        for number in range(150)
    ]
    events = [
        {"id": f"evt_{number}", "type": "charged", "at": "2026-02-01T00:00:00Z", "amount": number}
        if number % 2
        else {"id": f"evt_{number}", "type": "refunded", "at": "2026-02-01T00:00:00Z", "refund-of": "ch_1"}
        for number in range(450)
    ]

    def charges(self, customer: str) -> list[Record]:
        count = int(customer[-1])
        return [
            {"id": f"ch_{customer}_{n}", "amount": n, "currency": "eur", "created": 1_770_000_000, "refunded": False}
            for n in range(count)
        ]

    def records(self) -> dict[str, list[Record]]:
        charges = [{"customer": c["id"], **charge} for c in self.customers for charge in self.charges(str(c["id"]))]
        return {"customers": list(self.customers), "charges": charges, "events": list(self.events)}

    def lets_in(self, call: Call) -> bool:
        return call.headers.get("authorization") == "Bearer sk_quillon"

    def page(self, call: Call) -> Answer:
        if call.path == "/v1/events":
            start, size = int(call.param("cursor") or 0), self.size(call, "page_size", 25)
            after = str(start + size) if start + size < len(self.events) else None
            return answered({"events": self.events[start : start + size], "pagination": {"next_cursor": after}})
        of = re.fullmatch(r"/v1/customers/(\w+)/charges", call.path)
        every: list[Record] = self.charges(of[1]) if of else list(self.customers)
        size, after = self.size(call, "limit", 10), call.param("starting_after")
        assert size <= 100
        start = next(place + 1 for place, each in enumerate(every) if each["id"] == after) if after else 0
        more = start + size < len(every)
        return answered({"object": "list", "data": every[start : start + size], "has_more": more, "url": call.path})


class Brindle(Described):
    """Pages by offset, with the count of all."""

    most = 60
    config = {"user": "ada", "password": "brindle pass"}
    contacts = [
        {
            "id": number,
            "name": f"Person {number}",
            "email": None,
            "score": number / 4,
            "createdAt": "2026-01-01T00:00:00Z",
            "tags": ["new"],
            "company": {"id": 1, "name": "Firm"},
            "2fa": number % 2 == 0,
        }
        for number in range(130)
    ]
    deals = [
        {"id": n, "name": "Deal", "amount": 0.1 + n, "closes": "2026-05-01", "contact": {"id": n}} for n in range(61)
    ]

    def records(self) -> dict[str, list[Record]]:
        return {"contacts": list(self.contacts), "deals": list(self.deals)}

    def lets_in(self, call: Call) -> bool:
        right = base64.b64encode(b"ada:brindle pass").decode()
        return call.headers.get("authorization") == f"Basic {right}"

    def page(self, call: Call) -> Answer:
        if call.path == "/rest/v7/deals":
            assert call.param("pipeline") == "sales" and call.param("format") == "full"
        every: list[Record] = list(self.deals if call.path == "/rest/v7/deals" else self.contacts)
        start, size = int(call.param("offset") or 0), self.size(call, "limit", 30)
        return answered({"results": every[start : start + size], "offset": start, "limit": size, "total": len(every)})


class Forgewick(Described):
    """Pages by the Link header."""

    most = 100
    config = {"protocol": "http", "owner": "ada", "repo": "loom"}
    repos = [
        {
            "id": number,
            "name": f"repo-{number}",
            "owner": {"login": "ada", "id": 1},
            "private": False,
            "topics": [],
            "permissions": {"admin": True},
        }
        for number in range(205)
    ]
    issues = [
        {
            "id": 9_000 + number,
            "number": number,
            "title": "It breaks",
            "state": "open",
            "user": None,
            "labels": [{"name": "bug"}, "old"],
            "updated_at": "2026-02-03T04:05:06Z",
            "closed_at": None,
        }
        for number in range(1, 131)
    ]

    def comments(self, issue: int) -> list[Record]:
        return [{"id": issue * 10 + n, "body": "Me too", "user": {"login": "tom"}} for n in range(issue % 3)]

    def records(self) -> dict[str, list[Record]]:
        comments = [
            {"issue_number": issue["number"], **comment}
            for issue in self.issues
            for comment in self.comments(int(str(issue["number"])))
        ]
        return {"repos": list(self.repos), "issues": list(self.issues), "comments": comments}

    def lets_in(self, call: Call) -> bool:
        return True

    def page(self, call: Call) -> Answer:
        path = call.path.removeprefix("/api/v3")
        of = re.fullmatch(r"/repos/ada/loom/issues/(\d+)/comments", path)
        known: dict[str, list[Record]] = {
            "/orgs/looms/repos": list(self.repos),
            "/repos/ada/loom/issues": list(self.issues),
        }
        every = self.comments(int(of[1])) if of else known[path]
        number, size = int(call.param("page") or 1), self.size(call, "per_page", 30)
        query = urlencode({"per_page": size, "page": number + 1})
        link = f'<{self.url}{call.path}?{query}>; rel="next", <{self.url}{call.path}>; rel="first"'
        more = {"Link": link} if number * size < len(every) else {}
        return answered(every[(number - 1) * size : number * size], **more)


class Tern(Described):
    """Pages by a token, for who has a token of another sort."""

    most = 25
    config = {"client_id": "tern-app", "client_secret": "tern secret"}
    shipments = [
        {
            "shipmentId": f"T-{number}",
            "status": "DONE",
            "weightGrams": str(10**12 + number),
            "cost": 12.25,
            "bookedAt": 1_770_000_000_500 + number,
            "to": {"city": "Bergen", "parcels": []},
        }
        for number in range(60)
    ]
    rates = [
        {"code": "A", "pricePerKg": 1.05, "validFrom": "2026-01-01"},
        {"code": "B", "pricePerKg": 2, "validFrom": None},
    ]

    def events(self, shipment: str) -> list[Record]:
        return [
            {"sequence": n, "place": "Oslo", "at": f"2026-02-0{n + 1}T00:00:00Z"} for n in range(int(shipment[-1]) % 3)
        ]

    def records(self) -> dict[str, list[Record]]:
        events = [
            {"shipment_id": shipment["shipmentId"], **event}
            for shipment in self.shipments
            for event in self.events(str(shipment["shipmentId"]))
        ]
        return {"shipments": list(self.shipments), "events": events, "rates": list(self.rates)}

    def lets_in(self, call: Call) -> bool:
        if call.path == "/v1/token":
            return call.headers.get("authorization", "").startswith("Basic ")
        return call.headers.get("authorization") == "Bearer granted"

    def page(self, call: Call) -> Answer:
        if call.path == "/v1/token":
            assert call.form() == {"grant_type": "client_credentials", "scope": "shipments.read rates.read"}
            return answered({"access_token": "granted", "expires_in": 3600, "token_type": "bearer"})
        if call.path == "/v1/rates":
            assert call.headers.get("x-account-region") == "eu"
            return answered({"rates": self.rates, "currency": "EUR"})
        if of := re.fullmatch(r"/v1/shipments/(.+)/events", call.path):
            return answered({"events": self.events(of[1])})
        start, size = int(call.param("pageToken") or 0), self.size(call, "pageSize", 10)
        more = {"nextPageToken": str(start + size)} if start + size < len(self.shipments) else {}
        return answered({"shipments": self.shipments[start : start + size], **more})
