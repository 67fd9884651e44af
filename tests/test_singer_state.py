"""The state that a tap writes and reads, numbered as in the conformance list."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.singer_kill import killed_at
from tests.singer_shop import Shop, Tap, metadata, only, order


@pytest.fixture
def shop() -> Iterator[Shop]:
    with Shop() as server:
        yield server


@pytest.fixture
def tap(tmp_path: Path, shop: Shop, capfdbinary: pytest.CaptureFixture[bytes]) -> Tap:
    return Tap(tmp_path, shop, capfdbinary)


def test_28_the_last_line_is_a_state_of_every_incremental_stream(tap: Tap) -> None:
    ran = tap()
    assert ran.messages[-1]["type"] == "STATE"
    assert {name for name, mark in ran.marks.items() if "replication_key_value" in mark} == {"orders", "events"}
    assert ran.messages[-2]["type"] != "STATE"


def test_29_a_state_given_back_reads_on_from_the_bookmark(tap: Tap, shop: Shop) -> None:
    first = tap()
    shop.orders.append(order(6, 6))
    shop.events.append({"at": "2026-01-05T00:00:00Z", "kind": "k5"})
    second = tap(state=first.state)
    assert [row["id"] for row in second.records("orders")] == [5, 6]
    assert [row["kind"] for row in second.records("events")] == ["k5"]
    third, fourth = tap(state=second.state), tap(state=second.state)
    assert third.state == fourth.state == second.state
    assert third.records("orders") == fourth.records("orders") == second.records("orders")[-1:]


def test_30_bookmarks_are_compared_as_instants_and_never_go_back(tap: Tap, shop: Shop) -> None:
    shop.orders = [order(1, 1, updated_at="2026-01-02T00:30:00+02:00"), order(2, 2, updated_at="2026-01-01T23:00:00Z")]
    mark = tap().marks["orders"]
    assert mark["replication_key_value"] == "2026-01-01T23:00:00+00:00"
    shop.orders = [order(1, 1, updated_at="2026-01-01T10:00:00Z")]
    state = {"bookmarks": {"orders": mark}}
    assert tap(state=state).marks["orders"]["replication_key_value"] == "2026-01-01T23:00:00+00:00"


def test_31_killed_at_any_line_nothing_is_lost(tap: Tap, shop: Shop) -> None:
    shop.orders = [order(number, number) for number in range(1, 14)]
    lines = len(tap("--checkpoint-rows", "1", "--workers", "1").out.splitlines())
    for at in random.Random(7).sample(range(1, lines), 4):
        killed_at(tap, shop, at)


def test_32_no_bookmark_is_passed_before_its_slice_ends(tap: Tap, shop: Shop) -> None:
    shop.orders = [order(1, 5), order(2, 1), order(3, 4), order(4, 2), order(5, 3)]
    marks = [one["value"]["bookmarks"]["orders"] for one in tap("--checkpoint-rows", "1").of("STATE")]
    unfinished = [mark for mark in marks if "open" in json.loads(mark["tapwright"])]
    assert unfinished
    assert all("replication_key_value" not in mark for mark in unfinished)
    assert marks[-1]["replication_key_value"] == "2026-01-02T05:00:00+00:00"


def test_33_partitions_have_bookmarks_of_their_own_and_few_states_are_written(tap: Tap, shop: Shop) -> None:
    spec = tap.spec.read_text()
    tap.spec.write_text(
        spec
        + """
  changes:
    request: {path: /events, params: {since: "{{ slice.start | time('%Y-%m-%dT%H:%M:%SZ') }}"}}
    for_each: [{list: {name: shop, in: "{{ config.sizes }}"}}]
    fields: {shop: {value: "{{ slice.shop }}"}, at: {type: datetime}, kind: {}}
    primary_key: [shop, kind]
    incremental: {cursor: at, start: "{{ config.start_date }}", client_side: true}
"""
    )
    tap.config["sizes"] = list(range(100))
    ran = tap(catalog=only(tap.discover(), "changes"))
    assert ran.marks["changes"]["partitions"]['{"shop":7}'] == "2026-01-04T00:00:00+00:00"
    assert len(ran.of("STATE")) == 1
    assert len(ran.out.splitlines()[-1]) < 100 * 80
    assert len(tap(catalog=only(tap.discover(), "changes"), state=ran.state).records("changes")) == 100


def test_34_nothing_passing_is_in_the_last_state(tap: Tap) -> None:
    said = json.dumps(tap().state)
    for name in ("progress_markers", "replication_key_signpost", "starting_replication_value", "open", "done"):
        assert f'{name}"' not in said.replace("\\", "")


def test_35_the_state_of_a_tap_of_the_meltano_sdk_is_understood(tap: Tap) -> None:
    bookmark = {"replication_key": "updated_at", "replication_key_value": "2026-01-02T04:00:00Z"}
    given = {"bookmarks": {"orders": bookmark, "countries": {}}, "of_another_tool": 1}
    ran = tap(state=given)
    assert [row["id"] for row in ran.records("orders")] == [4, 5]
    assert ran.state["of_another_tool"] == 1


def test_35_its_partitions_too(tap: Tap) -> None:
    spec = tap.spec.read_text().replace(
        "  countries:\n    request: {path: /countries}",
        "  countries:\n    for_each: [{list: {name: shop, in: [1, 2]}}]\n    request: {path: /countries}",
    )
    spec = spec.replace("  events:\n", "  events:\n    for_each: [{list: {name: shop, in: [1, 2]}}]\n", 1)
    tap.spec.write_text(spec)
    parts = [{"context": {"shop": 2}, "replication_key": "at", "replication_key_value": "2026-01-04T00:00:00Z"}]
    ran = tap(state={"bookmarks": {"events": {"partitions": parts}}})
    assert [row["kind"] for row in ran.records("events")] == ["k1", "k2", "k3", "k4", "k4"]


def test_35_a_bookmark_can_be_edited_by_hand(tap: Tap) -> None:
    state = tap().state
    state["bookmarks"]["orders"]["replication_key_value"] = "2026-01-02T03:00:00Z"
    assert [row["id"] for row in tap(state=state).records("orders")] == [3, 4, 5]


def test_35_states_laid_over_each_other_read_on(tap: Tap, shop: Shop) -> None:
    """Meltano merges the states of failed runs key by key, the later over the earlier."""
    shop.broken.add("/orders/3/items")
    first = tap("--checkpoint-rows", "1").state
    shop.broken.clear()
    merged = laid_over(tap(state=first).state, first)
    assert len(tap(state=merged).records("items")) == 5


def laid_over(new: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
    for key, value in new.items():
        if isinstance(value, dict):
            laid_over(value, old.setdefault(key, {}))
        else:
            old[key] = value
    return old


def test_36_bookmarks_of_streams_that_are_not_selected_are_carried_over(tap: Tap) -> None:
    first = tap()
    foreign = {"gone": {"partitions": [{"context": {}, "x": 1}]}}
    state = {"bookmarks": {**first.marks, **foreign}}
    ran = tap(state=state, catalog=only(tap.discover(), "countries"))
    assert {name: mark for name, mark in ran.marks.items() if name != "countries"} == {
        name: mark for name, mark in state["bookmarks"].items() if name != "countries"
    }


def test_37_one_stream_that_fails_does_not_stop_the_others(tap: Tap, shop: Shop) -> None:
    shop.broken.add("/events")
    ran = tap()
    assert ran.code == 1
    assert ran.streams == ["orders", "countries", "items", "loose"]
    assert {"orders", "countries", "items", "loose"} <= ran.marks.keys()
    assert next(line for line in ran.err.splitlines() if "CRITICAL" in line).count("stream 'events' failed") == 1


def test_a_changed_use_begins_anew_and_says_so(tap: Tap) -> None:
    state = tap().state
    mark = state["bookmarks"]["orders"]
    mark["tapwright"] = mark["tapwright"].replace('"cursor":"updated_at"', '"cursor":"id"')
    ran = tap(state=state)
    assert len(ran.records("orders")) == 5
    assert "is used in another way than its bookmark was" in ran.err


def test_the_state_of_another_account_begins_anew_and_says_so(tap: Tap) -> None:
    text = tap.spec.read_text("utf-8")
    tap.spec.write_text(text.replace("api:\n", "api:\n  account: '{{ config.base_url }}'\n", 1), "utf-8")
    state = tap().state
    assert len(tap(state=state).records("orders")) < 5
    mark = state["bookmarks"]["orders"]
    mark["tapwright"] = mark["tapwright"].replace('"account":"', '"account":"another ')
    ran = tap(state=state)
    assert len(ran.records("orders")) == 5
    assert "is used in another way than its bookmark was" in ran.err


@pytest.mark.parametrize("mark", [{"tapwright": "{"}, {"tapwright": '{"version": 99}'}, 5], ids=str)
def test_a_damaged_state_is_refused(tap: Tap, mark: Any) -> None:
    ran = tap(state={"bookmarks": {"orders": mark}})
    assert ran.code == 1
    assert "CRITICAL" in ran.err
    assert ran.of("RECORD") == []


@pytest.mark.parametrize("text", ["", "null", "{}", '{"bookmarks": {}}'])
def test_an_empty_state_is_none(tap: Tap, text: str) -> None:
    assert len(tap(state=text).records("orders")) == 5


def test_41_many_parents_take_time_in_proportion(tap: Tap, shop: Shop) -> None:
    shop.orders = [order(number, 1) for number in range(150)]
    few = tap(catalog=only(tap.discover(), "items"))
    shop.orders = [order(number, 1) for number in range(300)]
    many = tap(catalog=only(tap.discover(), "items"))
    assert len(many.records("items")) == 300
    assert len(many.out) < 2.2 * len(few.out)
    assert metadata(tap.discover(), "items")["selected"]
