"""Raw records as columns: what came at each place."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tapwright.authoring.outline import step


@dataclass
class Column:
    """What came at one place."""

    values: list[Any] = field(default_factory=list)
    """The values that are not null, in the order of their records."""
    null: int = 0
    """How many records have null there."""


def columns_of(records: Iterable[dict[str, Any]], *, flat: bool = False) -> dict[str, Column]:
    """Gather the values of each place; `flat` takes the members of objects as places of their own."""
    columns: dict[str, Column] = {}
    for record in records:
        for place, value in (_flattened(record) if flat else record).items():
            column = columns.setdefault(place, Column())
            if value is None:
                column.null += 1
            else:
                column.values.append(value)
    around = {place[: dot.start()] for place in columns for dot in re.finditer(r"\.", place)}
    return {place: column for place, column in columns.items() if column.values or place not in around}


def _flattened(record: dict[str, Any], before: str = "") -> dict[str, Any]:
    """The members of objects beside the others, by their paths."""
    flat: dict[str, Any] = {}
    for place, value in record.items():
        path = f"{before}{step(place)}" if before else place
        flat |= _flattened(value, f"{path}.") if isinstance(value, dict) and value else {path: value}
    return flat
