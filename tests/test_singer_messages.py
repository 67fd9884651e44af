"""The messages that a tap writes, numbered as in the conformance list."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from jsonschema import Draft202012Validator

from tapwright.fronts.singer_batches import Batches, Batching
from tests.singer_shop import Ran, Shop, Tap, order

_FORMATS = Draft202012Validator.FORMAT_CHECKER
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


@pytest.fixture
def shop() -> Iterator[Shop]:
    with Shop() as server:
        yield server


@pytest.fixture
def tap(tmp_path: Path, shop: Shop, capfdbinary: pytest.CaptureFixture[bytes]) -> Tap:
    return Tap(tmp_path, shop, capfdbinary)


def check(ran: Ran) -> None:
    """Check every record against the last schema of its stream, as a target does."""
    schemas: dict[str, Any] = {}
    keys: set[Any] = set()
    for line in ran.out.splitlines():
        one = json.loads(line)
        match one["type"]:
            case "SCHEMA":
                schemas[one["stream"]] = one
                assert isinstance(one["key_properties"], list)
                named = {*one["key_properties"], *one.get("bookmark_properties", [])}
                assert named <= one["schema"]["properties"].keys()
            case "RECORD":
                said, record = schemas[one["stream"]], one["record"]
                Draft202012Validator(said["schema"], format_checker=_FORMATS).validate(record)
                assert record.keys() <= said["schema"]["properties"].keys()
                key = tuple(record[name] for name in said["key_properties"])
                assert None not in key
                assert not key or (one["stream"], key) not in keys
                keys.add((one["stream"], key))
                for name, schema in said["schema"]["properties"].items():
                    if schema.get("format") == "date-time" and record.get(name) is not None:
                        assert RFC3339.fullmatch(record[name])


def test_19_a_schema_goes_before_records_and_again_only_when_it_changes(tap: Tap, shop: Shop) -> None:
    shop.countries = []
    ran = tap()
    check(ran)
    told = [one["stream"] for one in ran.of("SCHEMA")]
    assert told == ["orders", "events", "countries", "items", "loose", "loose"]
    assert ran.records("countries") == []


def test_19_a_schema_is_not_repeated_for_each_parent(tap: Tap, shop: Shop) -> None:
    shop.orders = [order(number, 1) for number in range(40)]
    ran = tap()
    assert len(ran.of("SCHEMA", "items")) == 1
    assert len(ran.of("STATE")) < 10


def test_20_key_properties_are_always_a_list(tap: Tap) -> None:
    keys = {one["stream"]: one["key_properties"] for one in tap().of("SCHEMA")}
    assert keys == {
        "orders": ["id"],
        "events": [],
        "countries": ["code"],
        "items": ["order_id", "sku"],
        "loose": ["id"],
    }


def test_21_every_record_is_valid(tap: Tap, shop: Shop) -> None:
    shop.orders[2] |= {"address": None, "lines": [None], "extra": "text", "gift": "yes", "total": None}
    check(tap())


def test_22_numbers_are_exact(tap: Tap, shop: Shop) -> None:
    shop.orders = [order(1, 1, id=2.0, extra={"big": 2**70, "float": 0.1})]
    ran = tap()
    assert '"id":2,' in ran.out
    assert '"total":12345678901234567890.123456789012345678,' in ran.out
    assert str(2**70) in ran.out
    assert Decimal(ran.records("orders")[0]["total"]) == Decimal("12345678901234567890.123456789012345678")
    assert not re.search(r"\b(NaN|Infinity)\b", ran.out)


def test_23_instants_have_an_offset_and_local_times_none(tap: Tap, shop: Shop) -> None:
    shop.orders = [order(1, 1, updated_at="2026-01-02T03:04:05.5+02:00")]
    ran = tap()
    record = ran.records("orders")[0]
    assert record["updated_at"] == "2026-01-02T03:04:05.500000+02:00"
    assert record["placed"] == "2026-01-02T03:04:05"
    assert ran.schema("orders")["properties"]["placed"] == {"type": ["string", "null"]}
    extracted = ran.of("RECORD")[0]["time_extracted"]
    assert extracted.endswith("Z")
    assert datetime.fromisoformat(extracted)


def test_24_nul_characters_are_replaced_and_told(tap: Tap, shop: Shop) -> None:
    shop.orders = [order(1, 1, note="a\0b", extra={"in\0side": ["\0"]}), order(2, 2, note="a\\u0000b")]
    ran = tap()
    assert ran.records("orders")[0]["note"] == "a\ufffdb"
    assert ran.records("orders")[0]["extra"] == {"in\ufffdside": ["\ufffd"]}
    assert ran.records("orders")[1]["note"] == "a\\u0000b"
    assert ran.err.count("NUL characters") == 1


def test_24_text_that_is_not_unicode_fails_its_stream(tap: Tap, shop: Shop) -> None:
    shop.orders = [order(1, 1, note="\ud800")]
    ran = tap()
    assert ran.code == 1
    assert ran.records("orders") == []
    assert len(ran.records("countries")) == 2


def test_24_a_schema_grows_with_its_columns_and_widens(tap: Tap, shop: Shop) -> None:
    shop.loose = [
        {"id": 1, "a": 1, "b": 1, "c": "x", "d": None},
        {"id": 2, "a": 2, "b": 2, "c": "y", "d": None},
        {"id": 3, "a": 1.5, "b": "x", "c": {"z": 1}, "d": True},
    ]
    ran = tap()
    check(ran)
    assert ran.schema("loose")["properties"] == {
        "id": {"type": "integer"},
        "a": {"type": ["number", "null"]},
        "b": {"type": ["integer", "string", "null"]},
        "c": {"type": ["string", "object", "null"]},
        "d": {"type": ["boolean", "null"]},
    }


def test_24_beside_objects_other_json_is_sent_as_text(tap: Tap, shop: Shop) -> None:
    shop.orders = [order(1, 1, extra={"a": 1}), order(2, 2, extra="x"), order(3, 3, extra=5)]
    shop.loose = [{"id": 1, "a": [1]}, {"id": 2, "a": {"b": "c"}}, {"id": 3, "a": "x"}]
    ran = tap()
    check(ran)
    assert ran.schema("orders")["properties"]["extra"] == {"type": ["object", "array", "string", "null"]}
    assert [row["extra"] for row in ran.records("orders")] == [{"a": 1}, '"x"', "5"]
    assert [row["a"] for row in ran.records("loose")] == [[1], {"b": "c"}, "x"]


def test_24_a_null_in_a_key_is_refused(tap: Tap, shop: Shop) -> None:
    shop.loose = [{"id": 1, "a": 1}, {"id": None, "a": 1}]
    assert "'id' is a key of stream 'loose', and null in a record" in tap().err


def test_25_names_are_plain(tap: Tap) -> None:
    assert all(re.fullmatch("[a-z0-9_]+", one["stream"]) for one in tap().of("SCHEMA"))


def test_26_versions_come_only_when_asked_for(tap: Tap) -> None:
    ran = tap()
    assert ran.of("ACTIVATE_VERSION") == []
    assert all("version" not in one for one in ran.of("RECORD"))


def test_26_a_full_table_ends_with_its_version(tap: Tap) -> None:
    tap.config["emit_activate_version_messages"] = True
    ran = tap()
    assert [one["stream"] for one in ran.of("ACTIVATE_VERSION")] == ["countries", "items", "loose"]
    ended = next(at for at, one in enumerate(ran.messages) if one["type"] == "ACTIVATE_VERSION")
    assert [one["type"] for one in ran.messages[ended - 1 : ended + 2]] == ["RECORD", "ACTIVATE_VERSION", "STATE"]
    version = ran.of("ACTIVATE_VERSION", "countries")[0]["version"]
    assert {one["version"] for one in ran.of("RECORD", "countries")} == {version}
    assert all("version" not in one for one in ran.of("RECORD", "orders"))


def test_26_a_table_that_fails_activates_nothing(tap: Tap, shop: Shop) -> None:
    tap.config["emit_activate_version_messages"] = True
    shop.hook = lambda call: shop.broken.add(call.path) if (call.path, call.param("page")) == ("/loose", "2") else None
    ran = tap()
    assert len(ran.records("loose")) == 2
    assert ran.of("ACTIVATE_VERSION", "loose") == []


def test_26_a_table_that_was_interrupted_goes_on_with_its_version(tap: Tap, shop: Shop) -> None:
    tap.config["emit_activate_version_messages"] = True
    shop.broken.add("/orders/3/items")
    first = tap("--checkpoint-rows", "1")
    shop.broken.clear()
    second = tap(state=first.state)
    assert [row["order_id"] for row in second.records("items")] == [3, 4, 5]
    versions = {one["version"] for ran in (first, second) for one in ran.of("RECORD", "items")}
    assert versions == {second.of("ACTIVATE_VERSION", "items")[0]["version"]}
    assert "rows_version" not in second.marks["items"]["tapwright"]


def batched(message: dict[str, Any]) -> list[dict[str, Any]]:
    """The records of a BATCH message's files."""
    assert message["encoding"] in ({"format": "jsonl", "compression": "gzip"}, {"format": "jsonl"})
    rows = []
    for url in message["manifest"]:
        data = Path(unquote(urlsplit(url).path)).read_bytes()
        lines = gzip.decompress(data) if "compression" in message["encoding"] else data
        rows += [json.loads(line, parse_float=str) for line in lines.splitlines()]
    return rows


@pytest.mark.parametrize("nothing", [None, {}])
def test_27_no_batches_are_written_unless_asked_for(tap: Tap, nothing: Any) -> None:
    tap.config["batch_config"] = nothing
    ran = tap()
    assert (ran.code, ran.of("BATCH")) == (0, [])
    assert len(ran.records("orders")) == 5


@pytest.mark.parametrize("compression", ["gzip", "none"])
def test_27_batches_hold_the_records_and_go_before_their_state(tap: Tap, tmp_path: Path, compression: str) -> None:
    plain = tap()
    folder = tmp_path / "a folder"
    tap.config["batch_config"] = {
        "encoding": {"format": "jsonl", "compression": compression},
        "storage": {"root": f"file://{folder}", "prefix": "b-"},
        "batch_size": 2,
    }
    ran = tap()
    assert (ran.code, ran.of("RECORD")) == (0, [])
    for stream in plain.streams:
        batches = [batched(one) for one in ran.of("BATCH", stream)]
        assert [row for rows in batches for row in rows] == plain.records(stream)
        assert len(batches) > 1 or len(plain.records(stream)) <= 2
    assert ran.schema("loose") == plain.schema("loose")
    assert ran.state == plain.state
    told = [(one["type"], one.get("stream")) for one in ran.messages]
    assert told[0] == ("SCHEMA", "orders")
    assert told.index(("SCHEMA", "events")) < told.index(("BATCH", "events"))
    assert all(path.name.startswith("b-tap-shop--") for path in folder.iterdir())
    assert len([*folder.iterdir()]) == len(ran.of("BATCH"))


def test_27_a_batch_has_the_schema_that_it_was_read_with(tap: Tap, shop: Shop, tmp_path: Path) -> None:
    tap.config["batch_config"] = {"storage": {"root": str(tmp_path / "out")}}
    told = [(one["type"], len(batched(one)) if one["type"] == "BATCH" else 0) for one in tap().messages]
    assert told[-5:] == [("SCHEMA", 0), ("BATCH", 2), ("SCHEMA", 0), ("BATCH", 1), ("STATE", 0)]


def test_27_a_file_that_no_message_will_name_is_removed(tmp_path: Path) -> None:
    batches = Batches(Batching(folder=tmp_path, rows=2), "tap-shop")
    assert batches.add("orders", b'{"id":1}\n', 1) == b""
    assert len([*tmp_path.iterdir()]) == 1
    batches.drop()
    assert [*tmp_path.iterdir()] == []
    assert batches.cut() == b""


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ({"storage": {"root": "s3://bucket/path"}}, "'s3', where tapwright writes no files"),
        ({"storage": {"root": "/dev/null"}, "encoding": {"format": "parquet"}}, "encoding.format: 'parquet'"),
        ({"encoding": {"format": "jsonl"}}, "missing key 'storage'"),
        ({"storage": {"root": "/dev/null/x"}}, "cannot be written: Not a directory"),
    ],
)
def test_27_batches_that_cannot_be_written_are_refused(tap: Tap, words: Any, why: str) -> None:
    tap.config["batch_config"] = words
    ran = tap()
    assert ran.code == 1
    assert why in ran.err


def test_27_batches_have_no_versions(tap: Tap, tmp_path: Path) -> None:
    tap.config |= {"emit_activate_version_messages": True, "batch_config": {"storage": {"root": str(tmp_path / "out")}}}
    ran = tap()
    assert ran.of("ACTIVATE_VERSION") == []
    assert "emit_activate_version_messages' is passed over" in ran.err
