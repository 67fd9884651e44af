"""What is remembered of a table: kept as JSON, read back the same, refused where it means nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tapwright.errors import StateError
from tapwright.plan import TablePlan, make_plan
from tapwright.spec import Spec
from tapwright.state import Open, TableState, belongs_to, key_of, load_state, read_state
from tapwright.use import Use
from tests.memory import NOW, Memory, run, spec_of

WORDS: dict[str, Any] = {
    "api": {"url": "https://api.test"},
    "streams": {
        "items": {
            "options": {"kind": {"default": "all"}, "key": {"default": None, "writeOnly": True}},
            "request": {"path": "/items"},
            "fields": {"id": {"type": "integer"}, "at": {"type": "datetime"}},
            "primary_key": ["id"],
            "incremental": {"cursor": "at", "start": "2026-03-01"},
        }
    },
}
SCALARS = st.one_of(st.text(), st.integers())
PERHAPS = st.none() | SCALARS


@pytest.fixture
def spec(tmp_path: Path) -> Spec:
    return spec_of(tmp_path, WORDS)


def table(spec: Spec, mode: Any = None, **options: Any) -> TablePlan:
    return make_plan(spec, {}, {"items": Use(stream="items", options=options, mode=mode)}, NOW).tables[0]


def kept(spec: Spec, **words: Any) -> Any:
    return TableState(of=belongs_to(spec, table(spec)), **words).as_json()


@given(
    st.builds(
        TableState,
        of=st.dictionaries(st.text(), st.text(), min_size=1),
        mode=st.sampled_from(["append", "merge", "replace", None]),
        start=PERHAPS,
        bookmark=PERHAPS,
        partitions=st.dictionaries(st.text(), SCALARS),
        open=st.none() | st.builds(Open, start=PERHAPS, position=PERHAPS, mark=st.none() | st.text(), newest=PERHAPS),
        done=st.dictionaries(st.text(), st.just(True)),
        replacing=st.booleans(),
        columns=st.lists(st.text()),
        filled=st.booleans(),
        trial=st.booleans(),
        seen=st.dictionaries(st.text(), st.dictionaries(st.text(), st.lists(st.text()))),
    )
)
def test_what_was_kept_is_read_back(state: TableState) -> None:
    assert read_state(json.loads(json.dumps(state.as_json())), "items") == state


def test_what_was_kept_does_not_change_with_the_state() -> None:
    state = TableState()
    before = state.as_json()
    state.advance({"account": 1}, "2026-03-01")
    assert "partitions" not in before


@pytest.mark.parametrize(
    ("damaged", "message"),
    [
        (None, "is not one of tapwright's"),
        ([], "is not one of tapwright's"),
        ({}, "is not one of tapwright's"),
        ({"bookmarks": {"items": {"replication_key": "at"}}}, "is not one of tapwright's"),
        ({"version": 2, "of": {}}, "has version 2, this tapwright knows 1"),
        ({"version": 1, "of": {}, "partitions": []}, r"Expected `object`, got `array` - at `\$.partitions`"),
        ({"version": 1, "of": {}, "partitions": {"x": None}}, r"at `\$.partitions\[...\]`"),
        ({"version": 1, "of": {}, "bookmark": 1.5}, r"at `\$.bookmark`"),
        ({"version": 1, "of": {}, "open": {"rows": "many"}}, r"at `\$.open.rows`"),
        ({"version": 1, "of": {}, "cursors": 1}, "an unknown 'cursors'"),
        ({"version": 1, "of": {}, "open": {"page": 1}}, "an unknown 'page'"),
    ],
)
def test_a_damaged_state_is_refused(spec: Spec, damaged: Any, message: str) -> None:
    with pytest.raises(StateError, match=message):
        load_state(damaged, spec, table(spec))


def test_a_state_of_another_use_is_refused(spec: Spec) -> None:
    with pytest.raises(StateError, match=r'kept with options null, now it is \{"kind": "few"\}') as refused:
        load_state(kept(spec, bookmark="2026-03-10"), spec, table(spec, kind="few"))
    assert "tapwright state reset -S items" in refused.value.hint


def test_a_use_that_says_what_holds_anyway_is_the_same(spec: Spec) -> None:
    assert load_state(kept(spec, bookmark="2026-03-10"), spec, table(spec, kind="all")).bookmark == "2026-03-10"


def test_a_secret_option_is_not_kept(spec: Spec) -> None:
    assert "hush" not in json.dumps(belongs_to(spec, table(spec, key="hush")))


def of_account(folder: Path, account: str | None, **config: Any) -> tuple[Spec, TablePlan]:
    folder.mkdir(exist_ok=True)
    known = {"shop": {"type": "string", "default": None}, "address": {"type": "string", "default": ""}}
    words = {**WORDS, "config": known, "api": {**WORDS["api"], **({"account": account} if account else {})}}
    spec = spec_of(folder, words)
    return spec, make_plan(spec, config, {"items": Use(stream="items")}, NOW).tables[0]


def test_a_state_of_another_account_is_refused(tmp_path: Path) -> None:
    state = TableState(of=belongs_to(*of_account(tmp_path, "{{ config.shop }}", shop="ada")), bookmark="2026-03-10")
    same = of_account(tmp_path, "{{ config.shop }}", shop="ada", address="another")
    assert load_state(state.as_json(), *same).bookmark == "2026-03-10"
    for other, said in (("bo", '"bo"'), (None, "null")):
        with pytest.raises(StateError, match=f'kept with account "ada", now it is {said}') as refused:
            load_state(state.as_json(), *of_account(tmp_path, "{{ config.shop }}", shop=other))
        assert "tapwright state reset -S items" in refused.value.hint
        assert "a table name of its own" in refused.value.hint


def test_a_state_from_before_the_account_was_told_is_taken_over(tmp_path: Path) -> None:
    state = TableState(of=belongs_to(*of_account(tmp_path, None, shop="ada")), bookmark="2026-03-10")
    assert "account" not in state.of
    taken = load_state(state.as_json(), *of_account(tmp_path, "{{ config.shop }}", shop="ada"))
    assert (taken.bookmark, taken.of["account"]) == ("2026-03-10", "ada")


def test_a_secret_in_an_account_is_not_kept(tmp_path: Path) -> None:
    address = "https://ada:hush-hush@shop.example"
    of = belongs_to(*of_account(tmp_path, "{{ config.address }}", address=address))
    assert of["account"] == "https://ada:***@shop.example"


def test_a_state_that_remembers_nothing_may_be_of_another_use(spec: Spec) -> None:
    assert load_state(kept(spec), spec, table(spec, kind="few")).of["options"] == {"kind": "few"}


def test_an_append_that_was_interrupted_is_refused_to_another_use(spec: Spec) -> None:
    with pytest.raises(StateError, match="kept with options"):
        load_state(kept(spec, done={"{}": True}), spec, table(spec, "append", kind="few"))


@pytest.mark.parametrize(
    ("bookmark", "message"),
    [("2999-12-31", "lies in the future"), ("soon", "the bookmark is damaged: 'soon' is no time for the cursor 'at'")],
)
def test_a_bookmark_that_makes_no_sense_fails_its_table(spec: Spec, bookmark: str, message: str) -> None:
    memory = Memory(kept={"items": kept(spec, mode="merge", bookmark=bookmark)})
    summary = run(spec, memory, None)
    assert message in str(summary.tables[0].error)
    assert memory.kept == {"items": kept(spec, mode="merge", bookmark=bookmark)}


def test_a_hundred_thousand_partitions_take_less_than_a_hundred_bytes_each(spec: Spec) -> None:
    state = TableState(of=belongs_to(spec, table(spec)))
    for _ in range(2):
        for number in range(100_000):
            state.advance({"account_id": str(10**18 + number)}, "2026-03-08T00:00:00+00:00")
    assert len(json.dumps(state.as_json())) < 100 * 100_000


def test_null_is_no_state(spec: Spec) -> None:
    summary = run(spec, Memory(kept={"items": None}), None)
    assert isinstance(summary.tables[0].error, StateError)


@given(st.dictionaries(st.text(), SCALARS | st.dates() | st.decimals(allow_nan=False)))
def test_the_same_values_have_the_same_key_also_when_they_were_kept(values: dict[str, Any]) -> None:
    assert key_of(dict(reversed(values.items()))) == key_of(values) == key_of(json.loads(key_of(values)))
