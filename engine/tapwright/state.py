"""What a run remembers of each table for the next one: bookmarks, and where it was interrupted.

The state is a mapping of a table's name to JSON such as

    {"version": 1, "of": {"spec": "rokt", "stream": "campaign_overview", "cursor": "date_start", …},
     "bookmark": "2026-03-08T00:00:00+00:00",
     "partitions": {"{\"account_id\":\"1\"}": "2026-03-08T00:00:00+00:00"},
     "open": {"values": {…}, "start": …, "end": …, "position": 900, "newest": …}}

`bookmark` is how far every partition was read, `partitions` those that differ from it; `open` is the slice that was
being read and the page to go on at; `last` the last complete slice of a run without cursor that was not finished.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from tapwright.errors import StateError
from tapwright.plan import TablePlan, options_of
from tapwright.spec import Spec

VERSION = 1
Values = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Open:
    """A slice that is being read."""

    values: Values
    start: Any = None
    end: Any = None
    position: Any = None
    """What the next page is resumed from; None before the first page's end."""
    newest: Any = None
    """The greatest cursor value read so far."""
    held: Mapping[str, Any] = field(default_factory=dict)
    """For an append, digests and cursor values of the records that the next run can meet again."""


@dataclass(kw_only=True)
class TableState:
    """What is remembered of one table."""

    of: Mapping[str, Any]
    """What the bookmarks belong to: spec, stream, cursor, options, partitions."""
    bookmark: Any = None
    partitions: dict[str, Any] = field(default_factory=dict)
    open: Open | None = None
    last: str | None = None
    seen: dict[str, list[str]] = field(default_factory=dict)
    """For each partition, digests of the records at its bookmark, so that an append does not take them twice."""

    @property
    def unfinished(self) -> bool:
        """Whether a run was interrupted in this table."""
        return self.open is not None or self.last is not None

    def forget_unfinished(self) -> None:
        """Let the next run begin with whole slices."""
        self.open = self.last = None

    def since(self, values: Values, *, new_from_bookmark: bool) -> Any:
        """The bookmark of a partition; None if it is to be read from the start."""
        if not values:
            return self.bookmark
        return self.partitions.get(key_of(values), self.bookmark if new_from_bookmark else None)

    def advance(self, values: Values, bookmark: Any) -> None:
        """Move a partition's bookmark."""
        if values:
            self.partitions[key_of(values)] = bookmark
        else:
            self.bookmark = bookmark

    def as_json(self) -> dict[str, Any]:
        """The state as it is kept: a copy, for what is read next and then fails must not come into it."""
        kept = {name: deepcopy(value) for name, value in vars(self).items() if value not in (None, {}, [])}
        if self.open is not None:
            said = {name: value for name, value in vars(self.open).items() if value is not None}
            kept["open"] = {name: value for name, value in said.items() if name == "values" or value != {}}
        return {"version": VERSION, **kept}


def key_of(values: Values) -> str:
    """Write partition values as a key: the same values give the same text."""
    return json.dumps(values, sort_keys=True, separators=(",", ":"), default=str, ensure_ascii=False)


def belongs_to(spec: Spec, table: TablePlan) -> dict[str, Any]:
    """Say what a table's bookmarks belong to; when this changes they mean nothing any more."""
    known = options_of(spec, table.stream)
    incremental = table.stream.incremental
    options = {name: value for name, value in table.options.items() if not known[name].writeOnly}
    said = {
        "spec": spec.name,
        "stream": table.name,
        "cursor": incremental.cursor if incremental else None,
        "options": json.loads(json.dumps(options, default=str)),
        "partitions": [str(vars(words).get("name") or sorted(vars(words).get("take", {}))) for words in table.stream.for_each],
    }
    return {name: value for name, value in said.items() if value not in (None, {}, [])}


def load_state(kept: Any, spec: Spec, table: TablePlan) -> TableState:
    """Read a table's state; raises StateError if it is damaged, foreign, from the future, or of something else."""
    of = belongs_to(spec, table)
    if kept is None:
        return TableState(of=of)
    hint = f"Read it with `tapwright state show`, and drop it with `tapwright state reset -S {table.table}`."
    if not isinstance(kept, dict) or "version" not in kept or not isinstance(kept.get("of"), dict):
        raise StateError(f"the state of table '{table.table}' is not one of tapwright's", hint)
    if kept["version"] != VERSION:
        text = f"the state of table '{table.table}' has version {kept['version']}, this tapwright knows {VERSION}"
        raise StateError(text, "Use the tapwright that wrote it, or a newer one.")
    changed = [name for name in {**kept["of"], **of} if kept["of"].get(name) != of.get(name)]
    if changed:
        name = changed[0]
        raise StateError(
            f"the state of table '{table.table}' was kept for {name} {kept['of'].get(name)!r}, now it is {of.get(name)!r}, "
            "so its bookmarks mean nothing",
            f"{hint} Or give the new use another table name.",
        )
    return _loaded(kept, table.table, hint)


def _loaded(kept: Mapping[str, Any], name: str, hint: str) -> TableState:
    words = {key: value for key, value in kept.items() if key != "version"}
    try:
        if words.get("open") is not None:
            words["open"] = Open(**words["open"])
        state = TableState(**words)
        if not isinstance(state.partitions, dict) or not isinstance(state.seen, dict):
            raise TypeError
    except TypeError:
        raise StateError(f"the state of table '{name}' holds what it should not", hint) from None
    return state
