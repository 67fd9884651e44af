"""Build the dataclasses of data that has been checked."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NewType, TypeVar, Union, cast, get_args, get_origin

from tapwright.language.annotations import OneOf, Registry
from tapwright.language.attributes import attributes, marks

T = TypeVar("T")
LISTS = (list, tuple, Sequence)
MAPS = (dict, Mapping)


def build(cls: type[T], data: Any) -> T:
    """Build a dataclass from checked data: lists become tuples, `{kind: {…}}` an instance of the kind."""
    keys = {each.key: each for each in attributes(cls)}
    assert isinstance(data, dict) and data.keys() <= keys.keys(), f"unchecked data for {cls.__name__}"
    return cls(**{keys[key].name: _value(keys[key].hint, value) for key, value in data.items()})


def _value(hint: Any, data: Any) -> Any:
    if isinstance(hint, NewType):
        return _value(hint.__supertype__, data)
    if marks(hint):
        kinds = _kinds(hint)
        return _kind(kinds, data) if kinds else _value(get_args(hint)[0], data)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return build(hint, data)
    if hint is int:
        return int(data)
    return _generic(get_origin(hint), get_args(hint), data)


def _generic(origin: Any, inside: tuple[Any, ...], data: Any) -> Any:
    if origin in (Union, types.UnionType):
        fitting = [hint for hint in inside if _fits(hint, data)]
        assert fitting, "unchecked data for a union"
        return _value(fitting[0], data)
    if origin in LISTS:
        return tuple(_value(inside[0], item) for item in data)
    if origin in MAPS:
        return {key: _value(inside[1], value) for key, value in data.items()}
    return data


def _kind(kinds: Registry, data: Any) -> Any:
    [(name, words)] = data.items()
    return build(kinds[name], words)


def _kinds(hint: Any) -> Registry:
    return next((mark.kinds for mark in marks(hint) if isinstance(mark, OneOf)), {})


def _fits(hint: Any, data: Any) -> bool:
    """Tell whether a branch of a union is the one the data is written for."""
    if isinstance(hint, NewType):
        return _fits(hint.__supertype__, data)
    if marks(hint):
        kinds = _kinds(hint)
        return _has_keys(data, kinds.keys(), set()) if kinds else _fits(get_args(hint)[0], data)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        keys = attributes(hint)
        return _has_keys(data, {each.key for each in keys}, {each.key for each in keys if each.required})
    return _fits_plainly(hint, get_origin(hint) or hint, data)


def _fits_plainly(hint: Any, origin: Any, data: Any) -> bool:
    if hint in (Any, object):
        return True
    if origin is Literal:
        return any(type(each) is type(data) and each == data for each in get_args(hint))
    if origin in (Union, types.UnionType):
        return any(_fits(each, data) for each in get_args(hint))
    if isinstance(data, list):
        return origin in LISTS
    if isinstance(data, dict):
        return origin in MAPS
    return origin is type(data) or (type(data) is int and origin is float) or _whole(origin, data)


def _whole(origin: Any, data: Any) -> bool:
    return origin is int and isinstance(data, float) and data.is_integer()


def _has_keys(data: Any, known: Any, required: set[str]) -> bool:
    return isinstance(data, dict) and required <= data.keys() <= cast("set[str]", set(known))
