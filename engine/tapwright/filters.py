"""The filters that templates know beside Jinja's own.  To add one: its function, a line below, its line in the docs."""

from __future__ import annotations

import base64 as _base64
import hashlib
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from tapwright import moment


def base64(value: object) -> str:
    """Encode text as Base64."""
    return _base64.b64encode(str(value).encode()).decode()


def sha256(value: object) -> str:
    """Hash text with SHA-256, in hexadecimal."""
    return hashlib.sha256(str(value).encode()).hexdigest()


def percent_encode(value: object) -> str:
    """Write text for a URL: all but letters, digits, `-` and `_` become `%` and two hexadecimal digits."""
    if value is None:
        raise ValueError("null has no place in a URL")
    return quote(str(value), safe="").replace(".", "%2E").replace("~", "%7E")


def split(value: object, separator: str = ",") -> list[str]:
    """Cut text at a separator; blanks around the pieces and empty pieces go."""
    return [piece.strip() for piece in str(value).split(separator) if piece.strip()]


def listed(value: Any) -> list[Any]:
    """Make a list: of one value, of none for null, of the pieces of `a;b` or `a,b` for text."""
    if value is None:
        return []
    if isinstance(value, str):
        return split(value.replace(";", ","))
    return list(value) if isinstance(value, list | tuple) else [value]


FILTERS: Mapping[str, Callable[..., Any]] = {
    "base64": base64,
    "date": moment.as_date,
    "epoch": moment.epoch,
    "epoch_ms": moment.epoch_ms,
    "in_zone": moment.in_zone,
    "iso": moment.iso,
    "listed": listed,
    "minus": moment.minus,
    "percent_encode": percent_encode,
    "plus": moment.plus,
    "sha256": sha256,
    "split": split,
    "start_of": moment.start_of,
    "time": moment.as_time,
}
