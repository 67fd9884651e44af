"""A column typed at once is the column typed one value at a time."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tapwright.batch import DataType
from tapwright.cast import cast_column, cast_one

NUMBERS = st.from_regex(r"[+-]?[0-9]{0,12}(\.[0-9]{0,12})?([eE][+-]?[0-9]{1,3})?", fullmatch=True)
TEXTS = NUMBERS | st.sampled_from(["", " 7 ", "1_000", "٣", "nan", "inf", "-", "1-2", "9" * 400, "true"])
DAYS = st.dates().map(str) | st.datetimes().map(str) | st.datetimes(timezones=st.timezones()).map(str)
VALUES = st.lists(
    st.none() | TEXTS | DAYS | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False),
    max_size=4,
)
KINDS = [
    (DataType(name="integer"), None),
    (DataType(name="number"), None),
    (DataType(name="decimal"), None),
    (DataType(name="decimal", scale=2), None),
    (DataType(name="decimal", scale=38), None),
    (DataType(name="decimal"), "comma"),
    (DataType(name="integer"), "comma"),
    (DataType(name="datetime"), "epoch_s"),
    (DataType(name="datetime"), "epoch_ms"),
    (DataType(name="date"), None),
    (DataType(name="datetime"), None),
    (DataType(name="local_datetime"), "iso"),
    (DataType(name="boolean"), None),
    (DataType(name="string"), None),
]


def outcome(take: Any) -> Any:
    try:
        return repr(take())
    except (ValueError, ArithmeticError, TypeError):
        return "refused"


@pytest.mark.parametrize(("kind", "form"), KINDS)
@given(values=VALUES)
def test_a_column_is_typed_as_its_values_are(kind: DataType, form: str | None, values: list[Any]) -> None:
    one = cast_one(kind, form)
    each = outcome(lambda: [None if value is None else one(value) for value in values])
    assert outcome(lambda: cast_column(kind, one, values, form)) == each
