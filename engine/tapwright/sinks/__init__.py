"""Places for records.  To add one: a file here, its import and line below, an example connector."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache

from tapwright.errors import SinkError
from tapwright.sinks.csv import Csv
from tapwright.sinks.duckdb import DuckDB
from tapwright.sinks.jsonl import Jsonl
from tapwright.sinks.kind import Sink
from tapwright.sinks.parquet import Parquet
from tapwright.sinks.postgres import Postgres

SINKS: dict[str, type[Sink]] = {
    "csv": Csv,
    "duckdb": DuckDB,
    "jsonl": Jsonl,
    "parquet": Parquet,
    "postgres": Postgres,
}


@cache
def every_sink() -> dict[str, type[Sink]]:
    """List the kinds above, and those that installed packages add by entry points `tapwright.sinks`."""
    from importlib.metadata import entry_points

    return {entry.name: entry.load() for entry in entry_points(group="tapwright.sinks")} | SINKS


def sink_of(text: str) -> Sink:
    """Read `KIND:ARGUMENT`, a kind alone, a `postgresql://` url, or the path of a `.duckdb` or `.db` file."""
    kind, colon, argument = text.partition(":")
    kind = {"postgresql": "postgres"}.get(kind, kind)
    if kind in SINKS:
        return SINKS[kind].from_text(argument)
    if text.endswith((".duckdb", ".db")) and (not colon or len(kind) == 1):
        return DuckDB(path=text)
    found = every_sink().get(kind)
    if found:
        return found.from_text(argument)
    close = get_close_matches(kind, every_sink(), 1)
    raise SinkError(
        f"There is no sink {kind!r}" + (f"; did you mean {close[0]!r}?" if close else "."),
        f"Write KIND:ARGUMENT, with one of {', '.join(every_sink())}; e.g. duckdb:demo.duckdb.",
    )
