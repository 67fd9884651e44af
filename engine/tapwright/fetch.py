"""One request asked until its answer is a page: retries, polling, renewed credentials, and proof."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tapwright.answer import Answer
from tapwright.auth.kind import Auth
from tapwright.batch import Batch
from tapwright.body import Body
from tapwright.clock import Clock
from tapwright.condition import Poll
from tapwright.decode.kind import Decoded
from tapwright.decode.sniff import readable
from tapwright.errors import BodyError, ProviderError, RecordError, TransportError
from tapwright.judge import Verdict, judge
from tapwright.pace import Pace
from tapwright.plan import TablePlan
from tapwright.request import Request, Response
from tapwright.retry import Again, Retry, retry_after
from tapwright.send import Sender
from tapwright.span import parse_span

Judged: TypeAlias = Callable[[TablePlan, Verdict], None]
"""Hears what was made of each answer to a table's request."""
Told: TypeAlias = Callable[[str], None]
_RANDOM = random.Random()


@dataclass(frozen=True, kw_only=True)
class Typed:
    """Some records of a page, typed."""

    batch: Batch
    raw: int
    """How many records there were before any filter."""
    last: Any
    """The last of them as it came."""


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """A page that is proven complete and understood; the records of one that is kept on disk are typed as they go."""

    response: Response
    decoded: Decoded | None = None
    typed: Iterable[Typed] = ()
    ended: bool = False


class Skip(Exception):
    """A rule says that the slice is to be passed over."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class Asker:
    """What the requests of a table are asked with."""

    table: TablePlan
    sender: Sender
    clock: Clock
    paces: tuple[Pace, ...]
    retry: Retry
    decode: Callable[[Body, str | None], Decoded]
    typed: Callable[[Decoded, Mapping[str, Any], Request], Iterator[Typed]]
    """Types the records of a page, with the stamps of its slice."""
    strict: bool
    told: Told
    judged: Judged

    def fetched(
        self, request: Request, auths: tuple[Auth, ...], stamps: Mapping[str, Any], poll: Poll | None
    ) -> Fetched:
        """Ask until the answer is a page."""
        asking = _Asking(asker=self, request=request, auths=auths, stamps=stamps, poll=poll)
        return self.retry.run(asking.once, self.clock, _RANDOM, self.told)


@dataclass(kw_only=True)
class _Asking:
    """One request being asked until it is answered."""

    asker: Asker
    request: Request
    auths: tuple[Auth, ...]
    stamps: Mapping[str, Any]
    poll: Poll | None
    renewed: bool = False
    waited: float = 0.0
    tries: dict[int, int] = field(default_factory=dict)

    def once(self) -> Fetched:
        while True:
            response = self.asker.sender.send(self.request, self.auths, self.asker.paces)
            answer = Answer(response)
            verdict = judge(answer, self.asker.table.errors)
            self.asker.judged(self.asker.table, verdict)
            decoded, fault = self._decoded(response, answer) if verdict.do == "accept" else (None, None)
            sound = fault is None or response.status != 200  # a 202 may have any body, or none
            if verdict.do == "accept" and sound and self._wait_for_ready(answer):
                continue
            match verdict.do:
                case "accept":
                    try:
                        return self._accepted(response, decoded, fault)
                    except (BodyError, RecordError) as error:
                        if response.proof != "none":
                            raise
                        raise Again(error) from None  # it may have been cut
                case "renew_auth" if not self.renewed and self.auths:
                    self.renewed = True
                    self.asker.sender.forget(self.auths)
                case action:
                    return self._refused(action, verdict, response)

    def _decoded(self, response: Response, answer: Answer) -> tuple[Decoded | None, BodyError | None]:
        decode = self.asker.table.decode
        try:
            readable(decode, answer.kind, response)
            return self.asker.decode(response.body, charset_of(response)), None
        except BodyError as error:
            return None, error

    def _accepted(self, response: Response, decoded: Decoded | None, fault: BodyError | None) -> Fetched:
        if fault is not None or decoded is None:
            assert fault is not None
            raise fault
        if response.proof == "none" and not self.asker.table.decode.closed:
            self._unproven()
        typed = self.asker.typed(decoded, self.stamps, self.request)
        return Fetched(response=response, decoded=decoded, typed=typed if response.body.spooled else list(typed))

    def _unproven(self) -> None:
        text = "the answer says neither its length nor where it ends, so a cut cannot be told from its end"
        if self.asker.strict:
            raise TransportError(text, "Run without --strict to accept it.")
        self.asker.told(text)

    def _wait_for_ready(self, answer: Answer) -> bool:
        if self.poll is None or answer.meets(self.poll.until):
            return False
        every, most = parse_span(self.poll.every).seconds, parse_span(self.poll.at_most).seconds
        if self.waited + every > most:
            raise ProviderError(
                f"the answer was not ready after {self.poll.at_most}",
                "Run again later, or wait longer: 'poll.at_most' in the spec.",
            )
        self.waited += every
        self.asker.told(f"not ready yet; asking again in {self.poll.every}")
        self.asker.clock.sleep(every)
        return True

    def _refused(self, action: str, verdict: Verdict, response: Response) -> Fetched:
        if action == "retry":
            action = self._retried(verdict, response)
        if action == "skip":
            raise Skip(verdict.error.message)
        if action == "end":
            return Fetched(response=response, ended=True)
        raise verdict.error

    def _retried(self, verdict: Verdict, response: Response) -> str:
        rule = verdict.rule
        tries = self.tries[id(rule)] = self.tries.get(id(rule), 0) + 1
        if rule and rule.times is not None and tries > rule.times:
            return rule.then
        after = retry_after(response.headers, self.asker.clock.now())
        if after:
            too_soon = 400 <= response.status < 500
            self.asker.sender.slow(after, self.asker.paces, too_soon=too_soon)
        elif rule and rule.wait:
            after = parse_span(rule.wait).seconds
        error = verdict.error
        error.passing = True
        raise Again(error, after)


def charset_of(response: Response) -> str | None:
    """The charset that a Content-Type names."""
    for part in response.headers.get("content-type", "").split(";")[1:]:
        name, _, value = part.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip('"') or None
    return None
