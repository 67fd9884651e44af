"""Suggest what was meant."""

from __future__ import annotations

from collections.abc import Iterable

from tapwright.language.place import plain, quoted

MOST = 20


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """Ask for the closest known word, if one is close."""
    import difflib  # Only files with mistakes need it.

    by_lower = {each.lower(): each for each in known}
    close = difflib.get_close_matches(word.lower(), by_lower, n=1)
    return f"did you mean {quoted(by_lower[close[0]])}?" if close else None


def listed(known: Iterable[str]) -> str:
    """List what is known, within reason."""
    names = [plain(each) for each in known]
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return ", ".join(names[:MOST]) + more
