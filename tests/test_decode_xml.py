"""XML documents."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from lxml import etree

from tapwright.body import Body
from tapwright.decode import sift
from tapwright.decode.plain import plain
from tapwright.decode.xml import KEPT, Xml, parse_xml
from tapwright.errors import BodyError
from tapwright.xpath import compile_xpath
from tests.test_decode import records, spooled
from tests.test_xml_sight import documents

BOTH = pytest.mark.parametrize("body", [Body.of, spooled])
STEP = "/reports/report/sample/recipe/step"
REPORT = b"""<?xml version="1.0" encoding="UTF-8"?>
<reports version="2"><!-- made <step/> up -->
  <report type="visit" start="2026-01-01">...
    <sample start="2026-01-01T00:00">
      <recipe name="A"><step name="Visits"><count>476.0</count></step><step name="Buy"><count>12</count></step>
        <amount>99.50</amount></recipe>
      <recipe name="Campaign"><step name="Visits">482.0</step></recipe>
    </sample>
  </report>
  <report type="visitor" start="2026-01-01"/>
  <paging><next>2</next></paging>
</reports>"""


def values(decode: Xml, expression: str, body: Body) -> list[Any]:
    get = decode.getter(expression)
    return [value for chunk in decode.decode(body).chunks for value in get(chunk)]


@BOTH
@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("@name", ["Visits", "Buy", "Visits"]),
        ("count", ["476.0", "12", None]),
        (".", ["476.0", "12", "482.0"]),
        ("text()", [None, None, "482.0"]),
        ("../@name", ["A", "A", "Campaign"]),
        ("../../@start", ["2026-01-01T00:00"] * 3),
        ("ancestor::report/@type", ["visit"] * 3),
        ("/reports/@version", ["2"] * 3),
        ("ancestor::report[@type='visit']/@start", ["2026-01-01"] * 3),
        ("number(count)", [476.0, 12.0, None]),
        ("boolean(count)", [True, True, False]),
        ("count(../step)", [1.0, 1.0, 1.0]),
        ("concat(../@name, '/', @name)", ["A/Visits", "A/Buy", "Campaign/Visits"]),
    ],
)
def test_a_field_sees_its_record_and_the_attributes_around_it(body: Any, expression: str, wanted: list[Any]) -> None:
    decode = Xml(each=STEP)
    if "../step" in expression:
        with pytest.raises(ValueError, match="looks beyond the record"):
            decode.getter(expression)
    else:
        assert values(decode, expression, body(REPORT)) == wanted


@BOTH
def test_a_field_sees_all_of_what_is_read_whole(body: Any) -> None:
    decode = Xml(each=STEP, whole="recipe")
    assert values(decode, "../amount", body(REPORT)) == ["99.50", "99.50", None]
    assert values(decode, "count(../step)", body(REPORT)) == [2.0, 2.0, 1.0]
    assert values(decode, "following-sibling::step/@name", body(REPORT)) == ["Buy", None, None]
    assert values(decode, "ancestor::sample/@start", body(REPORT)) == ["2026-01-01T00:00"] * 3
    with pytest.raises(ValueError, match=r"beyond recipe, .*; say `whole: reports`"):
        decode.getter("count(/reports/report)")


@BOTH
@pytest.mark.parametrize("each", [STEP, "//step", "/reports//step", "/reports/*/sample/*/step", "/*//recipe/step"])
def test_places_may_have_wild_steps(body: Any, each: str) -> None:
    assert values(Xml(each=each), "@name", body(REPORT)) == ["Visits", "Buy", "Visits"]


def test_any_element_at_a_place_may_be_a_record() -> None:
    assert values(Xml(each="/reports/report/sample/recipe/*"), "name()", Body.of(REPORT)) == [
        *("step", "step", "amount", "step")
    ]


@BOTH
def test_namespaces_are_named(body: Any) -> None:
    data = b'<f:feed xmlns:f="urn:f" xmlns="urn:e"><entry id="1"><t>x</t></entry><e xmlns=""/></f:feed>'
    decode = Xml(each="/a:feed/b:entry", namespaces={"a": "urn:f", "b": "urn:e"})
    assert values(decode, "b:t", body(data)) == ["x"]
    assert values(decode, "t", body(data)) == [None]
    with pytest.raises(BodyError, match=r"the root element is {urn:f}feed, not feed"):
        records(Xml(each="/feed/entry"), body(data))


def test_records_are_plain_data_for_messages() -> None:
    assert records(Xml(each="/reports/report/sample/recipe"), Body.of(REPORT)) == [
        {
            "@name": "A",
            "step": [{"@name": "Visits", "count": "476.0"}, {"@name": "Buy", "count": "12"}],
            "amount": "99.50",
        },
        {"@name": "Campaign", "step": {"@name": "Visits", "#text": "482.0"}},
    ]


def test_the_rest_is_attributes_and_children_that_no_field_takes() -> None:
    data = b'<r><i id="1" a="2"><b>x</b><c/></i><i><b>y</b><a>3</a></i></r>'
    chunk = next(Xml(each="/r/i").decode(Body.of(data)).chunks)
    assert chunk.rest(frozenset(["b"])) == {"id": ["1", None], "@a": ["2", None], "c": ["", None], "a": [None, "3"]}
    assert chunk.rest(frozenset(["b", "@a", "@id", "c"])) == {"a": [None, "3"]}
    assert chunk.kept([False, True]).record(0) == {"b": "y", "a": "3"}


def test_the_rest_holds_a_records_own_text_that_no_field_takes() -> None:
    data = b'<r><i id="1"> 9.<b>x</b>50 </i><i id="2"/><i>only</i><i><text>a child</text></i></r>'
    chunk = next(Xml(each="/r/i").decode(Body.of(data)).chunks)
    assert chunk.rest(frozenset(["@id", "b", "text"])) == {"#text": ["9.50", None, "only", None]}
    for taking in ("text()", ".", "string(.)", "normalize-space()", "number(.)"):
        assert chunk.rest(frozenset([taking, "@id", "b", "text"])) == {}
    assert next(Xml(each="/r/i").decode(Body.of(b"<r><i>\n  <b/>\n</i></r>")).chunks).rest(frozenset("b")) == {}


@BOTH
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the body is empty, not XML"),
        (b"<html><body>Log in", "the body is HTML, not XML"),
        (b'{"error": 1}', "the body is JSON, not XML"),
        (b"<error><code>401</code></error>", "the root element is error, not r"),
        (b'<r>\n<i name="Visits">370.0</is></r>', r"malformed at line 2, column \d+: .* tag mismatch: i line 2 and is"),
        (b'<r><i total="558.0"sum="1"/></r>', "malformed at line 1, column 20"),
        (b"<r><i>1</i><i>", "malformed at line 1, column 15: Premature end of data in tag i"),
        (b"<r", "malformed"),
        (b"<r/><r/>", "malformed at line 1, column 5: Extra content"),
        (b"<r><i>&nbsp;</i></r>", "malformed at line 1, column 13: Entity 'nbsp' not defined"),
        (b"<r><i>\xff</i></r>", "malformed at line 1, column 7"),
        (b"<r><i>\x01</i></r>", "the body is binary data"),
        (b"<r><p:i/></r>", "malformed at line 1, column 8: Namespace prefix p"),
        (b'<!DOCTYPE r [<!ENTITY a "b">]><r/>', "document type .* is refused"),
        (b'<!DOCTYPE r SYSTEM "http://evil.test/"><r/>', "document type"),
        (b'<?xml version="1.0" encoding="utf-16"?><r/>', "not utf-16"),
        (b'<?xml version="1.0" encoding="klingon"?><r/>', "charset is 'klingon', which is unknown"),
        (b"<r>" + b"<i>" * 100_000, "Excessive depth"),
        (b"<!-- " + b"x" * 2_000_000 + b"--><r/>", "hold no element"),
    ],
)
def test_a_broken_body_is_an_error(body: Any, data: bytes, message: str) -> None:
    with pytest.raises(BodyError, match=message):
        records(Xml(each="/r/i"), body(data))


@BOTH
def test_the_charset_is_the_content_types_else_the_declared(body: Any) -> None:
    decode = Xml(each="/r/i")
    declared = '<?xml version="1.0" encoding="{}"?><r><i>Zoë €</i></r>'
    for codec in ("utf-16", "windows-1252", "iso-8859-15", "gb18030"):
        assert values(decode, ".", body(declared.format(codec).encode(codec))) == ["Zoë €"]
    chunk = next(decode.decode(body(declared.format("us-ascii").encode()), "utf-8").chunks)
    assert decode.getter(".")(chunk) == ["Zoë €"]


def test_an_undefined_entity_does_not_end_the_document() -> None:
    pieces = iter([b"<r><i>&oops;</i>", b"<r><i>1</i></r>"])
    with pytest.raises(BodyError, match="Entity 'oops' not defined"):
        sift.Sift(pieces, Xml(each="/r/i")._place, None, keep=False)


@pytest.mark.parametrize("size", [1, 5, 64, 1000])
@pytest.mark.parametrize("whole", [None, "recipe", "report"])
def test_blocks_may_end_anywhere(size: int, whole: str | None) -> None:
    pieces = iter([REPORT[start : start + size] for start in range(0, len(REPORT), size)])
    decode = Xml(each=STEP, whole=whole)
    look, above = decode.getter("."), decode.getter("ancestor::recipe/@name")
    taken: list[tuple[str, str]] = []
    for chunk in sift.Sift(pieces, decode._place, whole, keep=False).chunks():
        taken += zip(above(chunk), look(chunk), strict=True)
    assert taken == [("A", "476.0"), ("A", "12"), ("Campaign", "482.0")]


def test_the_document_of_a_stream_keeps_what_is_not_records() -> None:
    items = "".join(f"<i>{n}</i><note>{n}</note>" for n in range(500))
    data = f"<r v='1'><info><total>500</total></info><list>{items}</list><next>2</next></r>".encode()
    decoded = Xml(each="/r/list/i").decode(spooled(data))
    assert decoded.document.get("v") == "1"
    assert sum(map(len, decoded.chunks)) == 500
    assert compile_xpath("/r/next")(decoded.document) == "2"
    assert compile_xpath("info/total")(decoded.document) == "500"
    assert decoded.document.find("list") is None
    whole = Xml(each="/r/list/i").decode(Body.of(data)).document
    assert len(whole.findall("list/i")) == 500


def test_a_large_body_in_memory_streams_and_its_document_is_whole_when_asked() -> None:
    items = "".join(f"<i>{n}</i>" for n in range(KEPT // 8))
    body = Body.of(f"<r>{items}<next>2</next></r>".encode())
    decoded = Xml(each="/r/i").decode(body)
    assert sum(map(len, decoded.chunks)) == KEPT // 8
    assert decoded.document.xpath("count(i)") == KEPT // 8
    assert decoded.document.xpath("string(/r/next)") == "2"
    with pytest.raises(BodyError, match="malformed at line 1"):
        records(Xml(each="/r/i"), Body.of(body.content[:-1]))


def test_records_with_many_children_give_the_same_however_many_are_asked_for() -> None:
    wide = "".join(f"<c{n}>{n}</c{n}>" for n in range(30))
    data = f"<r><i>{wide}</i><i>{wide}<c1>again</c1><c2><d>2</d></c2><c30>x<e/>y</c30></i><i><c3/></i></r>"
    chunk = next(Xml(each="/r/i").decode(Body.of(data.encode())).chunks)
    for name, wanted in {
        "c1": ["1", ["1", "again"], None],
        "c2": ["2", ["2", "2"], None],
        "c3": ["3", "3", ""],
        "c30": [None, "xy", None],
    }.items():
        get, alone = Xml(each="/r/i").getter(name), next(Xml(each="/r/i").decode(Body.of(data.encode())).chunks)
        assert get(alone) == wanted
        for _ in range(5):
            assert get(chunk) == wanted


@given(documents("r", 4, " xmlns:n='urn:n'"))
def test_plain_data_is_attributes_children_and_text(data: str) -> None:
    element = parse_xml(data.encode())
    assert plain(element) == told(element)


def told(element: Any) -> Any:
    """Write the rule down once more, slowly."""
    found: dict[str, list[Any]] = {f"@{etree.QName(name).localname}": [v] for name, v in element.attrib.items()}
    for child in element:
        found.setdefault(etree.QName(child).localname, []).append(told(child))
    text = "".join(element.xpath("text()"))
    if not found:
        return text
    values = {name: several if len(several) > 1 else several[0] for name, several in found.items()}
    return values | ({"#text": text.strip()} if text.strip() else {})


def test_records_within_records_are_records() -> None:
    data = b"<r><i n='1'><i n='2'/></i></r>"
    assert sorted(values(Xml(each="//i"), "@n", spooled(data))) == ["1", "2"]
    assert values(Xml(each="/r//b//i", whole="b"), "@n", spooled(b"<r><b><b><i n='1'/></b></b></r>")) == ["1"]


def test_words_that_make_no_sense_are_faults() -> None:
    for each in ("reports/report", "/reports/report[1]", "/reports/@id", "/a/", "/a///b", ""):
        assert [key for key, _ in Xml(each=each).faults()] == ["each"]
    assert list(Xml(each="/p:a").faults()) == [("each", "the prefix 'p' is not among `namespaces`")]
    assert [key for key, _ in Xml(each="/a/b", whole="b").faults()] == ["whole"]
    assert not list(Xml(each="/a//b/*", whole="b").faults())


def test_an_error_body_may_have_lost_its_root() -> None:
    found = parse_xml(b'<?xml version="1.0"?>\n<entity id="1"/><status code="denied">No</status>')
    assert compile_xpath("/result/status/@code")(found) == "denied"
    assert parse_xml(b"<h1>Developer Over Qps</h1>").tag == "h1"
    for data in (b"denied", b"<a", b"<!DOCTYPE a><a/>", b""):
        with pytest.raises(BodyError):
            parse_xml(data)
