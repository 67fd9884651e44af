"""What several commands have in common: a target, its config, the streams and options chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from tapwright.option import Option
    from tapwright.sinks.kind import Sink
    from tapwright.spec import Spec
    from tapwright.use import Use

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """What a command is to work on."""

    name: str
    path: Path
    spec: Spec
    config: Mapping[str, Any]
    uses: Mapping[str, Use]
    to: Sink | None


def config_options(command: F) -> F:
    """Add --config and -c."""
    command = click.option("-c", "--set", "config", multiple=True, metavar="KEY=VALUE", help="A config value.")(command)
    return click.option("--config", "config_file", metavar="FILE", help="A file of config values, YAML or JSON.")(
        command
    )


def given(
    target: str,
    config_file: str | None,
    pairs: tuple[str, ...],
    streams: tuple[str, ...],
    options: tuple[str, ...],
    *,
    replay: bool,
    checked: bool = True,
) -> Chosen:
    """Find the target and put together what the user gave; raises SpecError or TargetError."""
    from tapwright.library import find, is_connector
    from tapwright.load import check_config, check_options, load_config, load_connector, load_spec

    path = find(target)
    loaded = load_connector(path, replay=replay) if is_connector(path) else None
    spec = loaded.spec if loaded else load_spec(path)
    extra = {**(load_config(Path(config_file)) if config_file else {}), **typed_pairs(pairs, spec.config)}
    if loaded:
        chosen = _of_connector(loaded.connector, spec, path, extra)
    else:
        chosen = _of_spec(spec, path, extra, bool(streams))
    chosen = replace(chosen, uses=_narrowed(chosen, streams, options))
    if checked:
        check_config(chosen.spec, chosen.config)
        for table, use in chosen.uses.items():
            check_options(chosen.spec, use, table)
    return chosen


def typed_pairs(pairs: tuple[str, ...], known: Mapping[str, Option]) -> dict[str, Any]:
    """Read KEY=VALUE, each value as the type that the spec gives it; `a,b` is a list where a list is asked for."""
    parsed: dict[str, Any] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise click.UsageError(f"'{pair}' is not KEY=VALUE")
        parsed[key] = _typed(value, known.get(key))
    return parsed


def _typed(value: str, option: Option | None) -> Any:
    from tapwright.language import Refused, read

    kinds = option.types if option else ()
    if kinds == ("string",) or ("string" in kinds and not value.startswith(("[", "{"))):
        return value
    items: dict[str, Any] = (option.items or {}) if option else {}
    if "array" in kinds and not value.startswith(("[", "{") if "object" in kinds else "["):
        pieces = [piece.strip() for piece in value.split(",") if piece.strip()]
        return (
            pieces if items.get("type", "string") == "string" else [_parsed(piece, read, Refused) for piece in pieces]
        )
    return _parsed(value, read, Refused)


def _parsed(value: str, read: Any, refused: type[Exception]) -> Any:
    try:
        return read(value, "value").data
    except refused:
        return value


def _of_connector(connector: Any, spec: Spec, path: Path, extra: Mapping[str, Any]) -> Chosen:
    uses = connector.streams or _ready(spec)
    return Chosen(
        name=path.stem, path=path, spec=spec, config={**connector.config, **extra}, uses=uses, to=connector.to
    )


def _of_spec(spec: Spec, path: Path, extra: Mapping[str, Any], named: bool) -> Chosen:
    return Chosen(name=spec.name, path=path, spec=spec, config=extra, uses={} if named else _ready(spec), to=None)


def _ready(spec: Spec) -> dict[str, Use]:
    from tapwright.plan import ready_streams
    from tapwright.use import Use

    return {name: Use(stream=name) for name in ready_streams(spec)}


def _narrowed(chosen: Chosen, streams: tuple[str, ...], pairs: tuple[str, ...]) -> dict[str, Use]:
    from tapwright.errors import TargetError
    from tapwright.plan import options_of, stream_of
    from tapwright.suggestion import meant
    from tapwright.use import Use

    uses = {name: chosen.uses.get(name) or Use(stream=name) for name in streams} if streams else dict(chosen.uses)
    options = {t: options_of(chosen.spec, stream_of(chosen.spec, use.stream or t)) for t, use in uses.items()}
    every = {name for known in options.values() for name in known}
    for name in (pair.partition("=")[0] for pair in pairs if "=" in pair):
        if name not in every:
            raise TargetError(f"no stream that is read has an option '{name}'{meant(name, every)}")
    for table, use in uses.items():
        known = options[table]
        mine = [pair for pair in pairs if len(uses) == 1 or pair.partition("=")[0] in known]
        uses[table] = replace(use, options={**use.options, **typed_pairs(tuple(mine), known)})
    return uses
