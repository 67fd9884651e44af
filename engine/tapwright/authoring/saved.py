"""A saved answer: the body of one, or all of it as `curl --include` writes it."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tapwright.body import Body
from tapwright.errors import TargetError
from tapwright.request import Request, Response
from tapwright.transport import Limits

_HEAD = re.compile(rb"HTTP/[\d.]+ (\d{3})[^\r\n]*\r?\n((?:[^\r\n]+\r?\n)*)\r?\n")


@dataclass(frozen=True, kw_only=True)
class Saved:
    """A saved answer."""

    body: Body
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def transport(self) -> Callable[[Request], Response]:
        """Gives this answer to whatever is asked."""
        return lambda request: Response(
            request=request, status=self.status, headers=self.headers, body=self.body, url=request.target
        )


def load_saved(name: str) -> Saved:
    """Read a file, or the standard input for `-`; raises TargetError."""
    if name == "-":
        return _parsed(sys.stdin.buffer.read())
    path = Path(name)
    try:
        if path.stat().st_size > Limits().spool_bytes:
            return Saved(body=Body(file=path.open("rb"), size=path.stat().st_size))
        return _parsed(path.read_bytes())
    except OSError as error:
        raise TargetError(f"'{name}' cannot be read: {error.strerror}") from None


def _parsed(data: bytes) -> Saved:
    head = _HEAD.match(data)
    if head is None:
        return Saved(body=Body.of(data))
    lines = [line.partition(":") for line in head[2].decode("latin-1").splitlines()]
    headers = {name.strip().lower(): text.strip() for name, _, text in lines}
    return Saved(body=Body.of(data[head.end() :]), status=int(head[1]), headers=headers)
