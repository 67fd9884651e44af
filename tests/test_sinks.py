"""The registry of sinks, and what every sink does alike."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tapwright.batch import Batch, Column, DataType, Table
from tapwright.errors import SinkError
from tapwright.sinks import SINKS, sink_of
from tapwright.sinks.duckdb import DuckDB
from tapwright.sinks.kind import Sink
from tapwright.writer import Mode, Writer

INTEGER, STRING, DECIMAL, NUMBER, JSON = (
    DataType(name=name) for name in ("integer", "string", "decimal", "number", "json")
)


def batch(**columns: tuple[DataType, list[Any]]) -> Batch:
    """Make a batch of typed columns."""
    return Batch({name: pair[1] for name, pair in columns.items()}, {n: pair[0] for n, pair in columns.items()})


def ads(**names: str) -> Batch:
    """Make a batch of ads, one for each `i<number>="name"`."""
    return batch(id=(INTEGER, [int(key[1:]) for key in names]), name=(STRING, list(names.values())))


ADS = Table(name="ads", columns=(Column(name="id", type=INTEGER),), primary_key=("id",))


def put(sink: Sink, *batches: Batch, mode: Mode = "append", table: Table = ADS, state: Any = None) -> None:
    """Run once: every batch of a table, then a commit."""
    with sink.open() as writer:
        fill(writer, *batches, mode=mode, table=table)
        writer.finish(table.name)
        writer.commit(state)


def fill(writer: Writer, *batches: Batch, mode: Mode = "append", table: Table = ADS) -> None:
    """Begin a table and write to it."""
    writer.begin(table, mode)
    for each in batches:
        writer.write(table.name, each)


def ask(sql: str, path: str = ":memory:") -> list[tuple[Any, ...]]:
    """Ask DuckDB."""
    import duckdb

    with duckdb.connect(path) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return connection.execute(sql).fetchall()


def query(sink: Any, sql: str) -> list[tuple[Any, ...]]:
    """Ask a DuckDB file."""
    return ask(sql, sink.path)


def held(sink: Any, table: str = "ads") -> list[tuple[int, str]]:
    """Read the ads that a person would find there, sorted."""
    if isinstance(sink, DuckDB):
        return [(row[0], row[1]) for row in query(sink, f"SELECT id, name FROM {table} ORDER BY ALL")]
    return sorted((int(row["id"]), row["name"]) for row in _rows(Path(sink.path, table)))


def _rows(folder: Path) -> Iterable[dict[str, Any]]:
    for part in sorted(folder.glob("part-*")):
        if part.suffix == ".csv":
            yield from csv.DictReader(part.open(newline=""))
        elif part.suffix == ".jsonl":
            yield from map(json.loads, part.read_text().splitlines())
    if any(folder.glob("part-*.parquet")):
        for id, name in ask(f"SELECT id, name FROM '{folder}/part-*.parquet'"):
            yield {"id": id, "name": name}


@pytest.fixture(params=sorted(SINKS.keys() - {"postgres"}))
def sink(request: pytest.FixtureRequest, tmp_path: Path) -> Sink:
    """Every kind of sink that needs no server, in a fresh place; test_sink_postgres runs what is below for Postgres."""
    return sink_of(f"{request.param}:{tmp_path / 'target'}")


def test_registry_is_sorted() -> None:
    assert list(SINKS) == sorted(SINKS)


@pytest.mark.parametrize(
    ("text", "kind", "path"),
    [
        ("duckdb:x.duckdb", "duckdb", "x.duckdb"),
        ("demo.duckdb", "duckdb", "demo.duckdb"),
        ("here/demo.db", "duckdb", "here/demo.db"),
        ("C:\\demo.duckdb", "duckdb", "C:\\demo.duckdb"),
        ("parquet:out", "parquet", "out"),
        ("csv:out", "csv", "out"),
        ("jsonl:out", "jsonl", "out"),
        ("jsonl:-", "jsonl", "-"),
        ("jsonl", "jsonl", "-"),
        ("duckdb", "duckdb", "tapwright.duckdb"),
    ],
)
def test_short_form_names_kind_and_place(text: str, kind: str, path: str) -> None:
    assert sink_of(text) == SINKS[kind](path=path)  # type: ignore[call-arg]


def test_unknown_kind_suggests_the_nearest() -> None:
    with pytest.raises(SinkError, match=r"no sink 'duckbd'; did you mean 'duckdb'\?"):
        sink_of("duckbd:x")
    with pytest.raises(SinkError, match="csv, duckdb, jsonl, parquet, postgres"):
        sink_of("oracle:x")


def test_sinks_load_without_duckdb() -> None:
    code = "import sys, tapwright.sinks; sys.exit('duckdb' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_append_adds_to_what_is_there(sink: Sink) -> None:
    put(sink, ads(i1="a"))
    put(sink, ads(i1="b"), ads(i2="c"))
    assert held(sink) == [(1, "a"), (1, "b"), (2, "c")]


def test_merge_replaces_rows_of_the_same_key(sink: Sink) -> None:
    put(sink, ads(i1="a", i2="b"), mode="merge")
    put(sink, ads(i2="c", i3="d"), mode="merge")
    assert held(sink) == [(1, "a"), (2, "c"), (3, "d")]


def test_merge_takes_the_last_within_a_batch_a_commit_and_a_run(sink: Sink) -> None:
    twice = batch(id=(INTEGER, [1, 1, 2]), name=(STRING, ["a", "b", "c"]))
    with sink.open() as writer:
        fill(writer, twice, ads(i2="d"), mode="merge")
        writer.commit()
        writer.write("ads", ads(i1="e"))
        writer.commit()
    assert held(sink) == [(1, "e"), (2, "d")]


def test_merge_again_with_the_same_records_changes_nothing(sink: Sink) -> None:
    for _ in range(2):
        put(sink, ads(i1="a", i2="b"), mode="merge")
    assert held(sink) == [(1, "a"), (2, "b")]


def test_merge_by_two_columns_tells_them_apart(sink: Sink) -> None:
    table = Table(name="ads", columns=(), primary_key=("id", "name"))
    put(sink, ads(i1="a"), ads(i1="b"), ads(i1="a"), mode="merge", table=table)
    assert held(sink) == [(1, "a"), (1, "b")]


def test_merge_without_a_key_is_refused(sink: Sink) -> None:
    with sink.open() as writer, pytest.raises(SinkError, match="names no primary key"):
        writer.begin(Table(name="ads", columns=()), "merge")


def test_merge_refuses_a_null_in_the_key(sink: Sink) -> None:
    with sink.open() as writer, pytest.raises(SinkError, match="a record has no id, which is part of"):
        fill(writer, batch(id=(INTEGER, [1, None])), mode="merge")


def test_replace_leaves_only_the_new_rows(sink: Sink) -> None:
    put(sink, ads(i1="a", i2="b"), mode="replace")
    put(sink, ads(i3="c"), mode="replace")
    assert held(sink) == [(3, "c")]


def test_replace_by_nothing_empties_the_table(sink: Sink) -> None:
    put(sink, ads(i1="a"), mode="replace")
    put(sink, mode="replace")
    assert held(sink) == []


def test_replace_by_nothing_without_known_columns_empties_the_table(sink: Sink) -> None:
    put(sink, ads(i1="a"))
    put(sink, mode="replace", table=Table(name="ads", columns=()))
    assert held(sink) == []


def test_replace_keeps_the_old_rows_until_it_is_finished(sink: Sink) -> None:
    put(sink, ads(i1="a"), mode="replace")
    with sink.open() as writer:
        fill(writer, ads(i2="b"), mode="replace")
        writer.commit({"half": True})
    assert held(sink) == [(1, "a")]


def test_replace_over_several_commits_holds_all_of_them(sink: Sink) -> None:
    put(sink, ads(i1="a"), mode="replace")
    with sink.open() as writer:
        fill(writer, ads(i2="b"), mode="replace")
        writer.commit()
        writer.write("ads", ads(i3="c"))
        writer.finish("ads")
        writer.commit()
    assert held(sink) == [(2, "b"), (3, "c")]


def test_replace_that_stopped_is_gone_on_with(sink: Sink) -> None:
    put(sink, ads(i1="a"), mode="replace")
    with sink.open() as writer:
        assert not writer.unfinished("ads")
        fill(writer, ads(i2="b"), mode="replace")
        writer.commit()
        writer.write("ads", ads(i9="lost"))
    put(sink, ads(i1="x"), table=Table(name="others", columns=()))
    with sink.open() as writer:
        assert writer.unfinished("ads")
        writer.begin(ADS, "replace", resume=True)
        writer.write("ads", batch(id=(INTEGER, [10**20]), name=(STRING, ["c"])))
        writer.finish("ads")
        writer.commit()
        assert not writer.unfinished("ads")
    assert held(sink) == [(2, "b"), (10**20, "c")]


def test_replace_that_stopped_may_begin_anew(sink: Sink) -> None:
    with sink.open() as writer:
        fill(writer, ads(i1="a"), mode="replace")
        writer.commit()
    put(sink, ads(i2="b"), mode="replace")
    assert held(sink) == [(2, "b")]
    with sink.open() as writer:
        assert not writer.unfinished("ads")


def test_a_place_knows_which_tables_it_holds(sink: Sink) -> None:
    put(sink, ads(i1="a"))
    with sink.open() as writer:
        assert (writer.holds("ads"), writer.holds("others")) == (True, False)


def test_nothing_is_kept_without_a_commit(sink: Sink) -> None:
    put(sink, ads(i1="a"), state={"at": 1})
    with sink.open() as writer:
        fill(writer, ads(i2="b"))
        writer.finish("ads")
    with sink.open() as writer:
        assert writer.state() == {"at": 1}
    assert held(sink) == [(1, "a")]


def test_rollback_drops_only_what_was_not_committed(sink: Sink) -> None:
    with sink.open() as writer:
        fill(writer, ads(i1="a"))
        writer.commit()
        writer.write("ads", ads(i2="b"))
        writer.rollback()
        fill(writer, ads(i3="c"))
        writer.commit()
    assert held(sink) == [(1, "a"), (3, "c")]


def test_rollback_after_an_error_lets_the_other_tables_go_on(sink: Sink) -> None:
    with sink.open() as writer:
        with pytest.raises(SinkError):
            fill(writer, ads(i1="a"), batch(id=(INTEGER, [None])), mode="merge")
        writer.rollback()
        fill(writer, ads(i2="b"), table=Table(name="others", columns=()))
        writer.commit()
    assert held(sink, "others") == [(2, "b")]


def test_state_comes_back_as_it_was_given(sink: Sink) -> None:
    state = {"ads": {"since": "2024-01-01", "page": 10**25, "seen": [1.5, None, "é"]}, "é": {}}
    with sink.open() as writer:
        assert writer.state() is None
        writer.commit({"old": 1})
        writer.commit(state)
        assert writer.state() == state
        writer.commit()
    with sink.open() as writer:
        assert writer.state() == state
        writer.commit({})
        assert writer.state() == {}


def test_columns_that_come_later_are_added(sink: Sink) -> None:
    put(sink, batch(id=(INTEGER, [1])))
    put(sink, batch(id=(INTEGER, [2])), ads(i3="c"))
    assert [row[0] for row in held_loosely(sink)] == [1, 2, 3]
    assert [row[1] for row in held_loosely(sink)] in ([None, None, "c"], ["", "", "c"])


def held_loosely(sink: Any) -> list[tuple[int, Any]]:
    """Read the ads, some of which have no name."""
    if isinstance(sink, DuckDB):
        return [(row[0], row[1]) for row in query(sink, "SELECT id, name FROM ads ORDER BY id")]
    return sorted((int(row["id"]), row.get("name")) for row in _rows(Path(sink.path, "ads")))


def test_tables_that_differ_only_in_case_are_refused(sink: Sink) -> None:
    put(sink, ads(i1="a"))
    with sink.open() as writer, pytest.raises(SinkError, match="ads and Ads differ only in upper and lower"):
        writer.begin(Table(name="Ads", columns=()), "append")


def test_text_that_is_not_unicode_is_refused(sink: Sink) -> None:
    from tapwright.errors import RecordError

    with sink.open() as writer, pytest.raises(RecordError, match=r"\\ud800"):
        fill(writer, ads(i1="\ud800"))


def test_place_in_use_is_named_with_its_holder(sink: Sink) -> None:
    code = f"from tapwright.sinks import {type(sink).__name__} as kind; kind(path={sink.path!r}).open()"  # type: ignore[attr-defined]
    with sink.open():
        other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert f"{sink.described()} is in use by another process (pid" in other.stderr


def test_place_below_a_file_is_refused_in_one_sentence(sink: Sink, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(SinkError, match=r"target cannot be written|refuses") as caught:
        type(sink)(path=str(tmp_path / "file" / "target")).open()  # type: ignore[call-arg]
    assert "\n" not in caught.value.message


def test_place_that_may_not_be_written_is_refused_in_one_sentence(sink: Sink, tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o555)
    place = str(tmp_path / "closed" / "target")
    code = (
        "import os, duckdb, tapwright.sinks as sinks\n"
        "if os.geteuid() == 0: os.setuid(65534)\n"
        f"try: sinks.{type(sink).__name__}(path={place!r}).open()\n"
        "except sinks.SinkError as error: print(error)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False).stdout
    assert "Permission denied" in told
    assert "Check who may write there." in told
