"""The one clock: what time it is, how long things take, and waiting."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class Clock:
    """The system's clock; tests pass one of their own."""

    def now(self) -> datetime:
        """Tell the date and time, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Count seconds from some moment; never goes back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait this many seconds."""
        time.sleep(seconds)
