"""What a fault of a hostile server is: a name, a description, and an act on a scene."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.providers.hostile_pages import TYPES, Page
from tests.providers.hostile_wire import Wire


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What a fault may use: the wire, the good page, and the server's knobs."""

    wire: Wire
    page: Page
    other: str
    """The second listener's origin."""
    retry_after: int
    now: Callable[[], float]
    pause: float
    bomb_mib: int

    @property
    def type(self) -> dict[str, str]:
        """The headers that a fault leaves as they are: the media type, and the link to the next page."""
        return self._type(self.page)

    def good(self, page: Page | None = None, more: bytes = b"") -> None:
        """Answer a page as a healthy server does, and send `more` after it."""
        page = page or self.page
        cookie = {"Set-Cookie": "session=c00kie; Path=/"} if page.number == 1 else {}
        self.wire.answer(page.body(), headers=self._type(page) | cookie, more=more)

    @staticmethod
    def _type(page: Page) -> dict[str, str]:
        link = {"Link": f'<{page.next}>; rel="next"'} if page.next else {}
        return {"Content-Type": TYPES[page.suffix]} | link

    def unproven(self, body: bytes) -> None:
        """Send a body that ends with the connection, without any length."""
        self.wire.head(headers=self.type | {"Connection": "close"})
        self.wire.send(body)
        self.wire.close()

    def half(self) -> bytes:
        """Return about half of the body, never up to the end of a line."""
        body = self.page.body()
        return body[: len(body) // 2].rstrip(b"\r\n")[:-5]


Act = Callable[[Scene], None]
FAULTS: dict[str, str] = {}
"""Each fault's name, and what it is in one sentence."""
ACTS: dict[str, Act] = {}
LASTING: set[str] = set()
"""Faults that go on for every page from the chosen one, for ever."""


def fault(name: str, says: str, *, lasting: bool = False) -> Callable[[Act], Act]:
    def keep(act: Act) -> Act:
        FAULTS[name], ACTS[name] = says, act
        if lasting:
            LASTING.add(name)
        return act

    return keep
