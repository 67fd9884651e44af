"""What the writer of a field may have meant, seen from what came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tapwright.authoring.near import meant_by
from tapwright.authoring.scalar import scalar_text
from tapwright.authoring.times import formats_in
from tapwright.cast import cast_one
from tapwright.shape import Field


def hint_for_nothing(expression: str, name: str, places: Mapping[str, Any]) -> str:
    """Say what an expression that matches nothing may have meant."""
    meant = meant_by(expression, name, places)
    return f"did you mean {' or '.join(meant)}?" if meant else ""


def hint_for_misfits(words: Field, expression: str, values: Sequence[Any], places: Mapping[str, Any]) -> str:
    """Say how values that do not fit a field could."""
    if all(isinstance(value, dict) for value in values):
        inside = [
            place for place, value in places.items() if place.startswith(f"{expression}.") and _fits(words, value)
        ]
        return f"did you mean {' or '.join(inside[:3])}?" if inside else ""
    if words.type in ("date", "datetime", "local_datetime") and not words.format:
        forms = [f"format: {scalar_text(form, flow=True)}" for form in _formats(values)]
        return f"{' or '.join(forms)} would read them" if forms else ""
    return ""


def _formats(values: Sequence[Any]) -> list[str]:
    if all(isinstance(value, str) for value in values):
        return [str(words["format"]) for words in formats_in(values)]
    if all(isinstance(value, int) for value in values):
        return ["epoch_ms" if min(values) > 100_000_000_000 else "epoch_s"]
    return []


def _fits(words: Field, value: Any) -> bool:
    try:
        return value is not None and cast_one(words.data_type, words.format)(value) is not None
    except (ValueError, ArithmeticError, TypeError):
        return False
