"""A run reads slices side by side, keeps to what the provider bears, and writes by one hand, in order."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tapwright import table_run
from tapwright.clock import Clock
from tapwright.request import Request, Response
from tapwright.use import Use
from tapwright.writer import Mode
from tests.memory import FakeClock, Memory, run, spec_of
from tests.providers.loopback import Answer, Call, Provider
from tests.test_engine_files import response

JSON = {"Content-Type": "application/json"}


class Crowd(Provider):
    """Counts how many ask at once, and answers when so many have come, or after a moment."""

    def __init__(self, expected: int) -> None:
        super().__init__()
        self._server.request_queue_size = 64
        self._expected, self._change = expected, threading.Condition()
        self.present, self.most = 0, 0

    def answer(self, call: Call) -> Answer:
        with self._change:
            self.present += 1
            self.most = max(self.most, self.present)
            self._change.notify_all()
            self._change.wait_for(lambda: self.most >= self._expected, timeout=60)
            self.present -= 1
        return Answer(headers=JSON, body=json.dumps([{"n": call.path.strip("/")}]).encode())


def spec(folder: Path, url: str, slices: int = 40, **words: Any) -> Any:
    stream = {
        "request": {"path": "/{{ slice.n }}"},
        "for_each": [{"list": {"name": "n", "in": list(range(slices))}}],
        "fields": {"n": {"type": "integer"}},
        **{key: value for key, value in words.items() if key != "api"},
    }
    return spec_of(folder, {"api": {"url": url, **words.get("api", {})}, "streams": {"numbers": stream}})


@pytest.mark.parametrize(
    ("words", "workers", "most"),
    [
        ({}, 10, 10),
        ({}, 1, 1),
        ({"concurrency": 3}, 10, 3),
        ({"api": {"concurrency": 2}}, 10, 2),
        ({"api": {"concurrency": 2}, "concurrency": 5}, 10, 5),
    ],
)
def test_as_many_are_asked_for_at_once_as_may_be(words: Any, workers: int, most: int, tmp_path: Path) -> None:
    memory = Memory()
    with Crowd(most) as crowd:
        summary = run(spec(tmp_path, crowd.url, **words), memory, None, clock=Clock(), workers=workers)
    assert (summary.failed, crowd.most) == (False, most)
    assert [row["n"] for row in memory.tables["numbers"]] == list(range(40))


def test_a_table_that_fails_does_not_stop_the_others(tmp_path: Path) -> None:
    def provider(request: Request) -> Response:
        wrong = request.url == "https://api.test/2"
        return response(request, {"status": 400, "text": "no"} if wrong else {"json": [{"n": 1}]})

    uses = {"first": Use(stream="numbers", mode="append"), "second": Use(stream="numbers", mode="append")}
    words = spec(tmp_path, "https://api.test", for_each=[{"list": {"name": "n", "in": [1, 2, 3]}}])
    one, other = run(words, Memory(), provider, uses=uses, workers=4).tables
    assert (one.status, one.rows, one.committed) == ("failed", 1, 1)
    assert (other.status, str(other.error)) == ("failed", str(one.error))


def asked(answers: Callable[[int], dict[str, Any]], folder: Path, **words: Any) -> list[float]:
    """When each slice was asked for, on a clock that goes on only when somebody waits."""
    clock, moments = FakeClock(), list[float]()

    def provider(request: Request) -> Response:
        moments.append(clock.waited)
        return response(request, {"json": [], **answers(len(moments))})

    run(spec(folder, "https://api.test", 4, **words), Memory(), provider, clock=clock)
    return moments


def test_a_good_answer_that_was_the_last_allowed_slows_all_that_follow(tmp_path: Path) -> None:
    last = {"headers": {"RateLimit-Remaining": "0", "RateLimit-Reset": "30"}}
    assert asked(lambda number: last if number == 2 else {}, tmp_path)[2] >= 30


def test_an_answer_with_requests_left_slows_nothing(tmp_path: Path) -> None:
    left = {"headers": {"X-RateLimit-Remaining": "1", "X-RateLimit-Reset": "30"}}
    assert asked(lambda number: left, tmp_path) == [0, 0, 0, 0]


def test_no_more_are_asked_for_than_the_answers_say(tmp_path: Path) -> None:
    def left(number: int) -> dict[str, Any]:
        return {"headers": {"RateLimit": f'"minute";r={3 - number % 4};t={60 - 15 * (number % 4)}'}}

    assert asked(left, tmp_path) == [0, 0, 0, 15]


def test_each_of_several_rates_is_kept(tmp_path: Path) -> None:
    rates = [{"requests": 2, "per": "1 second"}, {"requests": 3, "per": "1 hour"}]
    assert asked(lambda number: {}, tmp_path, api={"rate": rates}) == [0, 0, pytest.approx(0.5), pytest.approx(1200)]


class Held(FakeClock):
    """Lets nobody who waits go on until it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.change, self.sleepers, self.open = threading.Condition(), 0, False

    def sleep(self, seconds: float) -> None:
        with self.change:
            self.sleepers += 1
            self.change.notify_all()
            assert self.change.wait_for(lambda: self.open, timeout=30)
            super().sleep(seconds)

    def asleep(self, many: int) -> bool:
        with self.change:
            return self.change.wait_for(lambda: self.sleepers >= many, timeout=30)

    def let_go(self) -> None:
        with self.change:
            self.open = True
            self.change.notify_all()


def test_one_refusal_slows_every_worker(tmp_path: Path) -> None:
    clock, together, asked = Held(), threading.Barrier(4), list[Request]()

    def provider(request: Request) -> Response:
        asked.append(request)
        if len(asked) > 4:
            return response(request, {"json": []})
        if together.wait(timeout=30) == 0:
            return response(request, {"status": 429, "headers": {"Retry-After": "30"}, "text": "later"})
        assert clock.asleep(1), "the one that was refused waits"
        return response(request, {"json": []})

    words = spec(tmp_path, "https://api.test", 20)
    with ThreadPoolExecutor(1) as aside:
        ran = aside.submit(run, words, Memory(), provider, clock=clock, workers=4)
        slowed, before = clock.asleep(4), len(asked)
        clock.let_go()
    assert (slowed, before, len(asked), ran.result().failed) == (True, 4, 21, False)


@pytest.mark.parametrize("status", [403, 429, 503])
def test_a_provider_that_asks_to_come_back_later_slows_all_that_follow(tmp_path: Path, status: int) -> None:
    later = {"status": status, "text": "later", "headers": {"Retry-After": "20"}}
    assert asked(lambda number: later if number == 1 else {}, tmp_path)[1] >= 20


def test_a_403_is_no_rate_limit_unless_it_says_so(tmp_path: Path) -> None:
    assert asked(lambda number: {"status": 403, "text": "no"}, tmp_path) == [0]
    none_left = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1773532860"}
    later = {"status": 403, "text": "no", "headers": none_left}
    assert asked(lambda number: later if number == 1 else {}, tmp_path)[1] >= 60


def test_gaps_are_kept_after_a_refusal_that_a_rule_knows(tmp_path: Path) -> None:
    later = {"status": 400, "text": "over limit", "headers": {"Retry-After": "20"}}
    moments = asked(lambda n: later if n == 1 else {}, tmp_path, errors=[{"when": {"status": 400}, "do": "retry"}])
    assert moments[3] >= 20.09


def test_thousands_of_children_are_read_once_each(tmp_path: Path) -> None:
    children = [{"id": number} for number in range(3_000)]

    def provider(request: Request) -> Response:
        return response(request, {"json": children if request.url.endswith("/parents") else []})

    streams = {
        "parents": {"request": {"path": "/parents"}, "fields": {"id": {"type": "integer"}}},
        "children": {
            "request": {"path": "/{{ slice.id }}"},
            "for_each": [{"parent": {"stream": "parents", "take": {"id": "id"}}}],
            "fields": {"n": {"type": "integer"}},
        },
    }
    words = spec_of(tmp_path, {"api": {"url": "https://api.test"}, "streams": streams})
    pacing = {"workers": 8, "checkpoint_seconds": 60.0}
    summary = run(words, Memory(), provider, uses={"children": Use(stream="children")}, **pacing)
    assert (summary.failed, summary.tables[0].slices) == (False, 3_000)


@pytest.mark.parametrize(("mode", "left"), [("merge", [3, 4]), ("append", [0, 1, 2, 3, 4])])
def test_a_merge_forgets_partitions_that_are_gone_when_there_are_too_many(
    mode: Mode, left: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_run, "MOST_PARTITIONS", 4)
    words = {"fields": {"n": {"type": "integer"}, "at": {"type": "date"}}, "primary_key": ["n"]}
    words["incremental"] = {"cursor": "at", "start": "2026-03-01", "window": "1 day"}
    memory, told = Memory(), list[str]()

    def provider(request: Request) -> Response:
        return response(request, {"json": [{"n": 1, "at": "2026-03-14"}]})

    for some, day in ([0, 1, 2], 15), ([3], 15), ([3, 4], 13):  # nothing is new in the last one
        words["for_each"] = [{"list": {"name": "n", "in": some}}]
        clock = FakeClock(datetime(2026, 3, day, tzinfo=UTC))
        uses = {"numbers": Use(mode=mode)}
        run(spec(tmp_path, "https://api.test", **words), memory, provider, uses=uses, clock=clock, told=told.append)
    kept = (memory.kept or {})["numbers"]["partitions"]
    assert [json.loads(key)["n"] for key in kept] == left
    assert told == (["table numbers: forgot how far 3 partitions were, which are gone"] if mode == "merge" else [])


def test_a_login_that_is_tried_again_is_told(tmp_path: Path) -> None:
    answers = iter([503, 503, 200])

    def provider(request: Request) -> Response:
        if request.url.endswith("/token"):
            status = next(answers)
            return response(request, {"status": status, "json": {"access_token": "t-0-k-e-n"}})
        return response(request, {"json": [{"id": 1}]})

    client = {"client_id": "me", "client_secret": "s-e-c-r-e-t"}
    auth = {"oauth2": {"url": "https://api.test/token", "grant": "client_credentials", **client}}
    words = {
        "api": {"url": "https://api.test", "auth": auth},
        "streams": {"items": {"request": {"path": "/items"}, "fields": {"id": {"type": "integer"}}}},
    }
    told: list[str] = []
    assert not run(spec_of(tmp_path, words), Memory(), provider, told=told.append).failed
    assert [text.partition(";")[0] for text in told] == [
        "POST https://api.test/token answers 503, so no credentials were granted"
    ] * 2
