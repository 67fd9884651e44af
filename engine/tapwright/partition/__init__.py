"""Ways to cut a stream into slices.  To add one: a file here, its import and line below, and its case in `slices`."""

from __future__ import annotations

from tapwright.partition.kind import Partition
from tapwright.partition.parent import Parent
from tapwright.partition.values import Values

PARTITION: dict[str, type[Partition]] = {
    "list": Values,
    "parent": Parent,
}
