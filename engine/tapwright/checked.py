"""Specs that were checked before: one that has not changed since is not checked at every start.

Those beside the engine were checked when tapwright was made: `python -m tapwright.publish` writes the list, of each
that has no problem the SHA-256.  A user's own are noted as they are checked, in `$XDG_CACHE_HOME/tapwright`, which is
`~/.cache/tapwright` without it; a note is a digest, and nothing is lost with it but time.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path

from tapwright.version import __version__

LIST = Path(__file__).parent / "published" / "checked.json"


def checked_before(path: Path, text: bytes) -> bool:
    """Whether the spec at a path was checked as exactly this text."""
    if _digests().get(path.stem) == digest(text):
        return True
    try:
        return _note(path).read_text(encoding="ascii") == _stamp(text)
    except (OSError, RuntimeError, ValueError):  # there is no note, no home, or something else lies there
        return False


def note_checked(path: Path, text: bytes) -> None:
    """Note that the spec at a path has no problem; where nothing can be written, the next start takes longer."""
    with suppress(OSError, RuntimeError):
        note = _note(path)
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(_stamp(text), encoding="ascii")


def digest(text: bytes) -> str:
    """What stands for a text in the list."""
    return sha256(text).hexdigest()


def _note(path: Path) -> Path:
    cache = os.environ.get("XDG_CACHE_HOME")
    folder = Path(cache) if cache else Path.home() / ".cache"
    return folder / "tapwright" / "checked" / digest(os.fsencode(os.path.abspath(path)))


def _stamp(text: bytes) -> str:
    """What stands for a text that this very tapwright has checked."""
    return digest(f"{__version__} {LIST.stat().st_mtime_ns}\n".encode() + text)


@cache
def _digests() -> dict[str, str]:
    found: dict[str, str] = json.loads(LIST.read_bytes())
    return found
