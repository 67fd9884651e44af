"""Record every Datasette cassette anew from a real Datasette: `python -m tests.providers.record_datasette`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tapwright.cli import tapwright
from tests.providers.datasette import fill, serving

CONNECTOR, SPEC = "connectors/datasette_shop.yaml", "specs/datasette.yaml"
ACCOUNT = ("-c", "base_url=http://127.0.0.1:8001", "-c", "database=shop")


def record(url: str, target: str, *words: str) -> None:
    """Record the tables of the connector, or a stream of the spec."""
    words = (target, "--via", url, "--now", "2026-03-15T06:00:00Z", *words)
    tapwright.main(["record", "--force", *words], standalone_mode=False)


def case(url: str, stream: str, name: str, *more: str, **options: str) -> None:
    """Record one stream of the spec."""
    words = [text for key, value in options.items() for text in ("-o", f"{key}={value}")]
    record(url, SPEC, *ACCOUNT, "-S", stream, "--case", name, *more, *words)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "shop.db")
        fill(file, most=12)
        with serving(file, {"max_returned_rows": 5}, {"max_csv_mb": 1}) as (url, plain):
            record(url, CONNECTOR)
            case(plain, "rows", "odd_values", table="oddities")
            case(plain, "rows", "no_key", table="log", page_size="7")
            case(plain, "rows", "labels", table="orders", labels="true", sort_desc="total", where='["total > 5"]')
            case(plain, "rows", "wrong_table", "--failing", table="nope")
            case(plain, "rows", "lost_rows", "--failing", table="untyped", page_size="7")
            case(plain, "rows_csv", "wrong_table", "--failing", table="nope")
            case(plain, "query", "wrong_column", "--failing", sql="select nope from orders")


if __name__ == "__main__":
    main()
