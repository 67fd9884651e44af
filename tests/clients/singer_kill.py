"""Kill a tap at a line of its output, feed its last STATE back, and see that nothing is lost.

`python -m tests.clients.singer_kill 100` does it at a hundred lines by chance.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.singer_shop import Shop, Tap, order


def killed_at(tap: Tap, shop: Shop, at: int) -> None:
    """Kill the tap once it has written so many lines; then run it again from its last STATE."""
    process = tap.apart("--checkpoint-rows", "1", "--workers", str(1 + at % 4))
    assert process.stdout is not None
    assert process.stderr is not None
    lines = [process.stdout.readline() for _ in range(at)]
    process.kill()
    process.wait()
    process.stdout.close()
    process.stderr.close()
    before = [json.loads(line) for line in lines if line.strip()]
    states = [one["value"] for one in before if one["type"] == "STATE"]
    out, err = tap.apart(state=states[-1] if states else {}).communicate(timeout=120)
    after = [json.loads(line) for line in out.splitlines()]
    for stream, expected in _expected(shop).items():
        sent = {
            _key(one["record"]) for one in before + after if one.get("stream") == stream and one["type"] == "RECORD"
        }
        assert expected <= sent, f"killed at line {at}, stream {stream} lacks {expected - sent}\n{err.decode()}"


def _expected(shop: Shop) -> dict[str, set[Any]]:
    orders = [row["id"] for row in shop.orders]
    return {
        "orders": set(orders),
        "events": {row["kind"] for row in shop.events},
        "countries": {row["code"] for row in shop.countries},
        "items": {(number, "a") for number in orders},
        "loose": {row["id"] for row in shop.loose},
    }


def _key(record: dict[str, Any]) -> Any:
    if "order_id" in record:
        return record["order_id"], record["sku"]
    return next(record[name] for name in ("id", "kind", "code") if name in record)


class _NoCapture:
    """Stands where pytest captures."""


def main(times: int) -> None:
    """Kill it so many times."""
    with tempfile.TemporaryDirectory() as folder, Shop() as shop:
        shop.orders = [order(number, number % 24) for number in range(1, 40)]
        tap = Tap(Path(folder), shop, _NoCapture())  # type: ignore[arg-type]
        out, _ = tap.apart("--checkpoint-rows", "1", "--workers", "1").communicate(timeout=120)
        lines = len(out.splitlines())
        chance = random.Random(1)
        for number in range(times):
            at = chance.randrange(1, lines)
            killed_at(tap, shop, at)
            print(f"{number + 1}/{times}: killed at line {at} of {lines}, nothing lost")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
