"""Fields of XML records: the quick ways give what lxml gives for a record on its own."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import isfinite
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from lxml import etree

from tapwright.decode.guarded import SETTINGS
from tapwright.decode.kind import Getter
from tapwright.decode.place import Place
from tapwright.decode.sift import Sift
from tapwright.decode.sight import EVERYTHING, Sight, sight, way_up
from tapwright.decode.xml import Xml
from tapwright.xpath import plain_nodes

NAMES = {"n": "urn:n"}
PLACES = (
    ("/r/a/b/c", None),
    ("/r/a/b/c", "a"),
    ("/r/a/b/c", "b"),
    ("/r/a/b/c", "r"),
    ("/r/a/*/c", "a"),
    ("/r/*/b/c", "*"),
    ("/r/a/b/*", "b"),
    ("/r/n:a/b", "n:a"),
    ("/r/a/a/b", "a"),
    ("/r//b/c", "r"),
    ("/r/a//c", "a"),
    ("//b", None),
    ("/r", None),
)
UP = "ancestor::a ancestor::b ancestor-or-self::c ancestor-or-self::b parent::* parent::b ancestor::* ancestor::n:a"
DOWN = "a b c n:a * z @k @n:k @* text() node() . b/c c/c b/@k c/text() c[2] *[last()] c[@k='1'] c[.='x'] b[c]/c"
ASIDE = "following-sibling::* preceding-sibling::c following::b a/.. self::c descendant::c c[../@k] ../c[2]/@k"
PATHS = (
    *(up + down for up, down in product(("", "../", "../../", "../../../", "./", "/r/", ".//"), DOWN.split())),
    *map("/".join, product(UP.split(), DOWN.split())),
    *(up + aside for up, aside in product(("", "../", "ancestor::a/"), ASIDE.split())),
    *(
        "..",
        "../..",
        "ancestor::a",
        "ancestor::b[c]/@k",
        "ancestor::a[@k]/@k",
        "parent::*[c = 'x']/@k",
        "ancestor::a[b/c]/@k",
    ),
    *("/", "/r", "//b", "/r/a/b", "/*/@k", "/r/../r/@k", "../ancestor-or-self::b/@k", "./../@k", "ancestor::r/@k"),
    *("*[name() = 'c']", "c[normalize-space()]", "*[count(ancestor::*) > 2]", "(.. | .)/@k", "../*[1]", "(c)[1]"),
    *(
        "c/../@k",
        "@k/../@n:k",
        "c/@k/..",
        ".//@k/../../c",
        "../@k/..",
        "../following-sibling::*/@k",
        "/r[@z]/@k",
        "/r[@k]/@k",
        "../c[2]/@k",
        "self::c/@k",
        "self::c/../@k",
    ),
    *(
        "ancestor-or-self::c/../@k",
        "c/c/../@k",
        "..//c",
        "(c)",
        "((../c))",
        "(/r/@k)",
        "(.)",
        "../..//c/@k",
        "/r//c",
        "/r//@k",
        "ancestor::a//c",
        "..//.",
    ),
)
OPERATORS = ("=", "and", "or", "*", "-", "<", "!=", "mod")
SUMS = (
    *(f"{name}({path})" for name, path in product(("count", "boolean", "string", "not", "name"), PATHS[::3])),
    *(f"concat({one}, '-', {two})" for one, two in zip(PATHS[::4], PATHS[40::4], strict=False)),
    *(f"({one} | {two})[last()]" for one, two in zip(PATHS[1::4], PATHS[30::4], strict=False)),
    *(f"{one} {mark} {two}" for one, mark, two in zip(PATHS[2::9], OPERATORS * 9, PATHS, strict=False)),
    *("count(c)", "string(@k)", "count(../following-sibling::*)", "boolean(@k)", "string(.)", "count(../*)"),
    *("normalize-space()", "lang('en')", "name()", "string()", "number(c) + 1", "-../@k", "*[position() < last()]"),
    *(
        "concat(../@k, substring('all', 1, 3 * not(../@k)))",
        "boolean(parent::*[@k = '1' or @n:k = '2'])",
        "'..' = \"/\"",
    ),
)
EXPRESSIONS = (*PATHS, *SUMS)

RICH = """<r k="r" xmlns:n="urn:n"> <a k="1" n:k="2" xml:lang="en">
 <b k="x"><c>1</c><c k="1" xml:lang="fr">x<!-- . -->y</c> <c/></b>
 <b k="2"><c><c>i</c>t<c k="q"/></c><n:a>N</n:a><c><![CDATA[<2>]]>&amp;</c></b>between<c>3</c></a>
 <a><a k="in"><b k="3"><c>x</c>tail</b><b/></a><n:a><b/><c>deep</c></n:a><b><?pi x?><b><c k="2">x</c></b></b></a>last
 <n:a k="ns"><b k="4"><c>5</c></b><b><c>x</c><c>7</c></b></n:a><b><c>no</c></b><z><b><c>8</c></b></z></r>"""


def evaluated(record: Any, expression: str) -> Any:
    found = record.xpath(expression, namespaces=NAMES, smart_strings=False)
    if isinstance(found, list):
        return plain_nodes(found)
    return None if isinstance(found, float) and not isfinite(found) else found


def getters(decode: Xml, expressions: tuple[str, ...]) -> Iterator[tuple[str, Getter]]:
    for expression in expressions:
        try:
            yield expression, decode.getter(expression)
        except ValueError as error:
            assert "where only attributes are kept" in str(error)  # noqa: PT017 - no other fault is expected


def differences(data: str, place: tuple[str, str | None], expressions: tuple[str, ...], size: int) -> dict[str, Any]:
    """Expressions that give another column when the document streams by, with both columns."""
    each, whole = place
    decode = Xml(each=each, whole=whole, namespaces=NAMES)
    text, taken = data.encode(), {expression: ([], get) for expression, get in getters(decode, expressions)}
    pieces = iter([text[start : start + size] for start in range(0, len(text), size)])
    for chunk in Sift(pieces, decode._place, whole, keep=False).chunks():
        for column, get in taken.values():
            column += get(chunk)
    root = etree.fromstring(data, etree.XMLParser(**SETTINGS))
    records = root.xpath(each, namespaces=NAMES)
    found = {e: (column, [evaluated(record, e) for record in records]) for e, (column, _) in taken.items()}
    if decode._place.nests:  # an element that ends first comes first
        found = {e: (sorted(one, key=repr), sorted(two, key=repr)) for e, (one, two) in found.items()}
    return {e: both for e, both in found.items() if repr(both[0]) != repr(both[1])}


def test_a_document_that_is_read_whole_is_seen_whole() -> None:
    for each, whole in (("/r/a/b/c", "r"), ("/r//b/c", "r"), ("/r", None)):
        assert [e for e, _ in getters(Xml(each=each, whole=whole, namespaces=NAMES), EXPRESSIONS)] == [*EXPRESSIONS]


REPORT = "/reports/report/sample/step"


@pytest.mark.parametrize(
    ("each", "whole", "expression", "wanted"),
    [
        (REPORT, None, "ancestor::report/@type", ""),
        (REPORT, None, "self::step[ancestor::report or @x]/@k", ""),
        (REPORT, None, "count/../@name", ""),
        (REPORT, None, "../amount", "whole: sample"),
        (REPORT, None, "..", "whole: sample"),
        (REPORT, None, "ancestor::report", "whole: report"),
        (REPORT, None, "ancestor::report[title = 'A']/@type", "whole: report"),
        (REPORT, None, "/reports/title", "whole: reports"),
        (REPORT, None, "//title", "whole: reports"),
        (REPORT, None, "following::step", "whole: reports"),
        (REPORT, "sample", "../amount", ""),
        (REPORT, "sample", "ancestor::sample/amount", ""),
        (REPORT, "sample", "ancestor::report/@type", ""),
        (REPORT, "sample", "ancestor::report/title", "whole: report"),
        (REPORT, "sample", "../../title", "whole: report"),
        (REPORT, "sample", "../../sample/start", "whole: report"),
        (REPORT, "sample", "preceding-sibling::step/@name", ""),
        (REPORT, "sample", "preceding::step/@name", "whole: reports"),
        (REPORT, "sample", "concat(@name, /reports/title)", "whole: reports"),
        (REPORT, "report", "ancestor::report/title", ""),
        (REPORT, "report", "ancestor::*/title", "whole: reports"),
        (REPORT, "reports", "//title", ""),
        ("//sample/step", "sample", "../amount", ""),
        ("//sample/step", "sample", "ancestor::sample/amount", ""),
        ("//sample/step", "sample", "ancestor::report/title", "write `each` from the root"),
        ("//step", None, "../amount", "write `each` from the root"),
        ("/reports/report//step", "report", "ancestor::sample/amount", ""),
        ("//a/b/step", "b", "ancestor::a/x", "whole: a"),
        ("/reports/report//step", "report", "ancestor::reports/title", "whole: reports"),
    ],
)
def test_what_would_not_be_seen_is_refused(each: str, whole: str | None, expression: str, wanted: str) -> None:
    decode = Xml(each=each, whole=whole)
    if not wanted:
        decode.getter(expression)
        return
    with pytest.raises(ValueError, match=wanted):
        decode.getter(expression)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("size", [7, 10_000])
def test_every_expression_gives_what_lxml_does(place: tuple[str, str | None], size: int) -> None:
    assert differences(RICH, place, EXPRESSIONS, size) == {}


STEP = Place("/reports/report/sample/recipe/step", NAMES)
ATTRIBUTES_AROUND = Sight(own=False, around=0)


@pytest.mark.parametrize(
    ("expression", "seen"),
    [
        ("ancestor::report/@type", ATTRIBUTES_AROUND),
        ("/reports/@version", ATTRIBUTES_AROUND),
        ("boolean(ancestor-or-self::recipe[@name = 'Campaign' or @type = 'TOTAL'])", ATTRIBUTES_AROUND),
        ("concat(ancestor::report/@id, substring('all', 1, 3 * not(ancestor::report/@id)))", ATTRIBUTES_AROUND),
        ("count(ancestor::recipe)", ATTRIBUTES_AROUND),
        ("concat(../@name, '/', @name)", Sight(own=True, around=0)),
        ("(count | text()[normalize-space()] | self::*[not(count)]/amount)[1]", Sight(own=True, around=0)),
        ("(ancestor::step/@name | @stepName)[last()]", Sight(own=True, around=0)),
        ("../amount", Sight(own=False, around=1)),
        ("string(ancestor::sample)", Sight(own=False, around=2)),
        ("ancestor::sample[start = '1']/@x", Sight(own=False, around=2)),
        ("preceding-sibling::step/@name", Sight(own=True, around=1)),
        ("following::step", EVERYTHING),
        ("//step", EVERYTHING),
        ("id('x')", EVERYTHING),
    ],
)
def test_what_an_expression_looks_at_is_told(expression: str, seen: Sight) -> None:
    assert sight(expression, STEP) == seen


@pytest.mark.parametrize(
    ("expression", "way"),
    [
        ("../../start", (2, "start")),
        ("ancestor::sample/start", (2, "start")),
        ("ancestor-or-self::step/@name", (0, "@name")),
        ("parent::recipe/parent::*/@start", (2, "@start")),
        ("/reports/@version", (4, "@version")),
        ("step[1]/a", (0, "step[1]/a")),
        ("ancestor::sample[1]/start", (0, "ancestor::sample[1]/start")),
        ("../../../../../x", None),
        ("a | b", None),
    ],
)
def test_steps_that_surely_lead_straight_up_are_told(expression: str, way: tuple[int, str] | None) -> None:
    assert way_up(expression, STEP) == way


TEXTS = some.sampled_from(("", "1", "x", " y\n", "<![CDATA[<2>]]>", "z<!-- z -->z", "&amp;", "<?q w?>"))
ATTRIBUTES = some.sampled_from(("", "", " k='1'", " k='x' n:k='2'", " xml:lang='en'", " k=''"))
INSIDE = {"r": "a a a n:a b", "a": "b b b a c", "n:a": "b b c", "b": "c c c b n:a", "c": "c b"}
"""What is in the elements of a document, by name; what comes more often is more likely."""


@some.composite
def documents(draw: some.DrawFn, tag: str, depth: int, attributes: str = "") -> str:
    parts = [draw(TEXTS)]
    for _ in range(draw(some.integers(tag != "c", 3)) if depth else 0):
        parts += draw(documents(draw(some.sampled_from(INSIDE[tag].split())), depth - 1)), draw(TEXTS)
    return f"<{tag}{attributes or draw(ATTRIBUTES)}>{''.join(parts)}</{tag}>"


@settings(max_examples=150, deadline=None)
@given(
    documents("r", 4, " k='r' xmlns:n='urn:n'"),
    some.sampled_from(PLACES),
    some.integers(0, 9),
    some.integers(1, 200),
)
def test_any_document_gives_what_lxml_does(data: str, place: tuple[str, str | None], part: int, size: int) -> None:
    assert differences(data, place, EXPRESSIONS[part::10], size) == {}
