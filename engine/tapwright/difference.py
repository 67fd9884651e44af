"""What is not as it was recorded, for a person to read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

MOST = 12
"""As many differences of one place are shown."""
FEW = 3
"""As many records are shown that are gone, or new."""
LONGEST = 80
_ABSENT = object()


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing that is not as it was recorded."""

    where: str
    """The request or the record."""
    what: str = ""
    """The part of it: a parameter, a header, a field; empty if it is the whole."""
    was: str | None = None
    """What was recorded; None if nothing was."""
    now: str | None = None
    """What came instead; None if nothing did."""

    def __str__(self) -> str:
        what = f"{self.what}: " if self.what else ""
        if self.was is None:
            return f"{what}new, {self.now}"
        return f"{what}gone, was {self.was}" if self.now is None else f"{what}was {self.was}, is {self.now}"


def compared(where: str, was: dict[str, Any], now: dict[str, Any]) -> Iterator[Difference]:
    """Compare two maps of named parts."""
    for name in dict.fromkeys((*was, *now)):
        old, new = was.get(name, _ABSENT), now.get(name, _ABSENT)
        if not same(old, new):
            yield Difference(where=where, what=name, was=_shown(old), now=_shown(new))


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal, a number and a text that looks like it told apart."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(value, other[name]) for name, value in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other) or (one != one and other != other)  # NaN


def told(differences: Iterable[Difference], most: int = MOST) -> Iterator[str]:
    """Write differences in lines: each place, and what differs there under it; places that differ alike once."""
    alike: dict[tuple[str, ...], list[str]] = {}
    whole: Counter[str] = Counter()
    for where, some in groupby(differences, key=lambda each: each.where):
        lines = list(some)
        kind = "" if lines[0].what else "new" if lines[0].was is None else "gone"
        whole[kind] += 1
        if not kind or whole[kind] <= FEW:
            alike.setdefault(tuple(map(str, lines)), []).append(where)
    for said, places in [*alike.items()][:most]:
        yield f"{places[0]}{f' and {len(places) - 1} more alike' if len(places) > 1 else ''}"
        yield from (f"  {each}" for each in said[:most])
        if len(said) > most:
            yield f"  … and {len(said) - most} more"
    if len(alike) > most:
        yield f"… and {len(alike) - most} more places"
    for kind in ("gone", "new"):
        if whole[kind] > FEW:
            yield f"… and {whole[kind] - FEW} more records {kind}"


def as_json(difference: Difference) -> dict[str, str | None]:
    """Write a difference for a machine."""
    return asdict(difference)


def shown(value: Any) -> str:
    """Write a value on one line, shortened."""
    import json

    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _shown(value: Any) -> str | None:
    return None if value is _ABSENT else shown(value)
