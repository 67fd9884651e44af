"""The Kettle Company, which never was: a provider that repeats every secret it is told wherever it can."""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from typing import Any
from urllib.parse import quote, quote_plus

from tests.providers.loopback import Answer, Call, Provider

SECRET = 's3cr3t/Ünï&"cöde"+<x>%'
"""A client secret with every character that is written in another way somewhere."""
TOKEN = "kettle-token-0123456789-abcdef"
ID_TOKEN = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGFAZXhhbXBsZS50ZXN0In0.c2lnbmF0dXJl"
COOKIE = "kettle-cookie-4242424242"
SIGNATURE = "5f3a9c1d7e2b4a6f8091"
SHORT = "pin7"
"""A secret of the token answer that is too short to be looked for elsewhere."""


class Kettles(Provider):
    """Serves /token, /orders in pages, and the same as XML, CSV and JSON lines."""

    rows = 40

    def answer(self, call: Call) -> Answer:
        if call.path == "/token":
            return self.token(call)
        if call.headers.get("authorization") != f"Bearer {TOKEN}":
            return Answer(status=401, body=f"refused: {call.headers.get('authorization')}".encode())
        return getattr(self, f"on_{call.path.strip('/').replace('/', '_')}", self.on_nothing)(call)

    def token(self, call: Call) -> Answer:
        granted = {
            "access_token": TOKEN,
            "id_token": ID_TOKEN,
            "device_key": SHORT,
            "token_type": "Bearer",
            "expires_in": 3600,
            "scope": "orders:read",
            "home": f"{self.url}/orders",
        }
        headers = {"Content-Type": "application/json", "Set-Cookie": f"kettle={COOKIE}; Path=/; HttpOnly"}
        return Answer(headers=headers, body=json.dumps(granted).encode())

    def on_orders(self, call: Call) -> Answer:
        page, size = int(call.param("page") or 1), int(call.param("size") or self.rows)
        rows = [self.row(number) for number in range(1, self.rows + 1)][(page - 1) * size :][:size]
        body = {"data": rows, "total": self.rows, "self": f"{self.url}/orders?page={page}", "you": self.told(call)}
        packed = gzip.compress(json.dumps(body).encode(), mtime=0)
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip", "X-Kettle-Id": "abc", "Server": "k"}
        return Answer(headers=headers, body=packed)

    def on_orders_xml(self, call: Call) -> Answer:
        rows = "".join(f'<order id="{row["id"]}"><total>{row["total"]}</total></order>' for row in self.all())
        text = f'<?xml version="1.0" encoding="UTF-8"?><orders count="{self.rows}">{rows}</orders>'
        return Answer(headers={"Content-Type": "text/xml"}, body=text.encode())

    def on_orders_csv(self, call: Call) -> Answer:
        rows = "".join(f'{row["id"]},"{row["total"]}"\r\n' for row in self.all())
        return Answer(headers={"Content-Type": "text/csv"}, body=f"id,total\r\n{rows}".encode())

    def on_orders_jsonl(self, call: Call) -> Answer:
        rows = "".join(json.dumps(row) + "\n" for row in self.all())
        return Answer(headers={"Content-Type": "application/x-ndjson"}, body=rows.encode())

    def on_lines(self, call: Call) -> Answer:
        rows = [{"order": call.param("order"), "line": number} for number in (1, 2)]
        return Answer(headers={"Content-Type": "application/json"}, body=json.dumps({"data": rows}).encode())

    def on_reports(self, call: Call) -> Answer:
        """Says where the records are to be had: at an address that is signed."""
        link = f"{self.url}/orders?size=2&X-Amz-Signature={SIGNATURE}&sig={SIGNATURE[::-1]}"
        body = json.dumps({"data": [], "next": link}).replace("&", "\\u0026")
        return Answer(headers={"Content-Type": "application/json"}, body=body.encode())

    def on_nothing(self, call: Call) -> Answer:
        return Answer(status=404, body=json.dumps({"error": {"code": "gone", "text": self.told(call)}}).encode())

    def all(self) -> list[dict[str, Any]]:
        return [self.row(number) for number in range(1, self.rows + 1)]

    @staticmethod
    def row(number: int) -> dict[str, Any]:
        return {"id": number, "total": f"{number}.50", "note": f"Kettle & sons, №{number}"}

    @staticmethod
    def told(call: Call) -> dict[str, str]:
        """Every secret, in every encoding."""
        plain = SECRET.encode()
        return {
            "plain": SECRET,
            "percent": quote(SECRET, safe=""),
            "plus": quote_plus(SECRET),
            "hex": plain.hex(),
            **{f"base64_{offset}": b64encode(b"." * offset + plain).decode() for offset in range(3)},
            "basic": b64encode(b"kettle-app:" + plain).decode(),
            "json_in_json": json.dumps({"secret": SECRET}),
            "id": ID_TOKEN,
            "cookie": COOKIE,
            "header": call.headers.get("authorization", ""),
        }
