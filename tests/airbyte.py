"""The Airbyte front as a platform sees it: commands called, every line held against the protocol."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from tapwright.cli import tapwright
from tapwright.cli.failing import exit_code

TEXT, WHOLE = {"type": "string"}, {"type": "integer"}


def closed(*required: str, **properties: Any) -> dict[str, Any]:
    """The schema of an object with these members and no others."""
    return {"type": "object", "properties": properties, "required": [*required], "additionalProperties": False}


STREAM = closed("name", name=TEXT)
STATUS = closed(
    "stream_descriptor",
    "status",
    stream_descriptor=STREAM,
    status={"enum": ["STARTED", "RUNNING", "COMPLETE", "INCOMPLETE"]},
)
ERROR = closed(
    "message",
    message=TEXT,
    internal_message=TEXT,
    failure_type={"enum": ["system_error", "config_error", "transient_error"]},
    stream_descriptor=STREAM,
)
BODIES: Mapping[str, Any] = {
    "SPEC": closed(
        "connectionSpecification",
        connectionSpecification={"type": "object"},
        documentationUrl=TEXT,
        supportsIncremental={},
    ),
    "CONNECTION_STATUS": closed("status", status={"enum": ["SUCCEEDED", "FAILED"]}, message=TEXT),
    "CATALOG": closed(
        "streams",
        streams={
            "items": closed(
                "name",
                "json_schema",
                "supported_sync_modes",
                name=TEXT,
                json_schema={"type": "object"},
                supported_sync_modes={"items": {"enum": ["full_refresh", "incremental"]}, "minItems": 1},
                source_defined_cursor={"type": "boolean"},
                default_cursor_field={"items": TEXT},
                source_defined_primary_key={"items": {"type": "array", "items": TEXT}},
            )
        },
    ),
    "RECORD": closed("stream", "data", "emitted_at", stream=TEXT, data={"type": "object"}, emitted_at=WHOLE),
    "STATE": closed(
        "type",
        "stream",
        type={"const": "STREAM"},
        stream=closed("stream_descriptor", stream_descriptor=STREAM, stream_state={"type": "object"}),
        sourceStats=closed("recordCount", recordCount=WHOLE),
    ),
    "LOG": closed(
        "level", "message", level={"enum": ["FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE"]}, message=TEXT
    ),
    "TRACE": {
        "oneOf": [
            closed("type", "emitted_at", "error", type={"const": "ERROR"}, emitted_at=WHOLE, error=ERROR),
            closed(
                "type",
                "emitted_at",
                "stream_status",
                type={"const": "STREAM_STATUS"},
                emitted_at=WHOLE,
                stream_status=STATUS,
            ),
            closed(
                "type",
                "emitted_at",
                "estimate",
                type={"const": "ESTIMATE"},
                emitted_at=WHOLE,
                estimate=closed("name", "type", name=TEXT, type={"enum": ["STREAM", "SYNC"]}, row_estimate=WHOLE),
            ),
        ]
    },
}
KEYS = {"CONNECTION_STATUS": "connectionStatus"}


def body_of(message: Mapping[str, Any]) -> Any:
    """What a message says, once it is seen to be one of the protocol."""
    key = KEYS.get(message["type"], message["type"].lower())
    assert list(message) == ["type", key]
    Draft7Validator(BODIES[message["type"]]).validate(message[key])
    return message[key]


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a source said."""

    code: int
    err: str
    messages: list[tuple[str, Any]] = field(default_factory=list)

    def of(self, kind: str) -> list[Any]:
        """Every body of a kind."""
        return [body for name, body in self.messages if name == kind]

    def records(self, stream: str) -> list[dict[str, Any]]:
        """A stream's records."""
        return [body["data"] for body in self.of("RECORD") if body["stream"] == stream]

    @property
    def fates(self) -> list[tuple[str, str]]:
        """Every stream's statuses, in order."""
        told = [body["stream_status"] for body in self.of("TRACE") if body["type"] == "STREAM_STATUS"]
        return [(status["stream_descriptor"]["name"], status["status"]) for status in told]

    @property
    def estimates(self) -> list[tuple[str, int]]:
        """Every estimate of a stream's records, in order."""
        told = [body["estimate"] for body in self.of("TRACE") if body["type"] == "ESTIMATE"]
        return [(estimate["name"], estimate["row_estimate"]) for estimate in told]

    @property
    def errors(self) -> list[tuple[str | None, str, str]]:
        """Every error: its stream, its type, its words."""
        told = [body["error"] for body in self.of("TRACE") if body["type"] == "ERROR"]
        return [(e.get("stream_descriptor", {}).get("name"), e["failure_type"], e["message"]) for e in told]


def said(code: int, out: str, err: str) -> Said:
    """Read what was said, every line held against the protocol."""
    messages = [json.loads(line) for line in out.split("\n")[:-1]]
    return Said(code=code, err=err, messages=[(message["type"], body_of(message)) for message in messages])


@dataclass
class Platform:
    """Calls a source with files in a folder of its own."""

    target: str
    config: dict[str, Any]
    folder: Path
    capfd: pytest.CaptureFixture[str]
    patch: pytest.MonkeyPatch

    def spec(self) -> Said:
        return self.call("spec")

    def check(self, **config: Any) -> Said:
        return self.call("check", *self._file("config", {**self.config, **config}))

    def discover(self, **config: Any) -> Said:
        return self.call("discover", *self._file("config", {**self.config, **config}))

    def read(self, catalog: Any, state: Any = None, *words: str, **config: Any) -> Said:
        files = [*self._file("config", {**self.config, **config}), *self._file("catalog", catalog)]
        return self.call("read", *files, *(self._file("state", state) if state is not None else []), *words)

    def call(self, *words: str) -> Said:
        """Run the command as its program does."""
        self.patch.setattr(sys, "argv", ["tapwright", "airbyte", self.target, *words])
        self.capfd.readouterr()
        code = exit_code(tapwright)
        return said(code, *self.capfd.readouterr())

    def configured(self, *names: str, **words: Any) -> dict[str, Any]:
        """The catalog that chooses these streams, incrementally where they can be."""
        (catalog,) = self.discover().of("CATALOG")
        chosen = [stream for name in names for stream in catalog["streams"] if stream["name"] == name]
        assert len(chosen) == len(names)
        return {"streams": [configured_stream(stream, **words) for stream in chosen]}

    def _file(self, name: str, content: Any) -> list[str]:
        path = self.folder / f"{name}.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        return [f"--{name}", str(path)]


def configured_stream(stream: Mapping[str, Any], **words: Any) -> dict[str, Any]:
    """A stream as a platform configures it."""
    mode = stream["supported_sync_modes"][-1]
    return {"stream": stream, "sync_mode": mode, "destination_sync_mode": "append_dedup", **words}
