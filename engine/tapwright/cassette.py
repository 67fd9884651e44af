"""Cassettes: HTTP recorded once by vcrpy with the secrets taken out, and played again to check a spec.

Beside vcrpy's `interactions`, a cassette says under `tapwright` what was read, when and how, and the records that came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from tapwright.clock import Clock
from tapwright.errors import TargetError
from tapwright.request import Request, Response

STAND_IN = "replayed"
"""What stands for every secret in a cassette, and for the credentials of a replay."""
_KEPT_REQUEST = frozenset(["accept", "content-type", "if-modified-since"])
_KEPT_RESPONSE = frozenset(
    [
        "content-type",
        "link",
        "location",
        "retry-after",
        "set-cookie",
        "last-modified",
        "content-length",
        "transfer-encoding",
        "content-disposition",
        "ratelimit-limit",
        "ratelimit-remaining",
        "ratelimit-reset",
        "x-ratelimit-remaining",
        "x-ratelimit-reset",
        "x-mashery-error-code",
        "x-next-page",
        "x-total",
        "x-total-count",
        "x-next-cursor",
        "www-authenticate",
    ]
)
_MATCH_ON = ("method", "scheme", "host", "port", "path", "query", "body")
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What a cassette says of itself."""

    path: Path
    stream: str
    now: datetime
    """The moment of the run that was recorded."""
    config: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    limit: int | None = None
    records: list[dict[str, Any]] | None = None
    """The records that came, as JSON values; None if the run failed."""
    error: str | None = None
    """What the run failed with."""


class ReplayClock(Clock):
    """Stands still at the moment of the recording, and waits for nothing."""

    def __init__(self, now: datetime) -> None:
        self._now, self._slept = now, 0.0

    def now(self) -> datetime:
        """Tell the moment of the recording."""
        return self._now

    def monotonic(self) -> float:
        """Count the seconds that were waited."""
        return self._slept

    def sleep(self, seconds: float) -> None:
        """Let the seconds pass at once."""
        self._slept += seconds


def load_recorded(path: Path) -> Recorded:
    """Read what a cassette says of itself; raises TargetError if it was not recorded by `tapwright record`."""
    data = yaml.load(path.read_bytes(), Loader=LOADER)
    words = data.get("tapwright") if isinstance(data, dict) else None
    if not isinstance(words, dict):
        raise TargetError(f"cassette '{path}' says nothing under 'tapwright'", "Record it with `tapwright record`.")
    now = words.pop("now")
    moment = now if isinstance(now, datetime) else datetime.fromisoformat(str(now))
    return Recorded(path=path, now=moment if moment.tzinfo else moment.replace(tzinfo=UTC), **words)


@contextmanager
def playing(paths: list[Path], *, once: bool = True) -> Iterator[Any]:
    """Serve HTTP from cassettes and nothing else; gives vcrpy's cassette, which knows what was played.

    With `once` each recording is played once; else as often as it is asked for.
    """
    with _vcr(paths).use_cassette("merged", record_mode="none", allow_playback_repeats=not once) as cassette:
        yield cassette


def recorded_only(transport: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """Make a transport say plainly that a request was never recorded."""
    from vcr.errors import CannotOverwriteExistingCassetteException

    def answer(request: Request) -> Response:
        try:
            return transport(request)
        except CannotOverwriteExistingCassetteException:
            raise TargetError(
                f"no recording answers {request.method} {request.target}",
                "Run it as it was recorded, or record it: `tapwright record`.",
            ) from None

    return answer


@contextmanager
def recording() -> Iterator[Any]:
    """Let HTTP pass and remember it; gives vcrpy's cassette, to be handed to `save`."""
    with _vcr([]).use_cassette("recording", record_mode="all") as cassette:
        yield cassette


def save(recorded: Recorded, cassette: Any, scrub: Any, hosts: Mapping[str, str]) -> None:
    """Write a cassette: `scrub` takes the secrets out of a text, `hosts` says what stood in for which origin."""
    interactions = [
        {"request": _request(request), "response": _response(response)}
        for request, response in zip(cassette.requests, cassette.responses, strict=True)
    ]
    words = {
        "stream": recorded.stream,
        "now": recorded.now.astimezone(UTC).isoformat(),
        "config": dict(recorded.config),
        "options": dict(recorded.options),
        "limit": recorded.limit,
        "records": recorded.records,
        "error": recorded.error,
    }
    data = {
        "tapwright": {name: value for name, value in words.items() if value not in (None, {})},
        "version": 1,
        "interactions": _scrubbed(interactions, scrub, hosts),
    }
    data["tapwright"] = _scrubbed(data["tapwright"], scrub, hosts)
    recorded.path.parent.mkdir(parents=True, exist_ok=True)
    text = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000)
    recorded.path.write_text(text, encoding="utf-8")


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as they are, so that a cassette can be read."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    readable = "\n" in text and "\r" not in text and not any(line != line.rstrip() for line in text.split("\n"))
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if readable else None)


_Dumper.add_representer(str, _text)


class _Persister:
    """Loads several cassettes as one; saves nothing."""

    def __init__(self, paths: list[Path]) -> None:
        self._paths = paths

    def load_cassette(self, cassette_path: Any, serializer: Any) -> tuple[list[Any], list[Any]]:
        from vcr.persisters.filesystem import CassetteNotFoundError
        from vcr.serialize import deserialize

        if not self._paths:
            raise CassetteNotFoundError
        requests: list[Any] = []
        responses: list[Any] = []
        for path in self._paths:
            some, more = deserialize(path.read_text(encoding="utf-8"), serializer)
            requests += some
            responses += more
        return requests, responses

    def save_cassette(self, cassette_path: Any, cassette_dict: Any, serializer: Any) -> None:
        """Leave saving to `save`."""


def _vcr(paths: list[Path]) -> Any:
    import vcr

    player = vcr.VCR(match_on=_MATCH_ON, decode_compressed_response=True)
    player.register_persister(_Persister(paths))
    return player


def _request(request: Any) -> dict[str, Any]:
    body = request.body
    headers = {name: [str(value)] for name, value in sorted(request.headers.items()) if name.lower() in _KEPT_REQUEST}
    text = body.decode() if isinstance(body, bytes) else body
    return {"method": request.method, "uri": request.uri, "body": text, "headers": headers}


def _response(response: Mapping[str, Any]) -> dict[str, Any]:
    headers = {name: list(v) for name, v in sorted(response["headers"].items()) if name.lower() in _KEPT_RESPONSE}
    body = response["body"]["string"]
    try:
        text: Any = body.decode("utf-8") if isinstance(body, bytes) else body
    except UnicodeDecodeError:
        text = body
    return {"status": dict(response["status"]), "headers": headers, "body": {"string": text}}


def _scrubbed(value: Any, scrub: Any, hosts: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        inner = {name: _scrubbed(item, scrub, hosts) for name, item in value.items()}
        return _with_length(inner) if set(inner) == {"status", "headers", "body"} else inner
    if isinstance(value, list):
        return [_scrubbed(item, scrub, hosts) for item in value]
    if not isinstance(value, str):
        return value
    for stand_in, real in hosts.items():
        value = value.replace(stand_in, real)
    return scrub(value)


def _with_length(response: dict[str, Any]) -> dict[str, Any]:
    """Say the length that the body has now; a body sent in chunks is kept whole."""
    headers = {name.lower(): name for name in response["headers"]}
    if "content-length" in headers or "transfer-encoding" in headers:
        kept = {name: value for name, value in response["headers"].items() if name.lower() != "transfer-encoding"}
        body = response["body"]["string"]
        length = len(body.encode() if isinstance(body, str) else body or b"")
        kept[headers.get("content-length", "Content-Length")] = [str(length)]
        response = {**response, "headers": kept}
    return response
