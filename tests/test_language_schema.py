"""JSON Schemas and keys of dataclasses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NewType

import pytest

from tapwright.language import Words, keys_of, one_of, schema_of

JMESPath = NewType("JMESPath", str)
HostName = NewType("HostName", str | int)  # type: ignore[valid-newtype]
Value = NewType("Value", object)


@dataclass(frozen=True, kw_only=True)
class Paged:
    size: Annotated[int, Words(minimum=1)] = 10
    """How many records a page holds."""


@dataclass(frozen=True, kw_only=True)
class Cursor(Paged):
    """Follow a cursor.  It is in the answer."""

    next: JMESPath
    """Where the next cursor sits,
    a path."""


@dataclass(frozen=True, kw_only=True)
class Offset(Paged):
    """Count records."""


PAGINATE = {"cursor": Cursor, "offset": Offset}


@dataclass(frozen=True, kw_only=True)
class Stream:
    """Say one thing.

    Say more.
    """

    paginate: Annotated[Paged, one_of(lambda: PAGINATE)] | None = None
    from_: Literal["a", "b"] = "a"
    names: tuple[str, ...] = ()
    params: Mapping[str, int | str] = field(default_factory=dict)
    headers: Annotated[dict[str, Any], Words(keys_pattern="^X-", examples=({"X-A": "b"},), title="H")]
    parent: Stream | None = None
    token: Annotated[str, Words(write_only=True, min_length=2, pattern="a+")]
    cursor: Cursor = field(default_factory=lambda: Cursor(next=JMESPath("a")))


def schema(key: str) -> dict[str, Any]:
    return dict(schema_of(Stream)["properties"][key])


def test_an_object_knows_its_keys_and_no_others() -> None:
    cursor = schema_of(Cursor)
    assert cursor["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert list(cursor["properties"]) == ["size", "next"]
    assert (cursor["required"], cursor["additionalProperties"]) == (["next"], False)


def test_docstrings_are_descriptions() -> None:
    assert schema_of(Cursor)["description"] == "Follow a cursor. It is in the answer."
    assert schema_of(Cursor)["properties"]["next"]["description"] == "Where the next cursor sits, a path."
    assert schema_of(Stream)["description"] == "Say one thing.\n\nSay more."
    assert "description" not in schema_of(Paged)


def test_attribute_docstrings_are_inherited() -> None:
    assert schema_of(Offset)["properties"]["size"]["description"] == "How many records a page holds."


def test_a_class_in_a_function_is_documented() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Local:
        a: int
        """Count."""

    assert schema_of(Local)["properties"]["a"] == {"type": "integer", "description": "Count."}


def test_a_new_type_is_a_format() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Local:
        path: JMESPath
        host: HostName
        value: Value

    assert schema_of(Local)["properties"] == {
        "path": {"type": "string", "format": "jmespath"},
        "host": {"type": ["string", "integer"], "format": "host-name"},
        "value": {"format": "value"},
    }


def test_kinds_are_one_key_each() -> None:
    assert schema("paginate")["anyOf"][0] == {
        "type": "object",
        "properties": {
            "cursor": {"$ref": "#/$defs/Cursor", "description": "Follow a cursor."},
            "offset": {"$ref": "#/$defs/Offset", "description": "Count records."},
        },
        "additionalProperties": False,
        "minProperties": 1,
        "oneOf": [{"required": ["cursor"]}, {"required": ["offset"]}],
    }


def test_a_keyword_of_python_loses_its_underscore() -> None:
    assert schema("from") == {"enum": ["a", "b"], "default": "a"}


def test_lists_and_maps_say_what_they_hold() -> None:
    assert schema("names") == {"type": "array", "items": {"type": "string"}, "default": []}
    assert schema("params")["additionalProperties"] == {"type": ["integer", "string"]}


def test_words_are_added() -> None:
    assert schema("token") == {"type": "string", "writeOnly": True, "minLength": 2, "pattern": "a+"}
    headers = schema("headers")
    assert headers["propertyNames"] == {"pattern": "^X-"}
    assert (headers["examples"], headers["title"]) == ([{"X-A": "b"}], "H")


def test_a_class_may_hold_itself() -> None:
    assert schema("parent") == {"anyOf": [{"$ref": "#/$defs/Stream"}, {"type": "null"}]}
    assert schema_of(Stream)["$defs"]["Stream"]["type"] == "object"


def test_a_default_that_is_not_json_is_left_out() -> None:
    assert schema("cursor") == {"$ref": "#/$defs/Cursor"}


def test_classes_of_one_name_stay_apart() -> None:
    def make() -> type:
        @dataclass(frozen=True, kw_only=True)
        class Same:
            a: int = 1

        return Same

    @dataclass(frozen=True, kw_only=True)
    class Both:
        one: Any
        two: Any

    Both.__annotations__ |= {"one": make(), "two": make()}
    assert list(schema_of(Both)["$defs"]) == ["Same", "test_language_schema.Same"]


def test_an_annotation_without_words_is_an_error() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Local:
        a: complex

    with pytest.raises(TypeError, match="no word for the annotation"):
        schema_of(Local)


def test_keys_are_described_for_their_page() -> None:
    keys = {key.name: key for key in keys_of(Stream)}
    assert {name: key.type_text for name, key in keys.items()} == {
        "paginate": "one of cursor, offset",
        "from": "a or b",
        "names": "list of text",
        "params": "map of whole number or text",
        "headers": "map of anything",
        "parent": "Stream",
        "token": "text",
        "cursor": "Cursor",
    }
    assert keys["headers"].required and keys["headers"].examples == ({"X-A": "b"},)


def test_keys_name_the_classes_under_them() -> None:
    keys = {key.name: key for key in keys_of(Stream)}
    assert (keys["paginate"].kinds, keys["paginate"].holds) == (PAGINATE, ())
    assert (keys["cursor"].kinds, keys["cursor"].holds) == ({}, (Cursor,))
