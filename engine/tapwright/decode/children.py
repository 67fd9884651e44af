"""The texts of records' child elements, by the column."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import Any

from tapwright.expression import Look

_FEW, _EACH = 12, 4
"""Up to how many children are always read in one pass, and how many more for each name that is asked for."""
_ODD = True
"""Stands for children that are not one text: there are several, or they have children."""


class Children:
    """The child elements of some records."""

    def __init__(self, records: list[Any]) -> None:
        self._records = records
        self._asked = 0
        self._texts: list[dict[str, Any]] | None = None

    def column(self, tag: str, look: Look) -> list[Any]:
        """Take what the children of one name give, as `look` does for one record.

        Records with few children, or of which many are asked for, are read in one pass over all.
        """
        self._asked += 1
        if self._texts is None:
            if self._price > _FEW + _EACH * self._asked:
                return list(map(look, self._records))
            self._texts = list(map(_texts, self._records))
        values = [texts.get(tag) for texts in self._texts]
        if bool in set(map(type, values)):
            pairs = zip(values, self._records, strict=True)
            return [look(record) if value is _ODD else value for value, record in pairs]
        return values

    @cached_property
    def _price(self) -> float:
        """What a pass costs for each record: the children it has, twice where they are not all of different names."""
        names = [child.tag for child in self._records[0]] if self._records else []
        return sum(map(len, self._records)) / (len(self._records) or 1) * (1 + (len(set(names)) < len(names)))


def _texts(record: Any) -> dict[str, Any]:
    texts: dict[str, Any] = {child.tag: child.text or "" for child in record[:] if not len(child)}
    if len(texts) == len(record):
        return texts
    tags = [child.tag for child in record]
    texts = {**dict.fromkeys(tags, _ODD), **texts}
    if len(texts) < len(tags):
        texts |= {tag: _ODD for tag, count in Counter(tags).items() if count > 1}
    return texts
