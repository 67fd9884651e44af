"""The state that Airbyte gives back, in each of the forms it has had."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from tapwright.errors import StateError


def states_in(file: Path) -> dict[str, dict[str, Any]]:
    """Read a state file: the state of each stream that has one; raises StateError if it is damaged."""
    try:
        data = file.read_bytes()
        given = msgspec.json.decode(data) if data.strip() else None
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StateError(f"the state file '{file}' cannot be read: {error}") from None
    found: dict[str, dict[str, Any]] = {}
    for name, state in _states(given):
        if state is not None and not isinstance(state, dict):
            raise StateError(f"the state of stream '{name}' is no object")
        if state:
            found[name] = state
    return found


def _states(given: Any) -> Iterator[tuple[str, Any]]:
    """Give each stream's state, whichever form it is in."""
    match given:
        case None:
            return
        case list():
            for item in given:
                yield from _states(_object(item))
        case {"type": "STATE", "state": inner}:
            yield from _states(_object(inner))
        case {"stream": inner} if given.get("type", "STREAM") == "STREAM" and _described(inner):
            yield inner["stream_descriptor"]["name"], inner.get("stream_state")
        case {"global": inner} if given.get("type", "GLOBAL") == "GLOBAL":
            streams = _object(inner).get("stream_states") or []
            if not isinstance(streams, list):
                raise StateError("the global state's 'stream_states' is no list")
            for item in streams:
                yield from _states({"stream": item})
        case {"data": inner} if given.get("type", "LEGACY") == "LEGACY":
            yield from _object(inner or {}).items()
        case {"type": kind}:
            raise StateError(f"a state of type {kind!r} is not one of Airbyte's")
        case dict():
            yield from given.items()
        case _:
            raise StateError("the state is neither a list nor an object")


def _described(inner: Any) -> bool:
    match inner:
        case {"stream_descriptor": {"name": str()}}:
            return True
    raise StateError("a stream's state does not say which stream it is of")


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise StateError("a part of the state is no object")
    return value
