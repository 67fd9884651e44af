"""A tap's target and its config: files of JSON, and the environment where that is asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tapwright.errors import SpecError, TargetError
from tapwright.language import Problem, build, check, read
from tapwright.library import find, is_connector
from tapwright.mask import Mask
from tapwright.option import Option
from tapwright.plan import options_of, ready_streams, stream_of
from tapwright.schemas import published_schema
from tapwright.spec import Spec
from tapwright.use import Use

ACTIVATE = "emit_activate_version_messages"
STREAMS = "streams"
OWN: Mapping[str, dict[str, Any]] = {
    ACTIVATE: {
        "type": "boolean",
        "default": False,
        "title": "Emit ACTIVATE_VERSION messages",
        "description": "Whether to end a full table with ACTIVATE_VERSION, so that targets drop rows that are gone.",
    },
    STREAMS: {
        "type": "object",
        "title": "Streams",
        "description": "Streams with their options, as a connector's `streams` says; all ready streams without it.",
    },
}
"""Settings of the tap itself, beside those of the spec."""
_PASSED_OVER = frozenset(
    [
        "batch_config",
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
    """What a tap reads: a spec, and the uses of its streams."""

    name: str
    spec: Spec
    uses: Mapping[str, Use]
    config: Mapping[str, Any] = field(default_factory=dict)
    """What the connector says; and, once configured, what the user gives."""
    activate: bool = False
    problems: tuple[Problem, ...] = ()
    """What is wrong with the connector's own config, unless the user gives it."""


def find_tap(target: str, name: str) -> Tap:
    """Load a spec, or a connector whose uses become the streams; raises SpecError or TargetError."""
    path = find(target)
    if not is_connector(path):
        spec = _spec(path)
        return Tap(name=name, spec=spec, uses=ready(spec))
    from tapwright.load import lint_connector

    loaded, problems = lint_connector(path)
    grave = [problem for problem in problems if problem.path.split(".")[0] != "config"]
    if loaded is None or grave:
        raise SpecError(grave or problems)
    uses = loaded.connector.streams or ready(loaded.spec)
    return Tap(name=name, spec=loaded.spec, uses=uses, config=loaded.connector.config, problems=tuple(problems))


def _spec(path: Path) -> Spec:
    """Load a spec.  Those within an installed tapwright were checked when it was made: Meltano starts a tap twice."""
    if path.is_relative_to(Path(__file__).parents[1] / "bundled"):
        spec: Spec = build(Spec, read(path.read_bytes(), str(path)).data)
        return spec
    from tapwright.load import load_spec

    return load_spec(path)


def ready(spec: Spec) -> dict[str, Use]:
    """A use of each stream that needs no options."""
    return {name: Use(stream=name) for name in ready_streams(spec)}


def read_json(path: str, what: str) -> Any:
    """Read a file of JSON; its content, which may be secret, is in no message."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
        return json.loads(text) if text.strip() else None
    except OSError as error:
        raise TargetError(f"the {what} '{path}' cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise TargetError(f"the {what} '{path}' is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise TargetError(f"the {what} '{path}' is not JSON: {error.msg} in line {error.lineno}") from None
    except RecursionError:
        raise TargetError(f"the {what} '{path}' is nested too deeply") from None


def read_config(tap: Tap, given: Iterable[str]) -> dict[str, Any]:
    """Put together the files of `--config`, the later before the earlier, and the environment before all."""
    config: dict[str, Any] = {}
    for path in given:
        if path != "ENV":
            said = read_json(path, "config")
            if not isinstance(said, dict):
                raise TargetError(f"the config '{path}' is no JSON object")
            config |= said
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


def secrets_in(spec: Spec, config: Mapping[str, Any]) -> list[str]:
    """Every text and number within a secret setting, whatever its shape."""
    return [text for name, option in spec.config.items() if option.writeOnly for text in _leaves(config.get(name))]


def _leaves(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [text for inner in value.values() for text in _leaves(inner)]
    if isinstance(value, list | tuple):
        return [text for inner in value for text in _leaves(inner)]
    return [] if value is None or isinstance(value, bool) or value == "" else [str(value)]


def configured(tap: Tap, given: Mapping[str, Any], warn: Callable[[str], None], *, checked: bool = True) -> Tap:
    """The tap with the user's config, which wins over the connector's; raises SpecError or TargetError."""
    from tapwright.load import check_config, check_options

    given, own = dict(given), {name: given[name] for name in OWN if name in given and name not in tap.spec.config}
    for name in (*own, *(_PASSED_OVER & given.keys() - tap.spec.config.keys())):
        if name not in own and given[name] not in (None, {}, [], False):
            warn(f"the setting '{name}' is passed over; put a mapper, such as meltano-map-transformer, behind the tap")
        del given[name]
    uses = _uses(tap, own[STREAMS]) if own.get(STREAMS) else tap.uses
    tap = replace(tap, uses=uses, activate=_truth(own.get(ACTIVATE)), config={**tap.config, **given})
    if checked:
        unset = [p for p in tap.problems if "environment variable" in p.message and p.path.split(".")[1] not in given]
        if unset:
            raise SpecError(unset)
        check_config(tap.spec, tap.config)
        for table, use in tap.uses.items():
            check_options(tap.spec, use, table)
    return tap


def _truth(value: Any) -> bool:
    return value is True or str(value).strip().lower() in ("true", "1")


def _uses(tap: Tap, streams: Any) -> Mapping[str, Use]:
    """The uses that the config's `streams` says, checked as a connector's are."""
    from tapwright.connector import Connector  # slow to import: it knows every sink
    from tapwright.formats import FORMATS

    document = read(json.dumps({"spec": tap.spec.name, STREAMS: streams}), "config")
    problems = check(document, published_schema("connector"), FORMATS)
    if problems:
        raise SpecError([f"config: {problem.path}: {problem.message}" for problem in problems])
    connector: Connector = build(Connector, document.data)
    for table, use in connector.streams.items():
        options_of(tap.spec, stream_of(tap.spec, use.stream or table))
    return connector.streams


def masked(tap: Tap, *configs: Mapping[str, Any]) -> Mask:
    """A mask that knows the secrets of these configs."""
    mask = Mask()
    for config in configs:
        mask.add(*secrets_in(tap.spec, config))
    return mask


def stand_in(spec: Spec) -> dict[str, Any]:
    """Values for the settings that have no default, for those who ask nothing of the provider."""
    return {name: _any(name, option) for name, option in spec.config.items() if not option.has_default}


def _any(name: str, option: Option) -> Any:
    known = option.examples or option.enum
    return known[0] if known else {"array": [name], "integer": 1, "number": 1, "object": {}}.get(str(option.type), name)
