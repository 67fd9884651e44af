"""A run that is told to stop keeps what is whole, says where it stopped, and goes on from there the next time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import duckdb
import pytest

from tapwright.batch import Batch
from tapwright.interrupt import Interrupt
from tapwright.request import Request, Response
from tests.memory import Memory, run, spec_of
from tests.providers.loopback import Answer, Call, Provider
from tests.test_engine_files import response

WORDS: dict[str, Any] = {
    "config": {"base_url": {"default": "https://api.test"}},
    "api": {"url": "{{ config.base_url }}"},
    "streams": {
        "items": {
            "request": {"path": "/items"},
            "paginate": {"page": {"param": "page"}},
            "fields": {"id": {"type": "integer"}},
        }
    },
}
ROOT = Path(__file__).parents[1]


class Telling(Memory):
    """Sends a signal with each batch that is written."""

    def __init__(self, interrupt: Interrupt, signals: list[int]) -> None:
        super().__init__()
        self._interrupt, self._signals = interrupt, signals

    def write(self, table: str, batch: Batch) -> None:
        super().write(table, batch)
        for number in self._signals:
            self._interrupt.heard(number)


def pages(when: Callable[[int], None] = lambda page: None) -> Callable[[Request], Response]:
    def provider(request: Request) -> Response:
        page = int(dict(request.query)["page"])
        when(page)
        return response(request, {"json": [{"id": page}] if page < 5 else []})

    return provider


def goes_on(memory: Memory, folder: Path) -> list[int]:
    """The rows that are there when the next run is done."""
    run(spec_of(folder, WORDS), memory, pages())
    return [row["id"] for row in memory.tables["items"]]


def test_a_signal_while_it_waits_stops_it_there(tmp_path: Path) -> None:
    interrupt, memory = Interrupt(), Memory()
    told = pages(lambda page: interrupt.heard(signal.SIGINT) if page == 3 else None)
    summary = run(spec_of(tmp_path, WORDS), memory, told, interrupt=interrupt)
    [table] = summary.tables
    assert (summary.signal, table.status, table.at, table.committed) == (
        signal.SIGINT,
        "interrupted",
        "after page 2",
        2,
    )
    assert goes_on(memory, tmp_path) == [1, 2, 3, 4]


def test_the_page_in_hand_is_brought_to_its_end(tmp_path: Path) -> None:
    interrupt = Interrupt()
    memory = Telling(interrupt, [signal.SIGTERM])
    summary = run(spec_of(tmp_path, WORDS), memory, pages(), interrupt=interrupt)
    assert (summary.tables[0].at, summary.tables[0].committed) == ("after page 1", 1)
    assert goes_on(Memory(kept=memory.kept, pending=memory.pending), tmp_path) == [1, 2, 3, 4]


def test_a_second_signal_drops_the_page_in_hand(tmp_path: Path) -> None:
    interrupt = Interrupt()
    memory = Telling(interrupt, [signal.SIGINT, signal.SIGINT])
    summary = run(spec_of(tmp_path, WORDS), memory, pages(), interrupt=interrupt)
    assert (summary.signal, summary.tables[0].status, summary.tables[0].rows) == (signal.SIGINT, "interrupted", 0)
    assert goes_on(Memory(kept=memory.kept, pending=memory.pending), tmp_path) == [1, 2, 3, 4]


def test_a_page_that_takes_too_long_is_dropped(tmp_path: Path) -> None:
    interrupt = Interrupt()

    class Slow(Memory):
        def write(self, table: str, batch: Batch) -> None:
            super().write(table, batch)
            interrupt.heard(signal.SIGINT)
            interrupt.overdue()

    assert run(spec_of(tmp_path, WORDS), Slow(), pages(), interrupt=interrupt).tables[0].rows == 0


def test_a_commit_is_not_broken_off_by_a_page_that_takes_too_long(tmp_path: Path) -> None:
    interrupt = Interrupt()

    class Slow(Memory):
        def commit(self, state: Any = None) -> None:
            interrupt.overdue()
            super().commit(state)

    assert not run(spec_of(tmp_path, WORDS), Slow(), pages(), interrupt=interrupt).failed


def test_nothing_is_overdue_once_reading_is_over(tmp_path: Path) -> None:
    interrupt = Interrupt()
    memory = Telling(interrupt, [signal.SIGTERM])
    assert run(spec_of(tmp_path, WORDS), memory, pages(), interrupt=interrupt).signal == signal.SIGTERM
    interrupt.overdue()


class Stalled(Provider):
    """Gives two pages, and then half of one."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.over = Event(), Event()
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]  # nobody waits for the answer

    def answer(self, call: Call) -> Answer:
        page = int(call.param("page") or 1)
        body = json.dumps([{"id": page}]).encode()
        return Answer(headers={"Content-Type": "application/json"}, body=self._half(body) if page == 3 else body)

    def _half(self, body: bytes) -> Iterator[bytes]:
        yield body[:5]
        self.asked.set()
        self.over.wait()
        yield body[5:]

    def __exit__(self, *exc: object) -> None:
        self.over.set()
        super().__exit__(*exc)


@pytest.mark.parametrize("workers", ["1", "8"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stalled_provider_does_not_hold_up_the_end(workers: str, number: signal.Signals, tmp_path: Path) -> None:
    spec_of(tmp_path, WORDS)
    command = [sys.executable, "-m", "tapwright", "run", "example.yaml", "--workers", workers, "--to", "x.duckdb"]
    with Stalled() as server:
        ran = subprocess.Popen(
            [*command, "-c", f"base_url={server.url}"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT / "engine")},
            stderr=subprocess.PIPE,
            text=True,
        )
        assert server.asked.wait(60)
        ran.send_signal(number)
        try:
            _, said = ran.communicate(timeout=120)  # the rest of the page does not come before that
        finally:
            ran.kill()
    assert (ran.returncode, "Traceback" in said, "leak" in said) == (128 + number, False, False)
    if workers == "8":  # the pages that came may not have been written yet
        return
    assert "interrupted after page 2\n" in said
    with duckdb.connect(str(tmp_path / "x.duckdb"), read_only=True) as base:
        assert base.sql("select id from _tapwright_new_items order by id").fetchall() == [(1,), (2,)]


@pytest.mark.parametrize("patient", [True, False])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_before_anything_was_asked_for(number: signal.Signals, patient: bool, tmp_path: Path) -> None:
    """The config comes from a pipe, so that the signal finds the run before its first request."""
    spec_of(tmp_path, WORDS)
    os.mkfifo(tmp_path / "config.json")
    command = [sys.executable, "-m", "tapwright", "run", "example.yaml", "--config", "config.json"]
    with Stalled() as server:
        ran = subprocess.Popen(
            command,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT / "engine")},
            stderr=subprocess.PIPE,
            text=True,
        )
        with open(tmp_path / "config.json", "w") as config:  # there when the other end is
            ran.send_signal(number)
            if patient:
                config.write(json.dumps({"base_url": server.url}))
                config.close()
            _, said = ran.communicate(timeout=120)
        assert (ran.returncode, server.calls) == (128 + number, [])
    assert ("not begun" if patient else "interrupted") in said
    assert "Traceback" not in said and "bug" not in said


def test_a_second_run_on_the_same_place_is_refused(tmp_path: Path) -> None:
    spec_of(tmp_path, WORDS)
    command = [sys.executable, "-m", "tapwright", "run", "example.yaml", "--to"]
    with Stalled() as server:
        for place in ("x.duckdb", "csv:rows"):
            server.asked.clear()
            words = {"cwd": tmp_path, "env": {**os.environ, "PYTHONPATH": str(ROOT / "engine")}, "text": True}
            more = [place, "-c", f"base_url={server.url}"]
            first = subprocess.Popen([*command, *more], stderr=subprocess.DEVNULL, **words)
            assert server.asked.wait(60)
            second = subprocess.run([*command, *more], stderr=subprocess.PIPE, check=False, **words)
            first.kill()
            first.wait()
            assert second.returncode == 1
            assert f"is in use by another process (pid {first.pid})" in second.stderr
        server.over.set()
