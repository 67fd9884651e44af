"""Files as tests of several runs, one after another: what each asks, what it is answered, what is in the table then.

Each file of `incremental/` holds `cases`, which share what stands beside them:

    spec          parts of a spec: `config`, `api`, `streams` …
    config        the account's values
    stream        the stream to read; the last one without it
    options       its options
    mode          append, merge or replace, if not what it is by itself
    runs          one after another:
      now             the moment of the run
      conversation    what is asked and what is answered, in turn, as in `engine/`; an answer `killed` ends the process
      config          values that are others in this run
      options         options that are others in this run
      mode            the mode from this run on
      full_refresh    whether it was asked for
      table           the rows in the table after it, nulls left out; not looked at without it
      state           parts of what is remembered after it
      error           how it fails, in the words that the user sees
      notes           what it tells on the way
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tapwright.language import read
from tapwright.moment import as_datetime
from tapwright.request import Request, Response
from tapwright.use import Use
from tests.memory import FakeClock, Killed, Memory, run, spec_of
from tests.test_engine_files import Conversation, plain

FOLDER = Path(__file__).parent / "incremental"
KNOWN = {"spec", "config", "stream", "options", "mode", "runs"}
OF_RUN = {"now", "conversation", "config", "options", "mode", "full_refresh", "table", "state", "error", "notes"}


def cases() -> Iterator[Any]:
    for path in sorted(FOLDER.glob("*.yaml")):
        whole: Any = read(path.read_bytes(), path.name).data
        for name, own in whole.pop("cases").items():
            yield pytest.param({**whole, **own}, id=f"{path.stem}-{name}")


class Mortal(Conversation):
    """A conversation in which the process may end."""

    def __call__(self, request: Request) -> Response:
        if self.left and self.left[0]["answers"] == "killed":
            self.left.pop(0)
            raise Killed
        return super().__call__(request)


@pytest.mark.parametrize("case", list(cases()))
def test_runs(case: dict[str, Any], tmp_path: Path) -> None:
    assert case.keys() <= KNOWN, f"a case knows {', '.join(sorted(KNOWN))}"
    spec, memory = spec_of(tmp_path, case["spec"]), Memory()
    table = case.get("stream", list(spec.streams)[-1])
    for number, one in enumerate(case["runs"], 1):
        assert one.keys() <= OF_RUN, f"a run knows {', '.join(sorted(OF_RUN))}"
        case["mode"] = one.get("mode", case.get("mode"))
        use = Use(stream=table, options={**case.get("options", {}), **one.get("options", {})}, mode=case["mode"])
        talk, notes, error = Mortal(list(one.get("conversation", []))), list[str](), ""
        with suppress(Killed):
            summary = run(
                spec,
                memory,
                talk,
                uses={table: use},
                config={**case.get("config", {}), **one.get("config", {})},
                clock=FakeClock(as_datetime(one["now"])),
                told=notes.append,
                full_refresh=one.get("full_refresh", False),
            )
            error = str(summary.tables[0].error or "")
        assert error == one.get("error", "").strip(), f"run {number}"
        assert [turn["asks"] for turn in talk.left] == [], f"these were never asked in run {number}"
        if "table" in one:
            rows = [
                {name: plain(value) for name, value in row.items() if value is not None}
                for row in memory.tables.get(table, [])
            ]
            assert rows == one["table"], f"run {number}"
        state = (memory.kept or {}).get(table, {})
        assert {name: state.get(name) for name in one.get("state", {})} == one.get("state", {}), f"run {number}"
        assert notes == one.get("notes", []), f"run {number}"
