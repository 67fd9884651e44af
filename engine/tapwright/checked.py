"""Specs that were checked when tapwright was made: one that has not changed since is not checked at every start.

`python -m tapwright.publish` writes the list: of each spec beside the engine that has no problem, the SHA-256.
"""

from __future__ import annotations

import json
from functools import cache
from hashlib import sha256
from pathlib import Path

LIST = Path(__file__).parent / "published" / "checked.json"


def checked_before(name: str, text: bytes) -> bool:
    """Whether a spec of this name and with exactly this text was checked."""
    return _digests().get(name) == digest(text)


def digest(text: bytes) -> str:
    """What stands for a text in the list."""
    return sha256(text).hexdigest()


@cache
def _digests() -> dict[str, str]:
    found: dict[str, str] = json.loads(LIST.read_bytes())
    return found
