"""What an answer is judged by: conditions, and the rules that say what to do when one holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from tapwright.words import Duration, JMESPath, Pattern, Template, XPath


@dataclass(frozen=True, kw_only=True)
class Condition:
    """What must be true of an answer: all that is given here."""

    status: int | list[int] | None = None
    """The HTTP status, or several."""
    header: dict[str, str] = field(default_factory=dict)
    """Headers and the text that each must hold; names in any case."""
    body: JMESPath | None = None
    """An expression over the JSON body that must give something: not null, false, or empty."""
    xpath: XPath | None = None
    """An expression over the XML body that must be true, or find something."""
    text: Pattern | None = None
    """A pattern to be found in the first 64 KiB of the body."""

    def faults(self) -> Iterator[tuple[str, str]]:
        """Say what is wrong with these words."""
        if self == Condition():
            yield "", "an empty condition is always true; name status, header, body, xpath or text"


@dataclass(frozen=True, kw_only=True)
class Message:
    """Where the provider says what went wrong."""

    body: JMESPath | None = None
    """The message in a JSON body."""
    xpath: XPath | None = None
    """The message in an XML body."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What to do with an answer that meets a condition; the first rule that holds decides.

    Example::

        errors:
          - when: {status: 403, header: {X-Reason: over limit}}
            do: retry
            wait: 30 seconds
          - when: {status: 404, body: "error.code == 'gone'"}
            do: skip
            message: {body: error.text}
    """

    when: Condition
    """What must be true of the answer."""
    do: Literal["accept", "end", "fail", "renew_auth", "retry", "skip"]
    """`retry` the request; `fail` the stream; `skip` the slice, counted in the summary; `end` the slice's pages as if
    this page had no records; `renew_auth` and ask again, once; `accept` the answer whatever its status."""
    message: Message | None = None
    """Where the provider's own words are; without it the usual places are looked at."""
    hint: str = ""
    """What to do about it, in one sentence."""
    because: Literal["credentials", "provider", "request"] = "provider"
    """Whose fault it is: the `credentials`', the `provider`'s, or the `request`'s (the configuration)."""
    times: int | None = None
    """How often to retry, if not as often as `retry` of `api` says."""
    wait: Duration | None = None
    """How long to wait before a retry, unless the answer says so itself."""
    then: Literal["end", "fail", "skip"] = "fail"
    """What to do when the retries are used up."""


@dataclass(frozen=True, kw_only=True)
class Poll:
    """Ask the same request again until its answer is ready.

    Example::

        poll:
          until: {body: "state == 'done'"}
          every: 10 seconds
          at_most: 1 hour
    """

    until: Condition
    """What is true of an answer that is ready."""
    every: Duration = Duration("5 seconds")
    """How long to wait between two askings."""
    at_most: Duration = Duration("10 minutes")
    """How long to wait altogether, after which the stream fails."""
    when: Template | None = None
    """Poll only if this gives something true; else the first answer counts."""
