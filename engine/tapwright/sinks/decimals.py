"""Numbers and the precision of a column: nothing is rounded on the way into it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation
from itertools import repeat
from typing import Any

from tapwright.errors import RecordError

LONGEST = 60
EXACT_IN_DOUBLE = 2**53
"""Every integer up to here is a double."""
WIDER = "Give the field a wider type, such as decimal or string, and let it be a new column or table."


def check_integers(path: str, held: object, values: Iterable[Any]) -> None:
    """Raise RecordError for an integer that a double cannot hold exactly."""
    for value in filter(None, values):
        if abs(value) > EXACT_IN_DOUBLE:
            raise RecordError(f"{path}: {value} cannot be held exactly by the column's type {held}.", WIDER)


def check_decimals(path: str, held: object, values: Sequence[Any], precision: int, scale: int) -> None:
    """Raise RecordError for a decimal or an integer with more digits than the column has, before or after the point."""
    if values and isinstance(values[0], int):
        if max(map(abs, values)) < 10 ** (precision - scale):
            return
        values = list(map(Decimal, values))
    exact, step = Context(prec=precision, traps=[Inexact, InvalidOperation]), Decimal(1).scaleb(-scale)
    try:
        fine = all(map(Decimal.is_finite, map(exact.quantize, values, repeat(step))))
    except DecimalException:
        fine = False
    if not fine:
        raise unfit(path, next(value for value in values if not _fits(value, exact, step)), f"does not fit {held}")


def _fits(value: Decimal, exact: Context, step: Decimal) -> bool:
    try:
        return exact.quantize(value, step).is_finite()
    except DecimalException:
        return False


def unfit(path: str, value: object, why: str) -> RecordError:
    """Refuse a number."""
    text = str(value)
    shown = text if len(text) < LONGEST else f"{text[:50]}… ({len(text)} characters)"
    return RecordError(f"{path}: {shown} {why}.", "Give the field the type string, or a larger scale.")
