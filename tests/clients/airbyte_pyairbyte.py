"""PyAirbyte reads a source into its DuckDB cache, twice; the second time from the state it kept.

`python airbyte_pyairbyte.py SOURCE FOLDER` reads, and `python airbyte_pyairbyte.py FOLDER` compares the rows with what
`tapwright run` wrote into FOLDER/expected.
"""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb


def read(program: str, folder: Path) -> None:
    import airbyte

    config = json.loads((folder / "config.json").read_text("utf-8"))
    words = {"local_executable": Path(program), "install_if_missing": False}
    for given in ({**config, "end_date": "2026-03-07"}, config):
        source = airbyte.get_source("source-rokt", config=given, **words)
        source.check()
        source.select_all_streams()
        cache = airbyte.caches.DuckDBCache(db_path=folder / "cache.duckdb", schema_name="rokt")
        result = source.read(cache=cache)
        print(f"PyAirbyte read {result.processed_records} records up to {given['end_date']}")


def compare(folder: Path) -> None:
    base = duckdb.connect(str(folder / "cache.duckdb"), read_only=True)
    for path in sorted((folder / "expected").iterdir()):
        if not path.is_dir():
            continue
        lines = [line for part in path.glob("part-*.jsonl") for line in part.read_text("utf-8").split("\n")[:-1]]
        wanted = [json.loads(line, parse_float=Decimal) for line in lines]
        columns = list(dict.fromkeys(name for row in wanted for name in row))
        found = base.sql(f"select {', '.join(columns)} from rokt.{path.name}").fetchall()
        rows = [dict(zip(columns, row, strict=True)) for row in found]
        assert sorted(map(text, rows)) == sorted(map(text, wanted)), path.name
        print(f"  {path.name:<28} {len(rows):>5} rows, each as expected")


def text(row: dict[str, Any]) -> str:
    """A row as text that both sides write alike."""
    return json.dumps({name: one(value) for name, value in sorted(row.items()) if value is not None})


def one(value: Any) -> str:
    if isinstance(value, Decimal | float):
        return f"{Decimal(str(value)):.9f}".rstrip("0").rstrip(".")
    if isinstance(value, list | dict):
        return json.dumps(value, separators=(",", ":"))
    return value if isinstance(value, str) else str(value).replace(" ", "T")


if len(sys.argv) > 2:
    read(sys.argv[1], Path(sys.argv[2]))
else:
    compare(Path(sys.argv[1]))
