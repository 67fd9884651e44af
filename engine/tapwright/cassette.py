"""Cassettes: HTTP recorded once by vcrpy with the secrets taken out, and played again to check a spec.

Beside vcrpy's `interactions`, a cassette says under `tapwright` what was read, when and how, and the records that came.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from tapwright.clock import Clock
from tapwright.errors import TargetError, written
from tapwright.expected import Expected
from tapwright.request import Request, Response
from tapwright.wire_request import kept_headers

STAND_IN = "replayed"
"""What stands for every secret in a cassette, and for the credentials of a replay."""
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
        "ratelimit",
        "ratelimit-limit",
        "ratelimit-policy",
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
_AGAIN = "Record it with `tapwright record`."
_EXPECTED = frozenset(each.name for each in fields(Expected))
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
    """After how many records the run was stopped."""
    state: Mapping[str, Any] | None = None
    """What the run before it remembered of the table; None for a first run."""
    expected: Expected = Expected()
    """What came."""


def stood_in(value: Any) -> Any:
    """Put the stand-in into the place of a secret, whatever its shape."""
    if isinstance(value, Mapping):
        return {name: stood_in(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [stood_in(inner) for inner in value]
    return STAND_IN if value else value


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
    words = _words(path, path.read_bytes())
    now = words["now"]
    moment = now if isinstance(now, datetime) else datetime.fromisoformat(str(now))
    return Recorded(
        path=path,
        stream=words["stream"],
        now=moment if moment.tzinfo else moment.replace(tzinfo=UTC),
        config=words.get("config", {}),
        options=words.get("options", {}),
        limit=words.get("limit"),
        state=words.get("state"),
        expected=Expected(**{name: value for name, value in words.items() if name in _EXPECTED}),
    )


def _words(path: Path, text: bytes) -> dict[str, Any]:
    try:
        data = yaml.load(text, Loader=LOADER)
    except yaml.YAMLError as error:
        raise TargetError(f"cassette '{path}' is not YAML: {' '.join(str(error).split())[:200]}", _AGAIN) from None
    words = data.get("tapwright") if isinstance(data, dict) else None
    if not isinstance(words, dict) or not {"now", "stream"} <= words.keys():
        raise TargetError(f"cassette '{path}' does not say under 'tapwright' what was read, and when", _AGAIN)
    return words


@contextmanager
def playing(paths: list[Path], *, once: bool = True, heard: list[Any] | None = None) -> Iterator[Any]:
    """Serve HTTP from cassettes and nothing else; gives vcrpy's cassette, which knows what was played.

    With `once` each recording is played once; else as often as it is asked for.  Every request is added to `heard`.
    """
    with _vcr(paths, heard).use_cassette("merged", record_mode="none", allow_playback_repeats=not once) as cassette:
        yield cassette


def recorded_only(transport: Callable[[Request], Response], limit: int | None = None) -> Callable[[Request], Response]:
    """Make a transport say plainly that a request was never recorded; `limit` is where recordings were cut."""
    from vcr.errors import CannotOverwriteExistingCassetteException

    as_recorded = "as it was recorded" + (f", with --limit {limit}" if limit else "")

    def answer(request: Request) -> Response:
        try:
            return transport(request)
        except CannotOverwriteExistingCassetteException:
            raise TargetError(
                f"no recording answers {request.method} {request.target}",
                f"Run it {as_recorded}, or record it: `tapwright record`.",
            ) from None

    return answer


@contextmanager
def recording() -> Iterator[Any]:
    """Let HTTP pass and remember it; gives vcrpy's cassette, to be handed to `save`."""
    with _vcr([]).use_cassette("recording", record_mode="all") as cassette:
        yield cassette


def cassette_text(recorded: Recorded, interactions: list[dict[str, Any]]) -> str:
    """Write a cassette."""
    return _head(recorded) + _dumped({"interactions": interactions})


def interaction(request: Any, response: Mapping[str, Any], named: str = "") -> dict[str, Any]:
    """Make an exchange that vcrpy knows what a cassette keeps of it; headers that the text `named` holds are kept."""
    return {"request": request_words(request), "response": _response(response, named)}


def request_words(request: Any) -> dict[str, Any]:
    """Make a request that vcrpy knows what a cassette keeps of it."""
    text = request.body.decode() if isinstance(request.body, bytes) else request.body
    headers = {name: [value] for name, value in kept_headers(request).items()}
    return {"method": request.method, "uri": request.uri, "body": text, "headers": headers}


def accept(path: Path, expected: Expected, requests: Mapping[int, Any], unplayed: Sequence[int] = ()) -> None:
    """Write into a cassette what came of it, and the requests that were made; those never made are left out."""
    text = path.read_text(encoding="utf-8")
    head = _head(replace(load_recorded(path), expected=expected))
    if not requests and not unplayed and (rest := re.search(r"^interactions:", text, re.M)):
        write_whole(path, head + text[rest.start() :])
        return
    interactions = yaml.load(text, Loader=LOADER)["interactions"]
    for place, request in requests.items():
        interactions[place]["request"] = request_words(request)
    interactions = [each for place, each in enumerate(interactions) if place not in unplayed]
    write_whole(path, head + _dumped({"interactions": interactions}))


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all; one that takes the place of another has its mode."""
    with written(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        try:
            part.write_bytes(text.encode())
            if path.exists():
                part.chmod(path.stat().st_mode)
            part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)
            raise


def _head(recorded: Recorded) -> str:
    words = {
        "stream": recorded.stream,
        "now": recorded.now.astimezone(UTC).isoformat(),
        "config": dict(recorded.config),
        "options": dict(recorded.options),
        "limit": recorded.limit,
        "state": recorded.state,
    }
    expected = recorded.expected.words
    rows = _rows(expected.pop("records", None))
    head = _dumped({"tapwright": {name: v for name, v in words.items() if v not in (None, {})} | expected})
    return f"{head}{rows}version: 1\n"


def _rows(records: Any) -> str:
    """Write records below one another, each on a line or two, so that a change can be seen."""
    if not records:
        return "" if records is None else "  records: []\n"
    rows = (
        yaml.dump(dict(row), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100, default_flow_style=True)
        for row in records
    )
    return "  records:\n" + "".join("  - " + row.rstrip("\n").replace("\n", "\n    ") + "\n" for row in rows)


def _dumped(data: Any) -> str:
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000)
    return text


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


def _vcr(paths: list[Path], heard: list[Any] | None = None) -> Any:
    import vcr

    def hear(request: Any) -> Any:
        if heard is not None:
            heard.append(request)
        return request

    player = vcr.VCR(match_on=_MATCH_ON, decode_compressed_response=True, before_record_request=hear)
    player.register_persister(_Persister(paths))
    return player


def _response(response: Mapping[str, Any], named: str) -> dict[str, Any]:
    headers = {name: list(value) for name, value in sorted(response["headers"].items()) if _wanted(name.lower(), named)}
    body = response["body"]["string"]
    try:
        text: Any = body.decode("utf-8") if isinstance(body, bytes) else body
    except UnicodeDecodeError:
        text = body
    return {"status": dict(response["status"]), "headers": headers, "body": {"string": text}}


def _wanted(header: str, named: str) -> bool:
    return header in _KEPT_RESPONSE or ("-" in header and header in named)
