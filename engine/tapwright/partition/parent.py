"""Ask once for each record of another stream."""

from __future__ import annotations

from dataclasses import dataclass, field

from tapwright.partition.kind import Partition
from tapwright.words import JMESPath, Value


@dataclass(frozen=True, kw_only=True)
class Parent(Partition):
    """Ask once for each record of another stream; the same values are asked for once.

    Example::

        for_each:
          - parent: {stream: campaigns, take: {campaign_id: id}}
    """

    stream: str
    """The stream of this spec whose records are the parents."""
    take: dict[str, str]
    """What templates call the value (`slice.NAME`), and the parent's field that holds it."""
    options: dict[str, Value] = field(default_factory=dict)
    """Options for the parent stream; each may be a template."""
    given: Value | None = None
    """Values to use instead of asking for the parents, when there are any: a list for one taken field, a list of
    mappings for several; usually a template such as `{{ config.campaign_ids }}`."""
    where: JMESPath | None = None
    """Only the parents whose record makes this true."""
