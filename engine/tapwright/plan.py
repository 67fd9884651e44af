"""Spec and config and the streams wanted, made into a plan.  Pure: no clock, no network, no file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from tapwright.auth.kind import Auth
from tapwright.batch import Column, Table
from tapwright.condition import Rule
from tapwright.decode.json import Json
from tapwright.decode.kind import Decode
from tapwright.errors import SpecError, TargetError
from tapwright.mask import Mask
from tapwright.option import Option, secrets_of, with_defaults
from tapwright.paginate.kind import Paginate
from tapwright.paginate.none import NonePaginate
from tapwright.shape import Field
from tapwright.spec import Spec, Stream
from tapwright.suggestion import meant, way_out
from tapwright.template import Scope, Templates
from tapwright.use import Use
from tapwright.writer import Mode


@dataclass(frozen=True, kw_only=True)
class TablePlan:
    """One use of a stream, with everything decided that can be decided before the first request."""

    table: str
    name: str
    """The stream's name in the spec."""
    account: str | None = None
    """Whose data it is, where the spec says what tells that."""
    stream: Stream
    options: Mapping[str, Any]
    fields: Mapping[str, Field]
    """The stream's own and shared fields, in order."""
    unlisted: Literal["drop", "fail", "keep"]
    primary_key: tuple[str, ...]
    mode: Mode
    select: tuple[str, ...] = ()
    """The fields wanted; all when empty."""
    decode: Decode
    paginate: Paginate
    auths: tuple[Auth, ...]
    errors: tuple[Rule, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns known before the first record; optional fields come as they are seen."""
        known = (
            Column(name=name, type=words.data_type, description=words.description)
            for name, words in self.fields.items()
            if not words.optional and (not self.select or name in self.select)
        )
        return tuple(known)

    @property
    def as_table(self) -> Table:
        """What a sink is told."""
        return Table(
            name=self.table,
            columns=self.columns,
            primary_key=self.primary_key,
            description=self.stream.title,
        )


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything that a run will do, as far as it can be known."""

    spec: Spec
    config: Mapping[str, Any]
    now: datetime
    """The moment of the run, the same in every template of it."""
    tables: tuple[TablePlan, ...] = field(default_factory=tuple)

    def scope(self, options: Mapping[str, Any] | None = None, slice: Mapping[str, Any] | None = None) -> Scope:
        """What templates can name."""
        return {"config": self.config, "options": options or {}, "slice": slice or {}, "now": self.now}


def templates_of(spec: Spec) -> Templates:
    """Make the templates of a spec, its encodings among the filters."""
    return Templates({name: encoding.write for name, encoding in spec.encodings.items()})


def make_plan(spec: Spec, config: Mapping[str, Any], uses: Mapping[str, Use], now: datetime) -> Plan:
    """Decide what a run does; raises TargetError for a stream that the spec does not have."""
    plan = Plan(spec=spec, config=with_defaults(spec.config, config), now=now)
    templates = templates_of(spec)
    tables = tuple(table_plan(plan, templates, table, use) for table, use in uses.items())
    return Plan(spec=spec, config=plan.config, now=now, tables=tables)


def table_plan(plan: Plan, templates: Templates, table: str, use: Use) -> TablePlan:
    """Decide about one use of a stream."""
    spec, name = plan.spec, use.stream or table
    stream = stream_of(spec, name)
    options = with_defaults(options_of(spec, stream), use.options)
    fields = fields_of(spec, stream)
    key = _key(stream, templates, plan.scope(options))
    auth = stream.auth if stream.auth is not None else spec.api.auth
    for _, unknown, hint in unknown_fields(spec, stream, use):
        raise TargetError(f"stream '{name}' has no field '{unknown}'{hint}")
    return TablePlan(
        table=table,
        name=name,
        account=_account(plan, templates),
        stream=stream,
        options=options,
        fields=fields,
        unlisted=stream.unlisted or ("drop" if fields else "keep"),
        primary_key=key,
        mode=use.mode
        or ("merge" if key else "append" if goes_on(stream, templates, plan.scope(options)) else "replace"),
        select=tuple(dict.fromkeys((*key, *_cursor(stream, fields), *use.select))) if use.select else (),
        decode=stream.records or spec.api.records or Json(),
        paginate=stream.paginate or spec.api.paginate or NonePaginate(),
        auths=_auths(auth, templates, plan.scope(options)),
        errors=(*stream.errors, *spec.api.errors),
    )


def stream_of(spec: Spec, name: str) -> Stream:
    """Find a stream by name; raises TargetError."""
    if name not in spec.streams:
        raise TargetError(
            f"spec '{spec.name}' has no stream '{name}'{meant(name, spec.streams)}",
            f"Its streams: {', '.join(spec.streams)}.",
        )
    return spec.streams[name]


def ready_streams(spec: Spec) -> list[str]:
    """The streams of a spec that are no mere helpers and need no options."""
    ready = [
        name
        for name, stream in spec.streams.items()
        if not stream.hidden and all(option.has_default for option in options_of(spec, stream).values())
    ]
    if not ready:
        raise TargetError(
            f"every stream of '{spec.name}' needs options", "Name one with --stream, and give its options with -o."
        )
    return ready


def options_of(spec: Spec, stream: Stream) -> dict[str, Option]:
    """A stream's options: its own, and those it shares."""
    shared = {name: option for group in stream.shared_options for name, option in spec.shared.options[group].items()}
    return {**shared, **stream.options}


def fields_of(spec: Spec, stream: Stream) -> dict[str, Field]:
    """A stream's fields: its own, then those it shares; its own words win."""
    shared = {name: words for group in stream.shared_fields for name, words in spec.shared.fields[group].items()}
    return {**stream.fields, **{name: words for name, words in shared.items() if name not in stream.fields}}


def unknown_fields(spec: Spec, stream: Stream, use: Use) -> Iterator[tuple[int, str, str]]:
    """Give what a use selects and the stream cannot have: its place, its name, and what was meant."""
    fields = fields_of(spec, stream)
    if fields and stream.unlisted != "keep":
        yield from ((index, name, way_out(name, fields)) for index, name in enumerate(use.select) if name not in fields)


def _account(plan: Plan, templates: Templates) -> str | None:
    """Whose data the config leads to, without the secrets that it may hold."""
    account = templates.render(plan.spec.api.account, plan.scope())
    if account is None:
        return None
    mask = Mask()
    mask.add(*secrets_of(plan.spec.config, plan.config))
    return mask.replace(str(account), "***")


def _auths(auth: Auth | Sequence[Auth] | None, templates: Templates, scope: Scope) -> tuple[Auth, ...]:
    """The auths that are used with this config."""
    every = () if auth is None else auth if isinstance(auth, list | tuple) else (auth,)
    return tuple(one for one in every if one.when is None or templates.render(one.when, scope))


def goes_on(stream: Stream, templates: Templates, scope: Scope) -> bool:
    """Whether a run brings only what is new, as far as can be told before there are slices."""
    words = stream.incremental
    if words is None or words.when is None:
        return words is not None
    try:
        return bool(templates.render(words.when, scope))
    except SpecError:  # it looks at the slice
        return True


def _cursor(stream: Stream, fields: Mapping[str, Field]) -> tuple[str, ...]:
    """The column that the bookmark is taken from."""
    name = stream.incremental.cursor if stream.incremental else ""
    return tuple(column for column in (name, name.partition(".")[0]) if column in fields)[:1]


def _key(stream: Stream, templates: Templates, scope: Scope) -> tuple[str, ...]:
    names: list[str] = []
    for words in stream.primary_key:
        value = templates.render(words, scope)
        names.extend(value if isinstance(value, list) else [value] if value else [])
    return tuple(dict.fromkeys(map(str, names)))
