"""Record every Rokt cassette anew from the loopback server: `python -m tests.providers.record_rokt`."""

from __future__ import annotations

import functools
import json
import os
from typing import Any

from tapwright.cli import tapwright
from tests.providers.rokt import Rokt
from tests.providers.rokt_data import TEAPOTS, UMBRELLAS
from tests.providers.second_run import record_second_run

CONNECTOR, SPEC = "connectors/rokt_performance.yaml", "specs/rokt.yaml"
SPRING, DRIZZLE = "3100000000000000101", "3100000000000000105"
DAY = {"account_ids": [TEAPOTS], "start_date": "2026-03-03", "end_date": "2026-03-03"}
OTHER = {**DAY, "account_ids": [UMBRELLAS]}


def record(server: Rokt, target: str, *words: str, **config: Any) -> None:
    """Record one or more tables of the connector, or a stream of the spec with a config of its own."""
    words = (target, "--via", server.url, "--now", "2026-03-15T06:00:00Z", *words)
    pairs = [text for name, value in config.items() for text in ("-c", f"{name}={_written(value)}")]
    tapwright.main(["record", "--force", *words, *pairs], standalone_mode=False)


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def case(stream: str, name: str, config: dict[str, Any], *words: str, **knobs: Any) -> None:
    """Record one stream of the spec from a server of its own."""
    with Rokt(**knobs) as server:
        given = {"app_id": server.app_id, "app_secret": server.app_secret, **config}
        record(server, SPEC, "-S", stream, *words, *(("--case", name) if name else ()), **given)


def main() -> None:
    with Rokt() as server:
        os.environ |= {"ROKT_APP_ID": server.app_id, "ROKT_APP_SECRET": server.app_secret}
        record(server, CONNECTOR)
    same = {"account_ids": [TEAPOTS], "start_date": "2026-03-12", "time_zone": "America/Los_Angeles"}
    case("creative_overview", "", same)
    case("campaign_overview", "bare", {**DAY, "campaign_ids": [SPRING]}, shape="bare")
    case("campaign_histogram", "data", {**OTHER, "campaign_ids": [DRIZZLE]}, shape="data")
    case("campaign_metadata", "number_ids", {**OTHER, "campaign_ids": {UMBRELLAS: [DRIZZLE]}}, number_ids=True)
    case("transaction_overview", "renewal", {**DAY, "end_date": "2026-03-05"}, token_calls=2)
    case("account_summary", "no_data", {**DAY, "start_date": "2026-01-05", "end_date": "2026-01-05"})
    case("account_summary", "wrong_secret", {**DAY, "app_secret": "wrong-secret"}, "--failing")
    case("account_summary", "other_account", {**DAY, "account_ids": ["2843179665400099999"]}, "--failing")
    case("campaign_metadata", "unknown_campaign", {**DAY, "campaign_ids": ["3100000000000099999"]}, "--failing")
    second_run()


def second_run() -> None:
    """Record what the run of three days later asks."""
    with Rokt() as server:
        account = {"app_id": server.app_id, "app_secret": server.app_secret, "account_ids": [TEAPOTS]}
        config = {**account, "start_date": "2026-02-25", "time_zone": "America/Los_Angeles"}
        record_second_run(
            "rokt",
            "campaign_overview",
            server.url,
            config,
            meanwhile=functools.partial(setattr, server, "restated", True),
        )


if __name__ == "__main__":
    main()
