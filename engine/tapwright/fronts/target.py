"""What a front serves: a spec's streams that need no options, or a connector's tables, with what is fixed already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tapwright.errors import SpecError, TargetError
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

    def given(self, file: Path) -> dict[str, Any]:
        """Read a config file of JSON; raises SpecError."""
        import msgspec

        try:
            data = msgspec.json.decode(file.read_bytes())
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise SpecError([f"the config '{file}' cannot be read: {error}"]) from None
        if not isinstance(data, dict):
            raise SpecError([f"the config '{file}' is no object"])
        return data

    def config(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Put the config together; raises SpecError if it is not what the spec asks for."""
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
    if loaded is None or problems:
        raise SpecError(problems)
    connector, spec = loaded.connector, loaded.spec
    if any(_lacks(use.options) for use in connector.streams.values()):
        load_connector(path)  # it says which variables are not set
    fixed = {key: value for key, value in connector.config.items() if not _lacks(value)}
    title = f"{spec.title}: {connector.title}" if connector.title else spec.title
    return Target(spec=spec, title=title, uses=connector.streams or _ready(spec), fixed=fixed)


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
