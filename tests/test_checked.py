"""A spec that was checked is not checked again until it is another one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tapwright import checked, load
from tapwright.errors import SpecError
from tapwright.load import load_spec

SPEC = """
tapwright: 1
name: gulls
title: Gulls
api: {url: "https://gulls.example"}
streams:
  nests: {request: {path: /nests}}
"""
PROGRAM = "import sys; from pathlib import Path; from tapwright.load import load_spec; load_spec(Path(sys.argv[1]));"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "gulls.yaml"
    path.write_text(SPEC, encoding="utf-8")
    return path


def is_checked(path: Path) -> bool:
    """Load a spec in a program of its own, and tell whether it was checked."""
    program = [sys.executable, "-c", PROGRAM + "print('jsonschema' in sys.modules)", str(path)]
    return subprocess.run(program, capture_output=True, text=True, check=True).stdout == "True\n"


def test_it_is_checked_once_and_again_when_it_has_changed(spec: Path) -> None:
    assert [is_checked(spec), is_checked(spec)] == [True, False]
    spec.write_text(SPEC + "  eggs: {request: {path: /eggs}}\n", encoding="utf-8")
    assert [is_checked(spec), is_checked(spec)] == [True, False]


def test_what_is_read_without_a_check_is_the_same(spec: Path) -> None:
    first = load_spec(spec)
    load._spec.cache_clear()
    assert checked.checked_before(spec, spec.read_bytes())
    assert load_spec(spec) == first


def test_a_fault_is_told_each_time_also_where_there_was_none_before(spec: Path) -> None:
    load_spec(spec)
    spec.write_text(SPEC.replace("path", "pathh"), encoding="utf-8")
    for _ in range(2):
        load._spec.cache_clear()
        with pytest.raises(SpecError, match="did you mean 'path'"):
            load_spec(spec)


def test_a_spec_under_another_name_is_another_one(spec: Path) -> None:
    load_spec(spec)
    other = spec.with_name("terns.yaml")
    other.symlink_to(spec)
    with pytest.raises(SpecError, match="is not the name of the file"):
        load_spec(other)


def test_what_another_tapwright_has_checked_is_checked(spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load_spec(spec)
    monkeypatch.setattr(checked, "__version__", "0.0.1")
    assert not checked.checked_before(spec, spec.read_bytes())


@pytest.mark.parametrize("damage", ["", "é", "0" * 64])
def test_a_note_that_is_damaged_is_made_anew(spec: Path, cache: Path, damage: str) -> None:
    load_spec(spec)
    (note,) = (cache / "tapwright" / "checked").iterdir()
    note.write_text(damage, encoding="utf-8")
    assert [is_checked(spec), is_checked(spec)] == [True, False]


def test_it_is_loaded_where_nothing_can_be_noted(spec: Path, cache: Path) -> None:
    cache.write_text("in the way", encoding="utf-8")
    assert [is_checked(spec), is_checked(spec)] == [True, True]
