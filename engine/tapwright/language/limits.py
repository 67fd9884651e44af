"""Say which bound a value crosses."""

from __future__ import annotations

from tapwright.language.fault import Fault
from tapwright.language.phrases import shown

NUMBERS = {
    "exclusiveMaximum": "expected less than",
    "exclusiveMinimum": "expected more than",
    "maximum": "expected at most",
    "minimum": "expected at least",
    "multipleOf": "expected a multiple of",
}
SIZES = {
    "maxItems": ("at most", "item"),
    "maxLength": ("at most", "character"),
    "maxProperties": ("at most", "key"),
    "minItems": ("at least", "item"),
    "minLength": ("at least", "character"),
    "minProperties": ("at least", "key"),
}


def limit(fault: Fault) -> str:
    """Say a limit and what was found instead."""
    keyword = fault.error.validator
    if keyword in NUMBERS:
        return f"{NUMBERS[keyword]} {shown(fault.rule)}, found {'another' if fault.secret else shown(fault.value)}"
    size, (bound, noun) = len(fault.value), SIZES[keyword]
    if size == 0 and fault.rule == 1:
        return "this must not be empty"
    return f"expected {bound} {fault.rule} {noun}{'' if fault.rule == 1 else 's'}, found {size}"
