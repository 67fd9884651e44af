"""What a spec itself gives where it asks its user: defaults, examples, the options of parents and of its check."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from tapwright.option import Option, option_schema, options_schema, use_schema
from tapwright.partition.kind import Partition
from tapwright.partition.parent import Parent
from tapwright.plan import options_of
from tapwright.spec import Spec, Stream

Schema: TypeAlias = dict[str, Any]


def own_values_schema(spec: Spec) -> Schema:
    """Make the schema of a spec's document that says so much of its own values as only the spec itself can tell."""
    shared = {name: _options(group) for name, group in spec.shared.options.items()}
    streams = {name: _stream(spec, stream) for name, stream in spec.streams.items()}
    check = spec.streams.get(spec.check.stream) if spec.check else None
    return _of(
        config=_options(spec.config),
        shared=_of(options=_of(**shared)),
        streams=_of(**streams),
        **({"check": use_schema(options_of(spec, check))} if check else {}),
    )


def _stream(spec: Spec, stream: Stream) -> Schema:
    example = use_schema(options_of(spec, stream))
    example["properties"]["config"] = {**options_schema(spec.config), "required": []}
    return _of(
        options=_options(stream.options),
        examples={"items": example},
        for_each={"prefixItems": [_partition(spec, partition) for partition in stream.for_each]},
    )


def _options(options: Mapping[str, Option]) -> Schema:
    """The defaults and examples of options fit the options themselves."""
    schemas = {name: option_schema(option) for name, option in options.items()}
    return _of(**{name: _of(default=schema, examples={"items": schema}) for name, schema in schemas.items()})


def _partition(spec: Spec, partition: Partition) -> Schema:
    """Of the options given to a parent only the names can be told: their values may be templates."""
    if not isinstance(partition, Parent) or partition.stream not in spec.streams:
        return {}
    parent = use_schema(options_of(spec, spec.streams[partition.stream]))
    options = parent["properties"]["options"]
    options["properties"] = dict.fromkeys(options["properties"], True)
    return _of(parent=parent)


def _of(**members: Schema) -> Schema:
    return {"properties": members}
