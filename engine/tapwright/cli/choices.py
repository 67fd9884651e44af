"""What several commands have in common: a target, its config, the streams and options chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
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
    made_up: Mapping[str, Any] = field(default_factory=dict)
    """Values that stand in for what was not given; see `authoring.stand_ins`."""


def config_options(command: F) -> F:
    """Add --config and -c."""
    command = click.option("-c", "--set", "config", multiple=True, metavar="KEY=VALUE", help="A config value.")(command)
    return click.option("--config", "config_file", metavar="FILE", help="A file of config values, YAML or JSON.")(
        command
    )


def pacing_options(commit: str) -> Callable[[F], F]:
    """Add --workers and how often to do what a commit is called here."""
    rows, seconds = f"{commit} after so many records, at the end of a page …", "… or after so many seconds."
    options = (
        click.option(
            "--workers", type=click.IntRange(1, 64), default=4, show_default=True, help="Slices read side by side."
        ),
        click.option("--checkpoint-rows", type=click.IntRange(min=1), default=50_000, show_default=True, help=rows),
        click.option(
            "--checkpoint-seconds", type=click.FloatRange(min=0), default=15.0, show_default=True, help=seconds
        ),
    )

    def add(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return add


def given(
    target: str,
    config_file: str | None,
    pairs: tuple[str, ...],
    streams: tuple[str, ...],
    options: tuple[str, ...],
    *,
    replay: bool,
    checked: bool = True,
    lenient: bool = False,
) -> Chosen:
    """Find the target and put together what the user gave; raises SpecError or TargetError.

    When it is `lenient`, every stream of a spec is chosen, and what is required and not given is made up.
    """
    from tapwright.library import find, is_connector
    from tapwright.load import check_config, load_config, load_connector, load_spec
    from tapwright.option import UNSET

    path, stand_in = find(target), UNSET if lenient else None
    loaded = load_connector(path, replay=replay, stand_in=stand_in) if is_connector(path) else None
    spec = loaded.spec if loaded else load_spec(path)
    extra = load_config(Path(config_file), stand_in) if config_file else {}
    extra = {**extra, **typed_pairs(pairs, spec.config)}
    if loaded:
        chosen = _of_connector(loaded.connector, spec, path, extra)
    else:
        chosen = _of_spec(spec, path, extra, spec.streams if lenient else () if streams else _ready(spec))
    chosen = replace(chosen, uses=_narrowed(chosen, streams, options))
    if replay:  # the recordings bring the rest
        check_config(spec, extra, whole=False)
    if lenient:
        return _completed(chosen)
    if checked:
        check_chosen(chosen)
    return chosen


def moment_of(text: str | None) -> datetime:
    """Read a moment that the user gave; now, without one."""
    from datetime import UTC

    from tapwright.moment import as_datetime

    try:
        return as_datetime(text) if text else datetime.now(UTC)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def check_chosen(chosen: Chosen, *, whole: bool = True) -> None:
    """Check the config and the options, which may lack values unless `whole`; raises SpecError."""
    from tapwright.errors import SpecError
    from tapwright.load import check_config, check_options

    try:
        check_config(chosen.spec, chosen.config, whole=whole)
    except SpecError as error:
        if any("missing key" in str(problem) for problem in error.problems):
            error.hint = "Give it with -c KEY=VALUE, or in a file with --config FILE."
        raise
    for table, use in chosen.uses.items():
        check_options(chosen.spec, use, table, whole=whole)


def _completed(chosen: Chosen) -> Chosen:
    """Make up what is missing; what the user did give must be right."""
    from tapwright.authoring.stand_ins import completed, without_unset

    uses = {table: replace(use, options=without_unset(use.options)) for table, use in chosen.uses.items()}
    chosen = replace(chosen, config=without_unset(chosen.config), uses=uses)
    check_chosen(chosen, whole=False)
    whole = completed(chosen.spec, chosen.config, chosen.uses)
    return replace(chosen, config=whole.config, uses=whole.uses, made_up=whole.made_up)


def typed_pairs(pairs: tuple[str, ...], known: Mapping[str, Option]) -> dict[str, Any]:
    """Read KEY=VALUE, each value as the type that the spec gives it; `a,b` is a list where a list is asked for."""
    parsed: dict[str, Any] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:  # it is not quoted: it may be a secret
            raise click.UsageError("a value is given as KEY=VALUE, such as -c token=abc; one that is given has no =")
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
    from tapwright.use import Use

    uses = connector.streams or {name: Use(stream=name) for name in _ready(spec)}
    return Chosen(
        name=path.stem, path=path, spec=spec, config={**connector.config, **extra}, uses=uses, to=connector.to
    )


def _of_spec(spec: Spec, path: Path, extra: Mapping[str, Any], streams: Iterable[str]) -> Chosen:
    from tapwright.use import Use

    uses = {name: Use(stream=name) for name in streams}
    return Chosen(name=spec.name, path=path, spec=spec, config=extra, uses=uses, to=None)


def _ready(spec: Spec) -> list[str]:
    from tapwright.plan import ready_streams

    return ready_streams(spec)


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


def exported(file: str) -> dict[str, Any]:
    """Read what `tapwright state export` wrote; `-` is the standard input."""
    from tapwright.errors import StateError
    from tapwright.state import exported_states

    try:
        with click.open_file(file, encoding="utf-8") as stream:
            return exported_states(stream.read(), file)
    except (OSError, UnicodeDecodeError) as error:
        raise StateError(f"'{file}' cannot be read: {getattr(error, 'strerror', None) or error}") from None
