"""Checking a document: every problem, its place, its way out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NewType

import pytest

from tapwright.language import Problem, Refused, Words, check, one_of, read, schema_of

JMESPath = NewType("JMESPath", str)
Secret = NewType("Secret", str)


class Paginate:
    pass


@dataclass(frozen=True, kw_only=True)
class Cursor(Paginate):
    """Follow a cursor."""

    next: JMESPath
    """Where the next cursor sits."""


@dataclass(frozen=True, kw_only=True)
class Offset(Paginate):
    """Count."""

    size: int = 1


@dataclass(frozen=True, kw_only=True)
class Field:
    name: str
    type: Literal["text", "number"] = "text"


@dataclass(frozen=True, kw_only=True)
class Stream:
    """Read one thing."""

    records: JMESPath
    """Where the records sit in the response body.  More."""
    paginate: Annotated[Paginate, one_of({"cursor": Cursor, "offset": Offset})] | None = None
    place: Literal["header", "query"] = "header"
    size: Annotated[int, Words(minimum=1, maximum=10)] = 5
    fields: Annotated[tuple[Field, ...], Words(min_items=1)] = ()
    mixed: str | list[str] | Field = ""
    mode: Literal["auto"] | int = "auto"
    params: Annotated[dict[str, str], Words(keys_pattern="^[a-z]+$")] = field(default_factory=dict)
    password: Annotated[Secret, Words(write_only=True, min_length=4)] = Secret("")
    ready: bool = True


def jmespath(value: object) -> None:
    assert isinstance(value, str)
    if "[[" in value:
        raise ValueError(f"not a path: {value}")


def secret(value: object) -> None:
    if value == "hunter2":
        raise ValueError(f"never say {value}")


def problems(text: str, schema: dict[str, Any] | None = None) -> list[Problem]:
    return check(read(text, "x.yaml"), schema or schema_of(Stream), {"jmespath": jmespath, "secret": secret})


def lines(text: str, schema: dict[str, Any] | None = None) -> list[str]:
    return [str(problem).removeprefix("x.yaml:") for problem in problems(text, schema)]


def of(line: str) -> list[str]:
    """Check a stream that is right, with one more line."""
    return lines(f"records: a\n{line}")


def test_a_good_file_has_no_problems() -> None:
    assert of("paginate: {offset: {}}\nmixed: [a]\nmode: 3\nsize: 2.0\nfields: [{name: a}]") == []


def test_a_choice_suggests_the_closest() -> None:
    assert of("place: heder") == ["2:1: place: 'heder' is not allowed; did you mean 'header'?"]


def test_a_choice_lists_all_when_none_is_close() -> None:
    assert of("place: x") == ["2:1: place: 'x' is not allowed; choose one of header, query"]


def test_a_missing_key_says_what_it_is_for() -> None:
    assert lines("size: 3") == ["1:1: missing key 'records': where the records sit in the response body"]


def test_an_unknown_key_is_suggested() -> None:
    assert lines("recrods: a")[0] == ("1:1: missing key 'records': where the records sit in the response body")
    assert lines("recrods: a")[1] == "1:1: recrods: unknown key; did you mean 'records'?"


def test_an_unknown_key_lists_what_is_known() -> None:
    assert of("fields: [{name: a, zz: 1}]") == ["2:20: fields[a].zz: unknown key; known here: name, type"]


def test_every_problem_is_shown_in_file_order() -> None:
    text = "size: x\nplace: x\nzzz: 1\nrecords: '[['\nfields: []"
    assert [problem.line for problem in problems(text)] == [1, 2, 3, 4, 5]


def test_a_number_is_expected() -> None:
    assert of("size: abc") == ["2:1: size: expected a whole number, found the text 'abc'"]


def test_a_number_for_text_should_be_in_quotes() -> None:
    assert lines("records: 5") == ["1:1: records: expected text, found the number 5; put it in quotes"]


def test_an_empty_value_is_nothing() -> None:
    assert of("ready:") == ["2:1: ready: expected true or false, found nothing"]


def test_exactly_one_kind_is_named() -> None:
    text = "paginate:\n  offset: {}\n  cursor: {next: a}"
    assert of(text) == ["2:1: paginate: name exactly one of cursor, offset; found offset, cursor"]


def test_no_kind_is_not_enough() -> None:
    assert of("paginate: {}") == ["2:1: paginate: name exactly one of cursor, offset; found nothing"]


def test_an_unknown_kind_is_said_once() -> None:
    assert of("paginate: {curser: {}}") == ["2:12: paginate.curser: unknown key; did you mean 'cursor'?"]


def test_a_kind_is_checked_inside() -> None:
    assert of("paginate:\n  cursor: {}") == ["3:3: paginate.cursor: missing key 'next': where the next cursor sits"]


def test_a_kind_without_words_is_written_with_braces() -> None:
    assert of("paginate: {offset: }") == [
        "2:12: paginate.offset: expected a map, found nothing; write {} to add nothing"
    ]


def test_a_bare_kind_says_how_to_write_it() -> None:
    assert of("paginate: offset") == [
        "2:1: paginate: expected one of cursor, offset, found the text 'offset'; write {offset: {}}"
    ]


def test_a_union_says_what_it_expects() -> None:
    assert of("mixed: 5") == ["2:1: mixed: expected text, a list or a map, found the number 5"]


def test_a_union_reports_the_branch_that_was_meant() -> None:
    assert of("mixed: {nam: a}") == [
        "2:1: mixed: missing key 'name'",
        "2:9: mixed.nam: unknown key; did you mean 'name'?",
    ]
    assert of("mixed: [a, 5]") == ["2:12: mixed[1]: expected text, found the number 5; put it in quotes"]


def test_a_union_with_words_shows_them() -> None:
    assert of("mode: aut") == ["2:1: mode: expected 'auto' or a whole number, found the text 'aut'"]


def test_a_format_says_its_own_message() -> None:
    assert lines("records: a[[") == ["1:1: records: not a path: a[["]


def test_a_format_is_not_asked_about_another_type() -> None:
    assert lines("records: [[a]]") == ["1:1: records: expected text, found a list"]


def test_limits_say_both_sides() -> None:
    assert of("size: 11") == ["2:1: size: expected at most 10, found 11"]
    assert of("fields: []") == ["2:1: fields: this must not be empty"]


def test_the_name_of_a_key_is_checked() -> None:
    assert of("params: {A: b}") == ["2:10: params.A: 'A' does not match the pattern '^[a-z]+$'"]


@pytest.mark.parametrize("value", ["abc", "hunter2", "12345678", "[hunter2]", "{a: hunter2}"])
def test_a_secret_is_never_shown(value: str) -> None:
    [line] = of(f"password: {value}")
    assert not any(part in line for part in ("abc", "hunter2", "12345678"))


def test_a_secret_is_never_shown_through_references_and_unions() -> None:
    schema = {
        "properties": {
            "a": {"anyOf": [{"$ref": "#/$defs/s"}, {"type": "array"}]},
            "b": {"$ref": "#/$defs/s"},
        },
        "$defs": {"s": {"type": "string", "enum": ["x"], "writeOnly": True}},
    }
    assert "hunter" not in "".join(lines("a: hunter2\nb: hunter2", schema) + lines("a: 1\nb: 2", schema))


def test_items_without_a_name_are_counted() -> None:
    assert of("fields: [{name: a, type: x}, {type: text}]") == [
        "2:20: fields[a].type: 'x' is not allowed; choose one of text, number",
        "2:30: fields[1]: missing key 'name'",
    ]


def test_long_values_are_shortened() -> None:
    [line] = of(f"size: {'x' * 500}")
    assert line.endswith("x…'") and len(line) < 130


def test_a_problem_stays_on_one_line() -> None:
    assert of('"a\\nb\\e[31m": 1')[0].startswith("2:1: 'a\\nb\\x1b[31m': unknown key")


@pytest.mark.parametrize(
    ("schema", "text", "message"),
    [
        ({"const": "a"}, "b", "'b' is not allowed; write 'a'"),
        ({"enum": ["a"]}, "[1]", "a list is not allowed; write 'a'"),
        ({"type": ["number", "null"]}, "a", "expected a number, found the text 'a'"),
        ({"minLength": 3}, "ab", "expected at least 3 characters, found 2"),
        ({"exclusiveMinimum": 0}, "0", "expected more than 0, found 0"),
        ({"multipleOf": 2}, "3", "expected a multiple of 2, found 3"),
        ({"maxItems": 1}, "[1, 2]", "expected at most 1 item, found 2"),
        ({"minProperties": 2}, "{a: 1}", "expected at least 2 keys, found 1"),
        ({"uniqueItems": True}, "[1, 1]", "the same item is listed twice"),
        ({"pattern": "^a"}, "b", "'b' does not match the pattern '^a'"),
        ({"format": "jmespath"}, "'[['", "not a path: [["),
        ({"dependentRequired": {"a": ["b"]}}, "a: 1", "missing key 'b': 'a' needs it"),
        (
            {"anyOf": [{"enum": ["cat"]}, {"const": "dog"}]},
            "dgo",
            "'dgo' is not allowed; did you mean 'dog'?",
        ),
        ({"oneOf": [{"minimum": 1}, {"minimum": 2}]}, "3", "this fits more than one of the allowed shapes"),
        ({"not": {"type": "string"}}, "a", "this value is not allowed here; it breaks the rule 'not'"),
        (
            {"contains": {"type": "string"}},
            "[1]",
            "this value is not allowed here; it breaks the rule 'contains'",
        ),
        ({"if": {"type": "string"}, "then": {"maxLength": 1}}, "ab", "expected at most 1 character, found 2"),
        ({"additionalProperties": False, "patternProperties": {"^x": {}}}, "{xa: 1}", None),
    ],
)
def test_any_schema_is_translated(schema: dict[str, Any], text: str, message: str | None) -> None:
    assert lines(text, schema) == ([f"1:1: {message}"] if message else [])


def test_what_is_forbidden_is_said() -> None:
    assert lines("a: 1", {"properties": {"a": False}}) == ["1:1: this is not allowed here"]


def test_a_refusal_prints_a_problem_a_line() -> None:
    refused = Refused(problems("records: 5\nsize: a")[::-1])
    assert [line.split(": ")[0] for line in str(refused).splitlines()] == ["x.yaml:1:1", "x.yaml:2:1"]
