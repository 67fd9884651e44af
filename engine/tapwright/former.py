"""What a cassette held before it is recorded again, so that it can be said what changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml

from tapwright.cassette import LOADER, load_recorded
from tapwright.difference import Difference
from tapwright.errors import TapwrightError, TargetError
from tapwright.expected import Expected
from tapwright.recorder import Recording
from tapwright.wire_request import differing, title


@dataclass(frozen=True, kw_only=True)
class Former:
    """A cassette as it was."""

    expected: Expected
    requests: tuple[Any, ...]


def formers(paths: Iterable[Path], *, force: bool) -> dict[Path, Former]:
    """Read the cassettes that are there already; raises TargetError unless they may be replaced."""
    there = [path for path in paths if path.is_file()]
    if there and not force:
        raise TargetError(
            f"there {'is' if len(there) == 1 else 'are'} already {', '.join(map(str, there))}",
            "With --force they are replaced, and it is said what changed; with --case WORD another one is made.",
        )
    return {path: former for path in there if (former := _read(path))}


def changes(former: Former, recording: Recording) -> Iterator[Difference]:
    """Tell what a new recording has that the one before it had not."""
    new = _read(recording.path)
    for number, was, now in _paired(former.requests, new.requests if new else ()):
        if was is None or now is None:
            words = {True: "made", False: "not made"}
            where = f"request {number}, {title(was or now)}"
            yield Difference(where=where, what="the request", was=words[was is not None], now=words[now is not None])
        else:
            yield from differing(number, was, now)
    yield from former.expected.differences(recording.expected, recording.key)


def _paired(before: Sequence[Any], after: Sequence[Any]) -> Iterator[tuple[int, Any, Any]]:
    """Put requests side by side, those that are the same and those that took the place of others; with a number."""
    was, now = ([f"{each.method} {each.uri}" for each in requests] for requests in (before, after))
    for _, start, end, first, last in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        pairs = zip_longest(before[start:end], after[first:last])
        for offset, (old, new) in enumerate(pairs, 1):
            yield (start if old is not None else first) + offset, old, new


def _read(path: Path) -> Former | None:
    try:
        recorded = load_recorded(path)
    except TapwrightError:
        return None  # it is no cassette of ours, so nothing can be compared
    data = yaml.load(path.read_bytes(), Loader=LOADER)
    requests = [SimpleNamespace(**each["request"]) for each in data.get("interactions", ())]
    return Former(expected=recorded.expected, requests=tuple(requests))
