"""Batches as lines of JSON, one for each record: exact, without NUL, and as fast as can be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

import msgspec

from tapwright.batch import Batch

encode = msgspec.json.Encoder(decimal_format="number").encode
"""Write any value as JSON: decimals are numbers with every digit."""
_encode_lines = msgspec.json.Encoder(decimal_format="number").encode_lines
_NUL = b"\\u0000"

Wrap: TypeAlias = Callable[[Iterable[Any]], Sequence[Any]]
"""Puts each record into its message."""


def lines_of(batch: Batch, replaced: Callable[[], None] = lambda: None, wrap: Wrap = list) -> bytes:
    """Write each record, or the message that `wrap` makes of it, as a line.

    NUL, which databases refuse, becomes U+FFFD, and `replaced` is told.

    Raises RecordError for text that is not Unicode.
    """
    batch = batch.chosen(batch.types)  # the members that the schema tells of, even of untouched records
    try:
        lines = _encode_lines(wrap(batch.encodable))
        if _NUL in lines:
            cleaned = [_without_nul(record) for record in batch.records]
            if cleaned != batch.records:
                replaced()
                lines = _encode_lines(wrap(cleaned))
    except UnicodeEncodeError as error:
        from tapwright.sinks.lines import not_unicode  # slow to import: it comes with every sink

        raise not_unicode(error) from error
    return lines


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, dict):
        return {_without_nul(key): _without_nul(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_nul(inner) for inner in value]
    return value
