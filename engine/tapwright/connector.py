"""The words of a connector: a configured use of a spec."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any

from tapwright.language import Words, one_of
from tapwright.sinks import SINKS
from tapwright.sinks.kind import Sink
from tapwright.use import Use

Name = Annotated[
    str,
    Words(
        pattern="^[A-Za-z][A-Za-z0-9_]*$",
        pattern_error_message="a table's name is letters, digits and _, and begins with a letter",
    ),
]


@dataclass(frozen=True, kw_only=True)
class Connector:
    """A configured use of a spec: which account, which streams with which options, where the records go.

    `${NAME}` anywhere in it is taken from the environment, or from a `.env` file beside it.

    Example::

        spec: rokt
        config:
          app_id: ${ROKT_APP_ID}
          app_secret: ${ROKT_APP_SECRET}
          account_ids: ["1"]
          start_date: 2026-01-01
        streams:
          by_creative:
            stream: campaign_breakdown
            options: {groupby: creative}
        to: {duckdb: {path: rokt.duckdb}}
    """

    spec: str
    """The spec: its name, or the path of its file from here."""
    title: str = ""
    """What it is for."""
    config: dict[str, Any] = field(default_factory=dict)
    """The account: the values that the spec's `config` asks for."""
    streams: dict[Name, Use] = field(default_factory=dict)
    """The tables, each a use of a stream; every stream that needs no options without it."""
    to: Annotated[Sink, one_of(SINKS)] | None = None
    """Where the records go; `<connector>.duckdb` beside you without it."""
