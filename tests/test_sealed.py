"""Pages whose objects are sealed give the same batches as those whose objects are dicts."""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tapwright.batch import Batch
from tapwright.body import Body
from tapwright.decode.alike import Alike
from tapwright.decode.json import Json
from tapwright.decode.kind import Chunk
from tapwright.decode.structs import Structs
from tapwright.errors import RecordError
from tapwright.extract import Extraction
from tapwright.fronts.lines import lines_of
from tapwright.sealed import Sealed, kinds, opened
from tapwright.shape import Field
from tapwright.sinks import postgres_text
from tapwright.sinks.jsonl import spelled
from tapwright.sinks.postgres_types import JSONB
from tapwright.untouched import untouched

ROWS: list[dict[str, Any]] = [
    {"id": 1, "at": "2026-01-02", "in": {"a": [{"b": "x"}, 2], "c": None}, "tags": ["p", "q"], "mix": {"d": 1.5}},
    {"id": 2, "at": "2026-01-03", "in": None, "tags": [], "mix": "plain"},
    {"id": 3, "at": "2026-01-04", "in": {"a": [], "c": 7}, "mix": [{"d": {"e": [{"f": "é"}]}}]},
]
FIELDS: Mapping[str, Mapping[str, str]] = {
    "whole": {"type": "json", "from": "@"},
    "at": {"type": "date"},
    "inner": {"type": "json", "from": "in"},
    "b": {"from": "in.a[0].b"},
    "last": {"type": "json", "from": "in.a[-1]"},
    "object": {"type": "object", "from": "in"},
    "array": {"type": "array", "from": "in.a"},
    "c": {"type": "integer", "from": "in.c"},
    "joined": {"from": "join('+', tags || `[]`)"},
    "count": {"type": "integer", "from": "length(not_null(tags, `[]`))"},
    "names": {"type": "json", "from": "keys(@)"},
    "kind": {"from": "type(mix)"},
    "text": {"from": "to_string(mix)"},
    "nowhere": {"from": "in.nowhere.deeper"},
    "chosen": {"type": "json", "from": "mix || in"},
    "star": {"type": "json", "from": "mix[*].d.e[]"},
    "literal": {"type": "json", "from": '`{"a": [1]}`'},
    "odd": {"type": "json", "from": "{x: id, y: in.a}"},
}


def chunks(rows: list[dict[str, Any]]) -> tuple[Chunk, Chunk]:
    """The same records sealed, and as objects."""
    data = msgspec.json.encode(rows)
    read = Alike(Json(), ())
    for _ in range(2):
        (plain,) = read(Body.of(data), None).chunks
    (sealed,) = read(Body.of(data), None).chunks
    assert isinstance(sealed, Structs)
    return sealed, plain


def extraction(words: Mapping[str, Mapping[str, Any]], unlisted: Any = "drop", where: str | None = None) -> Extraction:
    fields = {
        name: Field(**{"from_" if key == "from" else key: v for key, v in given.items()})
        for name, given in words.items()
    }
    return Extraction(Json(), fields, time_zones={}, unlisted=unlisted, where=where)


def told(batch: Batch) -> Any:
    """All that a batch says, in every way that one may ask."""
    once = msgspec.json.decode(b"[" + spelled(batch)[:-1].replace(b"\n", b",") + b"]")
    return (
        repr({name: list(values) for name, values in batch.columns.items()}),
        dict(batch.types),
        repr(batch.records),
        once,
        lines_of(batch),
        len(batch),
    )


@pytest.mark.parametrize("unlisted", ["drop", "keep"])
@pytest.mark.parametrize("where", [None, "id > `1`", "mix", "in.a[0].b == 'x'"])
def test_fields_are_taken_alike(unlisted: str, where: str | None) -> None:
    taken = extraction(FIELDS, unlisted, where)
    sealed, plain = (taken.batch(chunk, {}) for chunk in chunks(ROWS))
    assert isinstance(sealed, Sealed) and not isinstance(plain, Sealed)
    assert told(sealed) == told(plain)


@pytest.mark.parametrize("name", FIELDS)
def test_each_field_is_taken_alike(name: str) -> None:
    taken = extraction({name: FIELDS[name]})
    sealed, plain = chunks(ROWS)
    assert told(taken.batch(sealed, {})) == told(taken.batch(plain, {}))
    assert repr(taken.examined(sealed, {})) == repr(taken.examined(plain, {}))


def test_parts_of_a_batch_stay_sealed_and_open_alike() -> None:
    taken = extraction(FIELDS, "keep")
    sealed, plain = (taken.batch(chunk, {}) for chunk in chunks(ROWS))
    for part in (
        lambda batch: batch.part(slice(1, 3)),
        lambda batch: batch.kept([True, False, True]),
        lambda batch: batch.chosen(["inner", "at", "none such"]),
        lambda batch: batch.kept([False] * 3),
    ):
        assert isinstance(part(sealed), Sealed)
        assert told(part(sealed)) == told(part(plain)) if len(part(plain)) else not len(part(sealed))
    assert pickle.loads(pickle.dumps(sealed)) == plain


def test_untouched_records_are_told_alike() -> None:
    sealed, plain = (untouched(chunk) for chunk in chunks(ROWS))
    assert sealed is not None and plain is not None
    assert told(sealed) == told(plain)
    assert sealed.records == ROWS
    assert told(sealed.kept([True, False, True])) == told(plain.kept([True, False, True]))


def test_a_misfit_is_shown_as_it_came() -> None:
    for chunk in chunks(ROWS):
        with pytest.raises(RecordError, match=r"should be integer, found \"\{'a': \[\{'b': 'x'\}, 2\], 'c': None\}\""):
            extraction({"in": {"type": "integer"}}).batch(chunk, {})
    kept = extraction({"in": {"type": "integer", "misfit": "keep"}})
    sealed, plain = (kept.batch(chunk, {}) for chunk in chunks(ROWS))
    assert told(sealed) == told(plain)


def test_kinds_do_not_tell_sealed_from_open() -> None:
    sealed, plain = chunks(ROWS)
    column = Json().getter("in")
    assert kinds(column(sealed)) == kinds(column(plain)) == {dict, type(None)}
    assert opened([1, [2], None]) == [1, [2], None]


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(max_size=3)
    | st.floats(allow_nan=False, allow_infinity=False)
)
NAMES = st.sampled_from(("id", "in", "a", "b", "é"))
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=10
)
PATHS = ("in", "in.a", "in.a[0]", "a[-1].b", "[in, a]", "in || a", "to_array(a)[0].b", "a[].in", '"é"."é"', "@")


@given(st.lists(st.dictionaries(NAMES, VALUES, min_size=1, max_size=4), min_size=1, max_size=4))
def test_whatever_is_in_the_records(rows: list[dict[str, Any]]) -> None:
    data = json.loads(json.dumps(rows))
    body = msgspec.json.encode(data)
    read = Alike(Json(), ())
    taken = extraction({f"f{number}": {"type": "json", "from": path} for number, path in enumerate(PATHS)}, "keep")
    batches = []
    for _ in range(3):
        (chunk,) = read(Body.of(body), None).chunks
        batches.append(taken.batch(chunk, {}))
    assert told(batches[2]) == told(batches[0])


def test_what_postgres_refuses_is_shown_as_it_came() -> None:
    for chunk in chunks([{"a": {"b": "c\0"}}]):
        batch = extraction({"a": {"type": "json"}}).batch(chunk, {})
        with pytest.raises(RecordError, match=r"^a: \{'b': 'c\\x00'\} holds a NUL character"):
            postgres_text.spelled("a", batch.types["a"], JSONB, batch.encodable_columns["a"])
