"""Record every Perfecto cassette anew from the loopback server: `python -m tests.providers.record_perfecto`."""

from __future__ import annotations

import os
from typing import Any

from tapwright.cli import tapwright
from tests.providers.perfecto import TENANT, TOKEN, Perfecto
from tests.providers.second_run import record_second_run

CONNECTOR, SPEC = "connectors/perfecto_executions.yaml", "specs/perfecto.yaml"
ANY = {"time_range": "any"}


def record(server: Perfecto, target: str, *words: str) -> None:
    """Record the tables of the connector, or a stream of the spec."""
    words = (target, "--via", server.url, "--now", "2026-03-15T06:00:00Z", *words)
    tapwright.main(["record", "--force", *words], standalone_mode=False)


def case(
    name: str,
    day: int,
    *,
    stream: str = "test_executions",
    options: dict[str, str] | None = None,
    config: dict[str, str] | None = None,
    failing: bool = False,
    **knobs: Any,
) -> None:
    """Record one stream of the spec, for one day of March 2026, from a server of its own."""
    date = f"2026-03-{day:02}"
    given = {"cloud": "fiction", "token": TOKEN, "start_date": date, "end_date": date, **(config or {})}
    words = [text for key, value in given.items() for text in ("-c", f"{key}={value}")]
    words += [text for key, value in (options or {}).items() for text in ("-o", f"{key}={value}")]
    with Perfecto(**knobs) as server:
        record(server, SPEC, "-S", stream, "--case", name, *(["--failing"] if failing else []), *words)


def main() -> None:
    os.environ["PERFECTO_TOKEN"] = TOKEN
    with Perfecto() as server:
        record(server, CONNECTOR)
    case("v3_tenant", 5, config={"api_version": "v3", "tenant_id": TENANT})
    case("three_pages", 5, options=ANY, page_size=5)
    case("two_pages", 5, stream="execution_artifacts", options={**ANY, "tags": "smoke"}, page_size=5)
    case("two_resources", 6, stream="test_commands")
    case("waits", 4, config={"wait_until_processed": "true"}, processing_calls=2)
    case("processing", 8, processing_calls=2)
    case("wrong_token", 5, config={"token": "a-token-of-another-lab"}, failing=True)
    case("error_as_200", 5, config={"token": "a-token-of-another-lab"}, errors_as_200=True, failing=True)
    case("no_tenant", 5, needs_tenant=True, failing=True)
    case("too_old", 5, config={"start_date": "2025-12-31", "end_date": "2025-12-31"}, failing=True)
    second_run()


def second_run() -> None:
    """Record what the run of three days later asks."""
    with Perfecto() as server:
        config = {"cloud": "fiction", "token": TOKEN, "start_date": "2026-03-01"}
        record_second_run("perfecto", "test_executions", server.url, config)


if __name__ == "__main__":
    main()
