"""A tap of ours in a Meltano project: select, test, run, run again for what is new, and from the start."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.clients.singer_rows import in_jsonl
from tests.singer_shop import Shop, order

TARGET = {
    "name": "target-jsonl",
    "namespace": "target_jsonl",
    "pip_url": "target-jsonl==0.1.4",
    "settings": [{"name": "destination_path"}, {"name": "do_timestamp_file", "kind": "boolean"}],
    "config": {"destination_path": "output", "do_timestamp_file": False},
}


def meltano(program: Path, project: Path, tap: Path, config: dict[str, Any], shop: Shop) -> None:
    """Make a project and run it."""
    project.mkdir()
    (project / "output").mkdir()
    extractor = {
        "name": "tap-shop",
        "namespace": "tap_shop",
        "executable": str(tap),
        "capabilities": ["catalog", "discover", "state", "about", "structured-logging"],
        "settings": [{"name": "key", "kind": "password", "sensitive": True}, {"name": "base_url"}],
        "config": config,
        "select": ["orders.*", "!orders.note", "!orders.address.zip", "events.*", "countries.*", "loose.*"],
        "metadata": {"events": {"replication-method": "FULL_TABLE"}},
    }
    document = {
        "default_environment": "dev",
        "send_anonymous_usage_stats": False,
        "environments": [{"name": "dev"}],
        "plugins": {"extractors": [extractor], "loaders": [TARGET]},
    }
    (project / "meltano.yml").write_text(json.dumps(document, indent=1))
    _Project(program, project, shop).through()


class _Project:
    def __init__(self, program: Path, folder: Path, shop: Shop) -> None:
        self._program, self._folder, self._shop = program, folder, shop

    def ask(self, *words: str) -> str:
        environment = {**os.environ, "MELTANO_SEND_ANONYMOUS_USAGE_STATS": "false", "NO_COLOR": "1"}
        done = subprocess.run(
            [self._program, *words], cwd=self._folder, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(
                f"meltano {words} ended with {done.returncode}:\n{done.stdout[-3000:]}\n{done.stderr[-6000:]}"
            )
        return done.stdout + done.stderr

    def rows(self, stream: str) -> list[dict[str, Any]]:
        return in_jsonl(self._folder / "output", stream)

    def forget(self) -> None:
        for path in (self._folder / "output").iterdir():
            path.unlink()

    def through(self) -> None:
        self.ask("install")
        listed = self.ask("select", "tap-shop", "--list", "--all")
        assert "orders.address.city" in listed, listed
        print("  select --list:", len([line for line in listed.splitlines() if "[" in line]), "lines")
        assert "tap-shop" in self.ask("invoke", "tap-shop", "--about", "--format=json")
        self.ask("config", "test", "tap-shop")
        print("  config test: passed")
        said = self.ask("run", "--full-refresh", "tap-shop", "target-jsonl")
        assert "record_count" in said, said[-2000:]
        first = len(self._shop.orders)
        self.check("run --full-refresh", orders=first, events=4, countries=2, loose=3, items=0)
        assert not any("note" in row or "zip" in row["address"] for row in self.rows("orders") if row["address"])
        said = self.ask("state", "get", "dev:tap-shop-to-target-jsonl").splitlines()
        state = json.loads(next(line for line in said if line.startswith("{")))
        assert state["singer_state"]["bookmarks"]["orders"]["replication_key"] == "updated_at", state
        self.forget()
        self._shop.orders += [order(100, 23, updated_at="2026-01-03T00:00:00Z")]
        newest = sum(row["updated_at"] == "2026-01-02T23:00:00Z" for row in self._shop.orders)
        self.ask("run", "tap-shop", "target-jsonl")
        self.check("run again, only what is new", orders=newest + 1, events=4, countries=2, loose=3)
        self.forget()
        self.ask("run", "--full-refresh", "tap-shop", "target-jsonl")
        self.check("run --full-refresh again", orders=first + 1, events=4, countries=2, loose=3)

    def check(self, what: str, **expected: int) -> None:
        found = {stream: len(self.rows(stream)) for stream in expected}
        if found != expected:
            raise SystemExit(f"{what}: expected {expected}, found {found}")
        print(f"  {what}: {sum(found.values())} rows")
