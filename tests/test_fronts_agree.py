"""Every front gives the same records, each by a whole run of its own over the recordings of every stream."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tapwright.cassette import ReplayClock, recorded_only
from tapwright.dlt import _Pipe, source_of
from tapwright.fronts.airbyte import AirbyteSource
from tapwright.fronts.airbyte_messages import Speaker
from tapwright.fronts.lines import encode
from tapwright.fronts.singer import Asked, sync
from tapwright.fronts.singer_catalog import discovered
from tapwright.fronts.singer_config import Tap
from tapwright.fronts.singer_log import Log
from tapwright.fronts.target import Target, load_target
from tapwright.interrupt import Interrupt
from tapwright.plan import make_plan
from tapwright.provider import Means, Provider
from tapwright.replaying import replay_of
from tapwright.run import Pacing, Run
from tapwright.sinks.jsonl import Jsonl
from tapwright.transport import Transport
from tapwright.use import Use
from tests.airbyte import configured_stream

ROOT = Path(__file__).parents[1]
LEAST = {"adobe_target": 400, "datasette": 40, "mediamath_t1": 300, "perfecto": 20, "rokt": 30}
Records = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True, kw_only=True)
class Account:
    """What each front is given: every stream of a spec, a config, and the recordings in the network's place."""

    target: Target
    means: Means
    folder: Path

    @property
    def config(self) -> Mapping[str, Any]:
        return self.target.fixed

    def provider(self, *tables: str) -> Provider:
        uses = {name: use for name, use in self.target.uses.items() if not tables or name in tables}
        return Provider(make_plan(self.target.spec, self.config, uses, self.means.clock.now()), self.means)

    def file(self, name: str, value: Any) -> Path:
        path = self.folder / name
        path.write_bytes(encode(value))
        return path


@pytest.fixture(params=sorted(LEAST))
def account(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Account]:
    spec = load_target(request.param).spec
    every = {name: Use(stream=name) for name, stream in spec.streams.items() if not stream.hidden}
    with replay_of(spec, {}, every) as given:
        target = Target(spec=spec, title=spec.title, uses=given.uses, fixed=given.config)
        means = Means(clock=ReplayClock(given.now), transport=recorded_only(Transport()))
        yield Account(target=target, means=means, folder=tmp_path)


def lines(text: str) -> list[Any]:
    return [json.loads(line, parse_float=Decimal) for line in text.split("\n")[:-1]]


# --- each front by itself


def by_run(account: Account) -> Records:
    with Jsonl(path=str(account.folder / "out")).open() as writer:
        summary = Run(account.provider(), writer, Pacing(workers=1)).carry_out()
    assert [table.error for table in summary.tables if table.error] == []
    found: Records = {}
    for name in account.target.uses:
        files = sorted((account.folder / "out" / name).glob("part-*.jsonl"))
        found[name] = [record for file in files for record in lines(file.read_text("utf-8"))]
    return found


def by_singer(account: Account, capture: pytest.CaptureFixture[bytes]) -> Records:
    tap = Tap(name="tap", target=account.target, config=account.config)
    asked = Asked(catalog=json.loads(json.dumps(discovered(tap))), pacing=Pacing(workers=3))
    capture.readouterr()
    assert sync(tap, asked, Log("tap", str), Interrupt(), account.means) == 0
    found: Records = {}
    validators: dict[str, Any] = {}
    for said in lines(capture.readouterr().out.decode()):
        if said["type"] == "SCHEMA":
            found.setdefault(said["stream"], [])
            validators[said["stream"]] = Draft202012Validator(said["schema"])
        elif said["type"] == "RECORD":
            validators[said["stream"]].validate(said["record"])
            assert said["record"].keys() <= validators[said["stream"]].schema["properties"].keys()
            found[said["stream"]].append(said["record"])
    return found


def by_airbyte(account: Account) -> Records:
    out, config = io.BytesIO(), account.file("config.json", account.config)
    source = AirbyteSource(target=account.target, speaker=Speaker(out), means=account.means)
    assert source.discover(config) == 0
    (catalog,) = [said["catalog"] for said in lines(out.getvalue().decode()) if said["type"] == "CATALOG"]
    out.truncate(0)
    out.seek(0)
    chosen = account.file("catalog.json", {"streams": list(map(configured_stream, catalog["streams"]))})
    assert source.read(config, chosen, None, Interrupt()) == 0
    found: Records = {stream["name"]: [] for stream in catalog["streams"]}
    for said in lines(out.getvalue().decode()):
        if said["type"] == "RECORD":
            found[said["record"]["stream"]].append(said["record"]["data"])
    return found


def by_dlt(account: Account) -> Records:
    """What dlt is handed; where it is installed, `test_dlt_lands_the_same_rows` says what comes of it."""
    found: Records = {}
    for name in account.target.uses:
        batches = _Pipe({}).batches(account.provider(name))
        found[name] = lines(encode_lines([record for batch in batches for record in batch.records]))
    return found


def encode_lines(records: list[dict[str, Any]]) -> str:
    return "".join(f"{encode(record).decode()}\n" for record in records)


def test_every_front_gives_the_same_records(account: Account, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    expected = by_run(account)
    assert all(expected.values()), "every stream has records"
    assert sum(map(len, expected.values())) >= LEAST[account.target.spec.name]
    fronts: dict[str, Callable[[Account], Records]] = {
        "Singer": partial(by_singer, capture=capfdbinary),
        "Airbyte": by_airbyte,
        "dlt": by_dlt,
    }
    for front, records in fronts.items():
        found = records(account)
        assert found.keys() == expected.keys(), front
        for stream, rows in expected.items():
            assert found[stream] == rows, (front, stream)


# --- dlt itself


def test_dlt_lands_the_same_rows(account: Account) -> None:
    dlt = pytest.importorskip("dlt", reason="dlt is not installed; tests/clients/dlt.sh runs this with it")
    import duckdb

    path = account.folder / "dlt.duckdb"
    destination = dlt.destinations.duckdb(str(path))
    pipelines = str(account.folder / "pipelines")
    pipeline = dlt.pipeline("all", pipelines_dir=pipelines, destination=destination, dataset_name="everything")
    pipeline.run(source_of(account.target.spec, account.config, account.target.uses, account.means))
    with duckdb.connect(str(path), read_only=True) as base:
        for name in account.target.uses:
            found = base.sql(f'select * exclude (_dlt_id, _dlt_load_id) from everything."{name}"')
            rows = [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]
            batches = _Pipe({}).batches(account.provider(name))
            assert ordered(rows) == ordered([record for batch in batches for record in batch.records]), name


def ordered(rows: list[dict[str, Any]]) -> list[str]:
    """Rows as text that both sides write alike."""
    return sorted(json.dumps({n: text(v) for n, v in sorted(row.items()) if v is not None}) for row in rows)


def text(value: Any) -> str:
    match value:
        case list() | dict():
            return encode(value).decode()
        case datetime() if value.tzinfo:
            return value.astimezone(UTC).isoformat()
        case datetime() | date():
            return value.isoformat()
        case int() | float() | Decimal() if not isinstance(value, bool):
            return f"{Decimal(str(value)):f}".rstrip("0").rstrip(".") if value % 1 else str(int(value))
    return str(value)
