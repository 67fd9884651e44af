"""A tap's target and its config: files of JSON, and the environment where that is asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tapwright.errors import SpecError
from tapwright.fronts.singer_batches import SETTING, Batching, batching_of
from tapwright.fronts.target import Target, load_target, read_config
from tapwright.language import build, check, read
from tapwright.mask import Mask
from tapwright.option import Option, secrets_of
from tapwright.plan import options_of, stream_of
from tapwright.schemas import published_schema
from tapwright.spec import Spec
from tapwright.use import Use

ACTIVATE = "emit_activate_version_messages"
BATCH = "batch_config"
STREAMS = "streams"
OWN: Mapping[str, dict[str, Any]] = {
    ACTIVATE: {
        "type": "boolean",
        "default": False,
        "title": "Emit ACTIVATE_VERSION messages",
        "description": "Whether to end a full table with ACTIVATE_VERSION, so that targets drop rows that are gone.",
    },
    BATCH: dict(SETTING),
    STREAMS: {
        "type": "object",
        "title": "Streams",
        "description": "Streams with their options, as a connector's `streams` says; all ready streams without it.",
    },
}
"""Settings of the tap itself, beside those of the spec."""
_PASSED_OVER = frozenset(
    [
        "faker_config",
        "flattening_enabled",
        "flattening_max_depth",
        "flattening_max_key_length",
        "flattening_separator",
        "stream_map_config",
        "stream_maps",
    ]
)
"""Settings of taps of the Meltano SDK that are not ours."""


@dataclass(frozen=True, kw_only=True)
class Tap:
    """What a tap reads: a target, and how it is asked to."""

    name: str
    target: Target
    config: Mapping[str, Any] = field(default_factory=dict)
    """What the connector says; and, once configured, what the user gives."""
    activate: bool = False
    batching: Batching | None = None
    """Where records go as files; None to send them as messages."""

    @property
    def spec(self) -> Spec:
        """The spec."""
        return self.target.spec

    @property
    def uses(self) -> Mapping[str, Use]:
        """The streams."""
        return self.target.uses


def find_tap(target: str, name: str) -> Tap:
    """Load a spec or a connector; raises SpecError or TargetError."""
    found = load_target(target)
    return Tap(name=name, target=found, config=found.fixed)


def given_config(tap: Tap, given: Iterable[str]) -> dict[str, Any]:
    """Put together the files of `--config`, the later before the earlier, and the environment before all."""
    config: dict[str, Any] = {}
    for path in given:
        if path != "ENV":
            config |= read_config(path)
    return config | (from_environment(tap) if "ENV" in given else {})


def from_environment(tap: Tap) -> dict[str, Any]:
    """The settings that the environment, or a `.env` file here, has under `<TAP_NAME>_<SETTING>`."""
    from tapwright.environment import variables

    known, prefix = variables(Path()), tap.name.upper().replace("-", "_")
    names = {f"{prefix}_{name.upper().replace('-', '_')}": name for name in (*tap.spec.config, *OWN)}
    return {name: _cast(known[key], tap.spec.config.get(name), name) for key, name in names.items() if key in known}


def _cast(text: str, option: Option | None, name: str) -> Any:
    types = option.type if option else OWN[name]["type"]
    kinds = types if isinstance(types, list) else [types]
    if "boolean" in kinds and text.strip().lower() in ("true", "1", "yes", "on", "false", "0", "no", "off"):
        return text.strip().lower() in ("true", "1", "yes", "on")
    if "array" in kinds and not text.lstrip().startswith(("[", "{")):
        return [piece.strip() for piece in text.split(",") if piece.strip()]
    if "string" in kinds and not ({"array", "object"} & {*kinds} and text.lstrip().startswith(("[", "{"))):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def configured(tap: Tap, given: Mapping[str, Any], warn: Callable[[str], None], *, checked: bool = True) -> Tap:
    """The tap with the user's config, which wins over the connector's; raises SpecError or TargetError."""
    from tapwright.load import check_options

    given, own = dict(given), {name: given[name] for name in OWN if name in given and name not in tap.spec.config}
    for name in (*own, *(_PASSED_OVER & given.keys() - tap.spec.config.keys())):
        if name not in own and given[name] not in (None, {}, [], False):
            warn(f"the setting '{name}' is passed over; put a mapper, such as meltano-map-transformer, behind the tap")
        del given[name]
    target = replace(tap.target, uses=_uses(tap, own[STREAMS])) if own.get(STREAMS) else tap.target
    config = target.config(given) if checked else {**target.fixed, **given}
    if checked:
        for table, use in target.uses.items():
            check_options(target.spec, use, table)
    batching = _batching(own[BATCH]) if own.get(BATCH) else None
    activate = _truth(own.get(ACTIVATE))
    if activate and batching:
        warn(f"the setting '{ACTIVATE}' is passed over: targets do not know the version of a row that is in a batch")
    return replace(tap, target=target, config=config, batching=batching, activate=activate and not batching)


def _truth(value: Any) -> bool:
    return value is True or str(value).strip().lower() in ("true", "1")


def _uses(tap: Tap, streams: Any) -> Mapping[str, Use]:
    """The uses that the config's `streams` says, checked as a connector's are."""
    from tapwright.connector import Connector  # slow to import: it knows every sink

    words = _checked({"spec": tap.spec.name, STREAMS: streams}, published_schema("connector"))
    connector: Connector = build(Connector, words)
    for table, use in connector.streams.items():
        options_of(tap.spec, stream_of(tap.spec, use.stream or table))
    return connector.streams


def _batching(words: Any) -> Batching:
    return batching_of(_checked({BATCH: words}, {"properties": {BATCH: SETTING}})[BATCH])


def _checked(words: Mapping[str, Any], schema: Mapping[str, Any]) -> Any:
    from tapwright.formats import FORMATS

    document = read(json.dumps(words), "config")
    problems = check(document, schema, FORMATS)
    if problems:
        raise SpecError([f"config: {problem.path}: {problem.message}" for problem in problems])
    return document.data


def masked(tap: Tap, *configs: Mapping[str, Any]) -> Mask:
    """A mask that knows the secrets of these configs."""
    mask = Mask()
    for config in configs:
        mask.add(*secrets_of(tap.spec.config, config))
    return mask


def stand_in(spec: Spec) -> dict[str, Any]:
    """Values for the settings that have no default, for those who ask nothing of the provider."""
    return {name: _any(name, option) for name, option in spec.config.items() if not option.has_default}


def _any(name: str, option: Option) -> Any:
    known = option.examples or option.enum
    return known[0] if known else {"array": [name], "integer": 1, "number": 1, "object": {}}.get(str(option.type), name)
