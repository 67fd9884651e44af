"""What a target has been told of one stream: its schema, which grows with the columns and types that come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tapwright.batch import Batch, DataType
from tapwright.errors import RecordError
from tapwright.fronts.lines import encode
from tapwright.fronts.schema import JsonSchema, type_schema, widened
from tapwright.fronts.singer_catalog import ANYTHING, SingerStream
from tapwright.sealed import kinds, opened

_TYPES = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer"}
_NESTED = {dict, list}


class Sent:
    """Keeps the schema of one stream."""

    def __init__(self, stream: SingerStream) -> None:
        self.stream = stream
        table = stream.table
        columns = {column.name for column in table.columns}
        self._own = stream.schema["properties"]
        self._unlisted_key = tuple(name for name in table.primary_key if name not in table.fields)
        always = {name for name, words in table.fields.items() if words.required}
        self._required = always | {*table.primary_key}
        self._unknown = {name for name in stream.automatic if name not in table.fields}
        """Keys and cursors whose types are not known before the first record."""
        self._properties: dict[str, JsonSchema] = {}
        self._kinds: dict[str, DataType] = {}
        for name in self._own:
            if name in columns or name in stream.automatic:
                self._properties[name] = self._described(name)
        self._told: JsonSchema | None = None

    def changed(self) -> JsonSchema | None:
        """The schema, if the target does not know it."""
        required = [name for name in self._properties if name in self._required]
        schema: JsonSchema = {"type": "object", "properties": dict(self._properties)}
        schema |= {"required": required} if required else {}
        if schema == self._told:
            return None
        self._told = schema
        return schema

    def taken(self, batch: Batch) -> Batch:
        """The columns that are to be sent, noted in the schema."""
        if self.stream.dropped & batch.columns.keys():
            batch = batch.chosen(name for name in batch.columns if name not in self.stream.dropped)
        texts: dict[str, list[Any]] = {}
        for name, kind in batch.types.items():
            if kind.name == "json" and name not in self.stream.schemas:
                if text := self._anything(name, batch.encodable_columns[name]):
                    texts[name] = text
                continue
            known = self._kinds.get(name)
            if known is not kind and known != kind:
                self._grow(name, type_schema(kind, nullable=name not in self._unlisted_key))
                self._kinds[name] = kind
        for name in self._unlisted_key:
            if None in batch.columns.get(name, (None,)):
                raise RecordError(f"'{name}' is a key of stream '{self.stream.name}', and null in a record")
        return Batch({**batch.columns, **texts}, batch.types) if texts else batch

    def _anything(self, name: str, values: Sequence[Any]) -> list[Any] | None:
        """Note what a column of any JSON holds.

        Some targets keep such a column as text and some as JSON, where a bare text is none: so beside objects and
        arrays, all else is sent as text that is JSON.
        """
        found = kinds(values) - {type(None)}
        if name in self._own and name not in self._unknown:
            self._properties[name] = self._own[name]
        elif found:
            types = sorted({_TYPES.get(kind, "number") for kind in found})
            self._grow(name, {"type": [*types, "null"]})
            if _NESTED & found and found - _NESTED:
                self._grow(name, ANYTHING)
        said = self._properties.get(name, {}).get("type", ())
        if not found - _NESTED or not {"object", "array"} & {*said}:
            return None
        self._grow(name, ANYTHING)
        return [v if v is None or type(v) in _NESTED else encode(v).decode() for v in opened(list(values))]

    def _grow(self, name: str, new: JsonSchema) -> None:
        listed = name in self._own and name not in self._unknown
        if name in self.stream.schemas or (listed and self._own[name].get("type") != ANYTHING["type"]):
            self._properties[name] = self._described(name)
            return
        known = None if name in self._unknown and name not in self._kinds else self._properties.get(name)
        self._properties[name] = widened(known, new) if known else new

    def _described(self, name: str) -> JsonSchema:
        given = self.stream.schemas.get(name)
        return self._own.get(name, {}) if given is None else given
