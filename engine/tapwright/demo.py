"""`make demo`: every bundled connector, replayed from its recordings into one DuckDB file, and a query over it."""

from __future__ import annotations

import sys
from pathlib import Path

_QUERY = """\
SELECT campaign_name, sum(impressions) AS impressions, sum(total_spend) AS spend
FROM mediamath_t1_spend.performance_daily
GROUP BY ALL ORDER BY spend DESC LIMIT 5"""
_TABLES = """\
SELECT schema_name, table_name, estimated_size FROM duckdb_tables()
WHERE table_name NOT LIKE '\\_%' ESCAPE '\\' ORDER BY ALL"""


def main(path: str) -> int:
    """Run the connectors into a new database, each into a schema of its own; gives the exit code."""
    from tapwright.cli import tapwright
    from tapwright.library import bundled

    Path(path).unlink(missing_ok=True)
    for connector in sorted((bundled() / "connectors").glob("*.yaml")):
        arguments = ["run", str(connector), "--replay", "--quiet", "--to", f"duckdb:{path}?schema={connector.stem}"]
        print(f"tapwright run {connector.stem} --replay --to 'duckdb:{path}?schema={connector.stem}'", flush=True)
        code = tapwright.main(args=arguments, standalone_mode=False)
        if code:
            return int(code)
    _show(path)
    return 0


def _show(path: str) -> None:
    import duckdb

    with duckdb.connect(path, read_only=True) as database:
        print(f"\n{path} now holds")
        for schema, table, rows in database.execute(_TABLES).fetchall():
            print(f"  {schema + '.' + table:<48} {rows:>6,} rows")
        print(f"\n{_QUERY}\n{database.sql(_QUERY)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "demo.duckdb"))
