"""Singer's contract with the process, numbered as in the conformance list: lines, exit codes, signals, secrets."""

from __future__ import annotations

import json
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from tapwright.cli.singer import tap as entry_point
from tests.providers.loopback import Call
from tests.singer_shop import ROOT, SECRET, Ran, Shop, Tap


@pytest.fixture
def shop() -> Iterator[Shop]:
    with Shop() as server:
        yield server


@pytest.fixture
def tap(tmp_path: Path, shop: Shop, capfdbinary: pytest.CaptureFixture[bytes]) -> Tap:
    return Tap(tmp_path, shop, capfdbinary)


def test_01_stdout_holds_only_messages_one_a_line(tap: Tap, shop: Shop) -> None:
    shop.orders[0]["note"] = "two\nlines\u2028 and ü"
    ran = tap()
    assert {one["type"] for one in ran.messages} == {"SCHEMA", "RECORD", "STATE"}
    assert "\n\n" not in ran.out and "\r" not in ran.out
    assert ran.records("orders")[0]["note"] == "two\nlines\u2028 and ü"
    assert all(re.match(r"\d{4}-.* \| [A-Z]+ +\| tap-shop \| ", line) for line in ran.err.splitlines())


def test_02_the_exit_code_tells_success(tap: Tap, shop: Shop) -> None:
    assert tap().code == 0
    shop.broken = {"/countries"}
    assert tap().code == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_02_a_signal_ends_it_after_a_last_state(tap: Tap, shop: Shop, number: signal.Signals) -> None:
    asked, go_on = Event(), Event()

    def hang(call: Call) -> None:
        if call.path == "/events":
            asked.set()
            go_on.wait(60)

    shop.hook = hang
    process = tap.apart("--workers", "1")
    assert asked.wait(60)
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    go_on.set()
    ran = Ran(code=process.returncode, out=out.decode(), err=err.decode())
    assert ran.code == 128 + number
    assert ran.marks["orders"]["replication_key_value"].startswith("2026-01-02T05")
    assert "Traceback" not in ran.err


def test_02_a_closed_pipe_ends_it_quietly(tap: Tap, shop: Shop) -> None:
    shop.orders = [{**shop.orders[0], "id": number} for number in range(3000)]
    process = tap.apart()
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=60) == 141
    assert b"Traceback" not in process.stderr.read()
    process.stderr.close()


def test_02_the_records_go_on_when_nobody_reads_what_it_says(tap: Tap) -> None:
    process = tap.apart()
    assert process.stdout is not None
    assert process.stderr is not None
    process.stderr.close()
    out = process.stdout.read()
    process.stdout.close()
    assert process.wait(timeout=60) == 0
    assert out.splitlines()[-1].startswith(b'{"type":"STATE"')


def test_03_flags_come_in_any_order(tap: Tap) -> None:
    config, state = tap.file("config", tap.config), tap.file("state", {})
    spec = str(tap.spec)
    catalog = tap.file("catalog", tap.discover())
    assert tap.run(["--discover", "--state", state, "--config", config, spec]).code == 0
    assert tap.run(["--properties", catalog, spec, "--state", state, "--config", config]).code == 0
    assert tap.run([spec, "--version"]).out == "tap-shop 0.1.0\n"
    assert tap.run([spec, "--about", "--format", "json"]).code == 0
    assert tap.run([spec, "--nonsense"]).code == 2


def test_03_about_describes_the_settings_of_the_spec(tap: Tap) -> None:
    said = json.loads(tap.run([str(tap.spec), "--about", "--format=json"]).out)
    assert said["name"] == "tap-shop"
    assert {"catalog", "discover", "state", "about", "structured-logging"} <= set(said["capabilities"])
    assert said["settings"]["properties"]["key"] == {
        "type": "string",
        "examples": ["abcdef"],
        "writeOnly": True,
        "secret": True,
        "minLength": 5,
    }
    assert said["settings"]["required"] == ["key", "base_url"]
    assert "| key | True | None |" in tap.run([str(tap.spec), "--about", "--format=markdown"]).out


def test_03_test_syncs_one_record_of_every_stream(tap: Tap) -> None:
    ran = tap("--test")
    assert [one["stream"] for one in ran.of("RECORD")] == ["orders", "events", "countries", "items", "loose"]
    assert ran.code == 0
    assert {one["type"] for one in tap("--test=schema").messages} == {"SCHEMA"}


def test_04_without_state_and_catalog_it_reads_everything_from_the_start(tap: Tap, shop: Shop) -> None:
    tap.config["start_date"] = "2026-01-02T03:00:00Z"
    ran = tap()
    assert [row["id"] for row in ran.records("orders")] == [3, 4, 5]
    assert ran.streams == ["orders", "events", "countries", "items", "loose"]


def test_05_the_last_config_wins_and_the_environment_only_when_asked(tap: Tap, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAP_SHOP_START_DATE", "2026-01-02T05:00:00Z")
    monkeypatch.setenv("TAP_SHOP_SIZES", "1,2")
    monkeypatch.setenv("TAP_SHOP_LEVEL", "2")
    more = tap.file("more", {"start_date": "2026-01-02T04:00:00Z"})
    assert [row["id"] for row in tap("--config", more).records("orders")] == [4, 5]
    tap.config["sizes"] = [3]
    monkeypatch.setenv("TAP_SHOP_SIZES", "[1, 2]")
    assert [row["id"] for row in tap("--config", more, "--config=ENV").records("orders")] == [5]


def test_05_warnings_are_no_lines_of_its_own(tap: Tap) -> None:
    out, err = tap.apart().communicate(timeout=60)
    assert out.endswith(b"\n")
    assert b"Warning" not in err


CASES: dict[str, dict[str, Any]] = {
    "nobody answers": {"base_url": "http://127.0.0.1:9"},
    "a wrong type": {"key": [SECRET, SECRET]},
    "another key": {"key": {"a": SECRET}},
    "too short": {"key": "kÿ1"},
    "a word too much": {"keys": SECRET, "kye": SECRET},
}


@pytest.mark.parametrize("case", CASES)
def test_06_no_secret_is_shown(tap: Tap, shop: Shop, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGLEVEL", "debug")
    tap.config |= CASES[case]
    ran = tap()
    assert ran.code == 1
    for secret in (SECRET, "s3cr3t", "kÿ1"):
        assert secret not in ran.out + ran.err


def test_06_nor_is_it_when_a_provider_repeats_it(tap: Tap, shop: Shop) -> None:
    shop.broken = {"/orders", "/countries"}
    ran = tap()
    assert ran.code == 1
    assert "s3cr3t" not in ran.out + ran.err


def test_06_nor_from_a_config_that_is_no_json(tap: Tap) -> None:
    path = tap.file("bad", f'{{"key": "{SECRET}",,}}')
    ran = tap.run([str(tap.spec), "--config", path])
    assert ran.code == 1
    assert "is not JSON" in ran.err
    assert "s3cr3t" not in ran.err


def test_07_an_error_is_one_critical_line(tap: Tap) -> None:
    ran = tap.run([str(tap.spec)])
    assert ran.code == 1
    assert len(ran.err.splitlines()) == 1
    assert "| CRITICAL | tap-shop | config: missing key 'base_url' | config: missing key 'key'" in ran.err


def test_07_meltano_reads_structured_lines(tap: Tap, monkeypatch: pytest.MonkeyPatch) -> None:
    config = '{"formatters": {"structured": {"()": "singer_sdk.logging.StructuredFormatter"}}}'
    monkeypatch.setenv("SINGER_SDK_LOG_CONFIG", tap.file("logging", config))
    lines = [json.loads(line) for line in tap().err.splitlines()]
    assert {"level", "pid", "logger_name", "ts", "thread_name", "app_name", "message"} <= lines[0].keys()
    points = [line["metric_info"] for line in lines if "metric_info" in line]
    counts = {p["metric_tags"]["stream"]: p["metric_value"] for p in points if p["metric_name"] == "record_count"}
    assert counts == {"orders": 5, "events": 4, "countries": 2, "items": 5, "loose": 3}


def test_07_metrics_are_singers(tap: Tap) -> None:
    lines = [line.split("METRIC: ")[1] for line in tap().err.splitlines() if "METRIC: " in line]
    points = [json.loads(line) for line in lines]
    assert {point["metric"] for point in points} == {"record_count", "sync_duration", "job_duration"}
    assert {point["type"] for point in points} == {"counter", "timer"}


def test_a_console_script_reads_the_spec_it_is_named_after(
    tap: Tap, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr("gc.freeze", lambda: None)  # other tests run in this process
    monkeypatch.setattr(sys, "argv", ["/somewhere/bin/tap-adobe-target", "--version"])
    with pytest.raises(SystemExit) as ended:
        entry_point()
    assert ended.value.code == 0
    assert capfdbinary.readouterr().out.startswith(b"tap-adobe-target ")


def test_every_bundled_spec_has_a_script_and_discovers_without_config() -> None:
    scripts = re.findall(r'^(tap-[a-z0-9-]+) = "tapwright.cli.singer:tap"', (ROOT / "pyproject.toml").read_text(), re.M)
    specs = sorted(path.stem for path in (ROOT / "specs").glob("*.yaml"))
    assert [name.removeprefix("tap-").replace("-", "_") for name in scripts] == specs


def test_a_connector_is_a_tap_of_its_streams_and_the_config_wins_over_its_own(
    tap: Tap, tmp_path: Path, shop: Shop
) -> None:
    (tmp_path / "connectors").mkdir()
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "shop.yaml").write_text(tap.spec.read_text())
    mine = tmp_path / "connectors" / "mine.yaml"
    mine.write_text(
        "spec: shop\nconfig: {key: '${SHOP_KEY}', base_url: http://127.0.0.1:9}\n"
        "streams:\n  lands: {stream: countries, select: [name]}\n  log: {stream: orders, mode: append}\n"
    )
    ran = tap.run([str(mine), "--config", tap.file("config", tap.config)])
    assert ran.streams == ["lands", "log"]
    assert ran.of("SCHEMA", "log")[0]["key_properties"] == []
    assert ran.records("lands")[0] == {"code": "DE", "name": "Germany"}
    assert "SHOP_KEY is not set" in tap.run([str(mine), "--config", tap.file("none", {"base_url": shop.url})]).err


def test_what_the_user_gives_takes_the_place_of_what_is_wrong_in_a_connector(
    tap: Tap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_SUCH_PLACE", raising=False)
    (tmp_path / "mine.yaml").write_text(
        "spec: ./shop.yaml\nconfig: {key: no, base_url: http://127.0.0.1:9}\n"
        "streams: {countries: {}}\nto: {duckdb: {path: '${NO_SUCH_PLACE}'}}\n"
    )
    mine = str(tmp_path / "mine.yaml")
    assert tap.run([mine, "--config", tap.file("config", tap.config)]).code == 0
    ran = tap.run([mine])
    assert ran.code == 1
    assert "mine.yaml:2:10: config.key: " in ran.err


def test_streams_with_options_can_be_said_in_the_config(tap: Tap) -> None:
    tap.config["streams"] = {"lands": {"stream": "countries"}}
    assert tap().streams == ["lands"]
    tap.config["streams"] = {"lands": {"stram": "countries"}}
    assert "did you mean 'stream'?" in tap().err


def test_a_bug_of_ours_is_told_without_the_values(tap: Tap, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError(SECRET)

    monkeypatch.setattr("tapwright.fronts.singer.make_plan", broken)
    ran = tap()
    assert ran.code == 3
    assert "This is a bug in tapwright: KeyError at " in ran.err
    assert "s3cr3t" not in ran.err
