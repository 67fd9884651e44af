"""Our taps through real Singer clients, every row compared: `tests/clients/singer.sh` makes what this needs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from tests.clients.singer_meltano import meltano
from tests.clients.singer_postgres import Postgres
from tests.clients.singer_rows import in_csv, in_duckdb, in_jsonl, in_postgres, rows_of, same
from tests.providers.rokt import Rokt
from tests.providers.rokt_data import TEAPOTS, UMBRELLAS
from tests.singer_shop import SECRET, SPEC, Shop, order

Row = dict[str, Any]
_CATALOGS = {
    "singer-check": "from singer.catalog import Catalog; c = Catalog.from_dict(json.load(open(sys.argv[1])));"
    " assert len(c.streams) == int(sys.argv[2])",
    "singer-csv": "from singer_sdk.singerlib import Catalog; c = Catalog.from_dict(json.load(open(sys.argv[1])));"
    " assert len(c) == int(sys.argv[2]); assert all(s.metadata.resolve_selection()[()] for s in c.values())",
}

_OF_THE_SDK = ("target-csv", "target-postgres (meltano)")
_BEGUN_ANEW = {("target-csv", "loose")}
"""When a schema has grown, target-csv writes its header again, over the rows that it has loaded from batches."""


class Clients:
    """The programs of other projects, each in its own environment."""

    def __init__(self, clients: Path, folder: Path) -> None:
        self.clients, self.folder = clients, folder

    def program(self, place: str, name: str) -> Path:
        return self.clients / place / "bin" / name

    def run(self, *words: object, source: bytes = b"", **env: object) -> bytes:
        """Run a program; its standard output."""
        known = {**os.environ, **{name: str(value) for name, value in env.items()}}
        done = subprocess.run(list(map(str, words)), input=source, capture_output=True, cwd=self.folder, env=known)
        if done.returncode:
            said = (done.stdout[-3000:] + done.stderr[-3000:]).decode()
            raise SystemExit(f"{words} ended with {done.returncode}:\n{said}")
        return done.stdout

    def file(self, name: str, value: Any) -> Path:
        path = self.folder / name
        path.write_text(json.dumps(value), "utf-8")
        return path

    def target(self, place: str, name: str, config: Mapping[str, Any], singer: bytes) -> Any:
        """Run a target; the last state that it gives."""
        out = self.run(self.program(place, name), "--config", self.file(f"{place}.json", config), source=singer)
        return json.loads(out.decode().strip().splitlines()[-1])


def through(clients: Clients, tap: Path, config: Path, server: Postgres) -> None:
    """One tap through singer-check-tap and every target."""
    catalog = clients.run(tap, "--config", config, "--discover")
    clients.folder.joinpath("catalog.json").write_bytes(catalog)
    count = len(json.loads(catalog)["streams"])
    for place, program in _CATALOGS.items():
        python = clients.program(place, "python")
        clients.run(python, "-c", f"import json, sys; {program}", clients.folder / "catalog.json", count)
    print(f"  catalog: {count} streams, read by singer-python and singer-sdk")
    singer = clients.run(tap, "--config", config, "--catalog", clients.folder / "catalog.json")
    sent, last = rows_of(singer)
    state = clients.file("state.json", last)
    again = clients.run(tap, "--config", config, "--state", state)
    for messages in (singer, again):
        clients.run(clients.program("singer-check", "singer-check-tap"), source=messages)
    print(f"  singer-check-tap: {sum(map(len, sent.values()))} records, and again with the state")
    python, tests = clients.program("singer-sdk", "python"), clients.folder / "test_standard.py"
    tests.write_bytes(Path(__file__).with_name("singer_standard.py").read_bytes())
    options = (
        "-c",
        os.devnull,
        "--rootdir",
        clients.folder,
        "-q",
        "-p",
        "no:cacheprovider",
        "-W",
        "ignore",
        "-k",
        "not loose",
    )
    said = clients.run(python, "-m", "pytest", *options, tests, TAP=tap, CONFIG=config).decode()
    print(f"  standard tests of the Meltano SDK: {said.strip().splitlines()[-1]}")
    into(clients, singer, server, sent, last)


def in_batches(clients: Clients, tap: Path, config: Mapping[str, Any], server: Postgres) -> None:
    """The same records as files, through the targets of the Meltano SDK, which load them."""
    sent, last = rows_of(clients.run(tap, "--config", clients.file("plain.json", config)))
    storage = {"root": (clients.folder / "batches").as_uri()}
    batched = {**config, "batch_config": {"encoding": {"format": "jsonl"}, "storage": storage, "batch_size": 7}}
    singer = clients.run(tap, "--config", clients.file("batched.json", batched))
    assert b'"RECORD"' not in singer
    into(clients, singer, server, sent, last, every=False)


def into(
    clients: Clients, singer: bytes, server: Postgres, sent: dict[str, list[Row]], last: Any, *, every: bool = True
) -> None:
    """Feed the targets; their rows must be those that were sent, and their state the last one."""
    for name, found, given in _targets(clients, singer, server):
        if not every and name not in _OF_THE_SDK:
            continue
        state = given()
        assert state == last, f"{name} gave another state"
        kept = [stream for stream in sent if every or (name, stream) not in _BEGUN_ANEW]
        for stream in kept:
            same(name, stream, sent[stream], found(stream))
        print(f"  {name}: {sum(len(found(stream)) for stream in kept)} rows, all the same; the state is")


def _targets(clients: Clients, singer: bytes, server: Postgres) -> Any:
    """Each target: its name, what it holds of a stream, and what runs it."""
    out = clients.folder / "out"
    for name in ("jsonl", "csv"):
        (out / name).mkdir(parents=True, exist_ok=True)
        for old in (out / name).iterdir():
            old.unlink()
    config: dict[str, Any] = {"destination_path": str(out / "jsonl"), "do_timestamp_file": False}
    run = partial(clients.target, "singer-jsonl", "target-jsonl", config, singer)
    yield "target-jsonl", lambda stream: in_jsonl(out / "jsonl", stream), run
    run = partial(clients.target, "singer-csv", "target-csv", {"output_path": str(out / "csv")}, singer)
    yield "target-csv", lambda stream: in_csv(out / "csv", stream), run
    file = out / "out.duckdb"
    file.unlink(missing_ok=True)
    config = {"path": str(file), "default_target_schema": "main", "primary_key_required": False}
    run = partial(clients.target, "singer-duckdb", "target-duckdb", config, singer)
    python = clients.program("singer-duckdb", "python")
    yield "target-duckdb", lambda stream: in_duckdb(python, file, stream), run
    for name, key in (("meltano", "database"), ("pipelinewise", "dbname")):
        server.make(name)
        config = {"host": "127.0.0.1", "port": server.port, "user": "postgres", "password": "x", key: name}
        config |= {"default_target_schema": "public"} | ({"primary_key_required": False} if key == "dbname" else {})
        run = partial(clients.target, f"singer-postgres-{name}", "target-postgres", config, singer)
        yield f"target-postgres ({name})", lambda stream, name=name: in_postgres(server, name, stream), run


def main(clients: Path, folder: Path) -> None:
    programs = Clients(clients, folder)
    (folder / "shop.yaml").write_text(SPEC, "utf-8")
    own = folder / "tap-shop"
    own.write_text(f'#!/bin/sh\nexec {clients}/singer-tap/bin/tapwright singer {folder}/shop.yaml "$@"\n')
    own.chmod(0o755)
    with Rokt() as rokt, Shop() as shop, Postgres(folder / "postgres") as server:
        shop.orders = [order(number, number % 24) for number in range(1, 30)]
        shop.orders[3] |= {"note": "two\nlines, \"quoted\" and 'ü' \0 NUL", "address": None, "lines": None}
        account = {"app_id": rokt.app_id, "app_secret": rokt.app_secret, "account_ids": [TEAPOTS, UMBRELLAS]}
        account |= {"start_date": "2026-02-20", "end_date": "2026-03-14", "base_url": rokt.url}
        print("tap-rokt, the installed command")
        through(programs, clients / "singer-tap/bin/tap-rokt", programs.file("rokt.json", account), server)
        print("tap-shop, a script of two lines around a YAML file")
        config = {"key": SECRET, "base_url": shop.url}
        through(programs, own, programs.file("shop.json", config), server)
        print("tap-shop, its records in batch files")
        in_batches(programs, own, config, server)
        print("Meltano")
        meltano(clients / "singer-meltano/bin/meltano", folder / "project", own, config, shop)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
