"""A crash at any durable operation leaves what was committed, and the next run completes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import traceback
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tapwright.batch import Batch
from tapwright.sinks import database, sink_of
from tapwright.writer import Mode
from tests.test_sinks import ads, ask, fill, held

OLD, NEW = {"run": 1}, {"run": 2}
AFTER = {
    "append": [(1, "a"), (2, "b"), (2, "c"), (3, "d")],
    "merge": [(1, "a"), (2, "c"), (3, "d")],
    "replace": [(2, "c"), (3, "d")],
}


def load(target: str, mode: Mode, state: dict[str, int], *batches: Batch) -> None:
    """Run once, unless the state says that it is done."""
    with sink_of(target).open() as writer:
        if writer.state() == state:
            return
        fill(writer, *batches, mode=mode)
        writer.finish("ads")
        writer.commit(state)


def first(target: str, mode: Mode) -> None:
    """Load two ads."""
    load(target, mode, OLD, ads(i1="a"), ads(i2="b"))


def second(target: str, mode: Mode) -> None:
    """Load two more, one of them again."""
    load(target, mode, NEW, ads(i2="c"), ads(i3="d"))


class Steps:
    """Counts durable operations, and ends the process before one of them."""

    def __init__(self, allowed: int) -> None:
        self.left = allowed

    def counting(self, operation: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap an operation."""

        def step(*args: Any, **options: Any) -> Any:
            if self.left == 0:
                os._exit(9)
            self.left -= 1
            return operation(*args, **options)

        return step


class Connection:
    """A connection to DuckDB whose statements are counted."""

    def __init__(self, connection: Any, steps: Steps) -> None:
        self.execute = steps.counting(connection.execute)
        self.sql, self.close = connection.sql, connection.close
        self.register, self.unregister = connection.register, connection.unregister


def crash(allowed: int, work: Callable[[str, Mode], None], target: str, mode: Mode) -> bool:
    """Do some work in a process that ends after so many operations; tell whether it came to its end."""
    child = os.fork()
    if child == 0:
        steps, opened = Steps(allowed), database._opened
        for name in ("rename", "replace", "unlink", "mkdir"):
            setattr(Path, name, steps.counting(getattr(Path, name)))
        os.fsync = steps.counting(os.fsync)
        if target.startswith("duckdb"):
            database._opened = lambda path: Connection(opened(path), steps)  # type: ignore[assignment, return-value]
        try:
            work(target, mode)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, 9), f"{target}: not a crash, but a fault after {allowed} operations"
    return code == 0


def sweep(folder: Path, kind: str, mode: Mode, born: bool) -> None:
    """Crash before every operation, each in a copy of the same place."""
    (folder / "before").mkdir()
    if not born and os.fork() == 0:
        first(f"{kind}:{folder / 'before' / 'x'}", mode)
        os._exit(0)
    if not born:
        os.wait()
    for allowed in count():
        shutil.copytree(folder / "before", folder / str(allowed))
        if crash(allowed, first if born else second, f"{kind}:{folder / str(allowed) / 'x'}", mode):
            break


def crashed(folder: Path, kind: str, mode: Mode, born: bool = False) -> list[str]:
    """Sweep in a process that never opened DuckDB, and give the targets."""
    code = (
        "import duckdb, pathlib, tests.test_sink_crash as this\n"
        f"this.sweep(pathlib.Path({str(folder)!r}), {kind!r}, {mode!r}, {born})"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True)
    places = sorted((path for path in folder.iterdir() if path.name != "before"), key=lambda path: int(path.name))
    assert len(places) > 5
    return [f"{kind}:{place / 'x'}" for place in places]


def listed(folder: Path) -> tuple[list[tuple[int, str]], Any]:
    """Read the ads in the files that the manifest lists, and its state."""
    manifest = json.loads((folder / "_tapwright.json").read_text())
    paths = [str(folder / part["file"]) for part in manifest["tables"]["ads"]]
    if paths[0].endswith("parquet"):
        return sorted(ask(f"SELECT id, name FROM read_parquet({paths})")), manifest["state"]
    text = "".join(Path(path).read_text() for path in paths)
    if paths[0].endswith("csv"):
        rows = [line.split(",") for line in text.split() if line != "id,name"]
    else:
        rows = [list(json.loads(line).values()) for line in text.splitlines()]
    return sorted((int(row[0]), row[1]) for row in rows), manifest["state"]


def assert_old_then_new(seen: list[Any], mode: Mode) -> None:
    """Check that rows and state changed together, once."""
    old, new = ([(1, "a"), (2, "b")], OLD), (AFTER[mode], NEW)
    assert seen == [old] * seen.count(old) + [new] * seen.count(new)
    assert old in seen
    assert seen.count(new) > 1


@pytest.mark.parametrize(
    ("kind", "mode"), [("csv", "append"), ("csv", "replace"), ("jsonl", "merge"), ("parquet", "merge")]
)
def test_folder_holds_the_old_or_the_new_after_any_crash(tmp_path: Path, kind: str, mode: Mode) -> None:
    seen = []
    for target in crashed(tmp_path, kind, mode):
        folder = Path(target.partition(":")[2])
        seen.append(listed(folder))
        second(target, mode)
        assert listed(folder) == (AFTER[mode], NEW)
        assert held(sink_of(target)) == AFTER[mode]
        assert not list(folder.glob("*/.part*"))
    assert_old_then_new(seen, mode)


@pytest.mark.parametrize("mode", ["merge", "replace"])
def test_duckdb_holds_the_old_or_the_new_after_any_crash(tmp_path: Path, mode: Mode) -> None:
    seen = []
    for target in crashed(tmp_path, "duckdb", mode):
        with sink_of(target).open() as writer:
            state = writer.state()
        seen.append((held(sink_of(target)), state))
        second(target, mode)
        assert held(sink_of(target)) == AFTER[mode]
    assert_old_then_new(seen, mode)


def test_duckdb_survives_any_crash_at_its_birth(tmp_path: Path) -> None:
    for target in crashed(tmp_path, "duckdb", "append", born=True):
        first(target, "append")
        assert held(sink_of(target)) == [(1, "a"), (2, "b")]


def test_duckdb_keeps_the_last_commit_of_a_process_that_is_killed(tmp_path: Path) -> None:
    code = (
        "import os, signal\n"
        "from tests.test_sink_crash import *\n"
        f"writer = sink_of('duckdb:{tmp_path}/x').open().__enter__()\n"
        "fill(writer, ads(i1='a')); writer.commit(OLD)\n"
        "writer.write('ads', ads(i2='b')); writer.finish('ads')\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    with sink_of(f"duckdb:{tmp_path}/x").open() as writer:
        assert writer.state() == OLD
    assert held(sink_of(f"duckdb:{tmp_path}/x")) == [(1, "a")]
