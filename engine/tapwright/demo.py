"""`make demo`: every bundled connector, replayed from its recordings into one DuckDB file, and a query over it."""

from __future__ import annotations

import sys
from pathlib import Path

_QUERY = """
SELECT campaign_name, sum(impressions) AS impressions, sum(total_spend) AS spend
FROM performance_daily GROUP BY ALL ORDER BY spend DESC LIMIT 5
"""


def main(path: str) -> int:
    """Run the connectors into a new database, and show what landed; gives the exit code."""
    from tapwright.cli import tapwright
    from tapwright.library import bundled

    Path(path).unlink(missing_ok=True)
    for connector in sorted((bundled() / "connectors").glob("*.yaml")):
        arguments = ["run", str(connector), "--replay", "--to", f"duckdb:{path}"]
        code = tapwright.main(args=arguments, standalone_mode=False)
        if code:
            return int(code)
    _show(path)
    return 0


def _show(path: str) -> None:
    import duckdb
    from rich import print as show

    with duckdb.connect(path, read_only=True) as database:
        tables = [name for (name,) in database.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()]
        show(f"[bold]{path}[/bold] now holds:")
        for name in tables:
            if not name.startswith("_"):
                counted = database.execute(f'SELECT count(*) FROM "{name}"').fetchone()
                print(f"  {name:<32} {counted[0] if counted else 0:>8,} rows")
        print(f"\nA query over it:{_QUERY}")
        print(database.sql(_QUERY))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "demo.duckdb"))
