"""The marks a dataclass puts on its annotations: extra JSON Schema words, and the choice of one kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

Registry = Mapping[str, type[Any]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Words:
    """Add words of JSON Schema to a type: `Annotated[int, Words(minimum=1)]`."""

    title: str | None = None
    minimum: int | float | None = None
    maximum: int | float | None = None
    min_items: int | None = None
    min_length: int | None = None
    pattern: str | None = None
    pattern_error_message: str | None = None
    """What a text must be, for people who do not read patterns; editors show it too."""
    keys_pattern: str | None = None
    examples: tuple[Any, ...] = ()
    write_only: bool = False

    def keywords(self) -> dict[str, Any]:
        """Write the words as JSON Schema does."""
        said = {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) != f.default}
        if pattern := said.pop("keys_pattern", None):
            said["propertyNames"] = {"pattern": pattern}
        if examples := said.pop("examples", ()):
            said["examples"] = list(examples)
        return {_camel(name): value for name, value in said.items()}


@dataclass(frozen=True, eq=False)
class OneOf:
    """Mark a type as one kind of a registry, written `{kind: {…}}`."""

    registry: Registry | Callable[[], Registry]

    @property
    def kinds(self) -> Registry:
        """The kinds by name, asked for as late as possible, so a registry may import its own users."""
        return self.registry() if callable(self.registry) else self.registry


def one_of(registry: Registry | Callable[[], Registry]) -> OneOf:
    """Mark a type as one kind of a registry: `Annotated[Paginate, one_of(PAGINATE)]`."""
    return OneOf(registry)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)
