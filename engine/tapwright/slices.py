"""What a stream is asked for: partitions, time windows, and both crossed.  Pure but for the parents it is handed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tapwright.cursor import Cursor
from tapwright.errors import SpecError, StateError, TargetError
from tapwright.incremental import Incremental, unit_of
from tapwright.moment import as_datetime, in_zone, start_of
from tapwright.partition.kind import Partition
from tapwright.partition.parent import Parent
from tapwright.partition.values import Values
from tapwright.plan import Plan, TablePlan
from tapwright.rendered import rendered
from tapwright.span import Span, parse_span
from tapwright.template import Scope, Templates

Parents = Callable[[Parent], Iterable[Mapping[str, Any]]]
"""Reads a parent stream and gives the values taken from each of its records."""

Since = Callable[[Mapping[str, Any]], Any]
"""Gives the bookmark of a partition; None if it is to be read from the start."""

CLOCKS_DIFFER = timedelta(days=1)
"""How far clocks may differ; a bookmark further in the future, or an answer further in the past, is something else."""
HINT = "See it with `tapwright state show`, and drop it with `tapwright state reset`."


@dataclass(frozen=True, kw_only=True)
class Slice:
    """One thing that a stream is asked for: partition values, and a window of time."""

    values: Mapping[str, Any] = field(default_factory=dict)
    """What the partitions give, by name."""
    start: Any = None
    """The window's first moment; where the cursor is no time, the value to begin at."""
    end: datetime | None = None
    """The first moment after the window."""
    last: datetime | None = None
    """The window's last moment: its end less the granularity."""
    final: bool = True
    """Whether no later window follows in this run."""

    @property
    def scope(self) -> dict[str, Any]:
        """What templates see as `slice`."""
        if self.start is None:
            return dict(self.values)
        return {**self.values, "start": self.start, "end": self.end, "last": self.last}

    def __str__(self) -> str:
        parts = [f"{name}={value}" for name, value in self.values.items()]
        if self.start is not None:
            parts.append(f"{_brief(self.start)}..{_brief(self.end) if self.end else ''}")
        return " ".join(parts)


def slices(
    plan: Plan, table: TablePlan, templates: Templates, parents: Parents, since: Since = lambda values: None
) -> Iterator[Slice]:
    """Cut a stream into slices; the last partition turns fastest, the window fastest of all."""
    partitions = list(table.stream.for_each)
    for values in _crossed(partitions, {}, plan.scope(table.options), templates, parents):
        words = windowing(plan, table, templates, values)
        if words is None:
            yield Slice(values=values)
        else:
            yield from _windowed(values, words, cursor_of(table, words), since(values), plan.now)


def windowing(
    plan: Plan, table: TablePlan, templates: Templates, values: Mapping[str, Any] | None = None
) -> Incremental | None:
    """The words of a table's cursor for a partition, rendered; None if it has none, or does not want it now."""
    words, scope = table.stream.incremental, plan.scope(table.options, values)
    if words is None or (words.when is not None and not templates.render(words.when, scope)):
        return None
    return rendered(words, templates, scope)


def cursor_of(table: TablePlan, words: Incremental) -> Cursor:
    """A table's cursor."""
    return Cursor.of(words.cursor, table.fields, words.time_zone, words.start)


def _crossed(
    partitions: list[Partition], values: dict[str, Any], scope: Scope, templates: Templates, parents: Parents
) -> Iterator[dict[str, Any]]:
    if not partitions:
        yield values
        return
    words = rendered(partitions[0], templates, {**scope, "slice": values})
    found = _partition(words, parents) if words.when is None or words.when else iter([{}])
    for taken in found:
        yield from _crossed(partitions[1:], {**values, **taken}, scope, templates, parents)


def _partition(words: Partition, parents: Parents) -> Iterator[Mapping[str, Any]]:
    match words:
        case Values():
            for value in _listed(words.in_, f"the list '{words.name}'"):
                yield {words.name: value}
        case Parent() if words.given:
            for value in _listed(words.given, f"'given' of the parent '{words.stream}'"):
                yield _given(words, value)
        case Parent():
            yield from parents(words)
        case _:
            raise AssertionError(words)


def _given(words: Parent, value: Any) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        lacking = [name for name in words.take if name not in value]
        if lacking:
            raise TargetError(f"a value given instead of '{words.stream}' lacks '{lacking[0]}'")
        return {name: value[name] for name in words.take}
    if len(words.take) != 1:
        raise TargetError(f"values given instead of '{words.stream}' must be mappings of {', '.join(words.take)}")
    return {next(iter(words.take)): value}


def _listed(values: Any, what: str) -> list[Any]:
    if not isinstance(values, list | tuple):
        raise SpecError([f"{what} should be a list, found {values!r}"])
    return list(values)


def _windowed(
    values: Mapping[str, Any], words: Incremental, cursor: Cursor, bookmark: Any, now: datetime
) -> Iterator[Slice]:
    since = _since(cursor, bookmark, now)
    if cursor.kind != "time":
        start = _start(words, cursor)
        yield Slice(values=values, start=start if since is None else max(start, since))
        return
    granularity = parse_span(words.granularity)
    for start, end, final in windows(words, since):
        yield Slice(values=values, start=start, end=end, last=granularity.before(end), final=final)


def _since(cursor: Cursor, bookmark: Any, now: datetime) -> Any:
    if bookmark is None:
        return None
    try:
        since = cursor.comparable(bookmark)
    except ValueError as error:
        raise StateError(f"the bookmark is damaged: {error}", HINT) from None
    if cursor.kind == "time" and since > now + CLOCKS_DIFFER:
        raise StateError(f"the bookmark {bookmark} lies in the future, so that nothing would ever be new", HINT)
    return since


def _start(words: Incremental, cursor: Cursor) -> Any:
    """Where a cursor that is no time begins."""
    for key in ("window", "lookback", "align"):
        if getattr(words, key):
            text = f"incremental.{key}: the cursor '{cursor.name}' is {cursor.kind} by its field's type, not a time"
            raise SpecError([text], "Declare the field as a date or a datetime.")
    try:
        return cursor.comparable(words.start)
    except ValueError as error:
        raise SpecError([f"incremental.start: {error}"]) from None


def windows(words: Incremental, since: datetime | None = None) -> Iterator[tuple[datetime, datetime, bool]]:
    """Tile the time from the start, or from a later bookmark, to the end with half-open windows.

    Days and months are those on the clocks of the time zone, counted from where the first window begins.
    The last one is marked.
    """
    try:
        start, end = _bounds(words, since)
        step = parse_span(words.window) if words.window else None
    except ValueError as error:
        raise SpecError([f"incremental: {error}"]) from None
    if step == Span():
        raise SpecError([f"incremental.window: '{words.window}' has no length"])
    # Compared in UTC: in one zone Python compares the clocks on the wall, which an hour of autumn shows twice.
    begin, stop, number = start.astimezone(UTC), end.astimezone(UTC), 0
    while begin < stop:
        following = stop
        while step is not None:
            number += 1
            following = min(step.after(start, number).astimezone(UTC), stop)
            if following > begin:  # else it is a day that the zone never had
                break
        yield in_zone(begin, words.time_zone), in_zone(following, words.time_zone), following == stop
        begin = following


def _bounds(words: Incremental, since: datetime | None) -> tuple[datetime, datetime]:
    start, end = (in_zone(as_datetime(text, words.time_zone), words.time_zone) for text in (words.start, words.end))
    if since is not None and since > start.astimezone(UTC):
        start = in_zone(since, words.time_zone)
    if not words.align:
        return start, end
    unit = unit_of(words.align)
    return in_zone(start_of(start, unit), words.time_zone), in_zone(start_of(end, unit), words.time_zone)


def _brief(moment: Any) -> str:
    if not isinstance(moment, datetime):
        return str(moment)
    text = moment.strftime("%Y-%m-%dT%H:%M")
    return text.removesuffix("T00:00")
