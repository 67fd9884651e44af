"""`tapwright test` and the pytest plugin: what they check, and how what differs is told."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path

import pytest
import yaml

from tapwright.cli import tapwright
from tapwright.cli.failing import exit_code

pytest_plugins = ["pytester"]

SPEC = """
tapwright: 1
name: kettles
title: The Kettle Company
config: {token: {type: string, writeOnly: true}}
api:
  url: https://api.kettles.example
  auth: {bearer: {token: "{{ config.token }}"}}
  errors:
    - {when: {status: 503}, do: retry}
streams:
  orders:
    options: {state: {enum: [open, paid], default: open}}
    request: {path: /orders, params: {state: "{{ options.state }}"}}   # the state
    paginate: {page: {param: page, size: {param: size, value: 2}, until: short_page}}
    records: {json: {at: data}}
    fields: {id: {type: integer}, total: {type: decimal}, note: {}}
    primary_key: [id]
    errors:
      - {when: {status: 404, body: "error.code == 'gone'"}, do: skip}
    examples:
      - title: The paid ones
        options: {state: paid}
        request: GET https://api.kettles.example/orders?state=paid&size=2&page=1
"""
CASSETTE = """
tapwright:
  stream: orders
  now: '2026-03-15T06:00:00+00:00'
  config: {token: replayed}
  columns: {id: integer, total: decimal, note: string}
  records:
  - {id: 1, total: '12.5'}
  - {id: 2, total: '99', note: by hand}
  - {id: 3, total: '0.1'}
version: 1
interactions:
- request:
    {method: GET, uri: 'https://api.kettles.example/orders?state=open&size=2&page=1', body: null, headers: {}}
  response:
    status: {code: 200, message: OK}
    headers: {Content-Type: [application/json]}
    body: {string: '{"data": [{"id": 1, "total": 12.50}, {"id": 2, "total": 99, "note": "by hand"}]}'}
- request:
    {method: GET, uri: 'https://api.kettles.example/orders?state=open&size=2&page=2', body: null, headers: {}}
  response:
    status: {code: 200, message: OK}
    headers: {Content-Type: [application/json]}
    body: {string: '{"data": [{"id": 3, "total": 0.10}]}'}
"""
Ran = tuple[int, str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a spec and its cassette to stand in."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "specs" / "kettles.yaml", SPEC)
    write(tmp_path / "cassettes" / "kettles" / "orders.yaml", CASSETTE)
    return tmp_path


@pytest.fixture
def test(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run `tapwright test` as its program does; gives the exit code and what it said."""

    def run(*words: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["tapwright", "test", *words])
        code = exit_code(tapwright)
        out, err = capfd.readouterr()
        return code, out + err

    return run


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.lstrip(), encoding="utf-8")


def change(path: Path, *changes: tuple[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def spec_with(folder: Path, *changes: tuple[str, str]) -> None:
    change(folder / "specs" / "kettles.yaml", *changes)


def cassette_with(folder: Path, *changes: tuple[str, str]) -> None:
    change(folder / "cassettes" / "kettles" / "orders.yaml", *changes)


def test_every_spec_of_the_folder_is_tested(folder: Path, test: Callable[..., Ran]) -> None:
    assert test() == (
        0,
        """\
ok    specs/kettles.yaml: lint
ok    specs/kettles.yaml: orders: The paid ones
ok    cassettes/kettles/orders.yaml

kettles: 1 of 1 streams, 0 of 2 error rules
  specs/kettles.yaml:9: api.errors[0]: no cassette meets status 503 → retry
  specs/kettles.yaml:19: streams.orders.errors[0]: no cassette meets status 404, body error.code == 'gone' → skip

3 checks: 3 passed
""",
    )


@pytest.mark.parametrize("word", ["kettles", "specs/kettles.yaml"])
def test_a_spec_is_tested_by_its_name_or_path(folder: Path, test: Callable[..., Ran], word: str) -> None:
    assert test(word, "-q") == (0, "")


def test_one_cassette_is_tested_by_its_path(folder: Path, test: Callable[..., Ran]) -> None:
    assert test("cassettes/kettles/orders.yaml") == (0, "ok    cassettes/kettles/orders.yaml\n\n1 check: 1 passed\n")


def test_a_request_that_differs_is_told_part_by_part(folder: Path, test: Callable[..., Ran]) -> None:
    spec_with(
        folder, ("params: {state:", "params: {status:"), ("value: 2", "value: 3"), ("path: /orders", "path: /v2/orders")
    )
    spec_with(
        folder,
        ("url: https://api", "headers: {X-Version: '2'}\n  url: https://api"),
    )
    code, said = test("-q", "-k", "cassettes")
    assert code == 1
    assert (
        said
        == """\
FAIL  cassettes/kettles/orders.yaml
        request 1, GET https://api.kettles.example/orders
          path: was "/orders", is "/v2/orders"
          param state: gone, was "open"
          param size: was "2", is "3"
          param status: new, "open"
          header X-Version: new, "2"
        request 2, GET https://api.kettles.example/orders
          the request: was made, is not made
        records
          number: was 3, is 2
        record id=3
          gone, was {"id": 3, "total": "0.1"}
"""
    )


def test_records_that_differ_are_told_field_by_field(folder: Path, test: Callable[..., Ran]) -> None:
    spec_with(folder, ("total: {type: decimal}, note: {}", "total: {type: number}, remark: {from: note}"))
    cassette_with(folder, ("by hand", "by Hand"), ("- {id: 2, total: '99', note: by Hand}", "- {id: 2, total: '98'}"))
    code, said = test("-q", "-k", "cassettes")
    assert code == 1
    assert (
        said
        == """\
FAIL  cassettes/kettles/orders.yaml
        columns
          total: was "decimal", is "number"
          note: gone, was "string"
          remark: new, "string"
        record id=1
          total: was "12.5", is 12.5
        record id=2
          total: was "98", is 99.0
        record id=3
          total: was "0.1", is 0.1
"""
    )


def test_requests_that_differ_alike_are_told_once(folder: Path, test: Callable[..., Ran]) -> None:
    spec_with(folder, ("param: size", "param: per_page"))
    _, said = test("-q", "-k", "cassettes")
    assert (
        said
        == """\
FAIL  cassettes/kettles/orders.yaml
        request 1, GET https://api.kettles.example/orders and 1 more alike
          param size: gone, was "2"
          param per_page: new, "2"
"""
    )


def test_a_request_too_many_is_not_taken_for_another_one(folder: Path, test: Callable[..., Ran]) -> None:
    cassette_with(folder, ("/orders?state=open&size=2&page=2", "/orders/archive?size=2"))
    code, said = test("-q", "-k", "cassettes")
    assert code == 1
    assert (
        said
        == """\
FAIL  cassettes/kettles/orders.yaml
        the run
          outcome: was 3 records, is no recording answers GET https://api.kettles.example/orders?state=open&size=2&page=2
        request 2, GET https://api.kettles.example/orders/archive
          the request: was made, is not made
"""
    )


def test_a_run_that_fails_is_told_by_its_error(folder: Path, test: Callable[..., Ran]) -> None:
    spec_with(folder, ("at: data", "at: items"))
    _, said = test("-q", "-k", "cassettes")
    assert "outcome: was 3 records, is nothing at items; the body is an object of data" in said


def test_a_problem_of_the_spec_is_told_and_nothing_else_tried(folder: Path, test: Callable[..., Ran]) -> None:
    spec_with(folder, ("primary_key: [id]", "primary_key: [noted]"))
    code, said = test("-q")
    assert code == 1
    assert said.splitlines() == [
        "FAIL  specs/kettles.yaml: lint",
        "specs/kettles.yaml:17:19: streams.orders.primary_key[0]: no field is named 'noted'; did you mean 'note'?",
    ]


def test_an_example_that_differs_is_told(folder: Path, test: Callable[..., Ran]) -> None:
    spec_with(folder, ("value: 2", "value: 50"))
    _, said = test("-q", "-k", "paid")
    assert (
        said
        == """\
FAIL  specs/kettles.yaml: orders: The paid ones
        request
          param size: was "2", is "50"
"""
    )


def test_update_accepts_what_differs_and_leaves_the_rest_as_it_is(folder: Path, test: Callable[..., Ran]) -> None:
    before = (folder / "specs" / "kettles.yaml").read_text(encoding="utf-8")
    spec_with(folder, ("param: size", "param: per_page"), ("total: {type: decimal}", "total: {type: number}"))
    code, said = test("--update")
    assert code == 0
    assert "3 checks: 1 passed, 2 accepted" in said
    assert test("-q") == (0, "")
    text = (folder / "specs" / "kettles.yaml").read_text(encoding="utf-8")
    assert text == before.replace("param: size", "param: per_page").replace("decimal", "number").replace(
        "&size=2", "&per_page=2"
    )
    cassette = yaml.safe_load((folder / "cassettes" / "kettles" / "orders.yaml").read_bytes())
    assert cassette["tapwright"]["columns"]["total"] == "number"
    assert cassette["tapwright"]["records"][0] == {"id": 1, "total": 12.5}
    assert cassette["interactions"][1]["request"]["uri"].endswith("/orders?state=open&per_page=2&page=2")


def test_update_leaves_the_answers_untouched(folder: Path, test: Callable[..., Ran]) -> None:
    cassette_with(folder, ("total: '99'", "total: '98'"))
    assert test("--update", "-q") == (0, "")
    text = (folder / "cassettes" / "kettles" / "orders.yaml").read_text(encoding="utf-8")
    assert text.partition("version: 1\n")[2] == CASSETTE.partition("version: 1\n")[2]
    assert "- {id: 2, total: '99', note: by hand}" in text


def test_update_takes_out_requests_that_are_made_no_more(folder: Path, test: Callable[..., Ran]) -> None:
    spec_with(folder, ("paginate: {page: {param: page, size: {param: size, value: 2}, until: short_page}}\n", "\n"))
    assert test("--update", "-q")[0] == 0
    cassette = yaml.safe_load((folder / "cassettes" / "kettles" / "orders.yaml").read_bytes())
    assert [each["request"]["uri"] for each in cassette["interactions"]] == [
        "https://api.kettles.example/orders?state=open"
    ]


def test_update_does_not_accept_a_run_that_fails(folder: Path, test: Callable[..., Ran]) -> None:
    spec_with(folder, ("at: data", "at: items"))
    before = (folder / "cassettes" / "kettles" / "orders.yaml").read_bytes()
    code, said = test("--update", "-k", "cassettes")
    assert code == 1
    assert "a run that fails is not accepted: mend the spec, or record it again" in said
    assert (folder / "cassettes" / "kettles" / "orders.yaml").read_bytes() == before


def test_a_request_without_an_answer_names_the_way_out(folder: Path, test: Callable[..., Ran]) -> None:
    spec_with(folder, ("until: short_page", "until: empty_page"))
    code, said = test("-q", "-k", "cassettes")
    assert code == 1
    assert "no recording answers GET https://api.kettles.example/orders?state=open&size=2&page=3" in said


def test_gaps_fail_only_under_strict_coverage(folder: Path, test: Callable[..., Ran]) -> None:
    assert test("-q")[0] == 0
    code, said = test("-q", "--strict-coverage")
    assert code == 1
    assert "specs/kettles.yaml:9: api.errors[0]: no cassette meets status 503 → retry" in said


def test_a_stream_without_a_cassette_is_a_gap(folder: Path, test: Callable[..., Ran]) -> None:
    (folder / "cassettes" / "kettles" / "orders.yaml").unlink()
    assert "  specs/kettles.yaml:11: streams.orders: no cassette\n" in test()[1]


def test_a_rule_that_an_answer_meets_is_covered(folder: Path, test: Callable[..., Ran]) -> None:
    cassette_with(folder, ("interactions:\n", f"interactions:\n{BUSY}"))
    assert "kettles: 1 of 1 streams, 1 of 2 error rules" in test()[1]


BUSY = """\
- request:
    {method: GET, uri: 'https://api.kettles.example/orders?state=open&size=2&page=1', body: null, headers: {}}
  response:
    status: {code: 503, message: Busy}
    headers: {}
    body: {string: ''}
"""


def test_json_tells_everything(folder: Path, test: Callable[..., Ran]) -> None:
    spec_with(folder, ("value: 2", "value: 50"))
    code, said = test("--json")
    report = json.loads(said)
    assert (code, report["ok"]) == (1, False)
    example = report["checks"][1]
    assert (example["kind"], example["name"], example["ok"]) == ("example", "orders: The paid ones", False)
    assert example["differences"] == [{"where": "request", "what": "param size", "was": '"2"', "now": '"50"'}]
    assert [gap["place"] for gap in report["coverage"][0]["gaps"]] == ["specs/kettles.yaml:9", "specs/kettles.yaml:19"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["ketles"], "nothing is named 'ketles'; did you mean 'kettles'?"),
        (["-k", "teapots"], "of 3 checks none holds 'teapots'"),
        (["connectors/mine.yaml"], "'connectors/mine.yaml' is a connector"),
    ],
)
def test_what_cannot_be_tested_is_said(folder: Path, test: Callable[..., Ran], words: list[str], said: str) -> None:
    write(folder / "connectors" / "mine.yaml", "spec: kettles\nconfig: {token: x}\n")
    code, text = test(*words)
    assert code == 1 and said in text


def test_a_folder_without_specs_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, test: Callable[..., Ran]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert test() == (
        1,
        "error: there is no spec in ./specs\nName one: `tapwright test NAME` or `tapwright test FILE`.\n",
    )


@pytest.mark.parametrize("text", ["a: b", "tapwright: {stream: orders}\n", "a: [", "- 1"])
def test_a_file_that_is_no_cassette_is_said(folder: Path, test: Callable[..., Ran], text: str) -> None:
    write(folder / "cassettes" / "kettles" / "orders.yaml", text)
    code, said = test("-q")
    assert code == 1 and "Record it with `tapwright record`." in said and "Traceback" not in said


def test_the_pytest_plugin_makes_the_same_checks(folder: Path, pytester: pytest.Pytester) -> None:
    write(pytester.path / "specs" / "kettles.yaml", SPEC.replace("value: 2", "value: 50"))
    write(pytester.path / "cassettes" / "kettles" / "orders.yaml", CASSETTE)
    installed = any(entry.name == "tapwright" for entry in entry_points(group="pytest11"))
    plugin = () if installed else ("-p", "tapwright.pytest_plugin")
    words = (*plugin, "specs", "cassettes")
    result = pytester.runpytest_inprocess(*words)
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(["*specs/kettles.yaml: orders: The paid ones*", '*param size: was "2", is "50"'])
    result = pytester.runpytest_inprocess(*words, "--tapwright-update", "-k", "paid")
    result.assert_outcomes(passed=1, deselected=2)
    result = pytester.runpytest_inprocess(*plugin, "specs", "--tapwright-strict-coverage")
    result.assert_outcomes(passed=2, failed=1)
