"""Ctrl-C and SIGTERM: the first ends a run in good order, the second at once."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tapwright.run import Interrupt


@contextmanager
def listening() -> Iterator[Interrupt]:
    """Hear the signals, and leave the handlers as they were."""
    from tapwright.run import Interrupt

    interrupt = Interrupt()
    heard = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda number, frame: interrupt.heard(number)) for number in heard]
    try:
        yield interrupt
    finally:
        for number, handler in zip(heard, before, strict=True):
            signal.signal(number, handler)
