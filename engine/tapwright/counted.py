"""A number together with what it counts."""

from __future__ import annotations


def counted(number: int, what: str) -> str:
    """Write `1 record`, or `2,000 records`."""
    return f"{number:,} {what}{'s' * (number != 1)}"
