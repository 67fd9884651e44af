"""Every line of every command against the protocol's own JSON Schema, and every record against `tapwright run`.

`python airbyte_lines.py SOURCE FOLDER`; FOLDER holds config.json, and expected/ as `tapwright run` wrote it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from airbyte_protocol.models import AirbyteMessage
from jsonschema import Draft7Validator

SOURCE, FOLDER = sys.argv[1], Path(sys.argv[2])
VALIDATOR = Draft7Validator(json.loads(AirbyteMessage.schema_json()))


def said(*words: str, code: int = 0, program: str = SOURCE) -> list[dict[str, Any]]:
    """Call the source; every line must be a message."""
    ran = subprocess.run([program, *words], capture_output=True, text=True, check=False)
    assert ran.returncode == code, (words, ran.returncode, ran.stderr)
    messages = [json.loads(line) for line in ran.stdout.split("\n")[:-1]]
    for message in messages:
        VALIDATOR.validate(message)
        AirbyteMessage.parse_obj(message)
    print(f"{words[0]:<9} {len(messages):>5} lines, {dict(Counter(message['type'] for message in messages))}")
    return messages


def file(name: str, content: Any) -> list[str]:
    path = FOLDER / f"{name}.json"
    path.write_text(json.dumps(content), "utf-8")
    return [f"--{name}", str(path)]


def expected(stream: str) -> Iterator[dict[str, Any]]:
    for path in sorted((FOLDER / "expected" / stream).glob("part-*.jsonl")):
        yield from map(json.loads, path.read_text("utf-8").split("\n")[:-1])


def ordered(records: list[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(record, sort_keys=True) for record in records)


def main() -> None:
    config = json.loads((FOLDER / "config.json").read_text("utf-8"))
    given = file("config", config)
    for program in sorted(Path(SOURCE).parent.glob("source-*")):
        said("spec", program=str(program))
    said("check", *given)
    ((catalog),) = [message["catalog"] for message in said("discover", *given)]
    streams = [
        {"stream": stream, "sync_mode": stream["supported_sync_modes"][-1], "destination_sync_mode": "append_dedup"}
        for stream in catalog["streams"]
    ]
    chosen = file("catalog", {"streams": streams})
    first = said("read", *given, *chosen, "--debug")
    for stream in catalog["streams"]:
        came = [m["record"]["data"] for m in first if m["type"] == "RECORD" and m["record"]["stream"] == stream["name"]]
        assert came
        assert ordered(came) == ordered(list(expected(stream["name"]))), stream["name"]
        validator = Draft7Validator(stream["json_schema"])
        for record in came:
            validator.validate(record)
    print(f"          {len(catalog['streams'])} streams hold what `tapwright run` reads, record for record")
    state = file("state", [message["state"] for message in first if message["type"] == "STATE"])
    second = said("read", *given, *chosen, *state)
    assert sum(m["type"] == "RECORD" for m in second) < sum(m["type"] == "RECORD" for m in first)
    wrong = file("config", {**config, "app_secret": "another"})
    (status,) = said("check", *wrong)
    assert status["connectionStatus"]["status"] == "FAILED"
    failed = said("read", *wrong, *chosen, code=1)
    assert {m["trace"]["error"]["failure_type"] for m in failed if m.get("trace", {}).get("type") == "ERROR"} == {
        "config_error"
    }
    file("config", config)


main()
