"""Values in the place of those that the user has not given yet, so that a spec can be looked at with the docs alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tapwright.option import UNSET, Option, stand_in
from tapwright.partition.parent import Parent
from tapwright.plan import options_of, stream_of
from tapwright.spec import Spec
from tapwright.use import Use


@dataclass(frozen=True, kw_only=True)
class Completed:
    """A config and uses in which nothing is missing, and what was made up for that."""

    config: Mapping[str, Any]
    uses: Mapping[str, Use]
    made_up: Mapping[str, Any] = field(default_factory=dict)
    """The values made up: config by its key, options as `TABLE.KEY`."""


def completed(spec: Spec, config: Mapping[str, Any], uses: Mapping[str, Use]) -> Completed:
    """Fill in what is required and not given, and environment variables that are not set."""
    config = without_unset(config)
    lacking = _lacking(spec.config, config)
    made_up = dict(lacking)
    filled: dict[str, Use] = {}
    for table, use in uses.items():
        known = options_of(spec, stream_of(spec, use.stream or table))
        options = without_unset(use.options)
        more = _lacking(known, options)
        made_up |= {f"{table}.{name}": value for name, value in more.items()}
        filled[table] = replace(use, options={**options, **more})
    return Completed(config={**config, **lacking}, uses=filled, made_up=made_up)


def idle(spec: Spec, config: Mapping[str, Any], uses: Mapping[str, Use]) -> dict[str, Any]:
    """Make up the config values that are not given, and that no word of these uses and their parents mentions."""
    asked = {name for table, use in uses.items() for name in _family(spec, use.stream or table)}
    words = repr((spec.api, spec.shared, [spec.streams[name] for name in sorted(asked)]))
    lacking = _lacking(spec.config, config)
    return {name: value for name, value in lacking.items() if not re.search(rf"\b{re.escape(name)}\b", words)}


def _family(spec: Spec, name: str) -> set[str]:
    """A stream, its parents and theirs."""
    stream = stream_of(spec, name)
    parents = [words.stream for words in stream.for_each if isinstance(words, Parent)]
    return {name}.union(*(_family(spec, parent) for parent in parents))


def without_unset(values: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out every value in which an environment variable is missing."""
    return {name: value for name, value in values.items() if not _unset(value)}


def _unset(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_unset, value.values()))
    if isinstance(value, list | tuple):
        return any(map(_unset, value))
    return isinstance(value, str) and UNSET in value


def _lacking(known: Mapping[str, Option], given: Mapping[str, Any]) -> dict[str, Any]:
    lacking = {name: option for name, option in known.items() if name not in given and not option.has_default}
    return {name: f"<{name}>" if option.writeOnly else stand_in(name, option) for name, option in lacking.items()}
