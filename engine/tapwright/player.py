"""Answers requests from a cassette, and notes where they are not the recorded ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from tapwright.difference import Difference
from tapwright.errors import TargetError
from tapwright.request import Request, Response
from tapwright.wire_request import differing, likeness, parts_of, title

Transport = Callable[[Request], Response]
ALIKE = 0.6
"""The least likeness of a recorded request whose answer is taken for another one's."""


class Player:
    """A transport that a cassette answers.

    A request that was never recorded gets the answer of the unplayed recording that it is most like, so that what
    differs can be told, and what comes of it be seen.
    """

    def __init__(self, cassette: Any, heard: list[Any], transport: Transport) -> None:
        """Set the parts: vcrpy's cassette, the requests that it hears, and a transport that it answers."""
        self._cassette, self._heard, self._transport = cassette, heard, transport
        self.asked: dict[int, Any] = {}
        """The requests that were made, as vcrpy's, by the place of the recording that answered."""

    def __call__(self, request: Request) -> Response:
        """Answer a request."""
        from vcr.errors import CannotOverwriteExistingCassetteException

        before = Counter(self._cassette.play_counts)
        try:
            response = self._transport(request)
            wire = self._heard[-1]
        except CannotOverwriteExistingCassetteException as refusal:
            wire = refusal.failed_request
            response = self._transport(self._nearest(wire))
        played = next(place for place, count in self._cassette.play_counts.items() if count > before[place])
        self.asked[played] = wire
        return replace(response, request=request, url=request.target)

    def differences(self) -> Iterator[Difference]:
        """Tell how the requests differ from the recorded ones, and which of those were never made."""
        for place, recorded in enumerate(self._cassette.requests):
            if place in self.asked:
                yield from differing(place + 1, recorded, self.asked[place])
            else:
                where = f"request {place + 1}, {title(recorded)}"
                yield Difference(where=where, what="the request", was="made", now="not made")

    def changed(self) -> dict[int, Any]:
        """The requests that are not the recorded ones, by place."""
        recorded = self._cassette.requests
        return {place: wire for place, wire in self.asked.items() if parts_of(wire) != parts_of(recorded[place])}

    def unplayed(self) -> tuple[int, ...]:
        """The places of the recordings that were never asked for."""
        return tuple(place for place in range(len(self._cassette)) if place not in self.asked)

    def _nearest(self, wire: Any) -> Request:
        """Find what was recorded in its place; a path that was recorded is not taken for another one."""
        recorded = list(enumerate(self._cassette.requests))
        known = any(title(each) == title(wire) for _, each in recorded)
        left = [
            (likeness(each, wire), -place)
            for place, each in recorded
            if not self._cassette.play_counts[place] and (not known or title(each) == title(wire))
        ]
        best, place = max(left, default=(0.0, 0))
        if best < ALIKE:
            raise TargetError(f"no recording answers {wire.method} {wire.uri}", "Record it: `tapwright record`.")
        found = self._cassette.requests[-place]
        body = found.body.decode() if isinstance(found.body, bytes) else found.body
        return Request(url=found.uri, method=found.method, headers=_sendable(found), text=body or None)


def _sendable(recorded: Any) -> dict[str, str]:
    return {
        name: ", ".join(value) if isinstance(value, list) else str(value) for name, value in recorded.headers.items()
    }
