"""Places for records.  To add one: a file here, its import and line below, an example connector."""

from __future__ import annotations

import re
from functools import cache

from tapwright.errors import SinkError
from tapwright.sinks.csv import Csv
from tapwright.sinks.duckdb import DuckDB
from tapwright.sinks.jsonl import Jsonl
from tapwright.sinks.kind import Sink
from tapwright.sinks.parquet import Parquet
from tapwright.sinks.postgres import Postgres
from tapwright.suggestion import meant

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
        _check_asked(kind, argument)
        return SINKS[kind].from_text(argument)
    if text.endswith((".duckdb", ".db")) and (not colon or len(kind) == 1):
        return DuckDB(path=text)
    found = every_sink().get(kind)
    if found:
        return found.from_text(argument)
    raise SinkError(
        f"there is no sink '{kind}'{meant(kind, every_sink())}",
        f"Write KIND:ARGUMENT, with one of {', '.join(every_sink())}; e.g. duckdb:demo.duckdb.",
    )


def _check_asked(kind: str, argument: str) -> None:
    """Refuse what would become a part of a file's name, and was meant as something else."""
    asked = re.search(r"\?(\w+)=(.*)", argument)
    if asked is None or kind == "postgres" or (kind == "duckdb" and asked[1] == "schema" and asked[2]):
        return
    takes = "FILE?schema=NAME" if kind == "duckdb" else "DIR"
    raise SinkError(f"'{asked[0]}' means nothing to {kind}", f"Write {kind}:{takes}.")
