"""The standard output where nobody reads it any more: the program ends, and does not complain."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


@contextmanager
def ending_with_its_reader(stream: TextIO | None = None) -> Iterator[None]:
    """End the program, with the exit code that a shell gives for a closed pipe, where writing finds it closed."""
    try:
        yield
    except BrokenPipeError:
        let_go_of(stream or sys.stdout)
        raise SystemExit(141) from None


def let_go_of(stream: TextIO) -> None:
    """Write to nowhere what Python would try to write once more at its end, and make the outcome."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
