"""Kills at random moments, faults of the server beside them, signals, and a run cut on page 900 of 1,000."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time

from tests.crash.command import LIMIT, Ended, Executed
from tests.crash.oracle import Broken, rows_of
from tests.crash.places import Place
from tests.crash.shop import LEDGER_PAGE, LEDGER_PAGES, ledger
from tests.crash.sweep import CONNECTOR, Sweep, killed_well

KILLS = 3
"""How often a run is killed before it is left alone."""
WRONG = ("reset", "error", "truncate")
HELD = 8
"""Pages that may have been read ahead of what is written."""


class Kills:
    """Runs the command and does something to it; `sweep` says where and what for."""

    def __init__(self, sweep: Sweep) -> None:
        self.sweep, self.shop, self.executed = sweep, sweep.shop, Executed()

    def at_random(self, seed: int, *, faults: bool = False, kills: int = KILLS) -> list[str]:
        """Kill a run at some moments, look each time, then let it end; with faults the server fails here and there."""
        chance, case = random.Random(seed), f"{self.sweep.kind}-random-{seed}"
        place = self.sweep.place()
        if faults:
            fated = random.Random(seed)
            self.shop.faults[case] = lambda number: fated.choice(WRONG) if fated.random() < 0.1 else None
        try:
            problems = []
            for _ in range(chance.randint(1, kills)):
                ended = self._killed_after(chance.uniform(0.3, 1.1) * self._length(), place, case)
                problems += killed_well(ended)
                problems += self.sweep.history(1).judge(place.held())
            return problems + self.sweep.recovered(place, 1)
        except Broken as broken:
            return [str(broken)]
        finally:
            self.shop.faults.pop(case, None)
            place.remove()

    def _length(self) -> float:
        """How long a run takes that is left alone; measured once."""
        if not self.sweep.seconds:
            place, began = self.sweep.place(), time.monotonic()
            self.executed.run(self.sweep.arguments(place, 1), {})
            self.sweep.seconds = time.monotonic() - began
            place.remove()
        return self.sweep.seconds

    def _killed_after(self, seconds: float, place: Place, case: str) -> Ended:
        process = self.executed.start(self.sweep.arguments(place, 1, case), {})
        try:
            said, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            said, _ = process.communicate()
        return Ended(code=process.returncode, said=said)

    def signalled(self, number: int, request: int) -> list[str]:
        """Send a signal while a request is answered: the run ends at once, says so, and is gone on with."""
        case, place = f"{self.sweep.kind}-signal-{number}-{request}", self.sweep.place()
        try:
            ended = self._struck(self.sweep.arguments(place, 1, case), case, request, number)
            problems = [] if ended.code == 128 + number else [f"it ended with {ended.code}: {ended.said}"]
            problems += [f"it said: {ended.said}"] if "Traceback" in ended.said else []
            held = place.held()
            problems += self.sweep.history(1).judge(held)
            problems += [] if any(held.values()) else ["nothing was committed"]
            return problems + self.sweep.recovered(place, 1)
        except Broken as broken:
            return [str(broken)]
        finally:
            place.remove()

    def _struck(self, arguments: list[str], case: str, request: int, number: int) -> Ended:
        """Run; while this request is answered, send a signal."""
        started: list[subprocess.Popen[str]] = []

        def strike(asked: int) -> None:
            if asked == request:
                os.kill(started[0].pid, number)

        self.shop.watches[case] = strike
        try:
            started.append(self.executed.start(arguments, {}))
            said, _ = started[0].communicate(timeout=LIMIT)
        finally:
            del self.shop.watches[case]
        return Ended(code=started[0].returncode, said=said)

    def on_page_900(self, pages: int = 50) -> list[str]:
        """Kill a run on page 900 of 1,000; the next one asks again for no more than a checkpoint's pages."""
        case, place = f"{self.sweep.kind}-ledger", self.sweep.place()
        words = self.sweep.arguments(place, 1, case)
        words[words.index(str(CONNECTOR))] = str(CONNECTOR.with_name("shop_ledger.yaml"))
        words[words.index("--checkpoint-rows") + 1] = str(pages * LEDGER_PAGE)
        try:
            self._struck(words, case, 900, signal.SIGKILL)
            asked, wanted = self.shop.asked[case], rows_of("ledger", ledger())
            part = place.held(["ledger"])["ledger"]
            ended = self.executed.run(words, {})
            problems = [] if ended.code == 0 else [f"started again, it ended with {ended.code}: {ended.said}"]
            again = self.shop.asked[case] - LEDGER_PAGES
            little = part.total() < (899 - pages - HELD) * LEDGER_PAGE
            problems += [f"{part.total()} rows were committed"] if little else []
            problems += [] if part <= wanted and asked >= 900 else ["what was committed is not a part of the source"]
            problems += [] if place.held(["ledger"])["ledger"] == wanted else ["the ledger is not whole"]
            return problems + ([] if again <= pages + HELD else [f"{again} pages were asked for again"])
        except Broken as broken:
            return [str(broken)]
        finally:
            place.remove()
