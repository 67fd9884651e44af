"""What a value is when it comes out of a sink: the same."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tapwright.batch import DataType, Table
from tapwright.errors import RecordError, SinkError
from tapwright.sealed import Sealed
from tapwright.sinks.csv import Csv
from tapwright.sinks.duckdb import DuckDB
from tapwright.sinks.jsonl import Jsonl
from tapwright.sinks.parquet import Parquet
from tests.test_sinks import DECIMAL, INTEGER, JSON, NUMBER, STRING, ask, batch, fill, put, query

ADS = Table(name="ads", columns=())
WHEN = dt.datetime(2024, 2, 29, 23, 59, 59, 120000, dt.timezone(dt.timedelta(hours=5, minutes=30)))
MEAN = dt.datetime(1890, 1, 1, 12, tzinfo=dt.timezone(dt.timedelta(minutes=19, seconds=32)))
FIRST = dt.datetime(1, 1, 1, microsecond=1, tzinfo=dt.UTC)
BEFORE = dt.datetime(1969, 12, 31, 23, 59, 59, 999999)
LATE = dt.datetime(9999, 12, 31, 23, 59, 59, 999999)
LIST = DataType(name="array", items=INTEGER)
NESTED = DataType(name="object", properties={"cost": DECIMAL, "more": JSON, "ids": LIST})
NEST = {"cost": Decimal("1.5"), "more": {"x": Decimal("1.10")}, "ids": [2**60]}
NEST_TEXT = "{'cost': 1.500000000, 'more': '{\"x\":1.10}', 'ids': [1152921504606846976]}"
NEST_JSON = '{"cost":1.500000000,"more":{"x":1.10},"ids":[1152921504606846976]}'
WILD = "héllo\n\"quoted\", \\ 'x' \u2028 🎈 \0"
WILD_JSON = '"héllo\\n\\"quoted\\", \\\\ \'x\' \u2028 🎈 \\u0000"'
LONG = "-12345678901234567890123456789.123456789"
FREE = {"a": [10**25, 1.5, None], "é": "x"}
FREE_TEXT = '{"a":[10000000000000000000000000,1.5,null],"é":"x"}'
EXACT: list[tuple[DataType, Any, str, str]] = [
    (INTEGER, 2**63 - 1, "BIGINT", "9223372036854775807"),
    (INTEGER, 10**25, "HUGEINT", "10000000000000000000000000"),
    (INTEGER, -(2**127), "HUGEINT", "-170141183460469231731687303715884105728"),
    (NUMBER, 0.1 + 0.2, "DOUBLE", "0.30000000000000004"),
    (NUMBER, 1e300, "DOUBLE", "1e+300"),
    (NUMBER, float("nan"), "DOUBLE", "nan"),
    (NUMBER, float("-inf"), "DOUBLE", "-inf"),
    (DECIMAL, Decimal("1.000000001"), "DECIMAL(38,9)", "1.000000001"),
    (DECIMAL, Decimal(LONG), "DECIMAL(38,9)", LONG),
    (DECIMAL, Decimal("1E+3"), "DECIMAL(38,9)", "1000.000000000"),
    (STRING, "1234567890123456789", "VARCHAR", "1234567890123456789"),
    (STRING, WILD, "VARCHAR", WILD),
    (DataType(name="boolean"), True, "BOOLEAN", "true"),
    (DataType(name="date"), dt.date(1, 1, 1), "DATE", "0001-01-01"),
    (DataType(name="date"), dt.date(1969, 12, 31), "DATE", "1969-12-31"),
    (DataType(name="date"), dt.date(9999, 12, 31), "DATE", "9999-12-31"),
    (DataType(name="datetime"), WHEN, "TIMESTAMP WITH TIME ZONE", "2024-02-29 18:29:59.12+00"),
    (DataType(name="datetime"), MEAN, "TIMESTAMP WITH TIME ZONE", "1890-01-01 11:40:28+00"),
    (DataType(name="datetime"), FIRST, "TIMESTAMP WITH TIME ZONE", "0001-01-01 00:00:00.000001+00"),
    (DataType(name="local_datetime"), BEFORE, "TIMESTAMP", "1969-12-31 23:59:59.999999"),
    (DataType(name="local_datetime"), LATE, "TIMESTAMP", "9999-12-31 23:59:59.999999"),
    (JSON, FREE, "JSON", FREE_TEXT),
    (JSON, [Decimal("1.000000000000000000001")], "JSON", "[1.000000000000000000001]"),
    (JSON, [Decimal("0." + "12" * 40)], "JSON", "[0." + "12" * 40 + "]"),
    (JSON, WILD, "JSON", WILD_JSON),
    (JSON, "text", "JSON", '"text"'),
    (JSON, msgspec.Raw(b'{"x": 1.10}'), "JSON", '{"x": 1.10}'),
    (JSON, {}, "JSON", "{}"),
    (DataType(name="array"), [1, "a"], "JSON", '[1,"a"]'),
    (LIST, [], "BIGINT[]", "[]"),
    (LIST, [1, None], "BIGINT[]", "[1, NULL]"),
    (LIST, [1, 10**20], "HUGEINT[]", "[1, 100000000000000000000]"),
    (NESTED, NEST, 'STRUCT("cost" DECIMAL(38,9), more JSON, ids BIGINT[])', NEST_TEXT),
]


@pytest.fixture(scope="module")
def exact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database and Parquet files that hold a column for each of EXACT."""
    folder = tmp_path_factory.mktemp("exact")
    columns = {f"v{n}": (kind, [None, value]) for n, (kind, value, *_) in enumerate(EXACT)}
    put(DuckDB(path=str(folder / "x.duckdb")), batch(**columns), table=ADS)
    put(
        Parquet(path=str(folder)),
        batch(**{n: v for n, v in columns.items() if v[1][1] != -(2**127)}),
        table=ADS,
    )
    return folder


@pytest.mark.parametrize("n", range(len(EXACT)))
def test_duckdb_holds_exactly_what_came(exact: Path, n: int) -> None:
    *_, sql, text = EXACT[n]
    found = ask(f"SELECT typeof(v{n}), v{n}::VARCHAR FROM ads", f"{exact}/x.duckdb")
    assert found == [(sql, None), (sql, text)]


@pytest.mark.parametrize("n", [n for n, case in enumerate(EXACT) if case[1] != -(2**127)])
def test_parquet_holds_exactly_what_came(exact: Path, n: int) -> None:
    assert ask(f"SELECT v{n}::VARCHAR FROM '{exact}/ads/*.parquet'") == [(None,), (EXACT[n][3],)]


def test_the_manifest_tells_the_types_that_parquet_has(exact: Path) -> None:
    (part,) = json.loads((exact / "_tapwright.json").read_text())["tables"]["ads"]
    described = ask(f"SELECT column_name, column_type FROM (DESCRIBE FROM '{exact / part['file']}')")
    told = [(name, kind.replace('"', "")) for name, kind in part["columns"].items()]
    assert told == [(name, kind.replace('"', "")) for name, kind in described]


@pytest.mark.parametrize("sink_kind", [DuckDB, Parquet])
def test_sealed_json_is_written_like_any_other(tmp_path: Path, sink_kind: Any) -> None:
    made = msgspec.defstruct("Inner", [("f0", object), ("f1", object, msgspec.UNSET)], rename={"f0": "a b", "f1": "c"})
    values = [made(1, None), None, [made(Decimal("1.10")), None], made(made("é"), 10**25)]
    sink = sink_kind(path=str(tmp_path / "x"))
    put(sink, Sealed({"n": [1, 2, 3, 4], "v": values}, {"n": INTEGER, "v": JSON}), table=ADS)
    place = f"'{sink.path}/ads/*.parquet'" if sink_kind is Parquet else "ads"
    assert ask(f"SELECT v::VARCHAR FROM {place} ORDER BY n", ":memory:" if sink_kind is Parquet else sink.path) == [
        ('{"a b":1,"c":null}',),
        (None,),
        ('[{"a b":1.10},null]',),
        ('{"a b":{"a b":"é"},"c":10000000000000000000000000}',),
    ]


SOME: dict[str, tuple[DataType, Any]] = {
    "whole": (INTEGER, 3), "part": (NUMBER, 0.5), "yes": (DataType(name="boolean"), True), "text": (STRING, "é"),
    "day": (DataType(name="date"), WHEN.date()), "at": (DataType(name="datetime"), WHEN), "free": (JSON, [1]),
    "money": (DECIMAL, Decimal(1)), "ids": (LIST, [1]), "nest": (NESTED, NEST),
}  # fmt: skip


@pytest.mark.parametrize("count", [1, 7, 8, 9, 16, 1000])
def test_nulls_stay_where_they_are(tmp_path: Path, count: int) -> None:
    """Arrow marks eight values in a byte."""
    present = [n * n % 7 < 3 for n in range(count)]
    columns = {name: (kind, [value if p else None for p in present]) for name, (kind, value) in SOME.items()}
    sink = DuckDB(path=str(tmp_path / "x.duckdb"))
    put(sink, batch(n=(INTEGER, list(range(count))), **columns), table=ADS)
    assert_there(sink, present)


def assert_there(sink: DuckDB, present: list[bool]) -> None:
    """Check which rows have each of the columns, and that they all have the same."""
    for name in SOME:
        rows = query(sink, f'SELECT "{name}" IS NOT NULL FROM ads ORDER BY n')
        assert [is_there for (is_there,) in rows] == present, name
        assert len(query(sink, f'SELECT DISTINCT "{name}"::VARCHAR FROM ads WHERE "{name}" IS NOT NULL')) == 1


def test_columns_come_and_go(tmp_path: Path) -> None:
    with_all = {name: (kind, [value]) for name, (kind, value) in SOME.items()}
    present = [False, True, True, False, True, False]
    sink = DuckDB(path=str(tmp_path / "x.duckdb"))
    put(sink, *(batch(n=(INTEGER, [n]), **(with_all if there else {})) for n, there in enumerate(present)), table=ADS)
    assert_there(sink, present)


@pytest.mark.parametrize("first", [0, 5])
def test_nothing_is_kept_of_a_batch_that_is_refused(tmp_path: Path, first: int) -> None:
    """Each column is refused in turn, with a good value before the bad one."""
    sink = DuckDB(path=str(tmp_path / "x.duckdb"))
    bad = {name: object() for name in SOME if name != "yes"} | {"free": {"\ud800": 0}}
    good = {name: (kind, [value]) for name, (kind, value) in SOME.items()}
    with sink.open() as writer:
        fill(writer, *[batch(n=(INTEGER, [n]), **good) for n in range(first)], table=ADS)
        for name in bad:
            columns = {n: (kind, [value, bad[name] if n == name else value]) for n, (kind, value) in SOME.items()}
            with pytest.raises(RecordError):
                writer.write("ads", batch(n=(INTEGER, [100, 100]), **columns))
        writer.write("ads", batch(n=(INTEGER, [200]), **good))
        writer.finish("ads")
        writer.commit()
    assert query(sink, "SELECT n FROM ads ORDER BY n") == [(n,) for n in (*range(first), 200)]
    assert_there(sink, [True] * (first + 1))


def test_csv_spells_each_type(tmp_path: Path) -> None:
    row = {
        "whole": (INTEGER, 10**25), "part": (DECIMAL, Decimal("1E+3")), "small": (DECIMAL, Decimal("1E-9")),
        "text": (STRING, 'a "b", c'), "empty": (STRING, ""), "none": (STRING, None), "sum": (STRING, "=1+1"),
        "yes": (DataType(name="boolean"), True), "day": (DataType(name="date"), dt.date(2024, 1, 31)),
        "at": (DataType(name="datetime"), WHEN), "object": (JSON, {"x": Decimal("1.10")}),
    }  # fmt: skip
    put(
        Csv(path=str(tmp_path)),
        batch(**{name: (kind, [value]) for name, (kind, value) in row.items()}),
        table=ADS,
    )
    assert next(tmp_path.glob("ads/part-*.csv")).read_text() == (
        "whole,part,small,text,empty,none,sum,yes,day,at,object\n"
        '10000000000000000000000000,1000,0.000000001,"a ""b"", c","",,=1+1,true,2024-01-31,'
        '2024-02-29T23:59:59.120000+05:30,"{""x"":1.10}"\n'
    )


def test_jsonl_spells_each_type(tmp_path: Path) -> None:
    put(
        Jsonl(path=str(tmp_path)),
        batch(whole=(INTEGER, [10**25]), part=(DECIMAL, [Decimal("1.10")]), none=(STRING, [None])),
        batch(at=(DataType(name="datetime"), [WHEN]), free=(JSON, [FREE])),
        table=ADS,
    )
    assert next(tmp_path.glob("ads/part-*.jsonl")).read_text() == (
        '{"whole":10000000000000000000000000,"part":1.10,"none":null}\n'
        '{"at":"2024-02-29T23:59:59.120000+05:30","free":' + FREE_TEXT + "}\n"
    )


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        (INTEGER, 2**127, "v: 170141183460469231731687303715884105728 is an integer of more than 128 bits"),
        (LIST, [2**127], r"v\[\]: 170141183460469231731687303715884105728 is an integer of more than 128"),
        (DECIMAL, Decimal("0.0000000001"), r"v: 1E-10 does not fit DECIMAL\(38,9\)"),
        (DECIMAL, Decimal(10**30), r"v: 1000000000000000000000000000000 does not fit DECIMAL\(38,9\)"),
        (NESTED, {"cost": Decimal("0.0000000001")}, "v.cost: 1E-10 does not fit"),
        (NESTED, {"name": "x"}, "v has a member 'name' that its type does not name"),
        (DataType(name="date"), "someday", "v: 'someday' cannot be kept as DATE"),
    ],
)
def test_value_that_does_not_fit_is_refused(tmp_path: Path, kind: DataType, value: Any, message: str) -> None:
    with pytest.raises(RecordError, match=message):
        put(DuckDB(path=str(tmp_path / "x.duckdb")), batch(v=(kind, [None, value])), table=ADS)


def test_object_with_members_that_differ_only_in_case_is_json(tmp_path: Path) -> None:
    sink = DuckDB(path=str(tmp_path / "x.duckdb"))
    kind = DataType(name="object", properties={"id": INTEGER, "ID": INTEGER})
    put(sink, batch(v=(kind, [{"id": 1, "ID": 2}])), table=ADS)
    assert query(sink, "SELECT typeof(v), v::VARCHAR FROM ads") == [("JSON", '{"id":1,"ID":2}')]


@pytest.mark.parametrize("name", ["select", "a b", 'a"b', "it's", "x;--", "名前", "a.b"])
def test_column_may_have_any_name(tmp_path: Path, name: str) -> None:
    for sink in (DuckDB(path=str(tmp_path / "x.duckdb")), Parquet(path=str(tmp_path / "p"))):
        table = Table(name="ads", columns=(), primary_key=(name,))
        put(sink, batch(**{name: (INTEGER, [1, 1])}), mode="merge", table=table)
        put(sink, batch(**{name: (INTEGER, [1, 2])}), mode="merge", table=table)
    assert query(DuckDB(path=str(tmp_path / "x.duckdb")), "SELECT * FROM ads ORDER BY ALL") == [(1,), (2,)]


def test_manifest_tells_the_columns(tmp_path: Path) -> None:
    put(Parquet(path=str(tmp_path)), batch(v=(DECIMAL, [Decimal(1)])), table=ADS)
    told = json.loads((tmp_path / "_tapwright.json").read_text())
    assert told["tables"]["ads"][0]["columns"] == {"v": "DECIMAL(38,9)"}


FINER = DataType(name="decimal", scale=12)
DATE, TIME, LOCAL = (DataType(name=name) for name in ("date", "datetime", "local_datetime"))
A, B = (DataType(name="object", properties={name: INTEGER}) for name in "ab")
MIXED = "STRUCT(a BIGINT, b BIGINT)"
CHANGES: list[Any] = [
    ((INTEGER, 1), (INTEGER, 10**20), "HUGEINT", ["1", "100000000000000000000"]),
    ((INTEGER, 1), (NUMBER, 1.5), "DOUBLE", ["1.0", "1.5"]),
    ((NUMBER, 1.5), (INTEGER, 1), "DOUBLE", ["1.5", "1.0"]),
    ((INTEGER, 1), (DECIMAL, Decimal("1.5")), "DECIMAL(38,9)", ["1.000000000", "1.500000000"]),
    ((DECIMAL, Decimal(1)), (INTEGER, 10**20), "DECIMAL(38,9)", ["1.000000000", f"{10**20}.000000000"]),
    (
        (DECIMAL, Decimal(1)),
        (FINER, Decimal("1E-12")),
        "DECIMAL(38,12)",
        ["1.000000000000", "0.000000000001"],
    ),
    ((INTEGER, 1), (STRING, "1x"), "VARCHAR", ["1", "1x"]),
    ((STRING, "1x"), (INTEGER, 10**20), "VARCHAR", ["1x", "100000000000000000000"]),
    ((DECIMAL, Decimal("1.5")), (NUMBER, 0.1), "VARCHAR", ["1.500000000", "0.1"]),
    ((DataType(name="boolean"), True), (INTEGER, 1), "VARCHAR", ["true", "1"]),
    ((TIME, WHEN), (STRING, "later"), "VARCHAR", ["2024-02-29T18:29:59.120000Z", "later"]),
    ((DATE, WHEN.date()), (LOCAL, LATE), "VARCHAR", ["2024-02-29", "9999-12-31T23:59:59.999999"]),
    ((STRING, "x"), (JSON, {"a": 1}), "JSON", ['"x"', '{"a":1}']),
    ((NESTED, NEST), (STRING, "x"), "JSON", [NEST_JSON, '"x"']),
    ((DataType(name="array", items=NESTED), [NEST, None]), (JSON, 1), "JSON", [f"[{NEST_JSON},null]", "1"]),
    ((JSON, [1]), (DECIMAL, Decimal("1.10")), "JSON", ["[1]", "1.10"]),
    ((JSON, [1]), (TIME, MEAN), "JSON", ["[1]", '"1890-01-01T12:00:00+00:19:32"']),
    ((STRING, "x"), (TIME, MEAN), "VARCHAR", ["x", "1890-01-01T12:00:00+00:19:32"]),
    ((STRING, "x"), (NUMBER, float("inf")), "VARCHAR", ["x", "inf"]),
    ((LIST, [1]), (LIST, [10**20]), "HUGEINT[]", ["[1]", "[100000000000000000000]"]),
    ((LIST, [1]), (DataType(name="array", items=STRING), ["a"]), "JSON", ["[1]", '["a"]']),
    ((A, {"a": 1}), (B, {"b": 2}), MIXED, ["{'a': 1, 'b': NULL}", "{'a': NULL, 'b': 2}"]),
]


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder where each of CHANGES was written to a column: in one run, in two, and to Parquet files."""
    folder = tmp_path_factory.mktemp("changed")
    first, then = (
        batch(n=(INTEGER, [n]), **{f"v{i}": (case[n][0], [case[n][1]]) for i, case in enumerate(CHANGES)})
        for n in (0, 1)
    )
    put(DuckDB(path=str(folder / "1.duckdb")), first, then, table=ADS)
    for each in (first, then):
        put(DuckDB(path=str(folder / "2.duckdb")), each, table=ADS)
        put(Parquet(path=str(folder)), each, table=ADS)
    return folder


@pytest.mark.parametrize("n", range(len(CHANGES)))
@pytest.mark.parametrize("runs", [1, 2])
def test_column_is_widened_and_rounds_nothing(changed: Path, n: int, runs: int) -> None:
    *_, sql, texts = CHANGES[n]
    found = ask(f"SELECT typeof(v{n}), v{n}::VARCHAR FROM ads ORDER BY n", f"{changed}/{runs}.duckdb")
    assert found == [(sql, text) for text in texts]


@pytest.mark.parametrize("n", range(len(CHANGES)))
def test_parquet_files_are_widened_alike(changed: Path, n: int) -> None:
    *_, sql, texts = CHANGES[n]
    found = ask(f"SELECT typeof(v{n}), v{n}::VARCHAR FROM '{changed}/ads/*.parquet' ORDER BY n")
    assert found == [(sql.replace("HUGEINT", "DECIMAL(38,0)"), text) for text in texts]


@pytest.mark.parametrize("sink_kind", [DuckDB, Parquet])
def test_number_that_is_none_is_not_hidden_in_json(tmp_path: Path, sink_kind: Any) -> None:
    sink = sink_kind(path=str(tmp_path / "a"))
    put(sink, batch(v=(JSON, [{"a": 1}])), table=ADS)
    with pytest.raises(RecordError, match="v: nan cannot be kept as JSON: JSON has no NaN and no infinity"):
        put(sink, batch(v=(NUMBER, [0.5, float("nan")])), table=ADS)


@pytest.mark.parametrize("sink_kind", [DuckDB, Parquet])
def test_number_of_too_many_digits_for_the_column_is_refused(tmp_path: Path, sink_kind: Any) -> None:
    sink = sink_kind(path=str(tmp_path / "a"))
    put(sink, batch(v=(FINER, [Decimal(1)])), table=ADS)
    for kind, value in ((INTEGER, 10**26), (DECIMAL, Decimal(10**26)), (DECIMAL, Decimal("NaN"))):
        with pytest.raises(RecordError, match=rf"v: {value} does not fit DECIMAL\(38,12\)"):
            put(sink, batch(v=(kind, [None, value])), table=ADS)


@pytest.mark.parametrize("sink_kind", [DuckDB, Parquet])
def test_integer_beyond_a_double_is_not_rounded(tmp_path: Path, sink_kind: Any) -> None:
    big, part = batch(v=(INTEGER, [2**53 + 1])), batch(v=(NUMBER, [0.5]))
    with pytest.raises(SinkError, match="column v holds BIGINT, the records need DOUBLE"):
        put(sink_kind(path=str(tmp_path / "a")), big, part, table=ADS)
    with pytest.raises(RecordError, match="v: 9007199254740993 cannot be held exactly"):
        put(sink_kind(path=str(tmp_path / "b")), part, big, table=ADS)
