"""The words of one use of a stream: a table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tapwright.writer import Mode


@dataclass(frozen=True, kw_only=True)
class Use:
    """One use of a stream: a table.

    Example::

        streams:
          campaigns: {}
          campaign_names:
            stream: campaigns
            select: [id, name]
            mode: replace
    """

    stream: str = ""
    """The spec's stream; the table's own name without it."""
    options: dict[str, Any] = field(default_factory=dict)
    """The stream's options."""
    select: list[str] = field(default_factory=list)
    """Only these fields; all without it."""
    mode: Mode | None = None
    """How records meet those of earlier runs: `merge` by primary key, `replace` them all, or `append`.
    Without it `merge` where the stream has a primary key; else `append` where a run brings only what is new, and
    `replace` where it brings everything."""
