"""The sinks that write files: folders, manifests, and the standard output."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tapwright.batch import Column, Table
from tapwright.errors import SinkError
from tapwright.sinks import parquet, sink_of, spool
from tapwright.sinks.csv import Csv
from tapwright.sinks.jsonl import Jsonl
from tapwright.sinks.kind import Sink
from tapwright.sinks.parquet import Parquet
from tests.test_sinks import INTEGER, STRING, ads, ask, batch, fill, held, put


@pytest.fixture(params=["csv", "jsonl", "parquet"])
def sink(request: pytest.FixtureRequest, tmp_path: Path) -> Sink:
    """Every kind of sink that writes files."""
    return sink_of(f"{request.param}:{tmp_path / 'target'}")


def names(sink: Any) -> list[str]:
    """List the files of the ads."""
    return sorted(path.name for path in Path(sink.path, "ads").iterdir())


def test_parts_are_hidden_until_the_commit(sink: Sink) -> None:
    with sink.open() as writer:
        fill(writer, ads(i1="a"))
        assert all(name.startswith(".") for name in names(sink))
        writer.commit()
        assert [name[:5] for name in names(sink)] == ["part-"]


def test_run_that_fails_leaves_no_parts(sink: Sink) -> None:
    with pytest.raises(SinkError, match="no id"), sink.open() as writer:
        fill(writer, ads(i1="a"), batch(id=(INTEGER, [None])), mode="merge")
    assert names(sink) == []


def test_replace_removes_the_old_parts(sink: Sink) -> None:
    put(sink, ads(i1="a"))
    put(sink, ads(i2="b"), mode="replace")
    assert len(names(sink)) == 1


def test_merge_leaves_parts_without_the_keys_as_they_are(sink: Sink) -> None:
    put(sink, ads(i1="a"), mode="merge")
    before = names(sink)
    put(sink, ads(i2="b"), mode="merge")
    assert before[0] in names(sink)
    put(sink, ads(i1="c"), mode="merge")
    assert before[0] not in names(sink)
    assert len(names(sink)) == 2


def test_table_without_rows_has_a_part_to_read(sink: Sink) -> None:
    named = (Column(name="id", type=INTEGER), Column(name="name", type=STRING))
    put(sink, mode="replace", table=Table(name="ads", columns=named))
    assert len(names(sink)) == 1
    assert held(sink) == []


def test_files_of_another_hand_are_left_alone(sink: Any) -> None:
    put(sink, ads(i1="a"))
    mine = [Path(sink.path, name) for name in ("notes.txt", "ads/part-00000.csv", "ads/part-00000.parquet")]
    for path in mine:
        path.write_text("mine")
    put(sink, ads(i2="b"), mode="replace")
    assert [path.read_text() for path in mine] == ["mine"] * 3


def test_folder_of_another_format_is_refused(sink: Any) -> None:
    put(sink, ads(i1="a"))
    other = "csv" if isinstance(sink, Jsonl) else "jsonl"
    with pytest.raises(SinkError, match=f"of tapwright, not {other}"):
        sink_of(f"{other}:{sink.path}").open()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 1}', '{"version": 9, "format": "csv", "tables": {}}'])
def test_manifest_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "_tapwright.json").write_text(text)
    with pytest.raises(SinkError, match=r"is not a manifest of tapwright|version 9"):
        Csv(path=str(tmp_path)).open()


def test_name_of_a_table_is_safe_as_a_folder(sink: Any) -> None:
    for name in ("../up", "a/b", ".", "é"):
        put(sink, ads(i1="a"), table=Table(name=name, columns=()))
    assert {path.name for path in Path(sink.path).glob("[!._]*")} == {"%2E%2E%2Fup", "a%2Fb", "%2E", "%C3%A9"}


def test_parquet_reads_as_one_table_after_columns_grew(tmp_path: Path) -> None:
    sink = Parquet(path=str(tmp_path))
    put(sink, batch(id=(INTEGER, [1])))
    put(sink, ads(i2="b"), batch(id=(INTEGER, [10**20]), more=(STRING, ["x"])))
    rows = ask(f"SELECT id::VARCHAR, name, more FROM '{tmp_path}/ads/*.parquet' ORDER BY id")
    assert rows == [("1", None, None), ("2", "b", None), (str(10**20), None, "x")]


def test_parquet_is_written_a_few_rows_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "ROWS", 100)
    sink = Parquet(path=str(tmp_path))
    put(sink, batch(id=(INTEGER, list(range(950))), name=(STRING, ["x"] * 950)), mode="replace")
    assert len(held(sink)) == 950
    assert ask(f"SELECT DISTINCT compression FROM parquet_metadata('{tmp_path}/ads/*.parquet')") == [("ZSTD",)]


def test_parquet_merges_a_few_keys_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "KEYS", 10)
    monkeypatch.setattr(spool, "ROWS", 30)
    sink = Parquet(path=str(tmp_path))
    for first in (0, 50):
        ids = [n % 80 for n in range(first, first + 120)]
        put(sink, batch(id=(INTEGER, ids), name=(STRING, [str(first + n) for n in range(120)])), mode="merge")
    last = {n % 80: str(n) for n in range(120)} | {(50 + n) % 80: str(50 + n) for n in range(120)}
    assert held(sink) == sorted(last.items())


def test_csv_has_one_header_after_columns_grew(tmp_path: Path) -> None:
    sink = Csv(path=str(tmp_path))
    put(sink, batch(id=(INTEGER, [1, 2]), name=(STRING, ['a\n,"b"', None])))
    put(sink, ads(i3="c"), batch(id=(INTEGER, [4]), more=(STRING, [""])))
    texts = sorted(path.read_text() for path in (tmp_path / "ads").iterdir())
    assert "".join(texts).count("id,name,more\n") == len(texts) == 3
    rows = [row for path in (tmp_path / "ads").iterdir() for row in csv.reader(path.open(newline=""))]
    assert sorted(row for row in rows if row[0] != "id") == [
        ["1", 'a\n,"b"', ""], ["2", "", ""], ["3", "c", ""], ["4", "", ""],
    ]  # fmt: skip


def test_csv_merge_keeps_the_text_of_the_other_rows(tmp_path: Path) -> None:
    sink = Csv(path=str(tmp_path))
    wild = batch(id=(INTEGER, [1, 2, 3]), name=(STRING, ['x\r\n"y",\n', "", None]), more=(STRING, ["q" * 200_000] * 3))
    put(sink, wild, mode="merge")
    before = next((tmp_path / "ads").iterdir()).read_bytes()
    put(sink, ads(i9="z"), mode="merge")
    put(sink, ads(i9="y"), ads(i2="c"), mode="merge")
    texts = b"".join(path.read_bytes() for path in sorted((tmp_path / "ads").iterdir()))
    lines = before.split(b"\n2,")
    assert lines[0] in texts
    assert b"\n3,," in texts
    assert b"\n2,c,\n" in texts
    assert texts.count(b"\n9,") == 1


def test_jsonl_merge_keeps_the_text_of_the_other_lines(tmp_path: Path) -> None:
    sink = Jsonl(path=str(tmp_path))
    put(sink, batch(id=(INTEGER, [1, 10**25, 2]), name=(STRING, ["a", "é", "c"])), mode="merge")
    put(sink, ads(i2="d"), mode="merge")
    text = "".join(path.read_text() for path in (tmp_path / "ads").iterdir())
    assert sorted(text.splitlines()) == [
        '{"id":1,"name":"a"}', '{"id":10000000000000000000000000,"name":"é"}', '{"id":2,"name":"d"}',
    ]  # fmt: skip


def test_standard_output_takes_plain_lines_at_each_commit(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    with Jsonl(path="-").open() as writer:
        fill(writer, ads(i1="a"), mode="merge")
        fill(writer, ads(i2="b"), mode="replace", table=Table(name="others", columns=()))
        assert capfdbinary.readouterr().out == b""
        writer.commit({"at": 1})
        assert capfdbinary.readouterr().out == b'{"id":1,"name":"a"}\n{"id":2,"name":"b"}\n'
        assert writer.state() is None
        writer.write("ads", ads(i3="c"))
        writer.rollback()
        writer.write("ads", ads(i4="d"))
        writer.commit()
        writer.write("ads", ads(i5="e"))
    assert capfdbinary.readouterr().out == b'{"id":4,"name":"d"}\n'


def test_reader_that_goes_away_ends_the_program_quietly() -> None:
    code = (
        "from tests.test_sink_files import *\n"
        "with Jsonl(path='-').open() as writer:\n"
        "    for number in range(100000):\n"
        "        fill(writer, ads(i1='x' * 1000))\n"
        "        writer.commit()"
    )
    run = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert run.stdout
    assert run.stderr
    assert json.loads(run.stdout.readline()) == {"id": 1, "name": "x" * 1000}
    run.stdout.close()
    assert run.wait(60) == 141
    assert run.stderr.read() == b""
    run.stderr.close()


def test_words_describe_the_place() -> None:
    assert [sink_of(text).described() for text in ("csv:a", "parquet:b", "jsonl:c", "jsonl:-")] == [
        "a", "b", "c", "standard output",
    ]  # fmt: skip
