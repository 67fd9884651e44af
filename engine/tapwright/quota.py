"""What an answer says of the provider's rate limit: how many requests are left, and until when."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
_ITEM = re.compile(r'(?:"[^"]*"|[^",])+')
_PARAMETER = re.compile(rf";\s*([rtw])\s*=\s*({_NUMBER})")
_OLDER = re.compile(rf"\b(remaining|reset)\s*=\s*({_NUMBER})")
PREFIXES = ("ratelimit", "x-ratelimit", "x-rate-limit")


@dataclass(frozen=True, order=True)
class Quota:
    """So many requests may be made in so many seconds from now."""

    left: int
    seconds: float


def quota_of(headers: Mapping[str, str], now: datetime) -> Quota | None:
    """The tightest limit that the headers name; of several that are used up, the one that lasts longest.

    Read are `RateLimit` with `RateLimit-Policy` as draft-ietf-httpapi-ratelimit-headers has them, its older forms, and
    the customary `X-RateLimit-Remaining` with `X-RateLimit-Reset` (seconds, a moment since 1970, or a date).
    """
    if not any("ratelimit" in name or "rate-limit" in name for name in headers):
        return None
    found = [*_drafted(headers), *_customary(headers, now)]
    used_up = [quota for quota in found if quota.left <= 0]
    return max(used_up, default=min(found, default=None))


def used_up(headers: Mapping[str, str], now: datetime) -> float | None:
    """How many seconds it takes until requests are allowed again, where an answer says that none are left."""
    quota = quota_of(headers, now)
    return None if quota is None or quota.left > 0 else quota.seconds


def until(text: str, now: datetime) -> float | None:
    """The seconds to a moment that HTTP or ISO 8601 writes; None for one that is past, or is none."""
    from email.utils import parsedate_to_datetime  # slow to import

    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(text)
            return max(0.0, ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds()) or None
        except (ValueError, IndexError, OverflowError, TypeError):
            continue
    return None


def _drafted(headers: Mapping[str, str]) -> Iterator[Quota]:
    """`RateLimit: "hour";r=50;t=30`, where `w` of the policy stands in for `t`; or `limit=9, remaining=5, reset=3`."""
    policies = {name: words.get("w") for name, words in _items(headers.get("ratelimit-policy", ""))}
    for name, words in _items(headers.get("ratelimit", "")):
        seconds = words.get("t", policies.get(name))
        if "r" in words and seconds:
            yield Quota(int(words["r"]), seconds)
    older = {name: float(number) for name, number in _OLDER.findall(headers.get("ratelimit", ""))}
    if older.get("reset") and "remaining" in older:
        yield Quota(int(older["remaining"]), older["reset"])


def _items(header: str) -> Iterator[tuple[str, dict[str, float]]]:
    for item in _ITEM.findall(header):
        name, semicolon, rest = item.strip().partition(";")
        yield name, {key: float(number) for key, number in _PARAMETER.findall(semicolon + rest)}


def _customary(headers: Mapping[str, str], now: datetime) -> Iterator[Quota]:
    for prefix in PREFIXES:
        left, reset = (headers.get(f"{prefix}-{name}", "").strip() for name in ("remaining", "reset"))
        several = [text.strip() for text in left.split(",")], [text.strip() for text in reset.split(",")]
        pairs = zip(*several, strict=True) if len(several[0]) == len(several[1]) else [(left, reset)]
        for count, moment in pairs:
            seconds = _reset(moment, now)
            if re.fullmatch(_NUMBER, count) and seconds:
                yield Quota(int(float(count)), seconds)


def _reset(text: str, now: datetime) -> float | None:
    if not re.fullmatch(_NUMBER, text):
        return until(text, now)
    value = float(text)
    if value < 1e9:  # seconds from now; later values count from 1970, the largest in milliseconds
        return value
    return max(0.0, (value / 1000 if value > 1e11 else value) - now.timestamp()) or None
