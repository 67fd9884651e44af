"""Files as tests of the engine: a spec, what it asks, what it is answered, and the records that come of it.

Each file of `engine/` is one case, or several under `cases`, which share what stands beside them:

    spec          parts of a spec: `config`, `api`, `streams` …
    config        the account's values
    stream        the stream to read; the last one without it
    options       its options
    select        the fields wanted; all without it
    now           the moment of the run; 2026-03-15T00:00:00Z without it
    conversation  what is asked and what is answered, in turn:
                    asks     the method, a blank, the URL; or a map of `request` and `headers`, `json`, `form`, `text`
                    answers  a map of `json`, `lines`, `text`, `csv`, `xml` or `html`, and `status`, `headers`; or `cut`
    records       the records that come of it, numbers exact, times as text
    error         how the reading fails, in the words that the user sees
    skipped       the reasons of the slices passed over
    waited        the least and the most seconds that were waited in all
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tapwright.batch import Batch
from tapwright.body import Body
from tapwright.errors import TapwrightError, TransportError
from tapwright.language import read
from tapwright.load import check_config, check_options, load_spec
from tapwright.moment import as_datetime
from tapwright.plan import make_plan
from tapwright.provider import Means, Provider
from tapwright.read import Skipped
from tapwright.request import Request, Response
from tapwright.use import Use
from tests.memory import FakeClock

FOLDER = Path(__file__).parent / "engine"
KNOWN = {
    "spec",
    "config",
    "stream",
    "options",
    "select",
    "now",
    "conversation",
    "records",
    "error",
    "skipped",
    "waited",
}
TYPES = {"json": "application/json", "lines": "application/x-ndjson", "xml": "text/xml", "text": "text/plain"}


def cases() -> Iterator[Any]:
    for path in sorted(FOLDER.glob("*.yaml")):
        whole: Any = read(path.read_bytes(), path.name).data
        several = whole.pop("cases", None)
        for name, own in several.items() if several else [("", {})]:
            yield pytest.param({**whole, **own}, id=f"{path.stem}-{name}".rstrip("-"))


@dataclass
class Conversation:
    """Answers requests by a script, and fails at the first that is not in it."""

    left: list[Any]
    asked: list[str] = field(default_factory=list)

    def __call__(self, request: Request) -> Response:
        self.asked.append(f"{request.method} {request.target}")
        assert self.left, f"nothing more should be asked, but this is: {self.asked[-1]}"
        turn = self.left.pop(0)
        expected = turn["asks"] if isinstance(turn["asks"], dict) else {"request": turn["asks"]}
        assert said(request, expected) == expected
        if turn["answers"] == "cut":
            raise TransportError("the connection broke")
        return response(request, turn["answers"])


def said(request: Request, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Those parts of a request that a case speaks of."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    cookies = "; ".join(f"{name}={value}" for name, value in request.cookies.items())
    headers |= {"cookie": cookies} if cookies else {}
    parts = {
        "request": f"{request.method} {request.target}",
        "headers": {name: headers.get(name.lower()) for name in wanted.get("headers", ())},
        "json": request.json,
        "form": dict(request.form or ()),
        "text": request.text,
    }
    return {name: parts[name] for name in wanted}


def response(request: Request, answer: Mapping[str, Any]) -> Response:
    """The answer that a case describes."""
    kind = next((name for name in ("json", "lines", "text", "csv", "xml", "html") if name in answer), "text")
    body = answer.get(kind, "")
    if kind == "json":
        body = json.dumps(body)
    elif kind == "lines":
        body = "".join(f"{json.dumps(line)}\n" for line in body)
    headers = {"content-type": TYPES.get(kind, f"text/{kind}")} | {
        n.lower(): v for n, v in answer.get("headers", {}).items()
    }
    return Response(request=request, status=answer.get("status", 200), headers=headers, body=Body.of(body.encode()))


def plain(value: Any) -> Any:
    """A value as YAML would hold it."""
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, Decimal) else value


@pytest.mark.parametrize("case", list(cases()))
def test_engine(case: dict[str, Any], tmp_path: Path) -> None:
    assert case.keys() <= KNOWN, f"a case knows {', '.join(sorted(KNOWN))}"
    path = tmp_path / "example.yaml"
    path.write_text(
        json.dumps({"tapwright": 1, "name": "example", "title": "Example"} | case["spec"]), encoding="utf-8"
    )
    spec = load_spec(path)
    use = Use(
        stream=case.get("stream", list(spec.streams)[-1]),
        options=case.get("options", {}),
        select=case.get("select", []),
    )
    clock = FakeClock(as_datetime(case.get("now", "2026-03-15T00:00:00Z")))
    talk = Conversation(list(case.get("conversation", [])))
    records, skipped, error = [], [], ""
    try:
        check_config(spec, case.get("config", {}))
        check_options(spec, use, use.stream)
        plan = make_plan(spec, case.get("config", {}), {use.stream: use}, clock.now())
        for _, event in Provider(plan, Means(transport=talk, clock=clock)).read(plan.tables[0]):
            records += [plain(record) for record in event.records] if isinstance(event, Batch) else []
            skipped += [event.reason] if isinstance(event, Skipped) else []
    except TapwrightError as caught:
        error = str(caught)
    assert error == case.get("error", "").strip()
    assert [turn["asks"] for turn in talk.left] == [], "these were never asked"
    assert records == case.get("records", [])
    assert skipped == case.get("skipped", [])
    least, most = case.get("waited", [0, 0])
    assert least <= clock.waited <= most
