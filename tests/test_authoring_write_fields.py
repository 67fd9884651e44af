"""`tapwright infer --write`: fields come into a spec, and nothing else of it changes.

Drop a spec and what is to become of it into tests/authoring/write: `X.yaml` and `X.after.yaml`.
"""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

from tapwright.authoring.infer import Inference, Inferred
from tapwright.authoring.write_fields import with_fields
from tapwright.errors import TargetError
from tapwright.language import read
from tapwright.library import bundled, listed
from tapwright.load import load_spec
from tests.authoring.desk import Desk

CASES = Path(__file__).parent / "authoring" / "write"
BEFORE = sorted(path for path in CASES.glob("*.yaml") if not path.name.endswith(".after.yaml"))
STREAMS = [(path, stream) for path in listed("specs").values() for stream in load_spec(path).streams]
ADDED = Inference(
    table="any",
    stream="any",
    records=3,
    pages=1,
    fields=(
        Inferred(name="added", place="added", words={"type": "integer"}, values=2, null=1, absent=0),
        Inferred(name="more", place='"more"', words={"from": '"more"'}, values=3, null=0, absent=0),
    ),
)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Desk:
    return Desk(tmp_path, monkeypatch, capfdbinary)


@pytest.mark.parametrize("before", BEFORE, ids=lambda path: path.stem)
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["unix", "windows"])
def test_fields_are_written(desk: Desk, before: Path, newline: str) -> None:
    spec = desk.spec("shop", "")
    spec.write_bytes(before.read_bytes().replace(b"\n", newline.encode()))
    ran = desk.run("infer", "shop", "-S", "things", "--from", str(CASES / "answer.json"), "--write")
    assert (ran.code, ran.out) == (0, "")
    assert spec.read_bytes() == (CASES / f"{before.stem}.after.yaml").read_bytes().replace(b"\n", newline.encode())
    assert desk.run("lint", str(spec)).code == 0
    assert [path.name for path in spec.parent.iterdir()] == ["shop.yaml"]


@pytest.mark.parametrize(("path", "stream"), STREAMS, ids=lambda part: getattr(part, "stem", part))
def test_only_the_fields_of_that_stream_change(path: Path, stream: str) -> None:
    old = path.read_text(encoding="utf-8")
    new = with_fields(old, replaced(stream))
    expected = read(old, "old").data
    words = expected["streams"][stream]
    words["fields"] = {**words.get("fields", {}), "added": {"type": "integer"}, "more": {"from": '"more"'}}
    assert read(new, "new").data == expected
    changes = [line for line in difflib.ndiff(old.splitlines(), new.splitlines()) if line[0] in "+-"]
    assert [line[2:].strip() for line in changes if line[0] == "+" and "fields:" not in line] == [
        "added: {type: integer}  # null in 1 of 3",
        "more: {from: '\"more\"'}",
    ]
    assert not [line for line in changes if line[0] == "-"]


def replaced(stream: str) -> Inference:
    return Inference(table=stream, stream=stream, records=3, pages=1, fields=ADDED.fields)


def test_fields_that_stand_elsewhere_are_not_changed() -> None:
    shared = "streams:\n  one: {fields: &f {id: {}}}\n  two:\n    fields: *f\n"
    with pytest.raises(TargetError, match=r"'streams\.two\.fields' is an alias"):
        with_fields(shared, replaced("two"))


def test_a_spec_that_came_with_tapwright_is_not_changed(desk: Desk) -> None:
    spec = bundled() / "specs" / "rokt.yaml"
    before = spec.read_bytes()
    answer = desk.file("answer", {"data": [{"a": 1}]})
    ran = desk.run("infer", "rokt", "-S", "account_summary", "--from", answer, "--write")
    assert ran.code == 1
    assert "came with tapwright\nCopy it into a folder specs of your own" in ran.err
    assert spec.read_bytes() == before


def test_what_is_there_is_not_written_again(desk: Desk) -> None:
    spec = desk.spec("shop", (CASES / "with_fields.yaml").read_text("utf-8"))
    answer = str(CASES / "answer.json")
    assert desk.run("infer", "shop", "-S", "things", "--from", answer, "--write").code == 0
    written = spec.read_text("utf-8")
    assert desk.run("infer", "shop", "-S", "things", "--from", answer, "--write").code == 0
    assert spec.read_text("utf-8") == written


def test_the_spec_of_a_connector_is_written(desk: Desk) -> None:
    desk.spec("shop", (CASES / "unsaid.yaml").read_text("utf-8"))
    (desk.folder / "connectors").mkdir()
    desk.file("connectors/mine.yaml", "spec: shop\nstreams: {mine: {stream: things}}\n")
    ran = desk.run("infer", "connectors/mine.yaml", "--from", str(CASES / "answer.json"), "--write")
    assert (ran.code, ran.err) == (0, f"{Path('specs/shop.yaml')}: 4 fields added to things\n")
