"""Words with templates to words with values, before any kind sees them."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, get_type_hints

from tapwright.language import once_per_class
from tapwright.template import Scope, Templates

T = TypeVar("T")


def rendered(words: T, templates: Templates, scope: Scope) -> T:
    """Render every attribute that is declared a Template or a Value, in a dataclass and those within it."""
    changes: dict[str, Any] = {}
    for name, templated in _attributes(type(words)):
        value = getattr(words, name)
        new = templates.render(value, scope) if templated else _inner(value, templates, scope)
        if new is not value and new != value:
            changes[name] = new
    return replace(words, **changes) if changes else words  # type: ignore[type-var]


def _inner(value: Any, templates: Templates, scope: Scope) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return rendered(value, templates, scope)
    if isinstance(value, list | tuple):
        return type(value)(_inner(item, templates, scope) for item in value)
    if isinstance(value, dict):
        return {name: _inner(item, templates, scope) for name, item in value.items()}
    return value


@once_per_class
def _attributes(cls: type[Any]) -> tuple[tuple[str, bool], ...]:
    hints = get_type_hints(cls, include_extras=True)
    return tuple((field.name, _templated(hints[field.name])) for field in fields(cls))


def _templated(hint: Any) -> bool:
    if getattr(hint, "__name__", "") in ("Template", "Value") and hasattr(hint, "__supertype__"):
        return True
    return any(_templated(inner) for inner in getattr(hint, "__args__", ()))
