"""What a run meets when things are not as it left them: a damaged state, no room, no right to write."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from tests.crash.command import LIMIT, Ended, environment
from tests.crash.oracle import Broken
from tests.crash.places import Database, Files, Place
from tests.crash.sweep import Sweep, failed_well

Tried: TypeAlias = Callable[[], list[str]]
Change: TypeAlias = Callable[[Any], Any]
"""Damages the state of one table."""

TABLE = "events"
STATES: dict[str, Change] = {
    "null": lambda state: None,
    "empty": lambda state: {},
    "a list": lambda state: [],
    "a text": lambda state: json.dumps(state)[: len(json.dumps(state)) // 2],
    "of another stream": lambda state: {**state, "of": {**state["of"], "stream": "clicks"}},
    "of another spec": lambda state: {**state, "of": {**state["of"], "spec": "rokt"}},
    "of a later version": lambda state: {**state, "version": 99},
    "without a version": lambda state: {name: value for name, value in state.items() if name != "version"},
    "with a bookmark from the future": lambda state: {**state, "bookmark": "2999-12-31T00:00:00+00:00"},
    "with a bookmark that is no time": lambda state: {**state, "bookmark": "yesterday"},
    "with a page of another kind": lambda state: {**state, "open": {"values": [], "position": {}}},
}
MANIFESTS: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda text: text[: len(text) // 2],
    "empty": lambda text: b"",
    "null": lambda text: b"null",
    "a list": lambda text: b"[]",
    "of a later version": lambda text: text.replace(b'"version": 1', b'"version": 99', 1),
    "of another format": lambda text: text.replace(b'"format": "', b'"format": "x', 1),
}


def states(sweep: Sweep) -> dict[str, Tried]:
    """List the damages that can be done to a sink's state, each with how it is tried."""
    sweep.history(2)
    found: dict[str, Tried] = {f"state {name}": partial(_tried, sweep, change) for name, change in STATES.items()}
    if sweep.kind not in ("duckdb", "postgres"):
        found |= {f"manifest {name}": partial(_cut, sweep, cut) for name, cut in MANIFESTS.items()}
    return found


def _tried(sweep: Sweep, change: Change) -> list[str]:
    place = sweep.place(2)
    before = _state_of(place)
    _keep(place, {**before, TABLE: change(before[TABLE])})
    return _refused_then_repaired(sweep, place, lambda: _keep(place, before))


def _cut(sweep: Sweep, cut: Callable[[bytes], bytes]) -> list[str]:
    place = sweep.place(2)
    assert isinstance(place, Files)
    manifest = place.path / "_tapwright.json"
    before = manifest.read_bytes()
    manifest.write_bytes(cut(before))
    return _refused_then_repaired(sweep, place, lambda: manifest.write_bytes(before), look=False)


def _refused_then_repaired(sweep: Sweep, place: Place, repair: Callable[[], object], *, look: bool = True) -> list[str]:
    """The run says what is wrong and leaves the table alone; once that is repaired it completes."""
    try:
        held = place.held()[TABLE] if look else None
        ended = sweep.read(place, 2)
        problems = failed_well(ended) if ended.code else ["it took no notice"]
        if look and place.held()[TABLE] != held:
            problems.append("it wrote to the table")
        if problems:
            return problems
        _restored(place, repair)
        return sweep.recovered(place, 2)
    except Broken as broken:
        return [str(broken)]
    finally:
        place.remove()


def _restored(place: Place, repair: Callable[[], object]) -> None:
    """Repair one table's state, and leave to the others what they have by now."""
    if isinstance(place, Files) and place.kind != "duckdb" and not _is_manifest(place.path / "_tapwright.json"):
        repair()
        return
    now = _state_of(place)
    repair()
    _keep(place, {**now, TABLE: _state_of(place)[TABLE]})


def _is_manifest(path: Path) -> bool:
    try:
        return "state" in json.loads(path.read_bytes()) and json.loads(path.read_bytes())["version"] == 1
    except (ValueError, TypeError):
        return False


def _state_of(place: Place) -> dict[str, Any]:
    if isinstance(place, Database):
        import psycopg

        with psycopg.connect(place.to) as connection:
            return dict(connection.execute("SELECT key, value FROM _tapwright_state").fetchall())
    assert isinstance(place, Files)
    if place.kind == "duckdb":
        import duckdb

        with duckdb.connect(str(place.path)) as database:
            rows = database.execute("SELECT key, value::VARCHAR FROM _tapwright_state").fetchall()
            return {key: json.loads(value) for key, value in rows}
    return dict(json.loads((place.path / "_tapwright.json").read_bytes())["state"])


def _keep(place: Place, state: dict[str, Any]) -> None:
    if isinstance(place, Database):
        import psycopg

        with psycopg.connect(place.to) as connection:
            for key, value in state.items():
                values = [json.dumps(value), key]
                connection.execute("UPDATE _tapwright_state SET value = %s::json WHERE key = %s", values)
        return
    assert isinstance(place, Files)
    if place.kind == "duckdb":
        import duckdb

        with duckdb.connect(str(place.path)) as database:
            for key, value in state.items():
                database.execute("UPDATE _tapwright_state SET value = ?::JSON WHERE key = ?", [json.dumps(value), key])
        return
    manifest = place.path / "_tapwright.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_bytes()), "state": state}))


def no_room(sweep: Sweep, most: int) -> list[str]:
    """No file may grow beyond so many bytes; then it may, and the run completes."""
    place = sweep.place()
    try:
        ended = _limited(sweep.arguments(place, 1), most)
        problems = failed_well(ended) + sweep.history(1).judge(place.held(), together=False)
        return problems + sweep.recovered(place, 1)
    except Broken as broken:
        return [str(broken)]
    finally:
        place.remove()


def _limited(arguments: list[str], most: int) -> Ended:
    done = subprocess.run(
        [sys.executable, "-m", "tapwright", *arguments],
        env={**environment({}), "TMPDIR": "/dev/shm"} if Path("/dev/shm").is_dir() else environment({}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)),
    )
    return Ended(code=done.returncode, said=done.stdout)


def folder_in_the_way(sweep: Sweep) -> list[str]:
    """The target cannot be made, because a file is where its folder should be."""
    place = sweep.place()
    assert isinstance(place, Files)
    try:
        place.below.rmdir()
        place.below.write_text("a file")
        problems = failed_well(ended := sweep.read(place, 1)) + ([] if ended.code == 1 else ["it took no notice"])
        place.below.unlink()
        place.below.mkdir()
        return problems + sweep.recovered(place, 1, follow=False)
    finally:
        place.remove()
