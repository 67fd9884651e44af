"""Walk the words of a spec along with the YAML that they were built from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, get_type_hints

from tapwright.auth import AUTH
from tapwright.auth.kind import Auth
from tapwright.decode import DECODE
from tapwright.decode.kind import Decode
from tapwright.language import once_per_class
from tapwright.paginate import PAGINATE
from tapwright.paginate.kind import Paginate
from tapwright.partition import PARTITION
from tapwright.partition.kind import Partition

Path = tuple[str | int, ...]
_KINDS = (Auth, Decode, Paginate, Partition)
_REGISTRIES: tuple[dict[str, Any], ...] = (AUTH, DECODE, PAGINATE, PARTITION)


@dataclass(frozen=True)
class Step:
    """One attribute of one of a spec's dataclasses."""

    path: Path
    """Where its value stands in the YAML."""
    owner: Any
    """The dataclass that has it."""
    name: str
    """Its name there."""
    value: Any
    words: str
    """The names of the `words` types that its annotation mentions, blank-separated."""


def walk(words: Any, data: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Give every dataclass within, with the path of the YAML that it was built from."""
    if is_dataclass(words) and not isinstance(words, type):
        kind = _kind(words, data)
        if kind is not None:
            data, path = data[kind], (*path, kind)
        yield path, words
        for field in fields(words):
            key = field.name.removesuffix("_")
            yield from walk(getattr(words, field.name), _inside(data, key), (*path, key))
    elif isinstance(words, list | tuple):
        for index, item in enumerate(words):
            inner = data if not isinstance(data, list) else _inside(data, index)
            yield from walk(item, inner, (*path, index))
    elif isinstance(words, dict):
        for key, item in words.items():
            yield from walk(item, _inside(data, key), (*path, key))


def _kind(words: Any, data: Any) -> str | None:
    """The name under which a kind was written, as in `{bearer: {…}}`; None for words that are no kind, or no choice."""
    if not isinstance(words, _KINDS) or not isinstance(data, dict) or len(data) != 1:
        return None
    name = str(next(iter(data)))
    return name if any(registry.get(name) is type(words) for registry in _REGISTRIES) else None


def steps(words: Any, data: Any, path: Path = ()) -> Iterator[Step]:
    """Give every attribute of every dataclass within."""
    for place, owner in walk(words, data, path):
        hints = _mentions(type(owner))
        for field in fields(owner):
            key = field.name.removesuffix("_")
            yield Step((*place, key), owner, field.name, getattr(owner, field.name), hints[field.name])


def texts(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Give every text within a value of YAML."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from texts(inner, (*path, key))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from texts(inner, (*path, index))


@once_per_class
def _mentions(cls: type[Any]) -> dict[str, str]:
    return {name: " ".join(_names(hint)) for name, hint in get_type_hints(cls, include_extras=True).items()}


def _names(hint: Any) -> Iterator[str]:
    if hasattr(hint, "__supertype__"):
        yield hint.__name__
    for inner in getattr(hint, "__args__", ()):
        yield from _names(inner)


def _inside(data: Any, key: str | int) -> Any:
    if isinstance(data, dict):
        return data.get(key)
    return data[key] if isinstance(data, list) and isinstance(key, int) and key < len(data) else None
