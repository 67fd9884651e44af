"""PyAirbyte reads a source into its DuckDB cache, twice; the second time from the state it kept.

`python airbyte_pyairbyte.py SOURCE FOLDER`; FOLDER is as for airbyte_lines.py.
"""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import airbyte
import duckdb

SOURCE, FOLDER = Path(sys.argv[1]), Path(sys.argv[2])


def main() -> None:
    config = json.loads((FOLDER / "config.json").read_text("utf-8"))
    earlier = {**config, "end_date": "2026-03-07"}
    path = FOLDER / "cache.duckdb"
    for given in (earlier, config):
        source = airbyte.get_source("source-rokt", local_executable=SOURCE, config=given, install_if_missing=False)
        source.check()
        source.select_all_streams()
        cache = airbyte.caches.DuckDBCache(db_path=path, schema_name="rokt")
        result = source.read(cache=cache)
        print(f"PyAirbyte read {result.processed_records} records up to {given['end_date']}")
    base = duckdb.connect(str(path))
    for name in source.get_available_streams():
        columns = [
            c
            for (c,) in base.sql(
                f"select column_name from duckdb_columns() where schema_name = 'rokt' "
                f"and table_name = '{name}' and column_name not like '\\_%' escape '\\'"
            ).fetchall()
        ]
        rows = [
            dict(zip(columns, row, strict=True))
            for row in base.sql(f"select {','.join(columns)} from rokt.{name}").fetchall()
        ]
        wanted = [
            json.loads(line, parse_float=Decimal)
            for part in sorted((FOLDER / "expected" / name).glob("part-*.jsonl"))
            for line in part.read_text("utf-8").split("\n")[:-1]
        ]
        assert sorted(map(text, rows)) == sorted(map(text, wanted)), name
        print(f"  {name:<28} {len(rows):>5} rows, each as expected")


def text(row: dict[str, Any]) -> str:
    """A row as text that both sides write alike."""
    return json.dumps({name: one(value) for name, value in sorted(row.items()) if value is not None}, default=str)


def one(value: Any) -> Any:
    if isinstance(value, Decimal | float) and not isinstance(value, bool):
        return f"{Decimal(str(value)):.9f}"
    return str(value)


main()
