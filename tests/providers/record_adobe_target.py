"""Record the cassettes of adobe_target from the loopback server: `python -m tests.providers.record_adobe_target`."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tapwright.load import load_connector
from tapwright.recorder import record
from tests.providers.adobe_target import CREDENTIALS, AdobeTarget
from tests.providers.loopback import Answer, Call
from tests.providers.second_run import FIRST, SECOND, record_second_run

NOW = datetime(2026, 3, 15, 6, tzinfo=UTC)
ROOT = Path(__file__).parents[2]
CASSETTES = ROOT / "cassettes" / "adobe_target"
TABLES = {
    "tnt_campaigns": "campaigns",
    "tnt_host_groups": "host_groups",
    "tnt_performance": "performance.daily",
    "tnt_performance_by_segment": "performance.by_segment",
    "tnt_engagement": "performance_engagement",
    "tnt_revenue": "recipe_revenue",
}
"""Each table of the connector, and its cassette."""
ONE = {"campaign_ids": [7], "types": ["visitor"]}


class Failing(AdobeTarget):
    """Says no as operations that change something do; a client saw it, no document shows it."""

    def answer(self, call: Call) -> Answer:
        body = b'<operation status="FAIL"><cause>The service is being maintained.</cause></operation>'
        return Answer(headers={"Content-Type": "text/xml;charset=UTF-8"}, body=body)


def main() -> None:
    """Record every table of the connector, both forms of version 2, and the errors."""
    os.environ |= {"TNT_EMAIL": CREDENTIALS["email"], "TNT_PASSWORD": CREDENTIALS["password"]}
    loaded = load_connector(ROOT / "connectors" / "adobe_target_daily.yaml")
    config: Mapping[str, Any] = loaded.connector.config

    def case(
        name: str, server: AdobeTarget, changes: Mapping[str, Any], options: Mapping[str, Any], limit: int | None = None
    ) -> None:
        with server:
            path = CASSETTES / f"{name}.yaml"
            via = f"{server.url}/api"
            stream = name.partition(".")[0]
            given = {**config, **changes}
            made = record(
                loaded.spec, path, stream=stream, config=given, options=options, now=NOW, via=via, limit=limit
            )
            print(path.relative_to(ROOT), made.expected.error or f"{made.expected.total} records")

    for table, use in loaded.connector.streams.items():
        case(TABLES[table], AdobeTarget(recipe_ids=True), {}, use.options)
    case("campaign_settings", AdobeTarget(), {}, {})
    case("campaign_recipes", AdobeTarget(), {}, {})
    case("audit_orders", AdobeTarget(), {}, {"campaign_ids": [7]}, limit=20)
    case("campaigns.changed", AdobeTarget(), {}, {"after": "2026-03-01", "user_locale": "de_DE"})
    case("performance.week", AdobeTarget(), {"start_date": "2026-03-02"}, {**ONE, "resolution": "week"})
    case("performance.v2_prose", AdobeTarget(v2_reading="prose"), {}, {**ONE, "campaign_ids": [42], "version": 2})
    case("performance_engagement.v2", AdobeTarget(), {}, {**ONE, "version": 2})
    case("performance.nobody", AdobeTarget(), {}, {**ONE, "environment": "Test & Préprod"})
    case("performance.malformed", AdobeTarget(malformed="tag"), {}, ONE)
    case("performance.unknown_campaign", AdobeTarget(), {}, {"campaign_ids": [8]})
    case("campaigns.wrong_password", AdobeTarget(credentials={**CREDENTIALS, "password": "another"}), {}, {})
    case("campaigns.failed", Failing(), {}, {})
    second_run()


def second_run() -> None:
    """Record what the run of three days later asks."""
    with AdobeTarget(today=FIRST.date()) as server:
        config = {**CREDENTIALS, "start_date": "2026-02-25", "time_zone": "America/New_York"}
        day = functools.partial(setattr, server, "today", SECOND.date())
        record_second_run("adobe_target", "performance", f"{server.url}/api", config, ONE, meanwhile=day)


if __name__ == "__main__":
    main()
