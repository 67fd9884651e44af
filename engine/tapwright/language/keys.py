"""List the keys of a dataclass for its reference page."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from tapwright.language.annotations import OneOf
from tapwright.language.attributes import Attribute, attributes, inner, marks
from tapwright.language.docstrings import attribute_docs
from tapwright.language.phrases import type_text
from tapwright.language.schema import Schema, schema_of


@dataclasses.dataclass(frozen=True, kw_only=True)
class Key:
    """Describe one key as its reference page does."""

    name: str
    type_text: str
    required: bool
    default: Any
    doc: str
    examples: tuple[Any, ...]
    holds: tuple[type[Any], ...]
    """The dataclasses written directly under the key."""
    kinds: Mapping[str, type[Any]]
    """The kinds the key chooses from."""


def keys_of(cls: type[Any]) -> list[Key]:
    """List the keys of a dataclass in their order."""
    docs, properties = attribute_docs(cls), schema_of(cls)["properties"]
    return [_key(each, docs.get(each.name, ""), properties[each.key]) for each in attributes(cls)]


def _key(attribute: Attribute, doc: str, schema: Schema) -> Key:
    choices = [mark for each in inner(attribute.hint) for mark in marks(each) if isinstance(mark, OneOf)]
    chosen = {name: cls for choice in choices for name, cls in choice.kinds.items()}
    holds = [each for each in inner(attribute.hint) if isinstance(each, type) and dataclasses.is_dataclass(each)]
    return Key(
        name=attribute.key,
        type_text=type_text(schema),
        required=attribute.required,
        default=attribute.default,
        doc=doc,
        examples=tuple(schema.get("examples", ())),
        holds=() if chosen else tuple(dict.fromkeys(holds)),
        kinds=chosen,
    )
