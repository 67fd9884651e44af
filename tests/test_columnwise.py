"""Columns taken at once are those taken one value at a time."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tapwright.columnwise import compile_column
from tapwright.errors import BodyError
from tapwright.expression import compile_jmespath

EXPRESSIONS = [
    "a",
    "a.b",
    "@",
    "a[0]",
    "a[-1].b",
    "a[1][0]",
    "[0]",
    "a[*].b",
    "a || b",
    "'text'",
    "join(',', a)",
    "length(a)",
    "max(a)",
    "to_number(a)",
    "not_null(a, b)",
    "upper(b)",
    "a | [0]",
    "{x: a, y: b}",
]
SCALARS = st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-2, 2) | st.sampled_from(["", "x", "12"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)


def outcome(take: Any) -> Any:
    try:
        return repr(take())
    except BodyError as error:
        return str(error)


@pytest.mark.parametrize("text", EXPRESSIONS)
@given(values=st.lists(VALUES, max_size=5))
def test_a_column_is_what_each_value_gives(text: str, values: list[Any]) -> None:
    column, look = compile_column(text), compile_jmespath(text)
    assert outcome(lambda: column(values)) == outcome(lambda: [look(value) for value in values])


def test_a_function_on_a_misfit_says_why() -> None:
    with pytest.raises(BodyError, match="join"):
        compile_column("join(',', a)")([{"a": ["x"]}, {"a": [1]}])
