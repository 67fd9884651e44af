"""The catalog and what it selects, numbered as in the conformance list."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator, Draft202012Validator

from tests.singer_shop import Shop, Tap, metadata, only


@pytest.fixture
def shop() -> Iterator[Shop]:
    with Shop() as server:
        yield server


@pytest.fixture
def tap(tmp_path: Path, shop: Shop, capfdbinary: pytest.CaptureFixture[bytes]) -> Tap:
    return Tap(tmp_path, shop, capfdbinary)


def entry(catalog: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in catalog["streams"] if one["tap_stream_id"] == name)
    return found


def inside(schema: Any) -> Iterator[dict[str, Any]]:
    """Every schema within a schema."""
    yield schema
    for inner in (*schema.get("properties", {}).values(), *filter(None, [schema.get("items")])):
        yield from inside(inner)


def test_08_the_catalog_lists_each_stream_once(tap: Tap) -> None:
    catalog = tap.discover()
    assert list(catalog) == ["streams"]
    ids = [one["tap_stream_id"] for one in catalog["streams"]]
    assert ids == ["orders", "events", "countries", "items", "loose"]
    assert all({"stream", "schema", "metadata", "key_properties"} <= one.keys() for one in catalog["streams"])


def test_09_every_property_has_its_metadata(tap: Tap) -> None:
    catalog = tap.discover()
    orders = entry(catalog, "orders")
    crumbs = {tuple(one["breadcrumb"]) for one in orders["metadata"]}
    assert {("properties", name) for name in orders["schema"]["properties"]} | {()} <= crumbs
    assert ("properties", "address", "properties", "city") in crumbs
    assert ("properties", "lines", "items", "properties", "sku") in crumbs
    root = metadata(catalog, "orders")
    assert root["table-key-properties"] == ["id"]
    assert root["valid-replication-keys"] == ["updated_at"]
    assert root["forced-replication-method"] == "INCREMENTAL"
    assert metadata(catalog, "countries")["forced-replication-method"] == "FULL_TABLE"
    automatic = [
        name
        for name in orders["schema"]["properties"]
        if metadata(catalog, "orders", "properties", name)["inclusion"] == "automatic"
    ]
    assert automatic == ["id", "updated_at"]


def test_10_schemas_are_valid_in_both_drafts_and_plain(tap: Tap) -> None:
    for one in tap.discover()["streams"]:
        Draft4Validator.check_schema(one["schema"])
        Draft202012Validator.check_schema(one["schema"])
        assert "$ref" not in json.dumps(one["schema"])
        assert {*one["key_properties"], one.get("replication_key")} <= {*one["schema"]["properties"], None}
        for schema in inside(one["schema"]):
            assert not isinstance(schema.get("type"), list) or len(schema["type"]) > 1


def test_11_discovery_is_the_same_each_time_and_asks_nobody(tap: Tap, shop: Shop) -> None:
    assert tap("--discover").out == tap("--discover").out == tap.run([str(tap.spec), "--discover"]).out
    assert shop.calls == []


def test_12_a_catalog_as_discovered_changes_nothing(tap: Tap) -> None:
    with_it, without = tap(catalog=tap.discover()), tap()
    assert with_it.of("SCHEMA") == without.of("SCHEMA")
    assert [one["record"] for one in with_it.of("RECORD")] == [one["record"] for one in without.of("RECORD")]
    assert with_it.state == without.state


def test_13_a_stream_that_is_not_selected_is_not_asked_for(tap: Tap, shop: Shop) -> None:
    catalog = only(tap.discover(), "countries")
    assert tap(catalog=catalog).streams == ["countries"]
    assert tap(catalog={"streams": [entry(catalog, "countries")]}).streams == ["countries"]
    assert set(shop.asked) == {"/countries"}
    shop.calls.clear()
    assert tap(catalog={"streams": []}).code == 0
    assert shop.calls == []


def test_14_a_field_that_is_not_selected_is_gone_at_every_depth(tap: Tap) -> None:
    catalog = only(tap.discover(), "orders")
    for crumb in (
        ("paid",),
        ("total",),
        ("address", "properties", "zip"),
        ("lines", "items", "properties", "count"),
    ):
        metadata(catalog, "orders", "properties", *crumb)["selected"] = False
    ran = tap(catalog=catalog)
    schema, record = ran.schema("orders"), ran.records("orders")[0]
    assert not {"paid", "total"} & (schema["properties"].keys() | record.keys() | set(schema["required"]))
    assert list(schema["properties"]["address"]["properties"]) == ["city"]
    assert record["address"] == {"city": "c1"}
    assert list(schema["properties"]["lines"]["items"]["properties"]) == ["sku"]
    assert record["lines"] == [{"sku": "a"}]


def test_14_a_field_that_is_not_selected_is_not_computed(tap: Tap, shop: Shop) -> None:
    shop.orders[0]["total"] = "not a number"
    catalog = only(tap.discover(), "orders")
    assert tap(catalog=catalog).code == 1
    metadata(catalog, "orders", "properties", "total")["selected"] = False
    assert tap(catalog=catalog).code == 0


def test_14_an_object_of_which_nothing_is_selected_is_gone(tap: Tap) -> None:
    catalog = only(tap.discover(), "orders")
    for name in ("city", "zip"):
        metadata(catalog, "orders", "properties", "address", "properties", name)["selected"] = False
    assert "address" not in tap(catalog=catalog).schema("orders")["properties"]


def test_14_columns_that_no_field_names_can_be_deselected_too(tap: Tap) -> None:
    catalog = only(tap.discover(), "loose")
    entry(catalog, "loose")["metadata"].append({"breadcrumb": ["properties", "a"], "metadata": {"selected": False}})
    ran = tap(catalog=catalog)
    assert list(ran.schema("loose")["properties"]) == ["id", "b b"]
    assert ran.records("loose")[0] == {"id": 1}


def test_15_keys_cannot_be_deselected_and_words_are_read_as_booleans(tap: Tap) -> None:
    catalog = only(tap.discover(), "orders")
    for name in ("id", "updated_at"):
        metadata(catalog, "orders", "properties", name)["selected"] = False
    metadata(catalog, "orders", "properties", "note")["selected"] = "false"
    metadata(catalog, "orders", "properties", "day").update({"selected": "true", "selected-by-default": False})
    metadata(catalog, "orders", "properties", "extra")["inclusion"] = "unsupported"
    metadata(catalog, "orders", "properties", "placed")["selected-by-default"] = False
    metadata(catalog, "orders")["of-another-tool"] = {"x": 1}
    names = tap(catalog=catalog).schema("orders")["properties"].keys()
    assert {"id", "updated_at", "day"} <= names
    assert not {"note", "extra", "placed"} & names


def test_15_a_stream_can_be_selected_at_the_top_of_its_entry(tap: Tap) -> None:
    catalog = only(tap.discover(), "countries")
    for one in catalog["streams"]:
        root = metadata(catalog, one["tap_stream_id"])
        one["selected"] = root.pop("selected")
    assert tap(catalog=catalog).streams == ["countries"]


def test_16_a_full_table_can_be_asked_for_and_keeps_no_bookmark(tap: Tap) -> None:
    state = tap().state
    catalog = only(tap.discover(), "orders", "events")
    metadata(catalog, "orders")["replication-method"] = "FULL_TABLE"
    ran = tap(catalog=catalog, state=state)
    assert len(ran.records("orders")) == 5
    assert ran.marks["orders"] == {}
    assert "bookmark_properties" not in ran.of("SCHEMA", "orders")[0]
    assert ran.records("events") == []


def test_16_a_replication_key_is_honoured_or_refused(tap: Tap) -> None:
    catalog = only(tap.discover(), "orders")
    metadata(catalog, "orders")["replication-key"] = "updated_at"
    metadata(catalog, "orders")["replication-method"] = "INCREMENTAL"
    assert tap(catalog=catalog).marks["orders"]["replication_key"] == "updated_at"
    metadata(catalog, "orders")["replication-key"] = "placed"
    ran = tap(catalog=catalog)
    assert ran.code == 1
    assert "Its valid replication key is 'updated_at'" in ran.err


def test_16_a_full_table_stays_one_with_a_word_about_it(tap: Tap) -> None:
    catalog = only(tap.discover(), "countries")
    metadata(catalog, "countries")["replication-method"] = "INCREMENTAL"
    ran = tap(catalog=catalog)
    assert len(ran.records("countries")) == 2
    assert "can only be read as a whole" in ran.err


def test_16_the_keys_of_a_catalog_are_taken(tap: Tap) -> None:
    catalog = only(tap.discover(), "events")
    metadata(catalog, "events")["table-key-properties"] = ["at", "kind"]
    ran = tap(catalog=catalog)
    assert ran.of("SCHEMA", "events")[0]["key_properties"] == ["at", "kind"]
    assert ran.schema("events")["required"] == ["at", "kind"]


def test_17_a_parent_that_is_not_selected_is_asked_for_and_not_sent(tap: Tap, shop: Shop) -> None:
    ran = tap(catalog=only(tap.discover(), "items"))
    assert ran.streams == ["items"]
    assert len(ran.records("items")) == 5
    assert "/orders" in shop.asked


def test_18_a_schema_in_the_catalog_is_used(tap: Tap) -> None:
    catalog = only(tap.discover(), "orders", "loose")
    entry(catalog, "orders")["schema"]["properties"]["id"] = {"type": "string"}
    entry(catalog, "orders")["schema"]["properties"]["note"]["maxLength"] = 10
    entry(catalog, "orders")["schema"]["properties"]["placed"] = {"type": ["null", "string"], "format": "date-time"}
    entry(catalog, "loose")["schema"]["properties"]["a"] = {"type": ["null", "string"]}
    ran = tap(catalog=catalog)
    properties = ran.schema("orders")["properties"]
    assert properties["id"] == {"type": "string"}
    assert properties["note"]["maxLength"] == 10
    record = ran.records("orders")[0]
    assert record["id"] == "1"
    assert record["placed"] == "2026-01-02T03:04:05Z"
    assert ran.schema("loose")["properties"]["a"] == {"type": ["null", "string"]}
    assert ran.records("loose")[0]["a"] == "1"


@pytest.mark.parametrize(
    ("catalog", "why"),
    [
        ({"a": 1}, "Object missing required field `streams`"),
        ([], "Expected `object`, got `array`"),
        (
            {"streams": [{"stream": "orders", "metadata": {}}]},
            "Expected `array | null`, got `object` - at `$.streams[0].metadata`",
        ),
        ({"streams": [{"metadata": []}]}, "has an entry without 'tap_stream_id'"),
    ],
)
def test_a_catalog_that_is_none_is_refused(tap: Tap, catalog: Any, why: str) -> None:
    ran = tap(catalog=catalog)
    assert ran.code == 1
    assert why in ran.err


def test_what_a_catalog_leaves_open_is_as_it_was(tap: Tap) -> None:
    catalog = only(tap.discover(), "countries")
    entry(catalog, "countries")["schema"]["properties"]["name"] = {"type": None}
    metadata(catalog, "countries", "properties", "name")["selected"] = None
    assert tap(catalog=catalog).records("countries")[0] == {"code": "DE", "name": "Germany"}


def test_a_stream_that_there_is_not_is_told(tap: Tap) -> None:
    catalog = only(tap.discover(), "countries")
    catalog["streams"][0] |= {
        "tap_stream_id": "ordres",
        "metadata": [{"breadcrumb": [], "metadata": {"selected": True}}],
    }
    assert "selects stream 'ordres', which there is not" in tap(catalog=catalog).err
