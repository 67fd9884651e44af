"""Words of the language back to the YAML that says them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

from tapwright.authoring.write import yaml_text


def words_of(words: Any) -> Any:
    """Make plain data of a dataclass of the language, without what is as it would be anyway."""
    if not is_dataclass(words) or isinstance(words, type):
        return list(words) if isinstance(words, tuple) else words
    said = {}
    for field in fields(words):
        usual = field.default_factory() if field.default_factory is not MISSING else field.default
        value = getattr(words, field.name)
        if value != usual:
            said[field.name.removesuffix("_")] = words_of(value)
    return said


def words_text(name: str, words: Any) -> str:
    """Write a kind as it stands in a spec, on one line where it fits."""
    return yaml_text({name: words_of(words)}).strip()


def kind_name(words: Any, registry: Mapping[str, type[Any]]) -> str:
    """The name under which a kind is written."""
    return next((name for name, kind in registry.items() if kind is type(words)), type(words).__name__.lower())
