"""The shape of a catalog that is given: what other tools wrote into it is checked before it is used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from tapwright.errors import TargetError

_HINT = "Give what --discover prints, or what Meltano makes of it."


class _Schema(msgspec.Struct):
    type: str | list[str] | None = None
    format: str | None = None
    properties: dict[str, _Schema] | None = None
    items: _Schema | list[_Schema] | bool | None = None


class _Said(msgspec.Struct, rename="kebab"):
    inclusion: str | None = None
    selected: bool | str | None = None
    selected_by_default: bool | str | None = None
    replication_method: str | None = None
    replication_key: str | None = None
    forced_replication_method: str | None = None
    table_key_properties: list[str] | None = None


class _Metadata(msgspec.Struct):
    breadcrumb: list[str] | None = None
    metadata: _Said | None = None


class _Entry(msgspec.Struct):
    tap_stream_id: str | None = None
    stream: str | None = None
    selected: bool | str | None = None
    key_properties: list[str] | None = None
    replication_key: str | None = None
    replication_method: str | None = None
    schema: _Schema | None = None
    metadata: list[_Metadata] | None = None


class _Catalog(msgspec.Struct):
    streams: list[_Entry]


def entries_in(document: Any) -> dict[str, Mapping[str, Any]]:
    """The entries of a catalog by their streams; raises TargetError if it is none."""
    try:
        msgspec.convert(document, _Catalog)
    except msgspec.ValidationError as error:
        raise TargetError(f"the catalog is none of Singer's: {error}", _HINT) from None
    entries = {str(entry.get("tap_stream_id") or entry.get("stream") or ""): entry for entry in document["streams"]}
    if "" in entries:
        raise TargetError("the catalog has an entry without 'tap_stream_id'", _HINT)
    return entries
