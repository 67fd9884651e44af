"""tapwright, as its command; what it reads is said in shop.yaml beside this file.

python -P tapwright.py JOB URL TOTAL OUT WORKERS DELAY
"""

import json
import sys
from pathlib import Path

SPEC = Path(__file__).with_name("shop.yaml")
STREAMS = {
    "airbyte": "orders_typed",
    "children": "cards",
    "csv": "report",
    "duckdb": "orders_typed",
    "duckdb-small": "orders_typed",
    "growth": "orders",
    "growth-csv": "report",
    "growth-xml": "samples",
    "items": "orders",
    "items-map": "orders_picked",
    "oauth": "orders_secure",
    "parquet": "orders_typed",
    "postgres": "orders_typed",
    "singer": "orders_typed",
    "slices": "orders_by_day",
    "xml": "samples",
}


def main() -> list[str]:
    """Give the arguments of the command."""
    job, url, total, out, workers, delay, *options = sys.argv[1:]
    if job == "discover":
        return ["discover", str(SPEC)]
    stream = STREAMS[job]
    config = {"url": url, "total": int(total), "delay_ms": int(delay)}
    if job == "slices":
        from datetime import date, timedelta

        config["days"] = [str(date(2025, 1, 1) + timedelta(number)) for number in range(365)]
    path = Path("config.json")
    path.write_text(json.dumps(config))
    if job in ("airbyte", "singer"):
        return _messages(job, stream, path)
    to = {"duckdb": f"duckdb:{out}.duckdb", "parquet": f"parquet:{out}", "postgres": out}
    place = to.get(job.removesuffix("-small"), "jsonl:-")
    return [
        "run",
        str(SPEC),
        "--config",
        str(path),
        "-S",
        stream,
        "--workers",
        workers,
        "--to",
        place,
        "--quiet",
        *options,
    ]


def _messages(protocol: str, stream: str, config: Path) -> list[str]:
    catalog = Path("catalog.json")
    if protocol == "singer":
        chosen = {"breadcrumb": [], "metadata": {"selected": True}}
        streams = [{"tap_stream_id": stream, "stream": stream, "schema": {"type": "object"}, "metadata": [chosen]}]
    else:
        known = {"name": stream, "json_schema": {"type": "object"}, "supported_sync_modes": ["full_refresh"]}
        streams = [{"stream": known, "sync_mode": "full_refresh", "destination_sync_mode": "append"}]
    catalog.write_text(json.dumps({"streams": streams}))
    verb = ["read"] if protocol == "airbyte" else []
    return [protocol, str(SPEC), *verb, "--config", str(config), "--catalog", str(catalog)]


if __name__ == "__main__":
    from tapwright.cli import main as command

    sys.argv[1:] = main()
    command()
