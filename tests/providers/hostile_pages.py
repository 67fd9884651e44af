"""The five good pages a hostile server serves, in JSON, CSV, JSON lines and XML."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

PAGES = 5
PER_PAGE = 20
TYPES = {
    "": "application/json",
    ".csv": "text/csv; charset=utf-8",
    ".jsonl": "application/x-ndjson",
    ".xml": "application/xml; charset=utf-8",
}
"""Each suffix of `/items`, and its media type."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """One row; `amount` is raw text of the format, so that a fault can write anything there."""

    id: int
    amount: str

    @property
    def cells(self) -> tuple[str, str, str, str]:
        updated = f"2026-03-{1 + self.id // 24:02}T{self.id % 24:02}:00:00Z"
        return str(self.id), f"Café {self.id}", self.amount, updated


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page of `/items`: pages after the last are empty, and `next` is where the following one is."""

    number: int
    suffix: str
    records: tuple[Record, ...]
    next: str | None

    @classmethod
    def good(cls, number: int, suffix: str = "") -> Self:
        ids = range((number - 1) * PER_PAGE + 1, number * PER_PAGE + 1) if 1 <= number <= PAGES else ()
        records = tuple(Record(id=one, amount=f"{one}.50") for one in ids)
        following = address(number + 1, suffix) if number < PAGES else None
        return cls(number=number, suffix=suffix, records=records, next=following)

    def writing(self, amount: str) -> Self:
        """Return the page with another amount in its first record."""
        return replace(self, records=(replace(self.records[0], amount=amount), *self.records[1:]))

    def body(self) -> bytes:
        following = "null" if self.next is None else f'"{self.next}"'
        rows = [_ROW[self.suffix](record) for record in self.records]
        if self.suffix == "":
            return f'{{"items":[{",".join(rows)}],"next":{following},"page":{self.number}}}'.encode()
        if self.suffix == ".xml":
            where = f' next="{self.next}"' if self.next else ""
            return f'<items page="{self.number}"{where}>\n{"".join(rows)}</items>\n'.encode()
        head = "id,name,amount,updated_at\r\n" if self.suffix == ".csv" else ""
        return (head + "".join(rows)).encode()


def address(number: int, suffix: str = "", prefix: str = "") -> str:
    return f"{prefix}/items{suffix}?page={number}"


def _json(record: Record) -> str:
    key, name, amount, updated = record.cells
    return f'{{"id":{key},"name":"{name}","amount":{amount},"updated_at":"{updated}"}}'


def _csv(record: Record) -> str:
    return ",".join(record.cells) + "\r\n"


def _xml(record: Record) -> str:
    key, name, amount, updated = record.cells
    inner = f"<id>{key}</id><name>{name}</name><amount>{amount}</amount><updated_at>{updated}</updated_at>"
    return f"<item>{inner}</item>\n"


_ROW = {"": _json, ".csv": _csv, ".jsonl": lambda record: _json(record) + "\n", ".xml": _xml}
