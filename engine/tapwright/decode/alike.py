"""Pages like those before: read as what those were made of, into Structs, and proven by being written again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import asdict
from itertools import chain
from typing import Any, TypeAlias

import msgspec

from tapwright.body import Body
from tapwright.decode.characters import codec_of
from tapwright.decode.exact import rewritten
from tapwright.decode.json import Json
from tapwright.decode.kind import Decode, Decoded, Items
from tapwright.decode.rows import in_chunks
from tapwright.decode.structs import Structs
from tapwright.expression import plain_path
from tapwright.sealed import members, opened

SAMPLE, MOST_MEMBERS = 1_000, 500
"""How many values are looked at to learn what they are made of; how many members may be told apart."""
LESSONS = 8
"""How often to learn what pages are made of, before it is given up."""
_SCALAR: Any = str | int | float | bool | None

Read: TypeAlias = Callable[[Body, str | None], Decoded]


class Alike:
    """Decodes the pages of a stream.

    What two pages in a row are made of is learnt: which members in which order, down to texts and numbers.  A page
    that can be read as just that, and written again is byte for byte the same, holds nothing else: no key twice, no
    number that was rounded, nothing nested deeper.  Of the records its document has but the last.
    """

    def __init__(self, decode: Json, path: tuple[str, ...]) -> None:
        self._decode, self._path = decode, path
        self._known: msgspec.json.Decoder[Any] | None = None
        self._missed, self._lessons = 0, LESSONS

    def __call__(self, body: Body, charset: str | None) -> Decoded:
        """Understand a body."""
        known = self._known
        if known is not None and (decoded := self._read(known, body, charset)) is not None:
            self._missed = 0
            return decoded
        decoded = self._decode.decode(body, charset)
        self._missed += 1
        if self._missed > 1 and self._lessons and not body.spooled:
            self._missed, self._lessons = 0, self._lessons - 1
            self._known = learnt(decoded.document) if self._lessons else None
        return decoded

    def _read(self, known: msgspec.json.Decoder[Any], body: Body, charset: str | None) -> Decoded | None:
        """Read a page that is like those before; None for any other."""
        if body.data is None or body.understood or codec_of(body.head(4), charset) != "utf-8":
            return None
        try:
            page = known.decode(body.data)
            if not rewritten(page, body.data):
                return None
            holder, name, records = _within(page, self._path)
            if len(kinds := set(map(type, records))) != 1 or not issubclass(kinds.pop(), msgspec.Struct):
                return None
        except (AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError):
            return None
        last = records[-1:]
        if holder is not None:
            setattr(holder, name, last)
        (around,) = opened([last if holder is None else page])
        return Decoded(around, (Structs(piece) for piece in in_chunks(records)), Items(len(records)))


def alike(decode: Decode, paginate: Any) -> Read:
    """Decode the pages of a stream; quickly, unless its paginator may look at records before the last."""
    path = plain_path(decode.at) if isinstance(decode, Json) and isinstance(decode.at, str) else None
    if path is None or not isinstance(decode, Json):
        return decode.decode
    if decode.explode or decode.member or decode.wrap_scalars or decode.skip_non_objects:
        return decode.decode
    last = f"{'.'.join(path)}[-1]"
    leads = re.compile(r"[@*\\{]|" + (rf"(?<!\w){re.escape(path[0])}(?!\w)" if path else r"\["))
    if any(leads.search(text.replace(last, "")) for text in _texts(asdict(paginate))):
        return decode.decode
    return Alike(decode, path)


def _texts(words: Any) -> Iterator[str]:
    """Every text among a kind's words: what could lead to the records says their path, or says `@` or `*`."""
    if isinstance(words, str):
        yield words
    elif isinstance(words, dict | list | tuple):
        for inner in words.values() if isinstance(words, dict) else words:
            yield from _texts(inner)


def _within(page: Any, path: tuple[str, ...]) -> tuple[Any, str, list[Any]]:
    """Find the list of records: what holds it, by which name, and itself."""
    holder, attribute, found = None, "", page
    for name in path:
        kind: Any = type(found)
        holder, (attribute, _) = found, members(kind)[name]
        found = getattr(holder, attribute)
    if type(found) is not list:
        raise TypeError
    return holder, attribute, found


def learnt(document: Any) -> msgspec.json.Decoder[Any] | None:
    """Make a decoder for what is made as this is; None if that is no use."""
    try:
        return msgspec.json.Decoder(_Lesson().kind([document]))
    except (RecursionError, TypeError, ValueError):
        return None


class _Lesson:
    """What values are made of, as types."""

    def __init__(self) -> None:
        self._members = 0

    def kind(self, values: list[Any]) -> Any:
        """The type of some values."""
        kind = _SCALAR
        if objects := [value for value in values if type(value) is dict]:
            kind |= self._object(objects[:SAMPLE])
        if lists := [value for value in values if type(value) is list]:
            kind |= list[self.kind(list(chain.from_iterable(lists[:SAMPLE])))]  # type: ignore[misc]
        return kind

    def _object(self, objects: list[dict[str, Any]]) -> Any:
        names = _in_order(objects)
        self._members += len(names)
        if self._members > MOST_MEMBERS:
            raise ValueError
        members: list[Any] = []
        for number, name in enumerate(names):
            values = [each[name] for each in objects if name in each]
            kind = self.kind(values)
            always = len(values) == len(objects)
            members.append((f"f{number}", kind) if always else (f"f{number}", kind | msgspec.UnsetType, msgspec.UNSET))
        spelled = {f"f{number}": name for number, name in enumerate(names)}
        return msgspec.defstruct("Alike", members, rename=spelled, forbid_unknown_fields=True, kw_only=True, gc=False)


def _in_order(objects: list[dict[str, Any]]) -> list[str]:
    """Put the names of all members into the order in which they come, as far as there is one."""
    names: list[str] = []
    for each in sorted(set(map(tuple, objects)), key=len, reverse=True):
        place = 0
        for name in each:
            if name not in names:
                names.insert(place, name)
            place = names.index(name) + 1
    return names
