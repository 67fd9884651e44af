"""What is generated is fresh: the schemas beside the engine, the reference in the docs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tapwright.checked import LIST
from tapwright.load import load_spec
from tapwright.plan import fields_of, options_of
from tapwright.provider_page import page_of
from tapwright.publish import BEGIN, END, PAGES, published
from tapwright.schemas import OF

ROOT = Path(__file__).parents[1]
FILES = published()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_it_is_what_would_be_written_now(path: Path) -> None:
    written = path.read_text(encoding="utf-8") if path.is_file() else ""
    assert written == FILES[path], f"{path.name} is out of date; run: make docs"


def test_every_schema_and_page_is_there() -> None:
    of_providers = {f"{path.stem}.md" for path in (ROOT / "specs").glob("*.yaml")}
    assert {path.name for path in FILES} == {f"{of}.schema.json" for of in OF} | {LIST.name} | set(PAGES) | of_providers


@pytest.mark.parametrize("path", sorted((ROOT / "specs").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_providers_page_names_all_that_its_spec_has(path: Path) -> None:
    spec, text = load_spec(path), page_of(load_spec(path))
    for name in spec.config:
        assert f"| `{name}` |" in text
    for name, stream in spec.streams.items():
        part = text.partition(f"\n### {name}\n")[2].partition("\n### ")[0]
        assert bool(part) != stream.hidden
        for column in (*options_of(spec, stream), *fields_of(spec, stream)) if part else ():
            assert f"| `{column}` |" in part


def test_a_page_of_what_was_never_recorded_speaks_of_no_recording() -> None:
    spec = replace(load_spec(ROOT / "specs" / "rokt.yaml"), support="drafted", description="")
    text = page_of(spec)
    assert text.startswith(f"# {spec.title}\n\nDrafted: ")
    assert "\ntapwright plan rokt\n" in text
    assert "--replay" not in text


def test_each_page_says_what_to_edit_and_what_to_run() -> None:
    for path, text in FILES.items():
        if path.name in PAGES:
            assert text.count(BEGIN) == text.count(END) == 1, path.name
