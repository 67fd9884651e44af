"""The rows that a tap sent and those that a target has, in a form in which they can be compared."""

from __future__ import annotations

import ast
import csv
import json
import re
import subprocess
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.clients.singer_postgres import Postgres

Row = dict[str, Any]
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_TIME = re.compile(r"\d{4}-\d\d-\d\d([T ].*)?")


def rows_of(singer: bytes) -> tuple[dict[str, list[Row]], Any]:
    """The records of each stream, the last one of each key; and the last state."""
    keys: dict[str, list[str]] = {}
    found: dict[str, dict[Any, Row]] = {}
    state = None
    for one in map(json.loads, singer.splitlines()):
        match one["type"]:
            case "SCHEMA":
                keys[one["stream"]] = one["key_properties"]
                found.setdefault(one["stream"], {})
            case "RECORD":
                rows, key = found[one["stream"]], keys[one["stream"]]
                rows[tuple(one["record"][name] for name in key) or len(rows)] = one["record"]
            case "STATE":
                state = one["value"]
    return {stream: list(rows.values()) for stream, rows in found.items()}, state


def same(target: str, stream: str, sent: list[Row], found: list[Row]) -> None:
    """Raise SystemExit if the rows are not the same."""
    lost, more = Counter(map(_plain, sent)), Counter(map(_plain, found))
    if lost != more:
        text = f"{target}, {stream}: sent {len(sent)}, found {len(found)}"
        raise SystemExit(f"{text}\nsent:  {list(lost - more)[:3]}\nfound: {list(more - lost)[:3]}")


def _plain(row: Row) -> str:
    """A row without what targets add, empty columns left out, names as databases write them."""
    kept = {re.sub(r"\W", "_", name.lower()): _value(value) for name, value in row.items() if name[:4] != "_sdc"}
    return json.dumps({name: value for name, value in sorted(kept.items()) if value is not None})


def _value(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _value(inner) for name, inner in sorted(value.items())}
    if isinstance(value, list):
        return [_value(inner) for inner in value]
    if isinstance(value, bool) or value in ("True", "False", "true", "false"):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{float(value):.12g}"
    if isinstance(value, str):
        return _text(value)
    return value


def _text(text: str) -> Any:
    if _NUMBER.fullmatch(text):
        return f"{float(text):.12g}"
    if _TIME.fullmatch(text):
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    if text[:1] in ("{", "["):
        for read in (json.loads, ast.literal_eval):
            try:
                return _value(read(text))
            except (ValueError, SyntaxError):
                continue
    return text or None


def in_jsonl(folder: Path, stream: str) -> list[Row]:
    """The rows of target-jsonl."""
    path = folder / f"{stream}.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.is_file() else []


def in_csv(folder: Path, stream: str) -> list[Row]:
    """The rows of target-csv."""
    path = folder / f"{stream}.csv"
    return list(csv.DictReader(path.open(encoding="utf-8", newline=""))) if path.is_file() else []


def in_duckdb(python: Path, file: Path, stream: str) -> list[Row]:
    """The rows of target-duckdb, read with its own version of duckdb."""
    program = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only=True)\n"
        "for (row,) in c.execute(f'select to_json(t) from \"{sys.argv[2]}\" t').fetchall(): print(row)"
    )
    done = subprocess.run([python, "-c", program, file, stream], capture_output=True, check=True)
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


def in_postgres(server: Postgres, database: str, stream: str) -> list[Row]:
    """The rows of a target-postgres."""
    lines = server.ask(database, f'select row_to_json(t) from "{stream}" t')
    if database == "pipelinewise":  # it keeps a line end as a backslash and an n
        lines = [line.replace(r"\\n", r"\n") for line in lines]
    return [json.loads(line) for line in lines]
