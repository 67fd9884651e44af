"""What could be a stream's primary key: what is never null and different in every record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from tapwright.authoring.field_types import is_id

_MOST_IDS, _MOST_DAYS, _SHOWN = 8, 3, 3
_ENOUGH = 5
"""How many records make it unlikely that values differ by chance."""


def key_candidates(
    columns: Mapping[str, list[Any]], days: list[str], records: int, table: str
) -> Iterator[tuple[str, ...]]:
    """Give ids that tell the records apart, the likeliest first; else a pair of ids and days, or else any code.

    `columns` are the values of the fields that are never null.
    """
    if records < 2:
        return
    ids = [name for name, values in columns.items() if is_id(name) and {*map(type, values)} <= {str, int}]
    alone = sorted((name for name in ids if len({*columns[name]}) == records), key=lambda name: _rank(name, table))
    yield from ((name,) for name in alone[:_SHOWN])
    if alone:
        return
    for pair in combinations([*ids[:_MOST_IDS], *days[:_MOST_DAYS]], 2):
        if len({*zip(*(map(str, columns[name]) for name in pair), strict=True)}) == records:
            yield pair
            return
    if records >= _ENOUGH:
        words = [name for name, values in columns.items() if _are_words(values) and len({*values}) == records]
        yield from ((name,) for name in words[:1])


def _are_words(values: list[Any]) -> bool:
    """Whether values are texts of one word, as codes are."""
    return all(isinstance(value, str) and not {*value} & {*" :/"} for value in values)


def _rank(name: str, table: str) -> tuple[int, int]:
    """The stream's own id comes before others."""
    order = ["id", f"{table.removesuffix('s')}_id", "uuid", "guid", "key", "code"]
    return (order.index(name) if name in order else len(order), len(name))
