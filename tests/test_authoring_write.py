"""YAML is written as the specs here are, and reads back as what it was."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tapwright.authoring.write import WIDTH, yaml_text
from tapwright.language import read

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
WORDS = st.lists(st.sampled_from(["no", "1:30", "a", "#", "-", "{{ x }}", "don't", '"', "a,b", ":", "~"])).map(" ".join)
LEAVES = TEXT | WORDS | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)


def maps(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    keys = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(["streams", "fields", "<<"])
    return st.dictionaries(keys, values, max_size=5)


VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | maps(inner), max_leaves=20)


def back(text: str) -> Any:
    return read(text, "written.yaml").data


@settings(deadline=None, derandomize=True)
@given(VALUES)
def test_what_is_written_reads_back_as_it_was(value: Any) -> None:
    assert back(yaml_text(value)) == value


@settings(deadline=None, derandomize=True)
@given(maps(maps(LEAVES)), TEXT)
def test_comments_change_nothing(value: dict[str, Any], comment: str) -> None:
    places = [(), *((key,) for key in value), *((key, inner) for key, held in value.items() for inner in held)]
    assert back(yaml_text(value, dict.fromkeys(places, comment))) == value


@pytest.mark.parametrize("path", sorted(Path("specs").glob("*.yaml")), ids=lambda path: path.name)
def test_a_spec_survives(path: Path) -> None:
    data = read(path.read_bytes(), str(path)).data
    text = yaml_text(data)
    assert back(text) == data
    wide = [line for line in text.splitlines() if len(line) > WIDTH]
    assert [line for line in wide if "http" not in line and line.strip() not in data["description"]] == []


@pytest.mark.parametrize("text", ["no", "on", "2024-01-01", "1:30", "a: b".replace(": ", ":"), "/a/{{ x }}", "été"])
def test_words_that_stay_text_need_no_quotes(text: str) -> None:
    assert yaml_text({"key": text}) == f"key: {text}\n"


@pytest.mark.parametrize("text", ["", "null", "true", "12", "1.5", "{{ x }}", "a: b", "a #b", "- a", " a", "*a"])
def test_text_that_would_be_something_else_is_quoted(text: str) -> None:
    assert yaml_text({"key": text}) == f'key: "{text}"\n'


def test_a_spec_looks_as_written_by_hand() -> None:
    spec = {
        "tapwright": 1,
        "name": "acme",
        "config": {"token": {"type": "string", "writeOnly": True}},
        "api": {
            "url": "https://api.acme.example",
            "auth": {"bearer": {"token": "{{ config.token }}"}},
            "paginate": {"page": {"param": "page", "size": {"param": "per_page", "value": 100}}},
        },
        "streams": {
            "orders": {
                "request": {"path": "/orders", "params": {"state": "{{ options.state }}"}},
                "fields": {"id": {"type": "integer"}, "note": {"description": "What the customer says, or nothing."}},
                "primary_key": ["id"],
            },
            "lines": {"for_each": [{"parent": {"stream": "orders", "take": {"order_id": "id"}}}]},
        },
    }
    comments = {
        (): "A comment.",
        ("api", "paginate"): "A guess.",
        ("streams", "lines", "for_each"): "Another.\nIn two lines.",
    }
    assert yaml_text(spec, comments) == dedent(
        """\
        # A comment.
        tapwright: 1
        name: acme

        config:
          token: {type: string, writeOnly: true}

        api:
          url: https://api.acme.example
          auth: {bearer: {token: "{{ config.token }}"}}
          # A guess.
          paginate: {page: {param: page, size: {param: per_page, value: 100}}}

        streams:
          orders:
            request: {path: /orders, params: {state: "{{ options.state }}"}}
            fields:
              id: {type: integer}
              note: {description: "What the customer says, or nothing."}
            primary_key: [id]

          lines:
            # Another.
            # In two lines.
            for_each:
              - parent: {stream: orders, take: {order_id: id}}
        """
    )


def test_long_text_is_folded_and_lines_are_kept() -> None:
    text = yaml_text({"a": "word " * 40 + "end", "b": "one\ntwo\n", "c": ["word " * 40 + "end"]})
    assert "a: >-\n  word" in text and "b: |\n  one\n  two\n" in text and "  - >-\n    word" in text
    assert max(map(len, text.splitlines())) <= WIDTH
