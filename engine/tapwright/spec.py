"""The words of a spec: what a provider's API can do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from tapwright.auth import AUTH
from tapwright.auth.kind import Auth
from tapwright.condition import Poll, Rule
from tapwright.decode import DECODE
from tapwright.decode.kind import Decode
from tapwright.encoding import Encoding
from tapwright.incremental import Incremental
from tapwright.language import Words, one_of
from tapwright.option import Option
from tapwright.paginate import PAGINATE
from tapwright.paginate.kind import Paginate
from tapwright.partition import PARTITION
from tapwright.partition.kind import Partition
from tapwright.retry import Retry
from tapwright.shape import Field
from tapwright.words import Duration, Template, Value

Name = Annotated[
    str,
    Words(
        pattern="^[A-Za-z][A-Za-z0-9_]*$",
        pattern_error_message="a name is letters, digits and _, and begins with a letter",
    ),
]
AnyAuth = Annotated[Auth, one_of(AUTH)]
AnyPaginate = Annotated[Paginate, one_of(PAGINATE)]
AnyDecode = Annotated[Decode, one_of(DECODE)]
AnyPartition = Annotated[Partition, one_of(PARTITION)]


@dataclass(frozen=True, kw_only=True)
class Rate:
    """How often the provider may be asked; several hold at once.

    Example::

        rate: [{requests: 10, per: 1 second}, {requests: 5000, per: 1 hour}]
    """

    requests: Annotated[int, Words(minimum=1)]
    """How many requests may be made."""
    per: Duration
    """The time in which so many may be made, such as `1 minute`."""


Rates = Rate | list[Rate] | None


def rates(words: Rates) -> tuple[Rate, ...]:
    """Every rate that is named."""
    return () if words is None else (words,) if isinstance(words, Rate) else tuple(words)


@dataclass(frozen=True, kw_only=True)
class GraphQL:
    """A GraphQL query, sent as JSON.

    Example::

        graphql:
          query: "query ($since: String) { orders(since: $since) { id total } }"
          variables: {since: "{{ slice.start | date }}"}
    """

    query: Template
    """The query's text."""
    variables: dict[str, Value] = field(default_factory=dict)
    """Its variables."""


@dataclass(frozen=True, kw_only=True)
class Ask:
    """The request for a stream's first page.

    A parameter, header or body field whose template gives null or an empty list is not sent.

    Example::

        request:
          path: /accounts/{{ config.account_id }}/orders
          params:
            status: [open, closed]
            since: "{{ slice.start | date }}"
          lists: comma
    """

    path: Template = Template("")
    """What follows `api.url`; what templates put into it is percent-encoded."""
    url: Template | None = None
    """A whole URL instead of `api.url` and `path`."""
    method: Literal["DELETE", "GET", "PATCH", "POST", "PUT"] = "GET"
    """The HTTP method."""
    params: dict[str, Value] = field(default_factory=dict)
    """The query parameters; `"*"` is a template that gives a map of more, such as what the user gives them."""
    shared_params: list[str] = field(default_factory=list)
    """Names of groups under `shared.params` to send as well; `params` win over them."""
    lists: Literal["brackets", "comma", "indexed", "repeat"] | None = None
    """How a list is sent: `a[]=1&a[]=2`, `a=1,2`, `a[0]=1&a[1]=2` or `a=1&a=2`; as `api` says without it."""
    headers: dict[str, Template] = field(default_factory=dict)
    """The headers."""
    json: Value | None = None
    """A JSON body."""
    form: dict[str, Value] | None = None
    """A form-encoded body."""
    text: Template | None = None
    """A body of text; give its Content-Type among the headers."""
    graphql: GraphQL | None = None
    """A GraphQL query as the body; the method is then POST."""
    poll: Poll | None = None
    """Ask again until the answer is ready."""
    percent_encode: str = ""
    """Characters that URLs allow bare but this provider wants percent-encoded, such as `~`."""

    def faults(self) -> Iterator[tuple[str, str]]:
        """Say what is wrong with these words."""
        bodies = [name for name in ("json", "form", "text", "graphql") if getattr(self, name) is not None]
        if len(bodies) > 1:
            yield bodies[1], f"a request has one body; found {' and '.join(bodies)}"
        if self.url is not None and self.path:
            yield "path", "a request with a 'url' of its own has no 'path'"


@dataclass(frozen=True, kw_only=True)
class Api:
    """What all streams share; a stream's own words win.

    Example::

        api:
          url: https://api.example.com/v2
          auth: {bearer: {token: "{{ config.token }}"}}
          paginate: {page: {param: page, size: {param: per_page, value: 100}, until: short_page}}
          records: {json: {at: data}}
          hosts: [https://files.example.com]
    """

    url: Template
    """The address that every path follows."""
    account: Template | None = None
    """What tells one account from another, such as `{{ config.client }}`.  It is kept with the bookmarks, and a run
    over those of another account is refused.  Accounts of `for_each` have bookmarks of their own, and are not named
    here."""
    auth: AnyAuth | list[AnyAuth] | None = None
    """How requests are authorised; several are applied in their order."""
    headers: dict[str, Template] = field(default_factory=dict)
    """Headers of every request."""
    params: dict[str, Value] = field(default_factory=dict)
    """Query parameters of every request."""
    lists: Literal["brackets", "comma", "indexed", "repeat"] = "repeat"
    """How lists are sent in queries and forms; see `request.lists`."""
    percent_encode: str = ""
    """Characters that URLs allow bare but this provider wants percent-encoded, such as `~`."""
    paginate: AnyPaginate | None = None
    """How the next page is reached; a single page without it."""
    records: AnyDecode | None = None
    """How an answer is read, and where the records sit in it."""
    errors: list[Rule] = field(default_factory=list)
    """What to do with answers that are no data.  After these come the usual rules: 408, 425, 429 and 5xx are retried,
    and a 403 that asks to come back later; 401 renews the auth once, every other 4xx fails."""
    retry: Retry = Retry()
    """How often to try again, and how long to wait in between."""
    rate: Rate | list[Rate] | None = None
    """How often the provider may be asked, all streams and workers together.  Without it as often as its answers
    let: 429, `Retry-After` and `RateLimit` headers slow all workers."""
    concurrency: Annotated[int, Words(minimum=1)] | None = None
    """How many slices of one stream may be read side by side; as many as the run has workers, without it."""
    hosts: list[Template] = field(default_factory=list)
    """Other addresses that links, redirects and token requests may lead to, such as `https://files.example.com` or
    `https://*.example.com`.  Credentials are sent to the hosts of `url` and of a stream's own `request.url`, and to
    where the auth itself points; never to one that an answer named."""
    timeout: Duration | None = None
    """The longest silence to bear while an answer arrives; 60 seconds without it."""
    most_pages: Annotated[int, Words(minimum=1)] = 100_000
    """More pages than this in one slice are an error."""


@dataclass(frozen=True, kw_only=True)
class Shared:
    """Groups of words that several streams use by name.

    Example::

        shared:
          params:
            window: {from: "{{ slice.start | date }}", to: "{{ slice.last | date }}"}
          fields:
            stamps: {account_id: {value: "{{ config.account_id }}"}}
    """

    params: dict[str, dict[str, Value]] = field(default_factory=dict)
    """Groups of query parameters, for `request.shared_params`."""
    fields: dict[str, dict[str, Field]] = field(default_factory=dict)
    """Groups of fields, for `shared_fields`."""
    options: dict[str, dict[str, Option]] = field(default_factory=dict)
    """Groups of options, for `shared_options`."""


@dataclass(frozen=True, kw_only=True)
class Example:
    """A use of a stream and the request that it must lead to; `tapwright lint` checks it.

    Example::

        request: {path: /orders, params: {status: "{{ options.status }}", since: "{{ slice.start | date }}"}}
        examples:
          - title: The open orders of a day
            options: {status: open}
            slice: {start: 2026-02-01}
            request: GET https://api.example.com/orders?status=open&since=2026-02-01
    """

    title: str = ""
    """What it shows."""
    config: dict[str, Any] = field(default_factory=dict)
    """The config; values that it lacks are taken from the config's own examples and defaults."""
    options: dict[str, Any] = field(default_factory=dict)
    """The options."""
    slice: dict[str, Any] = field(default_factory=dict)
    """The slice: `start`, `end` and what partitions give."""
    now: str = "2026-03-15T00:00:00Z"
    """The moment of the run."""
    request: str
    """The first request as it goes on the wire: the method, a blank, the URL with its query."""


@dataclass(frozen=True, kw_only=True)
class Stream:
    """One kind of record that the API can give: a table.

    Example::

        streams:
          orders:
            title: Orders
            request: {path: /orders, params: {since: "{{ slice.start | date }}"}}
            records: {json: {at: data.orders}}
            fields:
              id: {type: integer, description: The number on the bill.}
              total: {type: decimal, from: sums.total}
              updated_at: {type: datetime}
            primary_key: [id]
            incremental: {cursor: updated_at, start: "{{ config.start_date }}", window: 30 days}
    """

    title: str = ""
    """What it is, in a few words."""
    description: str = ""
    """More about it: how fresh, how far back, what to beware of."""
    options: dict[Name, Option] = field(default_factory=dict)
    """What a connector may set for one use of the stream; JSON Schema's words."""
    shared_options: list[str] = field(default_factory=list)
    """Names of groups under `shared.options` that the stream has as well."""
    request: Ask = Ask()
    """The request for the first page."""
    auth: AnyAuth | list[AnyAuth] | None = None
    """An auth of its own instead of `api.auth`."""
    paginate: AnyPaginate | None = None
    """How the next page is reached, if not as `api` says."""
    records: AnyDecode | None = None
    """How an answer is read, and where the records sit in it, if not as `api` says."""
    where: Template | None = None
    """Only the records for which this gives something true: JMESPath, or XPath for XML.  A template may give another
    by the options, or null for all records."""
    fields: dict[Name, Field] = field(default_factory=dict)
    """The fields of a record, in order; without any, every key becomes a column as it is."""
    shared_fields: list[str] = field(default_factory=list)
    """Names of groups under `shared.fields` that the stream has as well, after its own."""
    unlisted: Literal["drop", "fail", "keep"] | None = None
    """What to do with keys or columns that no field takes; `keep` where there are no fields, else `drop`."""
    primary_key: list[Template] = field(default_factory=list)
    """The fields that tell one record from another; a template may give several names."""
    for_each: list[AnyPartition] = field(default_factory=list)
    """The values to ask for one by one; several partitions are crossed, the last one turning fastest."""
    incremental: Incremental | None = None
    """Read window by window along a cursor."""
    errors: list[Rule] = field(default_factory=list)
    """What to do with answers that are no data, before the rules of `api`."""
    rate: Rate | list[Rate] | None = None
    """How often this stream may be asked."""
    concurrency: Annotated[int, Words(minimum=1)] | None = None
    """How many slices of this stream may be read side by side."""
    examples: list[Example] = field(default_factory=list)
    """Uses and the exact requests that they lead to."""
    hidden: bool = False
    """Whether it serves other streams only, and is not read unless named."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """The request that shows whether credentials and address are right.

    Example::

        check: {stream: campaigns}
    """

    stream: str
    """The stream whose first page is asked for."""
    options: dict[str, Any] = field(default_factory=dict)
    """Its options."""


@dataclass(frozen=True, kw_only=True)
class Spec:
    """A provider's API, described.

    Example::

        tapwright: 1
        name: acme
        title: Acme
        config:
          token: {type: string, writeOnly: true}
        api:
          url: https://api.acme.example/v2
          auth: {bearer: {token: "{{ config.token }}"}}
        streams:
          orders:
            request: {path: /orders}
            records: {json: {at: data}}
            fields: {id: {type: integer}, total: {type: decimal}}
            primary_key: [id]
    """

    tapwright: Literal[1]
    """The version of this language."""
    name: Annotated[
        str,
        Words(
            pattern="^[a-z][a-z0-9_]*$",
            pattern_error_message="a spec's name is small letters, digits and _, and begins with a letter",
        ),
    ]
    """The name that connectors and the command know it by; the file's own name."""
    title: str
    """The provider's name for it."""
    docs: str = ""
    """Where the provider documents it."""
    description: str = ""
    """What a user should know before the first run: where to find the credentials, how fresh the data are."""
    support: Literal["documented", "drafted", "recorded"] = "drafted"
    """How sure it is: `recorded` from the live API, `documented` (composed from its documents, and checked against
    servers written from them), `drafted` (no cassette)."""
    config: dict[Name, Option] = field(default_factory=dict)
    """What an account supplies; JSON Schema's words.  Required unless it has a default."""
    encodings: dict[Name, Encoding] = field(default_factory=dict)
    """The provider's own ways to write conditions, used as template filters."""
    shared: Shared = Shared()
    """Groups of words that several streams use by name."""
    api: Api
    """What all streams share."""
    check: Check | None = None
    """How `tapwright check` tries the credentials; without it, the first stream that needs no options."""
    streams: dict[Name, Stream]
    """What can be read: each stream is a table."""
