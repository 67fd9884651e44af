"""What is generated is fresh: the schemas beside the engine, the reference in the docs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tapwright.checked import LIST
from tapwright.publish import BEGIN, END, PAGES, published
from tapwright.schemas import OF

FILES = published()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_it_is_what_would_be_written_now(path: Path) -> None:
    written = path.read_text(encoding="utf-8") if path.is_file() else ""
    assert written == FILES[path], f"{path.name} is out of date; run: make docs"


def test_every_schema_and_page_is_there() -> None:
    assert {path.name for path in FILES} == {f"{of}.schema.json" for of in OF} | {LIST.name} | set(PAGES)


def test_each_page_says_what_to_edit_and_what_to_run() -> None:
    for path, text in FILES.items():
        if path.name in PAGES:
            assert text.count(BEGIN) == text.count(END) == 1, path.name
