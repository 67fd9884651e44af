"""A small shop on loopback for the Singer tests: its spec, its data, and the tap run in this process or its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tapwright.cli.failing import exit_code
from tapwright.cli.singer import singer_command
from tests.providers.loopback import Answer, Call, Provider

ROOT = Path(__file__).parents[1]
SECRET = "s3cr3t&key/+"
SPEC = """
tapwright: 1
name: shop
title: A shop
config:
  key: {type: string, writeOnly: true, minLength: 5, examples: [abcdef]}
  base_url: {type: string, format: uri}
  start_date: {type: string, default: 2026-01-01T00:00:00Z}
  sizes: {type: array, items: {type: integer}, default: []}
  level: {type: integer, default: 1}
api:
  url: "{{ config.base_url }}"
  auth: {api_key: {key: "{{ config.key }}", name: key, place: query}}
  paginate: {page: {param: page, size: {param: size, value: 2}, until: short_page}}
  records: {json: {at: data}}
  retry: {attempts: 1}
streams:
  orders:
    request: {path: /orders, params: {since: "{{ slice.start | time('%Y-%m-%dT%H:%M:%SZ') }}"}}
    fields:
      id: {type: integer}
      updated_at: {type: datetime}
      total: {type: decimal, scale: 18}
      placed: {type: local_datetime}
      day: {type: date}
      note: {}
      address: {type: object, properties: {city: {type: string}, zip: {type: string}}}
      lines: {type: array, items: {type: object, properties: {sku: {type: string}, count: {type: integer}}}}
      extra: {type: json}
      paid: {type: boolean, required: true}
      gift: {optional: true}
    primary_key: [id]
    incremental: {cursor: updated_at, start: "{{ config.start_date }}"}
  events:
    request: {path: /events, params: {since: "{{ slice.start | time('%Y-%m-%dT%H:%M:%SZ') }}"}}
    fields: {at: {type: datetime}, kind: {}}
    incremental: {cursor: at, start: "{{ config.start_date }}", client_side: true}
  countries:
    request: {path: /countries}
    fields: {code: {}, name: {}}
    primary_key: [code]
  items:
    request: {path: "/orders/{{ slice.order }}/items"}
    for_each: [{parent: {stream: orders, take: {order: id}}}]
    fields: {order_id: {type: integer, value: "{{ slice.order }}"}, sku: {}, count: {type: integer}}
    primary_key: [order_id, sku]
  loose:
    request: {path: /loose}
    primary_key: [id]
"""


def order(number: int, hour: int, **more: Any) -> dict[str, Any]:
    """An order as the shop has it."""
    return {
        "id": number,
        "updated_at": f"2026-01-02T{hour:02}:00:00Z",
        "total": "12345678901234567890.123456789012345678" if number == 1 else f"{number}.10",
        "placed": "2026-01-02T03:04:05",
        "day": "2026-01-02",
        "note": None,
        "address": {"city": f"c{number}", "zip": "1", "street": "not listed"},
        "lines": [{"sku": "a", "count": number, "price": 1}],
        "extra": {"any": [1, "x", None]},
        "paid": number % 2 == 0,
        **more,
    }


class Shop(Provider):
    """The shop; knobs may change while it runs."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.orders = [order(number, number) for number in range(1, 6)]
        self.events = [{"at": f"2026-01-0{day}T00:00:00Z", "kind": f"k{day}"} for day in range(1, 5)]
        self.countries = [{"code": "DE", "name": "Germany"}, {"code": "FR", "name": "France"}]
        self.loose: list[dict[str, Any]] = [{"id": 1, "a": 1}, {"id": 2, "a": 2}, {"id": 3, "a": 3, "b b": "new"}]
        self.broken: set[str] = set()
        self.hook: Callable[[Call], None] = lambda call: None

    def answer(self, call: Call) -> Answer:
        self.hook(call)
        if call.param("key") != SECRET:
            return Answer(status=401, body=b"no")
        if call.path in self.broken:
            return Answer(status=404, body=b'{"message": "not here, ' + SECRET.encode() + b'"}')
        page, size = int(call.param("page") or 1), int(call.param("size") or 2)
        rows = self._rows(call)[(page - 1) * size : page * size]
        return Answer(headers={"Content-Type": "application/json"}, body=json.dumps({"data": rows}).encode())

    def _rows(self, call: Call) -> list[dict[str, Any]]:
        since = call.param("since") or ""
        parts = call.path.strip("/").split("/")
        if len(parts) == 3:
            return [{"sku": "a", "count": int(parts[1])}]
        match parts[0]:
            case "orders":
                return [row for row in self.orders if row["updated_at"] >= since]
            case "events":
                return self.events
            case "countries":
                return self.countries
        return self.loose

    @property
    def asked(self) -> list[str]:
        """The paths asked for."""
        return [call.path for call in self.calls]


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What became of a tap."""

    code: int
    out: str
    err: str

    @property
    def messages(self) -> list[dict[str, Any]]:
        """Every line of the output, which holds nothing else."""
        return [json.loads(line, parse_float=str) for line in self.out.split("\n")[:-1]]

    def of(self, kind: str, stream: str | None = None) -> list[dict[str, Any]]:
        """The messages of a type, and of a stream."""
        return [one for one in self.messages if one["type"] == kind and stream in (None, one.get("stream"))]

    def records(self, stream: str) -> list[dict[str, Any]]:
        """The records of a stream."""
        return [one["record"] for one in self.of("RECORD", stream)]

    def schema(self, stream: str) -> Any:
        """The last schema of a stream."""
        return self.of("SCHEMA", stream)[-1]["schema"]

    @property
    def streams(self) -> list[str]:
        """The streams with a schema, in their order."""
        return list(dict.fromkeys(one["stream"] for one in self.of("SCHEMA")))

    @property
    def state(self) -> Any:
        """The value of the last STATE, which ends the output."""
        assert self.messages[-1]["type"] == "STATE"
        return json.loads(self.out.split("\n")[-2])["value"]

    @property
    def marks(self) -> Any:
        """The bookmarks of the last STATE."""
        return self.state["bookmarks"]


class Tap:
    """The tap of the shop, in this process."""

    def __init__(self, folder: Path, shop: Shop, capture: pytest.CaptureFixture[bytes]) -> None:
        self.folder, self._capture = folder, capture
        self.spec = folder / "shop.yaml"
        self.spec.write_text(SPEC, "utf-8")
        self.config: dict[str, Any] = {"key": SECRET, "base_url": shop.url}

    def file(self, name: str, value: Any) -> str:
        """Write a file of JSON."""
        path = self.folder / f"{name}.json"
        path.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")
        return str(path)

    def words(self, *more: str, **files: Any) -> list[str]:
        """The words of a command: `config`, `catalog` and `state` are written to files."""
        files = {"config": self.config, **files}
        given = [word for name, value in files.items() for word in (f"--{name}", self.file(name, value))]
        return [str(self.spec), *given, *more]

    def __call__(self, *more: str, **files: Any) -> Ran:
        """Run it."""
        return self.run(self.words(*more, **files))

    def run(self, words: list[str]) -> Ran:
        """Run it with exactly these words."""
        before, sys.argv = sys.argv, ["tapwright", *words]
        try:
            code = exit_code(singer_command)
        finally:
            sys.argv = before
        out, err = self._capture.readouterr()
        return Ran(code=code, out=out.decode(), err=err.decode())

    def apart(self, *more: str, **files: Any) -> subprocess.Popen[bytes]:
        """Start it as a process of its own."""
        env = {**os.environ, "PYTHONPATH": str(ROOT / "engine"), "PYTHONWARNINGS": "once"}
        words = [sys.executable, "-m", "tapwright", "singer", *self.words(*more, **files)]
        return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env)

    def discover(self) -> dict[str, Any]:
        """The catalog."""
        found: dict[str, Any] = json.loads(self("--discover").out)
        return found


def metadata(catalog: dict[str, Any], stream: str, *crumb: str) -> dict[str, Any]:
    """The metadata of a stream, or of a property of it."""
    entry = next(entry for entry in catalog["streams"] if entry["tap_stream_id"] == stream)
    found: dict[str, Any] = next(one["metadata"] for one in entry["metadata"] if one["breadcrumb"] == list(crumb))
    return found


def only(catalog: dict[str, Any], *names: str) -> dict[str, Any]:
    """The catalog with only these streams selected."""
    for entry in catalog["streams"]:
        metadata(catalog, entry["tap_stream_id"])["selected"] = entry["tap_stream_id"] in names
    return catalog
