"""Cut a text that is shown: where it was cut stands `…`, by which a secret that was cut in two is still known."""

from __future__ import annotations


def shortened(text: str, length: int) -> str:
    """Keep the first characters of a text."""
    return text if len(text) <= length else f"{text[:length]}…"
