"""Ask once for each of some values."""

from __future__ import annotations

from dataclasses import dataclass

from tapwright.partition.kind import Partition
from tapwright.words import Value


@dataclass(frozen=True, kw_only=True)
class Values(Partition):
    """Ask once for each of some values.

    Example::

        for_each:
          - list: {name: account_id, in: "{{ config.account_ids }}"}
    """

    name: str
    """What templates call the value: `slice.NAME`."""
    in_: Value
    """The values: a list, or a template that gives one."""
