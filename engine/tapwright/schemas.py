"""The committed JSON Schemas of specs and connectors; `python -m tapwright.publish` writes them from the words."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

OF = ("connector", "spec")


def schema_text(of: str) -> str:
    """The JSON Schema of a spec or a connector, as an editor reads it."""
    return (Path(__file__).parent / "published" / f"{of}.schema.json").read_text(encoding="utf-8")


@cache
def published_schema(of: str) -> dict[str, Any]:
    """The same as data, a tenth of the time that making it from the words takes; it is shared, so do not change it."""
    found: dict[str, Any] = json.loads(schema_text(of))
    return found
