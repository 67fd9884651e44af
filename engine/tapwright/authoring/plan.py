"""What a run would ask first, stream by stream, without asking it: slices, logins, requests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from tapwright.asking import first_request
from tapwright.auth.kind import Auth, Grant
from tapwright.authoring.templated import Rendered, templated
from tapwright.errors import TapwrightError
from tapwright.hosts import origin
from tapwright.mask import Mask
from tapwright.option import secrets_of
from tapwright.partition.parent import Parent
from tapwright.partition.values import Values
from tapwright.plan import Plan, TablePlan, fields_of, options_of, templates_of
from tapwright.rendered import rendered
from tapwright.request import Request
from tapwright.slices import Slice, slices, windowing
from tapwright.template import Templates

MOST_SLICES = 10_000


class Unknown(dict[str, Any]):
    """Values that only an answer could give: each stands as its name in braces, and is remembered as asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: dict[str, None] = {}

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> str:
        self.asked[name] = None
        return f"{{{name}}}"

    def get(self, name: str, default: Any = None) -> Any:
        """Give the name in braces, whatever the default."""
        return self[name]


@dataclass(frozen=True, kw_only=True)
class Planned:
    """One use of a stream, as it would be asked."""

    table: TablePlan
    slices: tuple[Slice, ...] = ()
    complete: bool = True
    """Whether there are no more slices than these."""
    each: tuple[str, ...] = ()
    """What the slices are made for, such as `each record of campaigns`."""
    parents: tuple[str, ...] = ()
    """The streams of whose records one is made up."""
    logins: tuple[Request, ...] = ()
    """The requests for credentials that come before."""
    requests: tuple[Request, ...] = ()
    """The first request of each slice, signed; values that an answer would give stand as `{name}`."""
    unknown: tuple[str, ...] = ()
    """The names of those values."""
    rendered: tuple[Rendered, ...] = ()
    """The templates of the first request."""
    problem: TapwrightError | None = None


def planned(plan: Plan, mask: Mask, most: int = 1, made_up: Iterable[Any] = ()) -> Iterator[Planned]:
    """Rehearse each table of a plan, up to the first request of its first slices; the mask learns its secrets.

    An address that no request can go to is a problem, unless a value that was made up stands in it.
    """
    stand_ins = [str(value) for value in made_up]
    mask.add(*secrets_of(plan.spec.config, plan.config))
    for table in plan.tables:
        mask.add(*secrets_of(options_of(plan.spec, table.stream), table.options))
    templates = templates_of(plan.spec)
    for table in plan.tables:
        yield _planned(plan, table, templates, mask, most, MadeUp(plan, stand_ins))


def _planned(plan: Plan, table: TablePlan, templates: Templates, mask: Mask, most: int, made_up: MadeUp) -> Planned:
    so_far = Planned(table=table)
    try:
        cut = slices(plan, table, templates, made_up.parents)
        found = tuple(islice(cut, MOST_SLICES))
        so_far = replace(so_far, slices=found, complete=next(cut, None) is None, parents=tuple(made_up.streams))
        so_far = replace(so_far, each=tuple(_each(plan, table, templates, found)))
        if found:
            so_far = replace(so_far, rendered=tuple(templated(plan, table, templates, found[0])))
        unknown = Unknown()
        signing = _Signing(plan, table, templates, mask, unknown, made_up)
        so_far = replace(so_far, logins=signing.logins)
        requests = tuple(signing.first(slice) for slice in found[:most])
        return replace(so_far, requests=requests, unknown=tuple(unknown.asked))
    except TapwrightError as error:
        return replace(so_far, problem=error.masked(mask.hide))


class _Signing:
    """Makes the requests of one table, signed with what no answer has given yet."""

    def __init__(
        self, plan: Plan, table: TablePlan, templates: Templates, mask: Mask, unknown: Unknown, made_up: MadeUp
    ) -> None:
        self._plan, self._table, self._templates, self._made_up = plan, table, templates, made_up
        scope = plan.scope(table.options)
        self._auths: list[Auth] = [rendered(auth, templates, scope) for auth in table.auths]
        self._grant = Grant(values=unknown)
        for auth in self._auths:
            mask.add(*auth.secrets(Grant()))
        self.logins = tuple(request for auth in self._auths for request in auth.rehearsal())

    def first(self, slice: Slice) -> Request:
        """Make the first request of a slice."""
        plan, table = self._plan, self._table
        scope = plan.scope(table.options, slice.scope)
        asked = first_request(plan.spec.api, table.stream.request, plan.spec.shared, self._templates, scope)
        if not self._made_up.stands_in(asked.url):
            origin(asked.url)
        request = next(rendered(table.paginate, self._templates, scope).pages(asked))
        for auth in self._auths:
            request = auth.sign(request, self._grant)
        return request


class MadeUp:
    """Stands in for the records of parents, one of each."""

    def __init__(self, plan: Plan, stand_ins: Iterable[str] = ()) -> None:
        self._plan, self._stand_ins = plan, list(stand_ins)
        self.streams: dict[str, None] = {}

    def stands_in(self, text: str) -> bool:
        """Whether a value that was made up is part of a text."""
        return any(value in text for value in self._stand_ins)

    def parents(self, words: Parent) -> Iterable[Mapping[str, Any]]:
        """Make up what a parent's record would give: values that show their names, and days where fields are times."""
        self.streams[words.stream] = None
        fields = fields_of(self._plan.spec, self._plan.spec.streams[words.stream])
        times = {name for name, field in fields.items() if field.type in ("date", "datetime", "local_datetime")}
        day = self._plan.now.date().isoformat()
        values = {name: day if field in times else name.upper() for name, field in words.take.items()}
        self._stand_ins += values.values()
        yield values


def _each(plan: Plan, table: TablePlan, templates: Templates, found: tuple[Slice, ...]) -> Iterator[str]:
    scope = plan.scope(table.options, found[0].values if found else {})
    for partition in table.stream.for_each:
        words = rendered(partition, templates, scope)
        if words.when is not None and not words.when:
            continue
        if isinstance(words, Values):
            yield f"each {words.name}"
        elif isinstance(words, Parent):
            yield f"each of the {words.stream} given" if words.given else f"each record of {words.stream}"
    window = windowing(plan, table, templates, found[0].values) if found else None
    if window is not None:
        yield f"each window of {window.window}" if window.window else f"what is new by {window.cursor}"
