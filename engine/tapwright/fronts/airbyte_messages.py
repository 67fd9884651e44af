"""Airbyte's messages: one JSON object a line, whole lines from any thread, no secret in any text."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import Any, BinaryIO

from tapwright.errors import (
    AuthError,
    HostError,
    ProviderError,
    SpecError,
    StateError,
    TapwrightError,
    TargetError,
    TransportError,
)
from tapwright.fronts.lines import encode
from tapwright.mask import Mask
from tapwright.output import ending_with_its_reader

_CLEAR = "Clear the stream's data in Airbyte, so that it is read from the start."
_TRANSIENT = frozenset([408, 425, 429])


class Speaker:
    """Writes messages on what Airbyte listens to."""

    def __init__(self, out: BinaryIO, *, debug: bool = False, now: Callable[[], float] = time.time) -> None:
        self._out, self._debug, self._now, self._lock = out, debug, now, threading.Lock()
        self.mask = Mask()
        self.hide = self.mask.hide

    def now(self) -> int:
        """The moment, in milliseconds."""
        return int(self._now() * 1000)

    def say(self, kind: str, **body: Any) -> None:
        """Write one message."""
        self.lines(encode({"type": kind, **body}) + b"\n")

    def lines(self, lines: bytes) -> None:
        """Write whole lines; when their reader has gone away the program ends."""
        with self._lock, ending_with_its_reader(sys.__stdout__):  # `sys.stdout` is another one here
            self._out.write(lines)
            self._out.flush()

    def connection(self, status: str, text: str) -> None:
        """Say how a check went."""
        self.say("CONNECTION_STATUS", connectionStatus={"status": status, "message": self.hide(text)})

    # --- what is said of a run

    def log(self, level: str, text: str) -> None:
        """Say something for the log."""
        if level != "DEBUG" or self._debug:
            self.say("LOG", log={"level": level, "message": self.hide(text)})

    def note(self, text: str) -> None:
        """Say what a run is waiting for."""
        self.log("INFO", text)

    def status(self, stream: str, status: str) -> None:
        """Say how far a stream is: STARTED, RUNNING, COMPLETE or INCOMPLETE."""
        told = {"stream_descriptor": {"name": stream}, "status": status}
        self.say("TRACE", trace={"type": "STREAM_STATUS", "emitted_at": self.now(), "stream_status": told})

    def estimate(self, stream: str, records: int) -> None:
        """Say how many records a stream will have in this sync, for all that is known."""
        told = {"name": stream, "type": "STREAM", "row_estimate": records}
        self.say("TRACE", trace={"type": "ESTIMATE", "emitted_at": self.now(), "estimate": told})

    def state(self, stream: str, state: Any, records: int) -> None:
        """Say how far a stream has been read, and how many records came since this was last said."""
        told = {"stream_descriptor": {"name": stream}, "stream_state": state}
        self.say("STATE", state={"type": "STREAM", "stream": told, "sourceStats": {"recordCount": records}})

    def failed(self, stream: str, error: TapwrightError) -> None:
        """Say that a stream has failed, and why."""
        self.error(error, stream)
        self.status(stream, "INCOMPLETE")

    def error(self, error: TapwrightError, stream: str | None = None) -> None:
        """Say what went wrong, in words for the user."""
        hint = _CLEAR if isinstance(error, StateError) else error.hint
        text = f"{error.message.rstrip('.')}. {hint}".rstrip()
        self._error(text, str(error), failure_type(error), stream)

    def bug(self, error: Exception, where: str, stream: str | None = None) -> None:
        """Say that our code failed, without the values it held, which may be secret."""
        text = f"This is a bug in tapwright: {type(error).__name__}. Please report it."
        self._error(text, where, "system_error", stream)

    def _error(self, text: str, inner: str, kind: str, stream: str | None) -> None:
        told: dict[str, Any] = {"message": self.hide(text), "internal_message": self.hide(inner), "failure_type": kind}
        if stream is not None:
            told["stream_descriptor"] = {"name": stream}
        self.say("TRACE", trace={"type": "ERROR", "emitted_at": self.now(), "error": told})


def failure_type(error: TapwrightError) -> str:
    """Tell whose turn it is: the user's, nobody's but later's, or ours."""
    match error:
        case AuthError() | HostError() | SpecError() | StateError() | TargetError():
            return "config_error"
        case TransportError():
            return "transient_error"
        case ProviderError() if error.because == "request":
            return "config_error"
        case ProviderError() if error.status is not None and (error.status >= 500 or error.status in _TRANSIENT):
            return "transient_error"
    return "system_error"
