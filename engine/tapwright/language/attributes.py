"""List a dataclass's attributes as the keys they are in YAML."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import json
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any, TypeVar, cast, get_args, get_type_hints

from tapwright.language.annotations import OneOf

F = TypeVar("F", bound=Callable[[type[Any]], Any])


def once_per_class(function: F) -> F:
    """Remember the answer for each class; `functools.cache` as mypy understands it."""
    return cast(F, functools.cache(function))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Attribute:
    """Join a key, the attribute that holds it, and its type."""

    key: str
    name: str
    hint: Any
    required: bool
    default: Any


@once_per_class
def attributes(cls: type[Any]) -> tuple[Attribute, ...]:
    """List the attributes of a dataclass in their order; `from_` is the key `from`."""
    hints = _hints(cls)
    return tuple(
        Attribute(
            key=field.name.removesuffix("_"),
            name=field.name,
            hint=hints[field.name],
            required=field.default is field.default_factory is dataclasses.MISSING,
            default=_default(field),
        )
        for field in dataclasses.fields(cls)
        if field.init
    )


def marks(hint: Any) -> tuple[Any, ...]:
    """Give what `Annotated` adds to a type."""
    return tuple(getattr(hint, "__metadata__", ()))


def inner(hint: Any) -> Iterator[Any]:
    """Walk through a type and all types in it."""
    yield hint
    for part in (getattr(hint, "__supertype__", None), getattr(hint, "__origin__", None), *get_args(hint)):
        if part is not None and not isinstance(part, str | int | OneOf):
            yield from inner(part)


def _hints(cls: type[Any]) -> dict[str, Any]:
    """Resolve the annotations of a class and its bases, each among the names of its own module.

    `get_type_hints(cls)` passes the module's names as locals, where a `lambda` in an annotation does not see them.
    """
    hints: dict[str, Any] = {}
    keys = {field.name for field in dataclasses.fields(cls)}  # a ClassVar is no key
    for each in reversed(cls.__mro__):
        annotations = {name: hint for name, hint in inspect.get_annotations(each).items() if name in keys}
        own = types.SimpleNamespace(__annotations__=annotations)
        names = getattr(sys.modules.get(each.__module__), "__dict__", {})
        hints |= get_type_hints(own, globalns=names, include_extras=True)
    return hints


def _default(field: dataclasses.Field[Any]) -> Any:
    """Give a default as JSON says it; None if it has none, or if JSON cannot say it."""
    value = field.default
    if field.default_factory is not dataclasses.MISSING:
        value = field.default_factory()
    try:
        return json.loads(json.dumps(value))
    except TypeError:
        return None
