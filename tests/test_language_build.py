"""Building dataclasses of checked data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NewType

import pytest

from tapwright.language import build, one_of

Path = NewType("Path", str)


class Auth:
    pass


@dataclass(frozen=True, kw_only=True)
class Key(Auth):
    name: str


@dataclass(frozen=True, kw_only=True)
class Open(Auth):
    pass


AUTH: dict[str, type[Auth]] = {"key": Key, "none": Open}


@dataclass(frozen=True, kw_only=True)
class Other:
    color: str


@dataclass(frozen=True, kw_only=True)
class Spec:
    auth: Annotated[Auth, one_of(AUTH)] | None = None
    paths: tuple[Path, ...] = ()
    rows: list[list[int]] = field(default_factory=list)
    keys: dict[str, Key] = field(default_factory=dict)
    any: Any = None
    from_: int = 0
    ratio: float = 0.5
    mixed: Literal["auto"] | int | list[str] | Key | Other | dict[str, tuple[str, ...]] = "auto"


def test_lists_become_tuples() -> None:
    spec = build(Spec, {"paths": ["a", "b"], "rows": [[1], [2, 3]]})
    assert repr((spec.paths, spec.rows)) == "(('a', 'b'), ((1,), (2, 3)))"


def test_maps_keep_their_order_and_hold_built_values() -> None:
    keys = build(Spec, {"keys": {"b": {"name": "1"}, "a": {"name": "2"}}}).keys
    assert list(keys.items()) == [("b", Key(name="1")), ("a", Key(name="2"))]


def test_a_kind_is_an_instance_of_its_class() -> None:
    assert build(Spec, {"auth": {"key": {"name": "x"}}}).auth == Key(name="x")
    assert build(Spec, {"auth": {"none": {}}}).auth == Open()
    assert build(Spec, {"auth": None}).auth is None


def test_any_data_is_kept_as_it_is() -> None:
    assert build(Spec, {"any": {"a": [1]}}).any == {"a": [1]}


def test_a_keyword_of_python_finds_its_attribute() -> None:
    assert build(Spec, {"from": 3}).from_ == 3


def test_numbers_become_what_is_asked_for() -> None:
    spec = build(Spec, {"from": 3.0, "ratio": 1})
    assert type(spec.from_) is int and spec.ratio == 1


@pytest.mark.parametrize(
    ("data", "value"),
    [
        ("auto", "auto"),
        (5, 5),
        (["a"], ("a",)),
        ({"name": "x"}, Key(name="x")),
        ({"color": "x"}, Other(color="x")),
        ({"other": ["x"]}, {"other": ("x",)}),
    ],
)
def test_a_union_builds_the_branch_that_fits(data: object, value: object) -> None:
    assert build(Spec, {"mixed": data}).mixed == value


def test_unchecked_data_is_a_bug() -> None:
    with pytest.raises(AssertionError, match="unchecked data for Spec"):
        build(Spec, {"zz": 1})
