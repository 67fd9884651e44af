"""Runs cut anywhere, while records arrive in between: in the end each record of the provider is there once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tapwright.request import Request, Response
from tapwright.use import Use
from tests.memory import NOW, FakeClock, Killed, Memory, run, spec_of
from tests.test_engine_files import response

Rows = list[tuple[int, datetime]]
HOUR = timedelta(hours=1)
EPOCH = NOW - 10 * 24 * HOUR
PAGE = 3
AT = {"fields": {"id": {"type": "integer"}, "at": {"type": "datetime"}}, "primary_key": ["id"]}
MORE = {"records": {"json": {"at": "items"}}, "paginate": {"page": {"param": "page", "more": "more"}}}
SINCE = {"since": "{{ slice.start | iso }}", "until": "{{ slice.end | iso }}"}
STREAMS: dict[str, dict[str, Any]] = {
    "feed": {"request": {"path": "/feed"}, **MORE, "incremental": {"order": "newest_first"}},
    "since": {"request": {"path": "/since", "params": SINCE}, **MORE, "incremental": {}},
    "days": {
        "request": {"path": "/since", "params": SINCE},
        **MORE,
        "incremental": {"window": "1 day", "align": "1 day"},
    },
    "coarse": {
        "request": {"path": "/coarse", "params": {"since": "{{ slice.start | date }}"}},
        **MORE,
        "incremental": {},
    },
    "regions": {
        "request": {"path": "/since", "params": {**SINCE, "region": "{{ slice.region }}"}},
        "for_each": [{"list": {"name": "region", "in": [0, 1, 2]}}],
        **MORE,
        "incremental": {},
    },
    "numbers": {
        "request": {"path": "/numbers", "params": {"after": "{{ slice.start }}"}},
        **MORE,
        "incremental": {"cursor": "id", "start": "0"},
    },
    "late": {
        "request": {"path": "/since", "params": SINCE},
        **MORE,
        "incremental": {"window": "30 hours", "lookback": "2 days"},
    },
}
MODES = {name: "merge" if name == "late" else "append" for name in STREAMS}


def shop(rows: Rows) -> Callable[[Request], Response]:
    """Give rows in pages: the newest first, or by when they came, since a moment or a day."""

    def found(path: str, query: dict[str, str]) -> Rows:
        if path == "feed":
            return sorted(rows, key=lambda row: (row[1], row[0]), reverse=True)
        if path == "numbers":
            return [row for row in rows if row[0] >= int(query["after"])]
        since = datetime.fromisoformat(query["since"]).replace(tzinfo=NOW.tzinfo)
        until = datetime.fromisoformat(query.get("until", "2999-01-01")).replace(tzinfo=NOW.tzinfo)
        some = [row for row in rows if since <= row[1] < until and str(row[0] % 3) in query.get("region", "012")]
        return sorted(some, key=lambda row: (row[1], row[0]))

    def provider(request: Request) -> Response:
        query = dict(request.query)
        some, page = found(request.url.rpartition("/")[2], query), int(query["page"])
        items = [{"id": id, "at": at.isoformat()} for id, at in some[(page - 1) * PAGE : page * PAGE]]
        return response(request, {"json": {"items": items, "more": page * PAGE < len(some)}})

    return provider


def mortal(provider: Callable[[Request], Response], most: int) -> Callable[[Request], Response]:
    """Answer so many requests; with the next one the process ends."""
    left = [most]

    def answer(request: Request) -> Response:
        left[0] -= 1
        if left[0] < 0:
            raise Killed
        return provider(request)

    return answer


class Story:
    """A provider whose records arrive, and the runs that read it."""

    def __init__(self, stream: str, folder: Path) -> None:
        words = STREAMS[stream]
        along = {"cursor": "at", "start": EPOCH.isoformat(), **words["incremental"]}
        spec = {"api": {"url": "https://api.test"}, "streams": {stream: {**words, **AT, "incremental": along}}}
        self.spec, self.stream, self.memory = spec_of(folder, spec), stream, Memory()
        self.rows: Rows = []
        self.now = self.ran = EPOCH

    def arrive(self, *hours: int) -> None:
        """Let records arrive, each some hours before now, but after the last run unless they may come late."""
        first = EPOCH if self.stream == "late" else self.ran
        for ago in hours:
            self.rows.append((len(self.rows), max(self.now - ago * HOUR, first)))

    def read(self, most: int, every: float) -> None:
        """Run, and be killed after so many requests."""
        self.ran = self.now
        uses = {self.stream: Use(mode=MODES[self.stream])}  # type: ignore[arg-type]
        clock = FakeClock(self.now)
        with suppress(Killed):
            provider = mortal(shop(self.rows), most)
            summary = run(self.spec, self.memory, provider, uses=uses, clock=clock, checkpoint_seconds=every)
            assert not summary.failed, summary.tables[0].error

    @property
    def held(self) -> list[int]:
        return sorted(row["id"] for row in self.memory.tables.get(self.stream, []))


STEPS = st.lists(
    st.tuples(
        st.integers(1, 40), st.lists(st.integers(0, 40), max_size=8), st.integers(0, 6), st.sampled_from([0.0, 9.0])
    ),
    min_size=1,
    max_size=8,
)


@pytest.mark.parametrize("stream", STREAMS)
@settings(max_examples=60, deadline=None, derandomize=True)
@given(steps=STEPS)
def test_each_record_is_there_once(stream: str, steps: list[tuple[int, list[int], int, float]]) -> None:
    with TemporaryDirectory() as folder:
        story = Story(stream, Path(folder))
        for pause, arrivals, most, every in steps:
            story.now += pause * HOUR
            story.arrive(*arrivals)
            story.read(most, every)
        for _ in range(2):  # what came late while a run was interrupted, the next one finds
            story.now += 24 * HOUR
            story.read(10_000, 0.0)
        assert story.held == sorted(id for id, _ in story.rows)
