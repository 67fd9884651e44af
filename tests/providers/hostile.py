"""A server on 127.0.0.1 that serves five good pages and does one wrong thing on purpose.

    with Hostile(fault="json-cut", at=3, times=1) as server:
        requests.get(server.items)

`/items`, `/items.csv`, `/items.jsonl` and `/items.xml` take `?page=N`; the next page is in the JSON key or
the XML attribute `next`, and for all formats in a `Link` header.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Self

from tests.providers import hostile_bodies, hostile_transport  # noqa: F401 - they fill FAULTS
from tests.providers.hostile_pages import PAGES, PER_PAGE, TYPES, Page, address
from tests.providers.hostile_scene import ACTS, FAULTS, LASTING, Scene
from tests.providers.hostile_wire import Listener, Seen, Wire

__all__ = ["FAULTS", "PAGES", "PER_PAGE", "Hostile", "Strike", "page_url", "path_for"]


@dataclass(frozen=True, kw_only=True)
class Strike:
    """One fault at one page: that many times, or always when `times` is None."""

    fault: str
    at: int = 3
    times: int | None = 1


class Hostile:
    """Serve `/items` with the faults of a script, in its order; a page's strikes follow one another.

    `calls` are the requests seen; `other` is a second, healthy server on `other_host` with its own `calls`.
    Lasting faults (`same-content`, `empty-pages`) and `redirect-loop` have no end, whatever `times` says.
    """

    def __init__(
        self,
        script: Iterable[Strike] = (),
        *,
        fault: str | None = None,
        at: int = 3,
        times: int | None = 1,
        other_host: str = "127.0.0.2",
        retry_after: int = 1,
        now: Callable[[], float] = time.time,
        pause: float = 0.05,
        bomb_mib: int = 1024,
    ) -> None:
        self.script = [*script, *([Strike(fault=fault, at=at, times=times)] if fault else [])]
        if unknown := [strike.fault for strike in self.script if strike.fault not in FAULTS]:
            raise ValueError(f"no such fault: {unknown[0]}")
        self._left = [strike.times for strike in self.script]
        self._lock = threading.Lock()
        self._retry_after, self._now, self._pause, self._bomb_mib = retry_after, now, pause, bomb_mib
        self.other = Listener(other_host, self._serve_other)
        self._main = Listener("127.0.0.1", self._serve)

    @property
    def url(self) -> str:
        """The origin, such as `http://127.0.0.1:4711`."""
        return self._main.url

    @property
    def items(self) -> str:
        """The address of the first page in the format of the (first) fault."""
        return self.url + path_for(self.script[0].fault if self.script else "")

    @property
    def calls(self) -> list[Seen]:
        return self._main.calls

    def release(self) -> None:
        """Let go of stalled answers before the end."""
        self._main.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._main.close()
        self.other.close()

    def _serve(self, wire: Wire, seen: Seen) -> None:
        scene = self._scene(wire, seen)
        if seen.path.startswith("/loop/"):
            wire.answer(b"", 302, {"Location": seen.target})
        elif scene is None:
            wire.answer(b"no such page\n", 404, {"Content-Type": "text/plain"})
        elif seen.path.startswith("/moved/") or (strike := self._strike(scene.page.number)) is None:
            scene.good()
        else:
            ACTS[strike.fault](scene)

    def _serve_other(self, wire: Wire, seen: Seen) -> None:
        scene = self._scene(wire, seen)
        if scene is None:
            wire.answer(b"no such page\n", 404, {"Content-Type": "text/plain"})
        else:
            scene.good()

    def _scene(self, wire: Wire, seen: Seen) -> Scene | None:
        name, dot, suffix = seen.path.removeprefix("/moved").partition(".")
        if name != "/items" or dot + suffix not in TYPES:
            return None
        return Scene(
            wire=wire,
            page=Page.good(seen.page, dot + suffix),
            other=self.other.url,
            retry_after=self._retry_after,
            now=self._now,
            pause=self._pause,
            bomb_mib=self._bomb_mib,
        )

    def _strike(self, number: int) -> Strike | None:
        """Return the strike that is due at a page, and count it."""
        with self._lock:
            for place, strike in enumerate(self.script):
                if strike.fault in LASTING and number >= strike.at:
                    return strike
                left = self._left[place]
                if strike.fault in LASTING or number != strike.at or left == 0:
                    continue
                self._left[place] = None if left is None else left - 1
                return strike
        return None


def path_for(fault: str) -> str:
    """Return the path whose format a fault is about: `/items.csv` for `csv-cut`, else `/items`."""
    kind = "." + fault.partition("-")[0]
    return "/items" + (kind if kind in TYPES else "")


def page_url(origin: str, number: int, fault: str = "") -> str:
    """Return the address of a page in the format a fault is about."""
    return origin + address(number, path_for(fault).removeprefix("/items"))
