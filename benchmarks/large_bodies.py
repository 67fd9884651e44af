"""One very large answer of each sort (CSV, XML, JSON), read into Parquet: how long it takes, and how little memory.

    python -m benchmarks.large_bodies                   # 1 GB of each
    python -m benchmarks.large_bodies --size 100MB --only xml

The specs are the real ones; the answers are made up while they are sent, by a server of its own process.  Exits 1 if a
run fails, loses a row, or needs more memory than it may.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import yaml
from tests.providers.loopback import Answer, Call, Provider
from tests.providers.perfecto_data import EXECUTIONS

ROOT = Path(__file__).parents[1]
SORTS = ("csv", "xml", "json")
RECIPES = "recipes"
"""The XML once more, a record for each recipe instead of each of its eight steps."""
MOST_MEMORY = 200 * 10**6
UNITS = {"": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9}


@dataclass(frozen=True)
class Made:
    """An answer made of one block again and again, each time with other numbers in the places of its `%d`."""

    head: bytes
    block: bytes
    tail: bytes
    places: int
    """The numbers in a block."""
    records: int
    """The records in a block."""

    def blocks(self, size: int) -> int:
        return max(1, round(size / len(self._written(0))))

    def pieces(self, size: int) -> Iterator[bytes]:
        yield self.head
        yield from map(self._written, range(self.blocks(size)))
        yield self.tail

    def _written(self, number: int) -> bytes:
        first = 10**7 + number * self.places
        return self.block % tuple(range(first, first + self.places))


@cache
def made(sort: str) -> Made:
    if sort == RECIPES:
        return replace(made("xml"), records=made("xml").places)
    return {"csv": _csv, "xml": _xml, "json": _json}[sort]()


def _csv() -> Made:
    """MediaMath T1's performance report by creative and day."""
    head = (
        "start_date,end_date,organization_id,agency_id,advertiser_id,campaign_id,campaign_name,strategy_id,strategy_name,"
        "creative_id,campaign_currency_code,campaign_timezone,impressions,clicks,post_click_conversions,"
        "post_view_conversions,total_conversions,media_cost,total_ad_cost,total_spend\n"
    )
    rows = [
        f"2026-03-14,2026-03-14,100048,110003,5001,{200_000 + i // 50},"
        f'"Spring, ""{i // 50}"" für alle",{3_000_000 + i // 10},Strategy {i // 10},%d,USD,America/New_York,'
        f"{i * 7919 % 100_003},{i % 91},{i % 7},{i % 5},{i % 7 + i % 5},{i * 31 % 9973}.{i % 10_000:04d},"
        f"{i * 37 % 9973}.{i % 10_000:04d},{i * 41 % 9973}.{i % 10_000:04d}\n"
        for i in range(1_000)
    ]
    return Made(head.encode(), "".join(rows).encode(), b"", len(rows), len(rows))


def _xml() -> Made:
    """Test&Target's performance report, version 1, of very many experiences."""
    steps = "".join(f'\n            <step name="Step {n}">{n * 7919 % 5_003}.0</step>' for n in range(8))
    engaged = '<engagement stepName="Score" count="1438" total="4314.00000" sumOfSquares="12942.00000" />'
    recipe = (
        f'\n         <recipe name="Experience %d">{steps}\n            <amount>155311.35</amount>'
        f"\n            <engagementMetrics>{engaged}</engagementMetrics>\n         </recipe>"
    )
    samples = [
        f'      <sample start="2026-03-{day:02}T{hour:02}:00" duration="hour">{recipe * 3}\n      </sample>\n'
        for day in range(1, 3)
        for hour in range(24)
    ]
    report = 'campaignId="7" start="2026-03-01" end="2026-03-15" resolution="hour" type="visitor"'
    return Made(
        f'<?xml version="1.0" encoding="UTF-8"?>\n<reports>\n   <report {report}>\n'.encode(),
        "".join(samples).encode(),
        b"   </report>\n</reports>\n",
        len(samples) * 3,
        len(samples) * 3 * 8,
    )


def _json() -> Made:
    """A page of Perfecto's test executions."""
    records = [json.dumps({**one, "id": f"{one['id'][:12]}@"}, ensure_ascii=False) for one in EXECUTIONS]
    text = "".join(f"{record},".replace("%", "%%").replace("@", "%d", 1) for record in records)
    last = json.dumps({**EXECUTIONS[0], "id": "last"})
    tail = f'{last}],"metadata":{{"processingStatus":"PROCESSING_COMPLETE","truncated":false}}}}'
    return Made(b'{"resources":[', text.encode(), tail.encode(), len(records), len(records))


class Server(Provider):
    """Answers each of the three providers' requests with one large body."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def answer(self, call: Call) -> Answer:
        if call.path.endswith("/login"):
            headers = {"Content-Type": "text/xml", "Set-Cookie": "adama_session=benchmark"}
            return Answer(headers=headers, body=b'<result><status code="ok" /></result>')
        sort, media = next(
            found
            for part, found in {
                "/reporting/": ("csv", "text/csv"),
                "/target": ("xml", "text/xml"),
                "/export/": ("json", "application/json"),
            }.items()
            if part in call.path
        )
        return Answer(headers={"Content-Type": media}, body=made(sort).pieces(self.size))


@contextmanager
def serving(size: int) -> Iterator[str]:
    """Serve bodies of a size from another process; gives its address."""
    command = [sys.executable, "-m", "benchmarks.large_bodies", "--serve", str(size)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        assert server.stdout
        yield server.stdout.readline().strip()
    finally:
        server.terminate()
        server.communicate()


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What a run took."""

    sort: str
    bytes: int
    seconds: float
    cpu: float
    """The seconds that a processor worked on it: what tells two runs apart where others use the machine."""
    rows: int
    expected: int
    memory: int
    """The most memory that it had at a time, in bytes."""
    error: str = ""


def measured(sort: str, size: int, folder: Path, to: str = "parquet") -> Measured:
    """Read a body of about a size into Parquet, or to the standard output, where nobody looks."""
    expected = made(sort).blocks(size) * made(sort).records + (sort == "json")
    said = folder / f"{sort}.json"
    with serving(size) as url, said.open("wb") as summary:
        target = _connector(sort, url, folder)
        command = [sys.executable, "-m", "tapwright", "run", str(target), "--json", "--quiet", "--to"]
        streams = {"stdout": summary, "stderr": subprocess.STDOUT}
        if to == "parquet":
            command.append(f"parquet:{folder / sort}")
        else:
            command.append("jsonl:-")
            streams = {"stdout": subprocess.DEVNULL, "stderr": summary}
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "engine"), "TMPDIR": str(folder)}
        began = time.monotonic()
        command = [sys.executable, "-c", _LAUNCH, str(folder / "usage.json"), *command]
        code = subprocess.run(command, cwd=folder, env=environment, check=False, **streams).returncode
        seconds = time.monotonic() - began
    usage = json.loads((folder / "usage.json").read_text())
    text = said.read_text("utf-8")
    found = re.search(r"^\{.*^\}", text, re.S | re.M)
    table = json.loads(found[0])["tables"][0] if found else {"bytes": 0, "rows": 0, "error": text}
    error = table["error"] or (f"exit code {code}" if code else "")
    return Measured(
        sort=sort,
        bytes=table["bytes"],
        seconds=seconds,
        cpu=usage["cpu"],
        rows=_landed(folder / sort) if to == "parquet" and not error else table["rows"],
        expected=expected,
        memory=usage["memory"] * (1 if sys.platform == "darwin" else 1024),
        error=error,
    )


_LAUNCH = """
import json, resource, subprocess, sys
code = subprocess.run(sys.argv[2:]).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
open(sys.argv[1], "w").write(json.dumps({"cpu": used.ru_utime + used.ru_stime, "memory": used.ru_maxrss}))
sys.exit(code)
"""
"""Runs a command from a small process: what a child's memory is counted from is that of the process it began in."""


def _connector(sort: str, url: str, folder: Path) -> Path:
    """Make the connector of a run; it replaces, for a merge remembers keys, an append the records of the last day."""
    config: dict[str, object]
    match sort:
        case "csv":
            target, stream = ROOT / "specs" / "mediamath_t1.yaml", "performance_daily"
            yesterday = (datetime.now(UTC) - timedelta(days=1)).date()
            config = {"user": "u", "password": "p", "api_key": "benchmark-key", "access_ids": ["5001"], "base_url": url}
            config |= {"start_date": str(yesterday), "page_limit": 1000000000}
        case "xml" | "recipes":
            target, stream = ROOT / "specs" / "adobe_target.yaml", "performance" if sort == "xml" else "recipe_revenue"
            config = {"client": "acme", "email": "e@example.com", "password": "benchmark", "base_url": f"{url}/target"}
            config |= {"start_date": "2026-03-01", "end_date": "2026-03-15", "campaign_ids": ["7"]}
        case _:
            target, stream = _of_resources(folder), "test_executions"
            config = {"cloud": "demo", "token": "benchmark-token", "base_url": url}
            config |= {"start_date": "2026-03-01", "end_date": "2026-03-01"}
    words = {"spec": str(target), "config": config, "streams": {stream: {"mode": "replace"}}}
    path = folder / f"{sort}_body.yaml"
    path.write_text(yaml.safe_dump(words), "utf-8")
    return path


def _of_resources(folder: Path) -> Path:
    """Make a Perfecto spec that reads executions as they pass by, without what their answer says of itself."""
    words = yaml.safe_load((ROOT / "specs" / "perfecto.yaml").read_text("utf-8"))
    stream = words["streams"]["test_executions"]
    stream["records"] = {"json": {"at": "resources"}}
    stream["fields"] = {n: field for n, field in stream["fields"].items() if "_parent" not in str(field.get("from"))}
    path = folder / "perfecto.yaml"
    path.write_text(yaml.safe_dump(words, sort_keys=False), "utf-8")
    return path


def _landed(folder: Path) -> int:
    import duckdb

    return int(duckdb.sql(f"select count(*) from '{folder}/*/part-*.parquet'").fetchall()[0][0])


def table(results: list[Measured]) -> str:
    lines = [f"{'':<8}{'bytes':>15}{'seconds':>9}{'cpu':>8}{'rows':>12}{'peak MB':>9}"]
    for one in results:
        memory = f"{one.memory / 10**6:>9.0f}"
        lines.append(f"{one.sort:<8}{one.bytes:>15,}{one.seconds:>9.1f}{one.cpu:>8.1f}{one.rows:>12,}{memory}")
    return "\n".join(lines)


def faults(results: list[Measured], most: int) -> list[str]:
    """Say what is wrong with them."""
    found = [f"{one.sort}: {one.error}" for one in results if one.error]
    found += [f"{r.sort}: {r.rows:,} rows instead of {r.expected:,}" for r in results if r.rows != r.expected]
    return found + [f"{r.sort}: {r.memory / 10**6:.0f} MB of memory" for r in results if r.memory >= most]


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--size", type=_size, default=10**9, help="of each body: 1GB without it")
    words.add_argument("--only", choices=(*SORTS, RECIPES), nargs="+", default=SORTS)
    words.add_argument("--memory", type=_size, default=MOST_MEMORY, help="that a run may have: 200MB without it")
    words.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    given = words.parse_args()
    if given.serve is not None:
        return _serve(given.serve)
    results = []
    for sort in given.only:
        with tempfile.TemporaryDirectory(prefix="large-bodies-") as folder:
            results.append(measured(sort, given.size, Path(folder)))
    print(table(results))
    found = faults(results, given.memory)
    print("\n".join(found), file=sys.stderr)
    return 1 if found else 0


def _serve(size: int) -> int:
    with Server(size) as server:
        print(server.url, flush=True)
        threading.Event().wait()
    return 0


def _size(text: str) -> int:
    found = re.fullmatch(r"([\d.]+)\s*([KMG]B)?", text.upper())
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is no size; write it as 100MB")
    return int(float(found[1]) * UNITS[found[2] or ""])


if __name__ == "__main__":
    sys.exit(main())
