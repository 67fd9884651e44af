"""Files as tests of the language: what is in `language/accepted` lints clean, what is in `language/refused` does not.

Beside each refused X.yaml stands X.errors.txt: exactly the lines that `tapwright lint X.yaml` prints, or the command
that the file's first line names.  To write those files anew after a change of wording, and read the difference:

    TAPWRIGHT_UPDATE=1 python -m pytest tests/test_language_files.py; git diff tests/language
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tapwright.cli import tapwright
from tapwright.cli.failing import exit_code
from tapwright.connector import Connector
from tapwright.language import build, keys_of, read
from tapwright.library import is_connector
from tapwright.reference import classes_of
from tapwright.sinks.kind import Sink
from tapwright.spec import Spec
from tapwright.walk import walk

FOLDER = Path(__file__).parent / "language"
ACCEPTED = sorted((FOLDER / "accepted").glob("*.yaml"))
REFUSED = sorted((FOLDER / "refused").glob("*.yaml"))


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("TAPWRIGHT_TEST_")]:
        monkeypatch.delenv(name)


@pytest.mark.parametrize("path", ACCEPTED, ids=lambda path: path.stem)
def test_accepted(path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(path, monkeypatch, capsys) == ""


@pytest.mark.parametrize("path", REFUSED, ids=lambda path: path.stem)
def test_refused(path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    said, expected = printed(path, monkeypatch, capsys), path.with_suffix(".errors.txt")
    assert said, "the file has no problem"
    if os.environ.get("TAPWRIGHT_UPDATE"):
        expected.write_text(said, encoding="utf-8")
    assert said == expected.read_text(encoding="utf-8")


def printed(path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """What the command prints about a file, called in its folder."""
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    command = first[2:].split() if first.startswith("# tapwright ") else ["tapwright", "lint", "--quiet", path.name]
    monkeypatch.chdir(path.parent)
    monkeypatch.setattr(sys, "argv", command)
    code, said = exit_code(tapwright), capsys.readouterr()
    assert code == (1 if said.out or said.err else 0)
    return said.out + said.err


def test_every_errors_file_has_its_yaml() -> None:
    assert {path.name[: -len(".errors.txt")] for path in FOLDER.rglob("*.txt")} == {path.stem for path in REFUSED}


def test_secrets_are_never_shown() -> None:
    for path in REFUSED:
        assert "hunter2" not in path.with_suffix(".errors.txt").read_text(encoding="utf-8"), path.name


def test_every_key_and_kind_is_used_by_an_accepted_file() -> None:
    used = {use for path in ACCEPTED for use in _used(path)}
    known = {(cls, key.name) for root in (Spec, Connector) for cls in classes_of(root) for key in keys_of(cls)}
    assert sorted(f"{cls.__name__}.{key}" for cls, key in known - used) == []


def _used(path: Path) -> Iterator[tuple[type[Any], str]]:
    data = read(path.read_bytes(), path.name).data
    words = build(Connector if is_connector(path) else Spec, data)
    for place, owner in walk(words, data):
        inner: Any = data
        for step in place:
            inner = inner[step] if isinstance(inner, list) or step in (inner or {}) else None
        if isinstance(owner, Sink) and inner:
            [inner] = inner.values()
        if isinstance(inner, dict):
            yield from ((type(owner), str(key)) for key in inner)
