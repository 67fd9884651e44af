"""What a front serves: a spec's streams that need no options, or a connector's tables, with what is fixed already."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tapwright.errors import SpecError, TargetError
from tapwright.language import Problem
from tapwright.library import find, is_connector
from tapwright.load import check_config, lint_connector, load_connector, load_spec
from tapwright.plan import ready_streams
from tapwright.spec import Spec
from tapwright.suggestion import meant
from tapwright.use import Use

_UNSET = "\0not set"


@dataclass(frozen=True, kw_only=True)
class Target:
    """A spec, and what of it is offered."""

    spec: Spec
    title: str
    uses: Mapping[str, Use]
    fixed: Mapping[str, Any] = field(default_factory=dict)
    """The config values that the connector gives; those it takes from variables that are not set are not among them."""
    faults: tuple[Problem, ...] = ()
    """What is wrong with the connector's own config; a value that the user gives takes the place of a wrong one."""

    def config(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Put the config together; raises SpecError if it is not what the spec asks for."""
        faults = [fault for fault in self.faults if _key(fault) not in given]
        if faults:
            raise SpecError(faults)
        config = {**self.fixed, **given}
        check_config(self.spec, config)
        return config

    def unknown(self, name: str) -> TargetError:
        """The error that a stream is, which is not offered."""
        known = f"Its streams: {', '.join(self.uses)}."
        return TargetError(f"there is no stream '{name}'{meant(name, self.uses)}", known)


def load_target(name: str) -> Target:
    """Find a spec or a connector by name or path; raises SpecError or TargetError."""
    path = find(name)
    if not is_connector(path):
        spec = load_spec(path)
        return Target(spec=spec, title=spec.title, uses=_ready(spec))
    loaded, problems = lint_connector(path, stand_in=_UNSET)
    if loaded is None or not all(problem.path.startswith("config") for problem in problems):
        raise SpecError(problems)
    connector, spec = loaded.connector, loaded.spec
    if any(_lacks(use.options) for use in connector.streams.values()):
        load_connector(path)  # it says which variables are not set
    return Target(
        spec=spec,
        title=f"{spec.title}: {connector.title}" if connector.title else spec.title,
        uses=connector.streams or _ready(spec),
        fixed={key: value for key, value in connector.config.items() if not _lacks(value)},
        faults=tuple(fault for fault in (*loaded.unset, *problems) if _key(fault)),
    )


def read_json(path: str | Path, what: str) -> Any:
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


def read_config(path: str | Path) -> dict[str, Any]:
    """Read a config file of JSON; raises TargetError."""
    config = read_json(path, "config")
    if not isinstance(config, dict):
        raise TargetError(f"the config '{path}' is no JSON object")
    return config


def _key(fault: Problem) -> str:
    """The config value that a fault is of; empty for one of something else, or of a value that is not there."""
    place, _, key = fault.path.partition(".")
    return key.partition(".")[0].partition("[")[0] if place == "config" else ""


def _ready(spec: Spec) -> dict[str, Use]:
    return {name: Use(stream=name) for name in ready_streams(spec)}


def _lacks(value: Any) -> bool:
    match value:
        case str():
            return _UNSET in value
        case dict():
            return any(map(_lacks, value.values()))
        case list():
            return any(map(_lacks, value))
    return False
