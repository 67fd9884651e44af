"""Batches as lines of JSON, one for each record: exact, without NUL, and as fast as can be."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import msgspec

from tapwright.batch import Batch

encode = msgspec.json.Encoder(decimal_format="number").encode
"""Write any value as JSON: decimals are numbers with every digit."""
_encode_lines = msgspec.json.Encoder(decimal_format="number").encode_lines
_NUL = b"\\u0000"


def lines_of(batch: Batch, replaced: Callable[[], None] = lambda: None) -> bytes:
    """Write each record as a line.  NUL, which databases refuse, becomes U+FFFD, and `replaced` is told.

    Raises RecordError for text that is not Unicode.
    """
    make = _maker(tuple(batch.columns))
    try:
        lines = _encode_lines(batch.records if make is None else list(map(make, *batch.columns.values())))
        if _NUL in lines:
            cleaned = [_without_nul(record) for record in batch.records]
            if cleaned != batch.records:
                replaced()
                lines = _encode_lines(cleaned)
    except UnicodeEncodeError as error:
        from tapwright.sinks.lines import not_unicode  # slow to import: it comes with every sink

        raise not_unicode(error) from error
    return lines


@lru_cache(maxsize=512)
def _maker(names: tuple[str, ...]) -> Callable[..., Any] | None:
    """A class with these members, which is made and written several times faster than a dict; None if it cannot be."""
    members = {f"f{number}": name for number, name in enumerate(names)}
    try:
        return msgspec.defstruct("Record", [(member, object) for member in members], rename=members, gc=False)
    except ValueError:  # a name that JSON must escape
        return None


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, dict):
        return {_without_nul(key): _without_nul(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_nul(inner) for inner in value]
    return value
