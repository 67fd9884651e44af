"""The state as Singer targets echo it, and the tables' state in it.

    {"bookmarks": {"orders": {"replication_key": "updated_at", "replication_key_value": "2026-03-08T00:00:00+00:00",
                              "partitions": {"{\\"account\\":1}": "2026-03-07T00:00:00+00:00"},
                              "tapwright": "{…}"}}}

`tapwright` is one text, never a mapping, and always there: Meltano lays the states of failed runs over each other key
by key, and half of an old one must not come back to life in a new one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tapwright.errors import StateError
from tapwright.fronts.singer_catalog import SingerStream
from tapwright.spec import Spec
from tapwright.state import VERSION, belongs_to, key_of, other_words

_READABLE = ("bookmark", "partitions", "seen")
_HINT = "Give the last STATE that the tap wrote, or begin anew without --state."


class StateBook:
    """What `--state` gave, and each STATE to come."""

    def __init__(self, given: Any, streams: Sequence[SingerStream], spec: Spec, warn: Callable[[str], None]) -> None:
        given = {} if given is None else given
        marks = given.get("bookmarks", {}) if isinstance(given, dict) else None
        if not isinstance(marks, dict):
            raise StateError("the state is not one of Singer's: it has no map 'bookmarks'", _HINT)
        self._rest = {name: value for name, value in given.items() if name != "bookmarks"}
        self._streams, self._warn = {stream.name: stream for stream in streams}, warn
        self._others = {name: mark for name, mark in marks.items() if name not in self._streams}
        self.versions: dict[str, int] = {}
        """The versions of full tables that were interrupted."""
        self._kept: dict[str, Any] = {}
        for name, stream in self._streams.items():
            if marks.get(name):
                kept = self._read(stream, marks[name], belongs_to(spec, stream.table))
                if kept is not None:
                    self._kept[name] = kept

    def forget(self, name: str) -> None:
        """Let a stream begin anew."""
        self._kept.pop(name, None)

    @property
    def tables(self) -> dict[str, Any]:
        """The state of each table, as a run keeps it."""
        return dict(self._kept)

    def value(self, tables: Mapping[str, Any], versions: Mapping[str, int]) -> dict[str, Any]:
        """The value of a STATE message."""
        marks = {name: self._mark(stream, tables, versions) for name, stream in self._streams.items() if name in tables}
        return {**self._rest, "bookmarks": {**self._others, **marks}}

    def _mark(self, stream: SingerStream, tables: Mapping[str, Any], versions: Mapping[str, int]) -> dict[str, Any]:
        kept = tables[stream.name]
        if stream.overridden:
            return {}
        said = {name: kept[name] for name in ("partitions", "seen") if name in kept}
        if stream.cursor:
            said = {"replication_key": stream.cursor, **said}
        if "bookmark" in kept:
            said["replication_key_value"] = kept["bookmark"]
        rest = {name: value for name, value in kept.items() if name not in _READABLE}
        if stream.name in versions:
            rest["rows_version"] = versions[stream.name]
        return {**said, "tapwright": json.dumps(rest, separators=(",", ":"), ensure_ascii=False)}

    def _read(self, stream: SingerStream, mark: Any, of: Mapping[str, Any]) -> dict[str, Any] | None:
        """A table's state from its bookmark; None if it means nothing here."""
        if not isinstance(mark, dict):
            raise StateError(f"the bookmark of stream '{stream.name}' is no map", _HINT)
        if stream.overridden:
            return None
        rest = _rest(mark, stream.name)
        if rest and other_words(rest.get("of") or {}, of):
            text = f"stream '{stream.name}' is used in another way than its bookmark was; reading it from the start"
            if "replication_key_value" in mark or "partitions" in mark:
                self._warn(text)
            return None
        key = mark.get("replication_key")
        if stream.cursor is not None and key not in (None, stream.cursor):
            self._warn(f"the bookmark of stream '{stream.name}' is along '{key}'; reading it from the start")
            return None
        if "rows_version" in rest:
            self.versions[stream.name] = int(rest.pop("rows_version"))
        kept = {"version": VERSION, "of": dict(of), **rest}
        if stream.cursor is not None:
            if mark.get("replication_key_value") is not None:
                kept["bookmark"] = _bookmark(mark["replication_key_value"])
            if mark.get("partitions"):
                kept["partitions"] = _partitions(mark["partitions"])
            if rest and mark.get("seen"):
                kept["seen"] = mark["seen"]
        return kept if len(kept) > 2 else None


def _rest(mark: Mapping[str, Any], name: str) -> dict[str, Any]:
    """What only tapwright reads; empty for a state that another tap wrote."""
    text = mark.get("tapwright")
    if not text:
        return {}
    try:
        rest = json.loads(text)
        if not isinstance(rest, dict):
            raise ValueError
    except (TypeError, ValueError):
        raise StateError(f"the bookmark of stream '{name}' is damaged", _HINT) from None
    if rest.get("version") != VERSION:
        text = f"the bookmark of stream '{name}' has version {rest.get('version')}, this tapwright knows {VERSION}"
        raise StateError(text, "Use the tapwright that wrote it, or a newer one.")
    return rest


def _bookmark(value: Any) -> str | int:
    return value if isinstance(value, str | int) else str(value)


def _partitions(given: Any) -> dict[str, Any]:
    """Our own map, or the list of contexts that taps of the Meltano SDK keep."""
    if isinstance(given, dict):
        return given
    return {
        key_of(one["context"]): _bookmark(one["replication_key_value"])
        for one in (one for one in given if isinstance(one, dict))
        if isinstance(one.get("context"), dict) and one.get("replication_key_value") is not None
    }
