"""`tapwright record`: what a cassette holds, and what it must never hold."""

from __future__ import annotations

import json
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
import yaml
from click.testing import CliRunner

from tapwright.cli import tapwright
from tapwright.cli.failing import exit_code
from tests.providers.kettles import COOKIE, ID_TOKEN, SECRET, SHORT, SIGNATURE, TOKEN, Kettles

SPEC = """
tapwright: 1
name: kettles
title: The Kettle Company
config:
  app: {type: string}
  secret: {type: string, writeOnly: true}
  base_url: {type: string, format: uri, default: "https://api.kettles.example/v2"}
api:
  url: "{{ config.base_url }}"
  auth:
    oauth2:
      url: "{{ config.base_url }}/token"
      grant: client_credentials
      client_id: "{{ config.app }}"
      client_secret: "{{ config.secret }}"
  headers: {X-Kettle-Version: "2"}
  records: {json: {at: data}}
  retry: {attempts: 1}
shared:
  fields: {order: {id: {type: integer}, total: {type: decimal}, note: {}}}
streams:
  orders:
    request: {path: /orders}
    paginate: {page: {param: page, size: {param: size, value: 25}, until: short_page}}
    shared_fields: [order]
    primary_key: [id]
    errors: [{when: {status: 429, header: {X-Kettle-Id: abc}}, do: skip}]
  orders_xml:
    request: {path: /orders/xml}
    records: {xml: {each: /orders/order}}
    fields: {id: {type: integer, from: "@id"}, total: {type: decimal}}
  orders_csv:
    request: {path: /orders/csv}
    records: {csv: {}}
    fields: {id: {type: integer}, total: {type: decimal}}
  orders_jsonl:
    request: {path: /orders/jsonl}
    records: {jsonl: {}}
    shared_fields: [order]
  told:
    request: {path: /orders, params: {size: 1}}
    records: {json: {at: you}}
  lines:
    request: {path: /lines, params: {order: "{{ slice.order }}"}}
    for_each: [{parent: {stream: orders, take: {order: id}}}]
    fields: {order: {}, line: {type: integer}}
  reports:
    request: {path: /reports}
    paginate: {next_url: {next: next}}
    shared_fields: [order]
  missing: {request: {path: /missing}}
  dear:
    request: {path: /orders}
    where: "id > `30`"
    shared_fields: [order]
"""
Ran = tuple[int, str]
Record = Callable[..., Ran]


@pytest.fixture
def record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., Ran]]:
    """Record from the Kettle Company; gives the exit code and what was said."""
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "kettles.yaml").write_text(SPEC, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with Kettles() as server:

        def run(*words: str, command: str = "record", secret: str = SECRET) -> Ran:
            account = ("kettles", "--via", server.url, "-c", "app=kettle-app", "-c", f"secret={secret}")
            monkeypatch.setattr(sys, "argv", ["tapwright", command, *(account if command == "record" else ()), *words])
            code = exit_code(tapwright)
            out, err = capfd.readouterr()
            return code, out + err

        yield run


def cassette(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(text_of(name))
    return loaded


def text_of(name: str) -> str:
    return Path("cassettes", "kettles", f"{name}.yaml").read_text(encoding="utf-8")


def bodies(name: str) -> list[str]:
    return [each["response"]["body"]["string"] for each in cassette(name)["interactions"]]


def encodings(secret: str) -> Iterator[str]:
    plain = secret.encode()
    yield from (secret, quote(secret, safe=""), quote_plus(secret), plain.hex(), json.dumps(secret)[1:-1])
    yield from (b64encode(b"." * offset + plain).decode()[4:-4] for offset in range(3))


@pytest.mark.parametrize("stream", ["orders", "told"])
def test_no_secret_is_recorded_in_any_encoding(record: Record, stream: str) -> None:
    code, said = record("-S", stream)
    assert code == 0, said
    text = text_of(stream)
    for secret in (SECRET, TOKEN, ID_TOKEN, COOKIE):
        assert [way for way in encodings(secret) if way in text] == []
    assert SHORT not in text


def test_a_token_answer_keeps_what_is_no_secret(record: Record) -> None:
    record("-S", "orders")
    first = cassette("orders")["interactions"][0]["response"]
    granted = json.loads(first["body"]["string"])
    assert granted == {
        "access_token": "replayed",
        "id_token": "replayed",
        "device_key": "replayed",
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": "orders:read",
        "home": "https://api.kettles.example/v2/orders",
    }
    assert first["headers"]["Set-Cookie"] == ["kettle=replayed; Path=/; HttpOnly"]


def test_what_an_address_is_signed_with_is_not_recorded(record: Record) -> None:
    assert record("-S", "reports")[0] == 0
    assert SIGNATURE not in text_of("reports") and SIGNATURE[::-1] not in text_of("reports")
    assert cassette("reports")["interactions"][-1]["request"]["uri"].endswith("X-Amz-Signature=replayed&sig=replayed")
    assert record("-q", command="test") == (0, "")


def test_the_providers_own_address_is_kept(record: Record) -> None:
    record("-S", "orders")
    assert "127.0.0.1" not in text_of("orders")
    asked = [each["request"]["uri"].partition("?")[0] for each in cassette("orders")["interactions"]]
    assert asked == ["https://api.kettles.example/v2/token", *["https://api.kettles.example/v2/orders"] * 2]
    assert json.loads(bodies("orders")[1])["self"] == "https://api.kettles.example/v2/orders?page=1"


def test_headers_that_say_something_are_kept(record: Record) -> None:
    record("-S", "orders")
    second = cassette("orders")["interactions"][1]
    assert second["request"]["headers"] == {"X-Kettle-Version": ["2"]}
    assert sorted(second["response"]["headers"]) == ["Content-Length", "Content-Type", "X-Kettle-Id"]


def test_what_is_recorded_plays(record: Record) -> None:
    assert record("-S", "orders", "-S", "lines", "-S", "orders_xml", "-S", "orders_csv")[0] == 0
    assert record("-q", command="test") == (0, "")


def test_json_is_laid_out_digit_for_digit(record: Record) -> None:
    record("-S", "orders")
    assert bodies("orders")[1].startswith('{\n  "data": [\n    {\n      "id": 1,\n      "total": "1.50",\n')


def test_xml_is_laid_out(record: Record) -> None:
    record("-S", "orders_xml")
    start = '<?xml version="1.0" encoding="UTF-8"?>\n<orders count="40">\n  <order id="1">\n    <total>1.50</total>\n'
    assert bodies("orders_xml")[1].startswith(start)


def test_line_ends_of_windows_are_dropped(record: Record) -> None:
    record("-S", "orders_csv")
    assert bodies("orders_csv")[1].startswith('id,total\n1,"1.50"\n')


@pytest.mark.parametrize("stream", ["orders", "orders_xml", "orders_csv", "orders_jsonl"])
def test_bodies_are_cut_to_the_records_wanted(record: Record, stream: str) -> None:
    code, said = record("-S", stream, "--max-records", "3")
    assert code == 0 and "3 records" in said and "1 of its bodies cut" in said
    last = cassette(stream)["interactions"][-1]
    assert last["trimmed"] == f"3 of {25 if stream == 'orders' else 40} records"
    kept = text_of(stream).replace(cassette(stream)["tapwright"]["now"], "")  # an hour may have any digits
    assert "№4" not in kept and "4.50" not in kept
    assert last["response"]["headers"]["Content-Length"] == [str(len(last["response"]["body"]["string"].encode()))]
    assert record("-q", command="test") == (0, "")


def test_a_parents_body_is_cut_too(record: Record) -> None:
    assert record("-S", "lines", "--max-records", "3")[0] == 0
    assert [each.get("trimmed") for each in cassette("lines")["interactions"]][:2] == [None, "3 of 25 records"]
    assert len(cassette("lines")["tapwright"]["records"]) == 3
    assert record("-q", command="test") == (0, "")


def test_a_body_stays_whole_where_a_cut_one_would_read_otherwise(record: Record) -> None:
    code, said = record("-S", "dear", "--max-records", "3")
    assert code == 0 and "cut" not in said
    assert [row["id"] for row in cassette("dear")["tapwright"]["records"]] == [31, 32, 33]


def test_a_cassette_is_replaced_only_if_forced_and_it_is_said_what_changed(record: Record) -> None:
    assert record("-S", "orders")[0] == 0
    before = text_of("orders")
    code, said = record("-S", "orders")
    assert code == 1 and text_of("orders") == before
    assert said.startswith("error: there is already cassettes/kettles/orders.yaml\nWith --force")
    assert "40 records (3 requests, 10 KB), as before" in record("-S", "orders", "--force")[1]
    _, said = record("-S", "orders", "--force", "--max-records", "3")
    assert "what changed:\n  request 3, GET https://api.kettles.example/v2/orders\n    the request: was made" in said
    assert "  … and 34 more records gone\n" in said
    assert '  record id=4\n    gone, was {"id": 4, "total": "4.50", "note": "Kettle & sons, №4"}' in said


def test_a_run_that_fails_is_recorded_only_if_that_is_wanted(record: Record) -> None:
    code, said = record("-S", "missing")
    assert code == 1 and "--failing records a run that fails" in said and SECRET not in said
    assert not Path("cassettes").exists()
    assert record("-S", "missing", "--failing")[0] == 0
    assert cassette("missing")["tapwright"]["error"].startswith("the provider answers 404")
    assert record("-q", command="test") == (0, "")
    code, said = record("-S", "orders", "--failing")
    assert code == 1 and "the run did not fail" in said


def test_many_records_are_kept_as_a_digest_and_the_first(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Kettles, "rows", 120)
    record("-S", "orders")
    words = cassette("orders")["tapwright"]
    assert (words["count"], len(words["records"]), len(words["sha256"])) == (120, 20, 64)
    path = Path("cassettes", "kettles", "orders.yaml")
    path.write_text(text_of("orders").replace('"total": "119.50"', '"total": "0.50"'), encoding="utf-8")
    code, said = record("-q", command="test")
    assert code == 1
    assert "a record after the first 20, which alone are kept: was sha256" in said


def test_another_host_needs_a_base_url(record: Record) -> None:
    path = Path("specs", "kettles.yaml")
    spec = path.read_text(encoding="utf-8").replace("{{ config.base_url }}", "https://api.kettles.example")
    path.write_text("\n".join(line for line in spec.splitlines() if "base_url" not in line), encoding="utf-8")
    code, said = record("-S", "orders")
    assert code == 1 and "spec 'kettles' has no config 'base_url'" in said


def test_nothing_is_recorded_where_nothing_answers(record: Record) -> None:
    code, said = record("-S", "orders", "--via", "http://127.0.0.1:9")
    assert code == 1 and "Nothing was recorded." in said and not Path("cassettes").exists()


def test_a_moment_that_is_none_is_refused() -> None:
    ran = CliRunner().invoke(tapwright, ["record", "rokt", "--now", "noon"])
    assert ran.exit_code == 2
    assert "'noon' is not a date or a time" in ran.output


def test_a_cassette_that_cannot_be_written_is_told(record: Record) -> None:
    Path("a_file").touch()
    code, said = record("-S", "orders", "--into", "a_file")
    assert code == 1
    assert said.startswith("error: 'a_file/kettles/orders.yaml' cannot be written: Not a directory\n")
