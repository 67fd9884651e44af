"""Reading YAML: plain data, places, and what is refused."""

from __future__ import annotations

import pytest

from tapwright.language import Document, Refused, read


def refusal(text: str | bytes) -> str:
    with pytest.raises(Refused) as refused:
        read(text, "x.yaml")
    return str(refused.value)


def code(text: str) -> str:
    with pytest.raises(Refused) as refused:
        read(text, "x.yaml")
    return refused.value.problems[0].code


@pytest.mark.parametrize("word", ["no", "on", "Yes", "2024-01-01", "1:30", "012", "0x1F", "1_000", "1.", ".inf"])
def test_words_that_only_look_like_values_stay_text(word: str) -> None:
    assert read(f"a: {word}", "x.yaml").data == {"a": word}


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("-7", -7),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
    ],
)
def test_plain_values_are_read(word: str, value: object) -> None:
    data = read(f"a: {word}", "x.yaml").data
    assert data == {"a": value} and type(data["a"]) is type(value)


def test_quoted_values_are_text() -> None:
    assert read("a: '1'\nb: \"true\"", "x.yaml").data == {"a": "1", "b": "true"}


def test_standard_tags_are_read() -> None:
    assert read("a: !!str 12\nb: !!float 3\nc: !!seq [1]", "x.yaml").data == {"a": "12", "b": 3.0, "c": [1]}


def test_keys_become_text() -> None:
    assert read("1: a\ntrue: b\n~: c", "x.yaml").data == {"1": "a", "true": "b", "~": "c"}


def test_an_empty_file_is_null() -> None:
    assert read("# nothing\n", "x.yaml").data is None


def test_a_byte_order_mark_is_skipped() -> None:
    assert read(b"\xef\xbb\xbfa: 1", "x.yaml").data == {"a": 1}


@pytest.fixture
def document() -> Document:
    return read("a: &x\n  b: 1\nc: *x\nd: [1, {e: 2}]\n", "x.yaml")


def test_a_value_has_a_place(document: Document) -> None:
    assert document.place(("d", 1, "e")) == (4, 12)


def test_a_key_has_a_place(document: Document) -> None:
    assert document.place(("d", 1, "e"), key=True) == (4, 9)


def test_what_is_missing_stands_at_its_nearest_ancestor(document: Document) -> None:
    assert document.place(("d", 1, "zz", "z")) == (4, 8)
    assert document.place(("a", "zz"), key=True) == (1, 1)
    assert document.place(("zz",)) == (1, 1)


def test_what_an_alias_holds_stands_where_it_is_written(document: Document) -> None:
    assert document.place(("c",)) == (3, 4)
    assert document.place(("c", "b")) == (2, 6)


def test_every_duplicate_key_is_refused() -> None:
    assert refusal("a: 1\nb: {c: 1, c: 2}\na: 2") == (
        "x.yaml:2:11: b.c: this key is already on line 2\nx.yaml:3:1: a: this key is already on line 1"
    )


def test_merge_keys_are_refused() -> None:
    assert refusal("a: &x {b: 1}\nc:\n  <<: *x").startswith("x.yaml:3:3: c: merge keys ('<<') are not allowed")


def test_a_quoted_merge_key_is_text() -> None:
    assert read('"<<": 1', "x.yaml").data == {"<<": 1}


@pytest.mark.parametrize(
    "tag", ["!foo", "!!python/object:os.system", "!!binary", "!!timestamp", "!!omap", "!<tag:x,2000:y>"]
)
def test_other_tags_are_refused(tag: str) -> None:
    assert "is not allowed; write plain values" in refusal(f"a: {tag} b")


def test_a_tag_must_fit_its_text() -> None:
    assert refusal("a: !!int x") == "x.yaml:1:4: a: the text does not fit its tag '!!int'"


def test_a_second_document_is_refused() -> None:
    assert refusal("a: 1\n---\nb: 2") == "x.yaml:2:1: a second document begins here; keep one in each file"


def test_an_anchor_cannot_hold_itself() -> None:
    assert refusal("a: &x [*x]") == "x.yaml:1:8: a[0]: no value before this one is named '&x'"


def test_aliases_are_counted() -> None:
    read("a: &a x\nb: [" + "*a," * 1000 + "]", "x.yaml")
    assert code("a: &a x\nb: [" + "*a," * 1001 + "]") == "limit"


def test_an_alias_bomb_is_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "more than 100,000 values" in refusal("\n".join(lines))


def test_many_values_are_refused() -> None:
    assert "more than 100,000 values" in refusal("[" + "1," * 100_001 + "]")


def test_depth_is_bounded() -> None:
    read("[" * 50 + "]" * 50, "x.yaml")
    assert "more than 50 deep" in refusal("[" * 10_000)


def test_depth_through_aliases_is_bounded() -> None:
    chain = "\n".join(f"a{n}: &a{n} [[[[[[*a{n - 1}]]]]]]" for n in range(1, 12))
    assert "more than 50 deep" in refusal("a0: &a0 [x]\n" + chain)


def test_size_is_bounded() -> None:
    assert refusal("x" * ((1 << 20) + 1)) == "x.yaml:1:1: the file is larger than 1 MiB"


@pytest.mark.parametrize("number", ["9" * 5000, "1e999"])
def test_numbers_nothing_can_hold_are_refused(number: str) -> None:
    assert "x.yaml:1:4: a: this number is too l" in refusal(f"a: {number}")


def test_bytes_that_are_not_utf_8_are_refused() -> None:
    assert refusal(b"a: 1\nb: \xff") == "x.yaml:2:1: this line is not UTF-8"


def test_control_characters_are_refused() -> None:
    assert refusal("a: 1\nb: \x1b[31m") == "x.yaml:2:4: the character '\\x1b' is not allowed"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: 1\n\tb: 2", "2:1: a tab is used for indentation; use spaces"),
        ("a: b: c", "1:5: a ':' is not expected here; put the text in quotes, or check the indentation"),
        ("a: 'x\nb: 1", "1:4: the quote opened here is never closed"),
        ("a: [1, 2\nb: 3", "1:4: the '[' opened here is not closed; a ',' or ']' is missing"),
        ("a:\n  b: 1\n c: 2", "3:2: this does not line up with the keys above it; check the indentation"),
        (
            "a: 'it's'",
            "1:8: nothing may follow a closing quote or bracket; put the whole value in one pair of quotes",
        ),
        ("a: %Y-%m", "1:4: text that begins with '%' must be in quotes"),
        ("accept: */*", "1:10: text that begins with '*' or '&' must be in quotes"),
        ("a: {{ x }}", "1:5: a: a template that begins with '{{' must be in quotes"),
        ("a: {{ x }} b", "1:5: a: a template that begins with '{{' must be in quotes"),
        ("? [a]\n: b", "1:3: a key must be text"),
    ],
)
def test_a_syntax_error_is_one_clear_sentence(text: str, problem: str) -> None:
    assert refusal(text) == f"x.yaml:{problem}"
    assert code(text) == "syntax"
