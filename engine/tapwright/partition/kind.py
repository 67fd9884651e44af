"""What every partition is: words that say for which values a stream is asked."""

from __future__ import annotations

from dataclasses import dataclass

from tapwright.words import Template


@dataclass(frozen=True, kw_only=True)
class Partition:
    """A partition kind.  `slices` turns its words into values, which templates see as `slice.NAME`."""

    when: Template | None = None
    """Partition so only if this gives something true."""
