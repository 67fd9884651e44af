"""Primary keys: what a merge needs of a table and of every batch."""

from __future__ import annotations

from tapwright.batch import Batch, Table
from tapwright.errors import SinkError


def key_of(table: Table) -> tuple[str, ...]:
    """Give the columns of the key; raises SinkError where there is none."""
    if not table.primary_key:
        raise SinkError(
            f"Table {table.name} cannot be merged: its stream names no primary key.",
            "Name the primary key in the spec, or use append or replace.",
        )
    return table.primary_key


def check_keys(table: str, key: tuple[str, ...], batch: Batch) -> None:
    """Raise SinkError where a row has no value in a column of the key."""
    for column in key:
        values = batch.columns.get(column)
        if len(batch) and (values is None or None in values):
            raise SinkError(
                f"Table {table}: a record has no {column}, which is part of the primary key.",
                "Correct the primary key in the spec, or use append.",
            )
