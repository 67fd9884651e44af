"""Airbyte's catalogs: the one that says what can be read, and the one that says what is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import msgspec

from tapwright.batch import DataType
from tapwright.errors import TargetError
from tapwright.fronts.schema import record_schema, type_schema
from tapwright.plan import Plan, TablePlan
from tapwright.slices import cursor_of, windowing
from tapwright.template import Templates

REFRESH = "Refresh the source's schema in Airbyte, and choose again."


class _Stream(msgspec.Struct):
    name: str
    json_schema: dict[str, Any] = {}


class Configured(msgspec.Struct):
    """What is wanted of one stream."""

    stream: _Stream
    sync_mode: Literal["full_refresh", "incremental"] = "full_refresh"

    @property
    def incremental(self) -> bool:
        """Whether it is read on from its state."""
        return self.sync_mode == "incremental"

    @property
    def fields(self) -> frozenset[str]:
        """The fields that are wanted; all when empty."""
        properties = self.stream.json_schema.get("properties")
        return frozenset(properties) if isinstance(properties, dict) else frozenset()


class _Catalog(msgspec.Struct):
    streams: list[Configured]


def configured_in(file: Path) -> dict[str, Configured]:
    """Read a configured catalog; raises TargetError."""
    try:
        catalog = msgspec.json.decode(file.read_bytes(), type=_Catalog)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise TargetError(f"the catalog '{file}' cannot be read: {error}", REFRESH) from None
    found = {configured.stream.name: configured for configured in catalog.streams}
    if len(found) != len(catalog.streams):
        raise TargetError(f"the catalog '{file}' names a stream twice", REFRESH)
    return found


def catalog_stream(
    plan: Plan, table: TablePlan, templates: Templates, seen: Mapping[str, DataType] | None = None
) -> dict[str, Any]:
    """Describe a stream as a catalog does; `seen` are columns that no field describes, as they came."""
    cursor = _cursor(plan, table, templates)
    stream: dict[str, Any] = {
        "name": table.table,
        "json_schema": _json_schema(table, seen),
        "supported_sync_modes": ["full_refresh", "incremental"] if cursor else ["full_refresh"],
    }
    if cursor:
        stream |= {"source_defined_cursor": True, "default_cursor_field": list(cursor)}
    if table.primary_key:
        stream["source_defined_primary_key"] = [[name] for name in table.primary_key]
    return stream


def is_open(table: TablePlan) -> bool:
    """Whether records may hold columns that no field describes."""
    return table.unlisted == "keep" and not table.select


def _json_schema(table: TablePlan, seen: Mapping[str, DataType] | None) -> dict[str, Any]:
    fields = {name: words for name, words in table.fields.items() if not table.select or name in table.select}
    schema = record_schema(fields, table.primary_key, extras=_extras)
    more = {name: kind for name, kind in (seen or {}).items() if name not in fields}
    for name, kind in more.items():
        schema["properties"][name] = type_schema(kind, nullable=name not in table.primary_key, extras=_extras)
    return schema


def _extras(kind: DataType) -> Mapping[str, Any]:
    """What Airbyte says of times beside their format."""
    match kind.name:
        case "datetime":
            return {"airbyte_type": "timestamp_with_timezone"}
        case "local_datetime":
            return {"format": "date-time", "airbyte_type": "timestamp_without_timezone"}
    return {}


def chosen(plan: Plan, table: TablePlan, templates: Templates, configured: Configured) -> TablePlan:
    """A table as the catalog wants it: replaced if it is read whole, as is one without a cursor whatever is wanted."""
    cursor = _cursor(plan, table, templates)
    if not configured.incremental or cursor is None:
        return replace(table, mode="replace", select=_select(table, configured, ()))
    mode = "append" if table.mode == "replace" else table.mode
    return replace(table, mode=mode, select=_select(table, configured, cursor[:1]))


def _select(table: TablePlan, configured: Configured, needed: tuple[str, ...]) -> tuple[str, ...]:
    """The fields to be read, in their order; empty for all.

    Where records hold more than the fields say, all is read: a column not chosen cannot be told from one not seen yet.
    """
    known = table.select or tuple(table.fields)
    if is_open(table) or not configured.fields or configured.fields.issuperset(known):
        return table.select
    return tuple(name for name in known if name in configured.fields or name in (*table.primary_key, *needed))


def _cursor(plan: Plan, table: TablePlan, templates: Templates) -> tuple[str, ...] | None:
    words = windowing(plan, table, templates)
    return cursor_of(table, words).path if words else None
