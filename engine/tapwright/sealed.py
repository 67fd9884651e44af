"""JSON that is sealed: its objects are msgspec Structs, read and written several times as quickly as dicts.

Sealed values may be encoded by msgspec and compared with None; whoever wants to look into them opens them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import chain
from operator import attrgetter
from typing import Any

from tapwright.batch import Batch, DataType


class Sealed(Batch):
    """A batch whose JSON is sealed; a column is opened when someone asks for it."""

    def __init__(self, columns: Mapping[str, Sequence[Any]], types: Mapping[str, DataType]) -> None:
        self.__dict__.update(encodable_columns=columns, types=types)

    def __reduce__(self) -> Any:
        return Batch, (dict(self.columns), dict(self.types))

    @cached_property
    def columns(self) -> Mapping[str, Sequence[Any]]:
        """The columns, opened."""
        return Opening(self.encodable_columns)

    def _with(self, columns: Mapping[str, Sequence[Any]]) -> Batch:
        return Sealed(columns, {name: self.types[name] for name in columns})


class Opening(Mapping[str, Sequence[Any]]):
    """Columns, each of which is opened when it is looked at."""

    def __init__(self, columns: Mapping[str, Sequence[Any]]) -> None:
        self._sealed = columns
        self._opened: dict[str, list[Any]] = {}

    def __getitem__(self, name: str) -> list[Any]:
        if name not in self._opened:
            self._opened[name] = opened(list(self._sealed[name]))
        return self._opened[name]

    def __contains__(self, name: object) -> bool:
        return name in self._sealed

    def __iter__(self) -> Iterator[str]:
        return iter(self._sealed)

    def __len__(self) -> int:
        return len(self._sealed)


def opened(values: list[Any]) -> list[Any]:
    """Turn what is sealed into dicts, also within lists; all else is given as it is."""
    if not _any_sealed(values):
        return values
    import msgspec

    plain: list[Any] = msgspec.to_builtins(values)
    return plain


def kinds(values: Iterable[Any]) -> set[type]:
    """The types of values; one that is sealed is a dict."""
    return {dict if _is_sealed(kind) else kind for kind in set(map(type, values))}


def member(values: list[Any], name: str) -> list[Any]:
    """Take a member of each object, sealed or not; None where it is not there, and of all else."""
    types = set(map(type, values))
    sealed = [kind for kind in types if _is_sealed(kind)]
    if not sealed:
        return [value.get(name) if type(value) is dict else None for value in values]
    if len(sealed) > 1:
        return member(opened(values), name)
    attribute, always = members(sealed[0]).get(name, ("", True))
    if not attribute:
        return [None] * len(values)
    take = attrgetter(attribute)
    found = list(map(take, values)) if len(types) == 1 else [take(v) if type(v) in sealed else None for v in values]
    if always:
        return found
    from msgspec import UNSET

    return [None if value is UNSET else value for value in found]


def names(values: Sequence[Any]) -> list[str]:
    """The names of the members of sealed objects of one sort, in the order in which they first come."""
    from msgspec import UNSET

    places: dict[str, tuple[int, int]] = {}
    for kind in set(map(type, values)):
        for number, (name, (attribute, always)) in enumerate(members(kind).items()):
            came = (place for place, value in enumerate(values) if getattr(value, attribute) is not UNSET)
            if (first := 0 if always else next(came, None)) is not None:
                places[name] = (first, number)
    return sorted(places, key=lambda name: places[name])


@lru_cache(maxsize=1_000)
def members(kind: Any) -> Mapping[str, tuple[str, bool]]:
    """The attribute of each member of a sealed object, and whether it is always there."""
    from msgspec.structs import fields

    return {field.encode_name: (field.name, field.required) for field in fields(kind)}


def _any_sealed(values: Sequence[Any]) -> bool:
    types = set(map(type, values))
    if any(map(_is_sealed, types)):
        return True
    return list in types and _any_sealed(list(chain.from_iterable(value for value in values if type(value) is list)))


def _is_sealed(kind: type) -> bool:
    return hasattr(kind, "__struct_fields__")
