"""The Airbyte front: records and states of every form, and what happens when a read is cut short."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from tapwright.cli.airbyte import source
from tests.airbyte import Platform, said
from tests.providers.loopback import Answer, Call, Provider

ROOT = Path(__file__).parents[1]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "engine"), "PYTHONWARNINGS": "ignore"}
SPEC = """
tapwright: 1
name: small
title: Small
config: {url: {type: string, format: uri}, token: {type: string, writeOnly: true, default: null}}
api:
  url: "{{ config.url }}"
  params: {token: "{{ config.token }}"}
  retry: {attempts: 1}
  paginate: {page: {param: page, size: {param: size, value: 2}, until: short_page}}
streams:
  odd:
    request: {path: /odd}
    fields:
      id: {type: integer}
      money: {type: decimal}
      at: {type: datetime}
      local: {type: local_datetime}
      text: {}
      any: {type: json}
    primary_key: [id]
    incremental: {cursor: id, start: "0"}
  open:
    request: {path: /open}
  counted:
    request: {path: /counted}
    paginate: {page: {param: page, total_records: total}}
    records: {json: {at: rows}}
    for_each: [{list: {name: place, in: [north, south]}}]
    fields: {n: {type: integer}}
"""
ODD = {
    "id": 2**63 + 1,
    "money": "12345678901234567890.10",
    "at": "2026-03-01T01:00:00+01:00",
    "local": "2026-03-01T01:00:00",
    "text": 'line\nend \u2028 }}{"type":"RECORD"}',
    "any": {"a": [None, 1.5]},
}


class Small(Provider):
    """Gives one odd record and three open ones; 'slow' is asked for in vain."""

    status = 200

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.over, self.slow = Event(), Event(), False

    def answer(self, call: Call) -> Answer:
        if call.path == "/odd":
            return Answer(status=self.status, body=json.dumps([ODD] if self.status == 200 else {}).encode())
        if call.path == "/counted":
            rows = {"1": [{"n": 1}, {"n": 2}], "2": [{"n": 3}]}[call.param("page") or ""]
            return Answer(body=json.dumps({"total": 3, "rows": rows}).encode())
        if call.param("page") == "2" and self.slow:
            self.asked.set()
            self.over.wait(60)
        page = [{"n": 1, "s": "a"}, {"n": 2, "s": "b"}] if call.param("page") == "1" else [{"n": 3, "s": None}]
        return Answer(body=json.dumps(page).encode())


@pytest.fixture
def small() -> Iterator[Small]:
    with Small() as server:
        yield server
        server.over.set()


@pytest.fixture
def platform(
    small: Small, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Platform:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.yaml").write_text(SPEC, "utf-8")
    return Platform("./small.yaml", {"url": small.url}, tmp_path, capfd, monkeypatch)


# --- records


def test_odd_values_arrive_whole(platform: Platform) -> None:
    said = platform.read(platform.configured("odd"))
    (record,) = said.records("odd")
    assert record == {**ODD, "money": pytest.approx(12345678901234567890.10)}


def test_decimals_are_written_digit_for_digit(platform: Platform, small: Small) -> None:
    catalog = platform.configured("odd")
    (platform.folder / "catalog.json").write_text(json.dumps(catalog), "utf-8")
    run = _apart("read", "--config", "config.json", "--catalog", "catalog.json")
    assert '"money":12345678901234567890.10' in run.communicate(timeout=120)[0]


def test_moments_say_whether_they_have_a_zone(platform: Platform) -> None:
    (catalog,) = platform.discover().of("CATALOG")
    properties = catalog["streams"][0]["json_schema"]["properties"]
    assert properties["at"]["airbyte_type"] == "timestamp_with_timezone"
    assert properties["local"]["airbyte_type"] == "timestamp_without_timezone"
    assert properties["at"]["format"] == properties["local"]["format"] == "date-time"


def test_columns_that_no_field_describes_are_found_by_a_look(platform: Platform) -> None:
    (catalog,) = platform.discover().of("CATALOG")
    (stream,) = [stream for stream in catalog["streams"] if stream["name"] == "open"]
    assert stream["json_schema"]["properties"] == {
        "n": {"type": ["integer", "null"]},
        "s": {"type": ["string", "null"]},
    }
    assert len(platform.read(platform.configured("open")).records("open")) == 3


def test_of_those_columns_all_are_read(platform: Platform) -> None:
    catalog = platform.configured("open")
    del catalog["streams"][0]["stream"]["json_schema"]["properties"]["s"]
    assert [record["n"] for record in platform.read(catalog).records("open")] == [1, 2, 3]


def test_how_many_records_there_will_be_is_told_where_the_provider_says_it(platform: Platform) -> None:
    said = platform.read(platform.configured("odd", "counted"))
    assert len(said.records("counted")) == 6
    assert said.estimates == [("counted", 3), ("counted", 6)], "the second slice adds to it"


# --- connectors


def test_a_table_whose_options_lack_a_variable_is_refused(platform: Platform) -> None:
    table = "streams: {mine: {stream: open, options: {key: '${NO_SUCH_KEY}'}}}\n"
    open_ = SPEC.replace("  open:\n", "  open:\n    options: {key: {type: string}}\n")
    (platform.folder / "specs").mkdir()
    (platform.folder / "specs" / "small.yaml").write_text(open_, "utf-8")
    (platform.folder / "mine.yaml").write_text(f"spec: small\nconfig: {{url: http://127.0.0.1}}\n{table}", "utf-8")
    platform.target = "./mine.yaml"
    ((_, kind, message),) = platform.spec().errors
    assert kind == "config_error"
    assert "NO_SUCH_KEY is not set" in message


# --- states

KEPT = {"version": 1, "of": {"spec": "small", "stream": "odd", "cursor": "id"}, "bookmark": 2**63 + 1}
STREAM = {"stream_descriptor": {"name": "odd"}, "stream_state": KEPT}
FORMS = {
    "a list of streams": [{"type": "STREAM", "stream": STREAM}],
    "one stream": {"type": "STREAM", "stream": STREAM},
    "a message": {"type": "STATE", "state": {"type": "STREAM", "stream": STREAM}},
    "global": [{"type": "GLOBAL", "global": {"shared_state": {}, "stream_states": [STREAM]}}],
    "a legacy list": [{"type": "LEGACY", "data": {"odd": KEPT}}],
    "a legacy object": {"odd": KEPT},
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_a_state_is_taken_in_each_of_its_forms(platform: Platform, form: Any) -> None:
    said = platform.read(platform.configured("odd"), form)
    assert said.code == 0
    assert said.of("STATE")[0]["stream"]["stream_state"]["bookmark"] == KEPT["bookmark"]


@pytest.mark.parametrize(
    "nothing", ["", "null", "[]", "{}", '[{"type":"STREAM","stream":{"stream_descriptor":{"name":"odd"}}}]']
)
def test_no_state_is_a_first_read(platform: Platform, nothing: str) -> None:
    assert len(platform.read(platform.configured("odd"), nothing).records("odd")) == 1


@pytest.mark.parametrize(
    "damaged",
    [
        "[",
        '"odd"',
        "[1]",
        '[{"type":"STREAM","stream":{}}]',
        '[{"type":"MOOD"}]',
        '{"odd":7}',
        '[{"type":"GLOBAL","global":{"stream_states":1}}]',
    ],
)
def test_a_state_file_that_is_damaged_is_refused(platform: Platform, damaged: str) -> None:
    said = platform.read(platform.configured("odd"), damaged)
    assert (said.code, said.of("RECORD")) == (1, [])
    ((_, kind, message),) = said.errors
    assert kind == "config_error"
    assert "Clear the stream's data in Airbyte" in message


def test_a_stream_whose_state_is_of_something_else_does_not_stop_the_others(platform: Platform) -> None:
    state = {"odd": {"at": "2026-01-01"}, "open": {}}
    said = platform.read(platform.configured("odd", "open"), state)
    assert said.code == 1
    assert [error[:2] for error in said.errors] == [("odd", "config_error")]
    assert ("odd", "INCOMPLETE") in said.fates
    assert ("open", "COMPLETE") in said.fates


# --- what goes wrong


def test_a_provider_that_is_down_is_a_passing_trouble(platform: Platform, small: Small) -> None:
    catalog = platform.configured("odd")
    small.status = 503
    said = platform.read(catalog)
    assert [error[:2] for error in said.errors] == [("odd", "transient_error")]
    small.status = 404
    assert platform.read(catalog).errors[0][1] == "system_error"


def test_secrets_are_in_no_message(platform: Platform, small: Small) -> None:
    platform.config["token"] = "s3cret token/"
    catalog = platform.configured("odd")
    small.status = 404
    said = platform.read(catalog, None, "--debug")
    assert said.code == 1
    assert "s3cret" not in str(said)


def test_a_bug_is_told_without_the_values_it_held(platform: Platform) -> None:
    def fails(*_: object) -> None:
        raise KeyError("s3cret")

    catalog = platform.configured("odd")
    platform.patch.setattr("tapwright.fronts.airbyte_writer.lines_of", fails)
    said = platform.read(catalog)
    assert (said.code, said.fates[-1]) == (3, ("odd", "INCOMPLETE"))
    assert said.errors == [(None, "system_error", "This is a bug in tapwright: KeyError. Please report it.")]
    assert "s3cret" not in str(said)


@pytest.mark.parametrize("words", [("check",), ("read", "--config", "x"), ("sing",)])
def test_wrong_usage_is_told_to_the_person(platform: Platform, words: tuple[str, ...]) -> None:
    said = platform.call(*words)
    assert (said.code, said.messages) == (2, [])
    assert "Usage" in said.err


def _apart(*words: str) -> subprocess.Popen[str]:
    program = [sys.executable, "-m", "tapwright", "airbyte", "./small.yaml", *words]
    return subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)


def _files(platform: Platform, *names: str) -> list[str]:
    (platform.folder / "catalog.json").write_text(json.dumps(platform.configured(*names)), "utf-8")
    return ["read", "--config", "config.json", "--catalog", "catalog.json"]


def test_when_it_is_stopped_it_says_how_far_it_came(platform: Platform, small: Small) -> None:
    words = _files(platform, "odd", "open")
    small.slow = True
    run = _apart(*words)
    assert run.stdout
    before = ""
    while '"open"},"status":"RUNNING"' not in before:
        line = run.stdout.readline()
        assert line, "it ended by itself"
        before += line
    assert small.asked.wait(60)
    run.send_signal(signal.SIGTERM)
    out, err = run.communicate(timeout=120)
    told = said(run.returncode, before + out, err)
    assert (told.code, told.err) == (143, "")
    assert [state["stream"]["stream_descriptor"]["name"] for state in told.of("STATE")] == ["odd"]
    assert told.fates[-1] == ("open", "INCOMPLETE")


def test_a_reader_that_goes_away_ends_it_quietly(platform: Platform) -> None:
    run = _apart(*_files(platform, "odd", "open"))
    assert run.stdout
    assert run.stderr
    run.stdout.close()
    complaint = run.stderr.read()
    run.stderr.close()
    assert (run.wait(60), complaint) == (141, "")


# --- how it is installed


def test_there_is_a_command_for_each_spec(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    named = {name: where for name, where in scripts.items() if name.startswith("source-")}
    assert set(named.values()) == {"tapwright.cli.airbyte:source"}
    assert {name[7:].replace("-", "_") for name in named} == {path.stem for path in (ROOT / "specs").glob("*.yaml")}
    monkeypatch.setattr("gc.freeze", lambda: None)  # other tests run in this process
    for name in named:
        monkeypatch.setattr("sys.argv", [f"/opt/bin/{name}", "spec"])
        with pytest.raises(SystemExit, match="0"):
            source()
        assert said(0, *capfd.readouterr()).of("SPEC")
    monkeypatch.setattr("sys.argv", ["/opt/bin/source-rokt", "read"])
    with pytest.raises(SystemExit, match="2"):
        source()
    assert "source-rokt [OPTIONS] {spec|check|discover|read}" in capfd.readouterr().err


def test_the_image_is_made_of_what_there_is() -> None:
    lines = [line.split() for line in (ROOT / "Dockerfile").read_text().splitlines() if line and line[0] != "#"]
    copied = [word for line in lines if line[0] == "COPY" for word in line[1:-1]]
    assert copied
    assert [name for name in copied if not (ROOT / name).exists()] == []
    assert ["ARG", "SPEC"] in lines
    text = (ROOT / "Dockerfile").read_text()
    assert "tapwright airbyte" in text
    assert "AIRBYTE_ENTRYPOINT" in text
