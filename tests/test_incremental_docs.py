"""The example of docs/incremental.md does what the page says of it."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

from tapwright.load import load_spec
from tapwright.request import Request, Response
from tapwright.state import Open, TableState, read_state
from tests.memory import FakeClock, Memory, run
from tests.test_engine_files import response

PAGE = Path(__file__).parents[1] / "docs" / "incremental.md"


def test_the_second_run_reaches_back_two_days(tmp_path: Path) -> None:
    example = re.search(r"^```yaml\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    assert example
    (tmp_path / "changes.yaml").write_text(example[1], encoding="utf-8")
    memory, asked = Memory(), list[str]()

    def shop(request: Request) -> Response:
        query = dict(request.query)
        asked.append(f"{query['since']} {query['until']}")
        found = [{"id": 1, "updated_at": "2026-03-14T20:00:00Z"}]
        return response(request, {"json": found if query["page"] == "1" and query["until"] > "2026-03-14T21" else []})

    for day in (15, 17):
        clock, config = FakeClock(datetime(2026, 3, day, tzinfo=UTC)), {"base_url": "https://shop.test"}
        assert not run(load_spec(tmp_path / "changes.yaml"), memory, shop, config=config, clock=clock).failed
    assert list(dict.fromkeys(asked)) == [
        "2026-02-28T23:00:00Z 2026-03-07T23:00:00Z",
        "2026-03-07T23:00:00Z 2026-03-14T23:00:00Z",
        "2026-03-14T23:00:00Z 2026-03-15T00:00:00Z",
        "2026-03-13T00:00:00Z 2026-03-17T00:00:00Z",
    ]
    assert len(memory.tables["orders"]) == 1


def test_every_word_of_the_state_is_told() -> None:
    text = PAGE.read_text(encoding="utf-8")
    table = text[text.index("| `version` |") :]
    words = [field.name for of in (TableState, Open) for field in fields(of)]
    assert [name for name in words if f"`{name}`" not in table] == []


def test_the_state_that_is_shown_can_be_read() -> None:
    (shown,) = re.findall(r"^```json\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    assert [read_state(kept, name).mode for name, kept in json.loads(shown).items()] == ["merge"]
