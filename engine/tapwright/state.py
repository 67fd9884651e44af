"""What a run remembers of each table for the next one: bookmarks, and where it was interrupted.

The state is a mapping of a table's name to JSON; docs/incremental.md shows it to users, word by word.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from tapwright.errors import StateError
from tapwright.incremental import Incremental
from tapwright.option import with_defaults
from tapwright.partition.kind import Partition
from tapwright.plan import TablePlan, options_of
from tapwright.spec import Spec
from tapwright.writer import Mode

VERSION = 1
_EXPORT = "Give what `tapwright state export` wrote."
Values = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Open:
    """A slice that is being read."""

    values: dict[str, Any] = field(default_factory=dict)
    start: str | int | None = None
    end: str | None = None
    more: bool = False
    """Whether a window follows it; the bookmark of the last one is its newest record, not its end."""
    position: Any = None
    """What the next page is resumed from."""
    mark: str | None = None
    """A digest of the request for that page; when that is another one, the position means nothing."""
    newest: str | int | None = None
    """The greatest cursor value read so far."""
    as_of: str | None = None
    """The moment of the run that read its first page: what came late since then was not seen."""
    oldest: str | int | None = None
    """The least one, of a newest-first feed that is appended."""
    rows: int = 0
    """How many of its records are in the table already."""
    pages: int = 0
    taken: dict[str, list[str]] = field(default_factory=dict)
    """Digests of its records that an append must not take twice, by their cursor value."""


@dataclass(kw_only=True)
class TableState:
    """What is remembered of one table."""

    of: dict[str, Any] = field(default_factory=dict)
    """What the bookmarks belong to: spec, account, stream, cursor, options, partitions."""
    mode: Mode | None = None
    """How the rows came into the table."""
    start: str | int | None = None
    """Where the first run began."""
    bookmark: str | int | None = None
    """How far everything was read; with partitions, where a new one begins."""
    partitions: dict[str, str | int] = field(default_factory=dict)
    """How far each partition was read."""
    open: Open | None = None
    """The slice that was being read, and the page to go on at."""
    done: dict[str, bool] = field(default_factory=dict)
    """The slices that an unfinished run without a cursor has behind it."""
    replacing: bool = False
    """Whether the rows wait beside the table until all have come."""
    seen: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    """Digests of the records at the bookmark, so that an append does not take them twice."""
    columns: list[str] = field(default_factory=list)
    """The columns that there were when they were taken."""
    filled: bool = False
    """Whether records came, so that there must be a table."""
    trial: bool = False
    """Whether the rows are a sample."""

    @property
    def unfinished(self) -> bool:
        """Whether a run was interrupted in this table."""
        return self.open is not None or bool(self.done) or self.replacing

    @property
    def remembers(self) -> bool:
        """Whether what it says would be wrong without the rows in the table."""
        read = self.bookmark is not None or self.partitions or self.open is not None or self.done
        return bool(read) and self.filled and not self.replacing

    def forget_unfinished(self) -> None:
        """Let the next run begin with whole slices."""
        self.open, self.done, self.replacing = None, {}, False

    def forget_bookmarks(self) -> None:
        """Let the next run begin at the start."""
        self.start, self.bookmark, self.partitions, self.seen, self.columns = None, None, {}, {}, []

    def since(self, values: Values, words: Incremental | None) -> str | int | None:
        """The bookmark of a partition; None if it is to be read from the start."""
        own = self.own_bookmark(values)
        return self.bookmark if own is None and words is not None and words.new_partitions == "bookmark" else own

    def own_bookmark(self, values: Values) -> str | int | None:
        """How far a partition was read itself; None if no run has read it."""
        return self.partitions.get(key_of(values)) if values else self.bookmark

    def advance(self, values: Values, bookmark: str | int) -> None:
        """Move a partition's bookmark."""
        if values:
            self.partitions[key_of(values)] = bookmark
        else:
            self.bookmark = bookmark

    def as_json(self) -> dict[str, Any]:
        """The state as it is kept: a copy, which does not change when this does."""
        kept: dict[str, Any] = {"version": VERSION, **_said(self)}
        if self.open is not None:
            kept["open"] = _said(self.open)
        return kept


def _said(words: object) -> dict[str, Any]:
    """Everything that says something; maps are copied."""
    told = {name: value for name, value in vars(words).items() if value not in (None, {}, []) and value is not False}
    return {name: dict(value) if isinstance(value, dict) else value for name, value in told.items()}


def key_of(values: Values) -> str:
    """Write partition values as a key: the same values give the same text."""
    return json.dumps(values, sort_keys=True, separators=(",", ":"), default=str, ensure_ascii=False)


def belongs_to(spec: Spec, table: TablePlan) -> dict[str, Any]:
    """Say what a table's bookmarks belong to; when this changes they mean nothing any more."""
    known = options_of(spec, table.stream)
    defaults = with_defaults(known, {})
    options = {name: v for name, v in table.options.items() if not known[name].writeOnly and v != defaults.get(name)}
    said = {
        "spec": spec.name,
        "stream": table.name,
        "cursor": table.stream.incremental.cursor if table.stream.incremental else None,
        "options": json.loads(json.dumps(options, default=str)),
        "partitions": [_name_of(words) for words in table.stream.for_each],
    }
    account = {} if spec.api.account is None else {"account": table.account}
    return {name: value for name, value in said.items() if value} | account


def other_words(was: Values, now: Values) -> list[str]:
    """Name what two uses differ in; of accounts only where both tell theirs, as not every spec always did."""
    unlike = [name for name in {**was, **now} if was.get(name) != now.get(name)]
    return [name for name in unlike if name != "account" or (name in was and name in now)]


def _name_of(words: Partition) -> str:
    return str(vars(words).get("name") or ", ".join(vars(words).get("take", {})))


def load_state(kept: Any, spec: Spec, table: TablePlan) -> TableState:
    """Read a table's state; raises StateError if it is damaged, foreign, from the future, or of something else."""
    state, of = read_state(kept, table.table), belongs_to(spec, table)
    remembers = state.bookmark is not None or state.partitions or (state.unfinished and table.mode == "append")
    changed = other_words(state.of, of)
    if changed and remembers:
        was, now = (json.dumps(words.get(changed[0]), ensure_ascii=False) for words in (state.of, of))
        raise StateError(
            f"the state of table '{table.table}' was kept with {changed[0]} {was}, now it is {now}, "
            "so its bookmarks mean nothing",
            f"{_hint(table.table)} Or give the new use a table name of its own.",
        )
    if state.mode == "merge" and table.mode == "append" and remembers and table.stream.incremental:
        raise StateError(
            f"table '{table.table}' was merged so far, so an append could not tell which records it has",
            "Run once with --full-refresh, which replaces the table, or give the append a table name of its own.",
        )
    if changed:
        return TableState(of=of, mode=state.mode)
    state.of = of
    return state


def gone(name: str) -> StateError:
    """The error that a table is which is not there any more."""
    text = f"the state remembers how far table '{name}' was read, but the table is gone, or a part of it"
    return StateError(text, f"Put it back, or read it from its start: tapwright state reset -S {name}")


def read_state(kept: Any, name: str) -> TableState:
    """Read the state that was kept of a table; raises StateError."""
    if not isinstance(kept, dict) or "version" not in kept or not isinstance(kept.get("of"), dict):
        raise StateError(f"the state of table '{name}' is not one of tapwright's", _hint(name))
    if kept["version"] != VERSION:
        text = f"the state of table '{name}' has version {kept['version']}, this tapwright knows {VERSION}"
        raise StateError(text, "Use the tapwright that wrote it, or a newer one.")
    words = {key: value for key, value in kept.items() if key != "version"}
    try:
        state = msgspec.convert(words, TableState)
    except msgspec.ValidationError as error:
        raise StateError(f"the state of table '{name}' is damaged: {error}", _hint(name)) from None
    unknown = [*(words.keys() - vars(state).keys()), *({*(words.get("open") or ())} - vars(Open()).keys())]
    if unknown:
        raise StateError(f"the state of table '{name}' is damaged: it has an unknown '{unknown[0]}'", _hint(name))
    return state


def exported_states(text: str, file: str) -> dict[str, Any]:
    """Read the states of tables that were exported as JSON; raises StateError."""
    try:
        states = json.loads(text)
    except ValueError as error:
        raise StateError(f"'{file}' is not JSON: {error}", _EXPORT) from None
    if not isinstance(states, dict):
        raise StateError(f"'{file}' holds no tables", _EXPORT)
    for name, kept in states.items():
        read_state(kept, name)
    return states


def _hint(name: str) -> str:
    return f"See it with `tapwright state show`, and drop it with `tapwright state reset -S {name}`."
