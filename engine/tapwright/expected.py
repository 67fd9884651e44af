"""What a cassette leads to: its records with their types, or the error that the run ended with."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tapwright.batch import Batch, DataType
from tapwright.difference import Difference, compared, shown

MOST = 100
"""So many records are kept whole; of more, the first few, their number and a digest of all."""
FIRST = 20
Record = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What came of a run; the form in which a cassette keeps it."""

    columns: Mapping[str, str] = field(default_factory=dict)
    """The columns and their types."""
    records: Sequence[Record] | None = None
    """The records, or the first of them, as JSON values without what is null; None if the run failed."""
    count: int | None = None
    """How many records came, where not all are kept."""
    sha256: str | None = None
    """The digest of all records, where not all are kept."""
    error: str | None = None
    """What the run failed with."""

    @property
    def total(self) -> int:
        """How many records came."""
        return self.count if self.count is not None else len(self.records or ())

    @property
    def words(self) -> dict[str, Any]:
        """What is written into a cassette."""
        words = {name: getattr(self, name) for name in ("error", "columns", "count", "sha256", "records")}
        return {name: value for name, value in words.items() if value is not None and value != {}}

    def differences(self, came: Expected, key: Sequence[str]) -> Iterator[Difference]:
        """Tell how what came differs from what was expected; `key` tells one record from another."""
        if self.error != came.error:
            now = came.error or f"{came.total} records"
            yield Difference(where="the run", what="outcome", was=self.error or f"{self.total} records", now=now)
            return
        yield from compared("columns", dict(self.columns), dict(came.columns))
        if self.total != came.total:
            yield Difference(where="records", what="number", was=str(self.total), now=str(came.total))
        told = list(self._records(came, key))
        yield from told
        if not told and self.total == came.total and self.sha256 != came.sha256:
            rest = f"a record after the first {len(self.records or ())}, which alone are kept"
            yield Difference(where="records", what=rest, was=f"sha256 {self.sha256}", now=f"sha256 {came.sha256}")

    def _records(self, came: Expected, key: Sequence[str]) -> Iterator[Difference]:
        both = set(self.columns) & set(came.columns)
        was, now = _keyed(self.records or (), key), _keyed(came.records or (), key)
        if not (was and now):
            was, now = dict(_placed(self.records or ())), dict(_placed(came.records or ()))
        whole = self.sha256 is None and came.sha256 is None
        for name in dict.fromkeys((*was, *now)):
            if name in was and name in now:
                yield from compared(f"record {name}", _among(was[name], both), _among(now[name], both))
            elif name in was and came.sha256 is None:
                yield Difference(where=f"record {name}", was=shown(was[name]))
            elif name in now and self.sha256 is None:
                yield Difference(where=f"record {name}", now=shown(now[name]))
        if whole and set(was) == set(now) and list(was) != list(now):
            yield Difference(where="records", what="order", was=shown(list(was)), now=shown(list(now)))


def outcome(batches: Iterable[Batch], limit: int | None = None) -> Expected:
    """Take what came, as a cassette keeps it."""
    from msgspec import to_builtins

    columns: dict[str, str] = {}
    records: list[dict[str, Any]] = []
    for batch in batches:
        columns |= {name: type_text(words) for name, words in batch.types.items()}
        rows: list[dict[str, Any]] = to_builtins(batch.records)
        records += ({name: value for name, value in row.items() if value is not None} for row in rows)
    return kept(columns, records[:limit])


def kept(columns: Mapping[str, str], records: list[dict[str, Any]]) -> Expected:
    """Keep all records, or of many the first ones, their number and a digest."""
    if len(records) <= MOST:
        return Expected(columns=columns, records=records)
    return Expected(columns=columns, records=records[:FIRST], count=len(records), sha256=_digest(records))


def type_text(words: DataType) -> str:
    """Write a column's type in a word or two."""
    if words.name == "decimal" and words.scale != DataType(name="decimal").scale:
        return f"decimal({words.scale})"
    return f"array of {type_text(words.items)}" if words.items else words.name


def _digest(records: list[dict[str, Any]]) -> str:
    from msgspec.json import encode

    digest = hashlib.sha256()
    for record in records:
        digest.update(encode(record, order="sorted") + b"\n")
    return digest.hexdigest()


def _keyed(records: Iterable[Record], key: Sequence[str]) -> dict[str, Record]:
    """Records by their key; none if a key is missing or comes twice."""
    records = list(records)
    if not key or any(name not in record for record in records for name in key):
        return {}
    found = {" ".join(f"{name}={record[name]}" for name in key): record for record in records}
    return found if len(found) == len(records) else {}


def _placed(records: Iterable[Record]) -> Iterator[tuple[str, Record]]:
    for number, record in enumerate(records, 1):
        yield f"{number}", record


def _among(record: Record, columns: set[str]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name in columns}
