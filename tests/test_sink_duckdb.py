"""The DuckDB sink: what only a database file has."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tapwright.batch import Batch, Table
from tapwright.errors import SinkError
from tapwright.sinks import database, duckdb_table, spool
from tapwright.sinks.duckdb import DuckDB
from tapwright.sinks.refusals import refused
from tapwright.writer import Mode
from tests.test_sinks import INTEGER, JSON, NUMBER, STRING, ads, ask, batch, fill, held, put, query

ANY = Table(name="t", columns=())


@pytest.fixture
def sink(tmp_path: Path) -> DuckDB:
    """A DuckDB file that is not there yet."""
    return DuckDB(path=str(tmp_path / "x.duckdb"))


def run(code: str) -> subprocess.CompletedProcess[str]:
    """Run some Python in a process of its own."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_words_describe_the_place() -> None:
    assert DuckDB(path="x.duckdb").described() == "x.duckdb"
    assert DuckDB(path="x.duckdb", schema="raw").described() == "x.duckdb, schema raw"


def test_schema_holds_tables_and_state(sink: DuckDB) -> None:
    put(sink, ads(i1="a"), state={"at": 1})
    put(DuckDB(path=sink.path, schema="raw"), ads(i2="b"), state={"at": 2})
    assert query(sink, "SELECT id FROM raw.ads") == [(2,)]
    assert query(sink, "SELECT key, value, updated <= now() FROM _tapwright_state") == [("at", "1", True)]
    assert query(sink, "SELECT value FROM raw._tapwright_state") == [("2",)]


def test_an_interruption_in_the_middle_of_a_query_stays_one() -> None:
    """DuckDB stops then, and raises an error of its own in its place."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    def endless() -> None:
        with refused("x.duckdb"), duckdb.connect() as base:
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            base.execute("CREATE TABLE endless AS SELECT * FROM range(1_000_000_000_000)")

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            endless()
    finally:
        signal.signal(signal.SIGALRM, before)


def test_folder_of_a_new_file_is_made(tmp_path: Path) -> None:
    put(DuckDB(path=str(tmp_path / "a" / "b" / "x.duckdb")), ads(i1="a"))
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["x.duckdb"]


def test_columns_keep_the_order_of_the_table(sink: DuckDB) -> None:
    put(sink, ads(i1="a"), batch(late=(INTEGER, [1]), id=(INTEGER, [2])))
    assert [row[0] for row in query(sink, "DESCRIBE ads")] == ["id", "name", "late"]


def test_small_loads_hold_the_same_as_one(sink: DuckDB, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "ROWS", 7)
    many = batch(id=(INTEGER, [n % 50 for n in range(500)]), name=(STRING, [str(n) for n in range(500)]))
    put(sink, many, mode="merge")
    assert held(sink) == [(n, str(450 + n)) for n in range(50)]


def test_big_records_are_loaded_a_few_at_a_time(sink: DuckDB, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duckdb_table, "BYTES", 3 << 20)
    many = Batch({"v": ["x" * 700_000] * 20, "n": list(range(20))}, {"v": STRING, "n": INTEGER})
    put(sink, many, table=Table(name="ads", columns=()))
    assert query(sink, "SELECT count(*), sum(n), min(length(v)) FROM ads") == [(20, 190, 700_000)]


def test_json_with_and_without_decimals_meets_in_one_column(sink: DuckDB) -> None:
    from decimal import Decimal

    values: list[list[Any]] = [[{"a": 1.5}], [{"a": Decimal("1.10")}], ["x"], [None]]
    put(sink, *(batch(v=(JSON, each)) for each in values), table=Table(name="ads", columns=()))
    assert query(sink, "SELECT v::VARCHAR FROM ads") == [('{"a":1.5}',), ('{"a":1.10}',), ('"x"',), (None,)]


def test_table_of_another_hand_is_honoured(sink: DuckDB) -> None:
    ask(
        "CREATE TABLE ads (id INTEGER, name VARCHAR, extra UUID DEFAULT uuid(), cost DECIMAL(9, 2))",
        sink.path,
    )
    put(sink, ads(i1="a"), batch(id=(INTEGER, [10**10])), mode="merge")
    assert held(sink) == [(1, "a"), (10**10, None)]
    assert query(sink, "SELECT typeof(id), typeof(cost) FROM ads LIMIT 1") == [("BIGINT", "DECIMAL(9,2)")]


def test_table_of_another_hand_that_cannot_hold_the_records_is_refused(sink: DuckDB) -> None:
    ask("CREATE TABLE ads (id UUID)", sink.path)
    with pytest.raises(SinkError, match="Table ads, column id: the table holds UUID, the records bring BIGINT") as e:
        put(sink, ads(i1="a"))
    assert e.value.hint == "Change the table's column, drop it, or send the records to another table."


def test_view_in_the_place_of_a_table_is_refused(sink: DuckDB) -> None:
    ask("CREATE VIEW ads AS SELECT 1::BIGINT AS id, 'a' AS name", sink.path)
    for mode in ("append", "replace"):
        with pytest.raises(SinkError, match="ads"):
            put(sink, ads(i1="a"), mode=mode)


def test_columns_that_differ_only_in_case_are_refused(sink: DuckDB) -> None:
    with pytest.raises(SinkError, match="columns id and ID differ only in upper and lower case"):
        put(sink, batch(id=(INTEGER, [1]), ID=(INTEGER, [2])))


def test_tapwrights_own_names_are_refused(sink: DuckDB) -> None:
    with sink.open() as writer, pytest.raises(SinkError, match="No table may be called _tapwright_state"):
        writer.begin(Table(name="_tapwright_state", columns=()), "append")


def test_replace_takes_new_types_and_leaves_nothing_behind(sink: DuckDB) -> None:
    put(sink, ads(i1="a"), mode="replace")
    put(sink, batch(id=(STRING, ["x"])), mode="replace", table=Table(name="ads", columns=()))
    assert query(sink, "SELECT typeof(id), id FROM ads") == [("VARCHAR", "x")]
    assert query(sink, "SHOW TABLES") == [("_tapwright_state",), ("ads",)]


def test_replace_that_was_given_up_is_begun_anew(sink: DuckDB) -> None:
    put(sink, ads(i1="a"), mode="replace")
    with sink.open() as writer:
        fill(writer, ads(i2="b"), mode="replace")
        writer.commit()
    put(sink, ads(i3="c"), mode="replace")
    assert held(sink) == [(3, "c")]
    assert query(sink, "SHOW TABLES") == [("_tapwright_state",), ("ads",)]


def test_foreign_file_is_refused_and_left_alone(sink: DuckDB) -> None:
    for content in (b"hello " * 2000, b"SQLite format 3\0" + bytes(4096)):
        Path(sink.path).write_bytes(content)
        with pytest.raises(SinkError, match=r"x\.duckdb is not a DuckDB database\."):
            sink.open()
        assert Path(sink.path).read_bytes() == content


def test_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match="Is a directory"):
        DuckDB(path=str(tmp_path)).open()


def test_empty_file_is_taken_for_none(sink: DuckDB) -> None:
    Path(sink.path).touch()
    put(sink, ads(i1="a"))
    assert held(sink) == [(1, "a")]


def test_torn_birth_is_begun_anew(sink: DuckDB, tmp_path: Path) -> None:
    (tmp_path / ".x.duckdb.tapwright-new").write_bytes(b"DUCK torn")
    put(sink, ads(i1="a"))
    assert [path.name for path in tmp_path.iterdir()] == ["x.duckdb"]


def limited(body: str) -> str:
    """Run code where no file may grow beyond a MiB; gives what it prints."""
    head = "import os, resource, duckdb\nfrom tests.test_sink_duckdb import *\n"
    limit = "resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))\n"
    told = run(head + limit + body)
    return told.stdout + told.stderr


def test_full_disk_keeps_what_was_committed(sink: DuckDB) -> None:
    told = limited(
        f"with DuckDB(path={sink.path!r}).open() as writer:\n"
        "    committed, refusals, said = 0, 0, ''\n"
        "    for number in range(30):\n"
        "        try:\n"
        "            fill(writer, batch(id=(INTEGER, [number]), name=(STRING, [os.urandom(50_000).hex()])))\n"
        "            writer.commit({'at': number})\n"
        "            committed = number\n"
        "        except SinkError as error:\n"
        "            refusals, said = refusals + 1, str(error)\n"
        "            writer.rollback()\n"
        "print(committed, refusals, said)"
    )
    committed, refusals, said = told.split(" ", 2)
    assert int(refusals) >= 10, "a commit that failed is told each time, and can be rolled back"
    assert said.startswith(f"{sink.path} cannot be written: File too large.\nThe disk is full: make room")
    assert query(sink, "SELECT count(*), max(id) FROM ads") == [(int(committed) + 1, int(committed))]
    assert query(sink, "SELECT value->>'$' FROM _tapwright_state") == [(committed,)]
    put(sink, ads(i100="b"))
    assert query(sink, "SELECT max(id) FROM ads") == [(100,)]


def test_rollback_after_an_error_of_duckdb_lets_the_other_tables_go_on(sink: DuckDB) -> None:
    with sink.open() as writer:
        fill(writer, batch(v=(INTEGER, [2**60])), table=Table(name="big", columns=()))
        with pytest.raises(SinkError, match="column v holds BIGINT, the records need DOUBLE"):
            writer.write("big", batch(v=(NUMBER, [0.5])))
        writer.rollback()
        fill(writer, ads(i1="a"))
        writer.commit({"at": 1})
    assert query(sink, "SHOW TABLES") == [("_tapwright_state",), ("ads",)]
    assert held(sink) == [(1, "a")]


def test_values_as_large_as_the_memory_are_committed(sink: DuckDB, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "MEMORY", 48)
    large = [batch(id=(INTEGER, [n]), name=(STRING, [str(n) * 2_000_000])) for n in range(30)]
    put(sink, *large)
    assert query(sink, "SELECT count(*), sum(length(name)) FROM ads") == [(30, 2_000_000 * 50)]


@pytest.mark.parametrize(("version", "packed"), [("v1.0.0", False), ("v1.2.0", True)])
def test_json_is_packed_where_the_file_knows_how(sink: DuckDB, version: str, packed: bool) -> None:
    duckdb.connect(sink.path, config={"storage_compatibility_version": version}).close()
    put(sink, batch(v=(JSON, [{"name": "x" * 50, "n": n} for n in range(5000)])), table=ANY)
    assert query(sink, "SELECT count(*), sum((v->>'n')::INT) FROM t") == [(5000, 12_497_500)]
    how = query(sink, "SELECT DISTINCT compression FROM pragma_storage_info('t') WHERE column_path = '[0]'")
    assert (how == [("ZSTD",)]) == packed


def test_a_schema_may_be_called_like_the_file(tmp_path: Path) -> None:
    sink = DuckDB(path=str(tmp_path / "raw.duckdb"), schema="raw")
    for _ in range(2):
        put(sink, ads(i1="a"), mode="merge")
    assert query(sink, "SELECT id, name FROM raw.raw.ads") == [(1, "a")]


@pytest.mark.parametrize(("mode", "tidied"), [("append", False), ("merge", True)])
def test_rows_are_moved_only_where_others_were_deleted(sink: DuckDB, mode: Mode, tidied: bool) -> None:
    setting = "SELECT current_setting('max_vacuum_tasks')"
    with sink.open() as writer:
        fill(writer, ads(i1="a"), mode=mode)
        writer.commit()
        assert writer._execute(setting).fetchall() == [(0,)]
        writer.write("ads", ads(i1="b"))
        writer.commit()
        assert (writer._execute(setting).fetchall() != [(0,)]) == tidied


def test_duckdb_takes_no_more_than_an_eighth_of_a_gigabyte(sink: DuckDB) -> None:
    with sink.open() as writer:
        (limit,) = writer._execute("SELECT current_setting('memory_limit')").fetchall()[0]
    assert limit == "128.0 MiB"
