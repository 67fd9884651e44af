"""The texts of records' child elements, by the column."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import Any

from tapwright.expression import Look

_FEW, _PRICE = 12, 4
"""Up to how many children are always read in one pass, and how many of them cost as much as to find those of a name."""
_ODD = True
"""Stands for children that are not one text: there are several, or they have children."""


class Children:
    """The child elements of some records."""

    def __init__(self, records: list[Any]) -> None:
        self._records = records
        self._asked = 0

    def column(self, tag: str, look: Look) -> list[Any]:
        """Take what the children of one name give, as `look` does for one record.

        Records with few children, or of which many are asked for, are read in one pass over all.
        """
        self._asked += 1
        if "_all" not in self.__dict__ and (self._asked * _PRICE + _FEW) * len(self._records) < sum(
            map(len, self._records)
        ):
            return list(map(look, self._records))
        values = [texts.get(tag) for texts in self._all]
        if bool in set(map(type, values)):
            pairs = zip(values, self._records, strict=True)
            return [look(record) if value is _ODD else value for value, record in pairs]
        return values

    @cached_property
    def _all(self) -> list[dict[str, Any]]:
        return list(map(_texts, self._records))


def _texts(record: Any) -> dict[str, Any]:
    texts: dict[str, Any] = {child.tag: child.text or "" for child in record if not len(child)}
    if len(texts) == len(record):
        return texts
    tags = [child.tag for child in record]
    texts = {**dict.fromkeys(tags, _ODD), **texts}
    if len(texts) < len(tags):
        texts |= {tag: _ODD for tag, count in Counter(tags).items() if count > 1}
    return texts
