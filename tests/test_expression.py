"""JMESPath and XPath."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from lxml import etree

from tapwright.errors import BodyError
from tapwright.expression import MISSING, compile_jmespath, plain_path, present
from tapwright.xpath import compile_xpath

RECORD: dict[str, Any] = {
    "a": {"b.c": {"d": 1}, "n": None},
    "list": [{"x": Decimal("1.50")}, {"x": 2}, {"y": "Two words "}],
    "big": 12345678901234567890123,
    "map": {"k1": 1, "k2": 2},
    "header": ["id", "name"],
    "rows": [[1, "one"], [2, "two"]],
}


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("@", ()),
        (" a ", ("a",)),
        ("a.b_1", ("a", "b_1")),
        ('a."b.c"."\\u00e9"', ("a", "b.c", "é")),
        ("a[0]", None),
        ("a.*", None),
        ("a || b", None),
        ("1a", None),
    ],
)
def test_plain_paths_are_told_from_expressions(text: str, path: tuple[str, ...] | None) -> None:
    assert plain_path(text) == path


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("big", 12345678901234567890123),
        ('a."b.c".d', 1),
        ("a.n.deeper", None),
        ("list.x", None),
        ("@.big", 12345678901234567890123),
        ("list[].x", [Decimal("1.50"), 2]),
        ("list[?x > `1.6`].x", [2]),
        ("sum(list[].x)", Decimal("3.50")),
        ("items(map)", [{"key": "k1", "value": 1}, {"key": "k2", "value": 2}]),
        ("table(header, rows)", [{"id": 1, "name": "one"}, {"id": 2, "name": "two"}]),
        ("zip(header, rows[0])", [["id", 1], ["name", "one"]]),
        ("lower(trim(list[2].y))", "two words"),
        ("upper(list[2].y) | split(@, ' ')", ["TWO", "WORDS", ""]),
        ("to_number('12345678901234567890123')", 12345678901234567890123),
        ("to_number('0.12345678901234567890')", Decimal("0.12345678901234567890")),
        ("to_number('1e9999999')", None),
        ("to_number(`true`)", None),
    ],
)
def test_jmespath_takes_values(text: str, value: Any) -> None:
    assert compile_jmespath(text)(RECORD) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "ends too early"),
        ("a[", "ends too early"),
        ("a..b", "is not expected at character 3"),
        ("nope(a)", r"unknown function nope\(\); there are abs, .*, zip"),
        ("a[?lowr(b)]", "unknown function lowr"),
        ("lower(a, b)", r"lower\(\) takes 1 argument, 2 given"),
        ("zip()", r"zip\(\) takes 1 argument, 0 given"),
        ("(" * 100 + "a" + ")" * 100, "brackets nest 100 deep"),
        ("!" * 2000 + "a", "too deep"),
        ("a" * 5000, "at most 4000"),
    ],
)
def test_bad_jmespath_is_found_when_it_is_compiled(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        compile_jmespath(text)


@pytest.mark.parametrize(
    "text", ["length(big)", "table(header, list)", "zip(header, list)", "split(header[0], '')", "sum(header)"]
)
def test_a_value_that_an_expression_cannot_take_is_an_error_of_the_body(text: str) -> None:
    with pytest.raises(BodyError, match=text.split("(")[0]):
        compile_jmespath(text)(RECORD)


def test_present_tells_null_from_missing() -> None:
    assert present("a.n")(RECORD) is None
    assert present("a.m")(RECORD) is MISSING
    assert present("list.x")(RECORD) is MISSING
    assert present("@")(None) is None
    assert not MISSING
    with pytest.raises(ValueError, match="not a plain path"):
        present("a[0]")


NAMES = {"p": "urn:p"}
ROOT = etree.fromstring(
    '<r v="1" xmlns:p="urn:p"><s p:a="x" b="y"><c>1</c><c>2</c><d k="3">a<e>b</e>c</d>'
    "<p:f>q</p:f><empty/><!-- remark --></s></r>"
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (".", "12abcq"),
        ("@b", "y"),
        ("@p:a", "x"),
        ("@none", None),
        ("d", "abc"),
        ("d/e", "b"),
        ("d/text()", ["a", "c"]),
        ("d/e/text()", "b"),
        ("d/@k", "3"),
        ("text()", None),
        ("c", ["1", "2"]),
        ("c[2]", "2"),
        ("p:f", "q"),
        ("f", None),
        ("empty", ""),
        ("empty/text()", None),
        ("none", None),
        ("../@v", "1"),
        ("../../@v", None),
        ("ancestor::r/@v", "1"),
        ("ancestor::x/@v", None),
        ("/r/s/@b", "y"),
        ("count(c)", 2.0),
        ("number(c[1]) + 1", 2.0),
        ("number(none)", None),
        ("1 div 0", None),
        ("boolean(c)", True),
        ("c = '3'", False),
        ("string(none)", ""),
        ("name(*[last()])", "empty"),
        ("comment()", " remark "),
        ("concat(@b, '(', c[1], ')')", "y(1)"),
    ],
)
def test_xpath_takes_plain_values(text: str, value: Any) -> None:
    found = compile_xpath(text, NAMES)(ROOT[0])
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not an XPath"),
        ("c[", "not an XPath"),
        ("a//", "not an XPath"),
        ("nope(c)", r"calls nope\(\), which XPath 1.0 does not have"),
        ("c[matches(., 'x')]", r"calls matches\(\)"),
        ("none[p:nope()]", r"calls nope\(\)|calls p"),
        ("q:c", "uses the prefix 'q'"),
        ("none[@q:c]", "uses the prefix 'q'"),
        ("contains(c)", r"contains\(\) takes 2 arguments, 1 given"),
        ("c[substring('a')]", r"substring\(\) takes 2 to 3 arguments, 1 given"),
        ("count('text')", "not an XPath"),
        ("$x", "uses a variable"),
        ("namespace::*", "the namespace axis"),
        ("beside::c", "not an XPath"),
        ("(" * 100 + "a" + ")" * 100, "brackets nest 100 deep"),
    ],
)
def test_bad_xpath_is_found_when_it_is_compiled(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        compile_xpath(text, NAMES)
    assert "\n" not in str(caught.value)


def test_words_in_texts_are_no_functions() -> None:
    assert compile_xpath("contains('nope(q:x, $y)', \"nope(\")")(ROOT) is True
    assert compile_xpath("c div 2 and (c)")(ROOT[0]) is True
