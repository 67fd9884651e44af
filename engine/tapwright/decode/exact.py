"""JSON, exactly: no digit lost, no key silently dropped, nothing nested without bound."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any

from tapwright.decode.characters import undecodable
from tapwright.decode.sniff import refused, sniff
from tapwright.errors import BodyError
from tapwright.shortened import shortened

if TYPE_CHECKING:
    import msgspec

DEEPEST = 100
PIECE = 1 << 16
_BRANCHES = frozenset((dict, list))
_ESCAPE = re.compile(rb"\\.", re.S)
_UNMARKED = bytes(set(range(256)) - set(b'"{}[]'))


def exact(data: bytes, *, keep_last: bool = False, place: Callable[[int], int] = int, tree: Any = None) -> Any:
    """Decode UTF-8 JSON; BodyError for anything else.

    A key that comes twice is an error unless `keep_last`.  `place` turns a place in `data` into one in the body.
    `tree` is what `data` has been decoded to, if it has.
    """
    if tree is None and (tree := _retold(data, "decode", "encode")) is not None:
        return tree
    try:
        tree = _decoder().decode(data) if tree is None else tree
    except (ValueError, RecursionError) as error:
        raise _fault(data, error, place) from None
    if not _proven(data, tree, keep_last):
        keys = _walk(tree)
        if not keep_last and not _surely_unique(data, keys):
            json.loads(data, object_pairs_hook=_unique, parse_int=str)
    return tree


def exact_lines(data: bytes, *, keep_last: bool = False) -> list[Any] | None:
    """Decode whole lines of UTF-8 JSON, one object on each; None if any of them should be looked at alone."""
    values: list[Any] | None = _retold(data, "decode_lines", "encode_lines")
    try:
        if values is None:
            values = _decoder().decode_lines(data)
            if not _proven(data, values, keep_last):
                keys = _walk(values)
                if not keep_last and not _surely_unique(data, keys):
                    return None
    except (ValueError, RecursionError, BodyError):
        return None
    starts = data.count(b"\n{") + data.startswith(b"{")
    ends = data.count(b"\n") + (not data.endswith(b"\n"))
    return values if len(values) == starts == ends else None


def rewritten(tree: Any, data: bytes) -> bool:
    """Whether JSON is spelled just as we would write what was read from it, so that nothing was lost."""
    _encoder().encode_into(tree, _SPACE.bytes)
    return _SPACE.bytes == data


def _retold(data: bytes, decode: str, encode: str) -> Any:
    """Decode JSON that is spelled just as we would write what it says: so nothing in it was lost; None for any other.

    Where the last one was not, it is not tried: a provider that writes otherwise does so in every answer.
    """
    if not _SPACE.retells:
        return None
    try:
        tree = getattr(_plain_decoder(), decode)(data)
        _SPACE.retells = getattr(_encoder(), encode)(tree) == data
    except (ValueError, RecursionError, OverflowError):
        return None
    return tree if _SPACE.retells and _quotes_if_shallow(data) is not None else None


def _proven(data: bytes, tree: Any, keep_last: bool) -> bool:
    """Prove quickly that no key comes twice and nothing nests too deep; may fail where all is well.

    Each text has two quotes, beside escaped ones: there are as many in the tree, written again, if nothing was dropped.
    """
    quotes = _quotes_if_shallow(data)
    if quotes is None or keep_last:
        return quotes is not None
    try:
        _SPACE.retells = rewritten(tree, data)
    except (OverflowError, RecursionError):
        return False
    again = _SPACE.bytes
    return quotes == again.count(b'"') - (_ESCAPE.findall(again).count(b'\\"') if b"\\" in again else 0)


class _Space(threading.local):
    """What each thread keeps from one text to the next."""

    def __init__(self) -> None:
        self.bytes = bytearray()
        """Memory to use again and again: fresh pages cost more than what is written there."""
        self.retells = True
        """Whether the last text was spelled as we would write it."""


_SPACE = _Space()


def _quotes_if_shallow(data: bytes) -> int | None:
    """Count the quotes of texts; None if brackets may nest too deep.

    Piece by piece, escapes are left out, then all but quotes and brackets, then pairs of these that touch: between a
    bracket in a text and one outside there is always a quote left.  What stays is open; each time round takes away
    two levels at the most.
    """
    quotes, left, start = 0, b"", 0
    while start < len(data):
        end = start + PIECE
        while data[end - 1 : end] == b"\\":
            end += 1
        piece, start = data[start:end], end
        marks = (_ESCAPE.sub(b"", piece) if b"\\" in piece else piece).translate(None, _UNMARKED)
        quotes += marks.count(b'"')
        left += marks
        rounds, size = 0, -1
        while size != len(left):
            rounds, size = rounds + 1, len(left)
            left = left.replace(b'""', b"").replace(b"{}", b"").replace(b"[]", b"")
        if len(left) + 2 * rounds > DEEPEST:
            return None
    return None if left else quotes


@cache
def _encoder() -> msgspec.json.Encoder:
    import msgspec

    return msgspec.json.Encoder(decimal_format="number")


@cache
def _decoder() -> msgspec.json.Decoder[Any]:
    import msgspec

    return msgspec.json.Decoder(float_hook=exact_number)


@cache
def _plain_decoder() -> msgspec.json.Decoder[Any]:
    """A decoder that may round numbers."""
    import msgspec

    return msgspec.json.Decoder()


def exact_number(text: str) -> float | Decimal:
    """Read a number with a fraction or exponent: a float where that, written again, is the same, else a Decimal."""
    if len(text) < 17 and "e" not in text and "E" not in text:
        return float(text)
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise _beyond(text) from None
    if not -6144 <= number.adjusted() <= 6144:
        raise _beyond(text)
    near = float(text)
    return near if Decimal(repr(near)) == number else number


def _beyond(text: str) -> BodyError:
    return BodyError(f"the number {shortened(text, 40)} is out of bounds: its exponent is beyond ±6144")


def _walk(tree: Any) -> int:
    """Count the keys of a tree, and see that it is not too deep."""
    keys, level = 0, [tree]
    for _ in range(DEEPEST + 1):
        objects = [branch for branch in level if type(branch) is dict]
        arrays = [branch for branch in level if type(branch) is list]
        if not objects and not arrays:
            return keys
        keys += sum(map(len, objects))
        values = chain(chain.from_iterable(map(dict.values, objects)), chain.from_iterable(arrays))
        level = [value for value in values if type(value) in _BRANCHES]
    raise _too_deep()


def _too_deep() -> BodyError:
    return BodyError(f"the JSON nests more than {DEEPEST} levels deep")


def _surely_unique(data: bytes, keys: int) -> bool:
    """Prove cheaply that no key comes twice: as many keys in the text as in the tree.

    `":` ends each key, unless white space comes between; it may also stand in a text, after `\\` or at its beginning.
    The proof may fail where all is well; it never holds where it is not.
    """
    for blank in (b"\t", b"\n", b"\r", b" "):
        if blank in data and blank + b":" in data:
            return False
    escaped = data.count(b'\\":') if b"\\" in data else 0
    if escaped and b'\\\\":' in data:
        return False
    return data.count(b'":') - escaped == keys


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        hint = "To keep the last of them, say `duplicate_keys: last`."
        raise BodyError(f"the key {twice!r} comes twice in one object", hint)
    return members


def _fault(data: bytes, error: Exception, place: Callable[[int], int]) -> BodyError:
    if isinstance(error, RecursionError):
        return _too_deep()
    if place(0) == 0 and (b"\0" in data[:2048] or sniff(data[:2048]) != "json"):
        return refused(data[:2048], "JSON")
    try:
        data.decode()
    except UnicodeDecodeError as wrong:
        return undecodable(wrong, place(wrong.start) - wrong.start)
    found = re.search(r"\(byte (\d+)\)", str(error))
    if found:
        what = str(error).removeprefix("JSON is malformed: ").replace(found[0], "").strip()
        byte = int(found[1]) - what.startswith("trailing char")
        return BodyError(f"the JSON is malformed at byte {place(byte)}: {what}")
    if "truncated" in str(error):
        return BodyError(f"the JSON is cut short at byte {place(len(data))}")
    return BodyError(f"the JSON cannot be read: {error}")
