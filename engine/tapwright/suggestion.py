"""Guess what a misspelt name was meant to be."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def meant(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean 'x'?` for the known name closest to a wrong one, or nothing."""
    close = get_close_matches(name, list(known), 1)
    return f"; did you mean '{close[0]}'?" if close else ""


def way_out(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean 'x'?`, or `; known: a, b` where no known name is close."""
    names = sorted(known) if isinstance(known, set | frozenset) else list(known)
    return meant(name, names) or (f"; known: {', '.join(names[:12])}{', …' * (len(names) > 12)}" if names else "")
