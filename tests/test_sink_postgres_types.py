"""What a value is when it comes out of Postgres: the same."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

pytest.importorskip("psycopg", reason="psycopg is not installed: pip install '.[dev]'")
from tapwright.batch import DataType, Table
from tapwright.errors import RecordError, SinkError
from tapwright.sinks import sink_of
from tapwright.sinks.kind import Sink
from tests.test_sink_postgres import ask, fresh
from tests.test_sink_postgres import stopping as stopping
from tests.test_sink_types import FREE, LATE, LIST, LONG, NEST, NESTED, WHEN, WILD
from tests.test_sinks import DECIMAL, INTEGER, JSON, NUMBER, STRING, ads, batch, put

ANY = Table(name="ads", columns=())
BOOLEAN, DATE, MOMENT, LOCAL = (DataType(name=name) for name in ("boolean", "date", "datetime", "local_datetime"))
WILD = WILD.replace("\0", "") + "\t\r\n\\N \\. \\t"
OLD = dt.datetime(1880, 1, 1, tzinfo=ZoneInfo("America/New_York"))
EXACT: list[tuple[DataType, Any, str, str]] = [
    (INTEGER, 2**63 - 1, "bigint", "9223372036854775807"),
    (INTEGER, -(10**300), "numeric", str(-(10**300))),
    (NUMBER, 0.1 + 0.2, "double precision", "0.30000000000000004"),
    (NUMBER, 1e300, "double precision", "1e+300"),
    (NUMBER, float("nan"), "double precision", "NaN"),
    (NUMBER, float("-inf"), "double precision", "-Infinity"),
    (DECIMAL, Decimal("1.000000001"), "numeric(38,9)", "1.000000001"),
    (DECIMAL, Decimal(LONG), "numeric(38,9)", LONG),
    (DECIMAL, Decimal("1E+3"), "numeric(38,9)", "1000.000000000"),
    (STRING, "1234567890123456789", "text", "1234567890123456789"),
    (STRING, WILD, "text", WILD),
    (STRING, "", "text", ""),
    (STRING, "\\.", "text", "\\."),
    (STRING, "null", "text", "null"),
    (BOOLEAN, True, "boolean", "true"),
    (DATE, dt.date(1, 1, 1), "date", "0001-01-01"),
    (MOMENT, WHEN, "timestamp with time zone", "2024-02-29 18:29:59.12+00"),
    (MOMENT, OLD, "timestamp with time zone", "1880-01-01 04:56:02+00"),
    (LOCAL, LATE, "timestamp without time zone", "9999-12-31 23:59:59.999999"),
    (JSON, FREE, "jsonb", '{"a": [10000000000000000000000000, 1.5, null], "é": "x"}'),
    (JSON, [Decimal("1.000000000000000000001")], "jsonb", "[1.000000000000000000001]"),
    (JSON, 'a "\\u0000"\n', "jsonb", '"a \\"\\\\u0000\\"\\n"'),
    (LIST, [1, 10**20], "jsonb", "[1, 100000000000000000000]"),
    (NESTED, NEST, "jsonb", '{"ids": [1152921504606846976], "cost": 1.5, "more": {"x": 1.10}}'),
]


@pytest.fixture
def sink() -> Sink:
    """A schema that is not there yet."""
    return sink_of(fresh())


def shown(sink: Sink, column: str = "v") -> list[tuple[Any, ...]]:
    """Read a column as text, with its type."""
    kind = "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'ads'::regclass AND attname = "
    return ask(sink, f"SELECT ({kind} '{column}'), {column}::text FROM ads")


def test_postgres_holds_exactly_what_came(sink: Sink) -> None:
    put(sink, batch(**{f"v{n}": (kind, [None, value]) for n, (kind, value, *_) in enumerate(EXACT)}), table=ANY)
    for n, (*_, sql, text) in enumerate(EXACT):
        assert shown(sink, f"v{n}") == [(sql, None), (sql, text)]


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        (DECIMAL, Decimal("0.0000000001"), r"v: 1E-10 does not fit numeric\(38,9\)"),
        (DECIMAL, Decimal(10**30), r"v: 1000000000000000000000000000000 does not fit numeric\(38,9\)"),
        (DECIMAL, Decimal("NaN"), r"v: NaN does not fit numeric\(38,9\)"),
        (INTEGER, [10**5000], "v: an integer cannot be written: Exceeds the limit"),
        (STRING, "a\0b", r"v: 'a\\x00b' holds a NUL character, which Postgres cannot keep"),
        (JSON, {"a": "b\0"}, r"v: {'a': 'b\\x00'} holds a NUL character"),
        (JSON, ["\ud800"], r"v: \['\\ud800'\] cannot be written"),
        (DATE, "someday", 'v: someday is refused: invalid input syntax for type date: "someday"'),
    ],
)
def test_value_that_does_not_fit_is_refused(sink: Sink, kind: DataType, value: Any, message: str) -> None:
    values = value if kind == INTEGER else [None, value]  # an integer in a list, for pytest cannot name it
    with pytest.raises(RecordError, match=message):
        put(sink, batch(v=(kind, values)), table=ANY)


EVOLUTION: list[tuple[tuple[DataType, Any], tuple[DataType, Any], str, list[str]]] = [
    ((INTEGER, 1), (INTEGER, 2**64), "numeric", ["1", "18446744073709551616"]),
    ((INTEGER, 2**64), (DECIMAL, Decimal("0.5")), "numeric", ["18446744073709551616", "0.5"]),
    ((INTEGER, 2**60), (DECIMAL, Decimal("0.5")), "numeric(38,9)", ["1152921504606846976.000000000", "0.500000000"]),
    ((DECIMAL, Decimal("0.5")), (INTEGER, 7), "numeric(38,9)", ["0.500000000", "7.000000000"]),
    ((INTEGER, 2**53), (NUMBER, 0.5), "double precision", ["9.007199254740992e+15", "0.5"]),
    ((NUMBER, 0.1), (DECIMAL, Decimal("2.50")), "numeric", ["0.1", "2.50"]),
    ((DECIMAL, Decimal("2.5")), (NUMBER, 1e20), "numeric", ["2.500000000", "100000000000000000000"]),
    ((DataType(name="decimal", scale=2), Decimal("1.25")), (DECIMAL, Decimal("0.5")), "numeric(38,9)",
     ["1.250000000", "0.500000000"]),
    ((INTEGER, 1), (STRING, "x"), "text", ["1", "x"]),
    ((BOOLEAN, True), (INTEGER, 3), "text", ["true", "3"]),
    ((MOMENT, WHEN), (STRING, "never"), "text", ["2024-02-29T18:29:59.120000Z", "never"]),
    ((LOCAL, LATE), (DATE, dt.date(2024, 1, 31)), "text", ["9999-12-31T23:59:59.999999", "2024-01-31"]),
    ((STRING, "x"), (MOMENT, WHEN), "text", ["x", "2024-02-29T23:59:59.120000+05:30"]),
    ((STRING, 'a"\\'), (JSON, {"b": 1}), "jsonb", ['"a\\"\\\\"', '{"b": 1}']),
    ((LIST, [1]), (STRING, "x\ty"), "jsonb", ["[1]", '"x\\ty"']),
    ((INTEGER, 10**30), (LIST, [1]), "jsonb", [str(10**30), "[1]"]),
]  # fmt: skip


@pytest.mark.parametrize("mode", ["append", "merge"])
def test_column_is_widened_within_a_run_and_by_the_next(sink: Sink, mode: Any) -> None:
    first = {f"v{n}": (old[0], [old[1]]) for n, (old, *_) in enumerate(EVOLUTION)}
    second = {f"v{n}": (new[0], [new[1]]) for n, (_, new, *_) in enumerate(EVOLUTION)}
    table = Table(name="ads", columns=(), primary_key=("id",))
    one, two = (batch(id=(INTEGER, [n]), **values) for n, values in enumerate((first, second)))
    if mode == "append":
        put(sink, one, table=table)
        put(sink, two, table=table)
    else:
        put(sink, one, two, mode="merge", table=table)
    for n, (*_, sql, texts) in enumerate(EVOLUTION):
        assert shown(sink, f"v{n}") == [(sql, text) for text in texts]


def test_number_never_rounds_an_integer(sink: Sink) -> None:
    put(sink, batch(v=(INTEGER, [2**53 + 1])), table=ANY)
    with pytest.raises(SinkError, match=r"column v holds bigint, the records need double precision.*beyond 2"):
        put(sink, batch(v=(NUMBER, [0.5])), table=ANY)
    put(other := sink_of(fresh()), batch(v=(NUMBER, [0.5])), table=ANY)
    with pytest.raises(RecordError, match="v: 9007199254740993 cannot be held exactly"):
        put(other, batch(v=(INTEGER, [2**53 + 1])), table=ANY)
    assert shown(sink) == [("bigint", "9007199254740993")]


def test_nan_does_not_become_null_in_json(sink: Sink) -> None:
    put(sink, batch(v=(JSON, [{}])), table=ANY)
    with pytest.raises(RecordError, match="v: JSON, which the column holds, has no NaN"):
        put(sink, batch(v=(NUMBER, [0.5, float("nan")])), table=ANY)


def test_failed_evolution_leaves_the_table_as_it_was(sink: Sink) -> None:
    put(sink, ads(i1="a"))
    with pytest.raises(RecordError):
        put(sink, batch(id=(STRING, ["x"]), more=(DATE, ["someday"])))
    assert ask(sink, "SELECT * FROM ads") == [(1, "a")]
    assert shown(sink, "id") == [("bigint", "1")]


def test_table_of_another_hand_is_honoured(sink: Sink) -> None:
    put(sink, table=Table(name="ads", columns=()))
    columns = "id integer, name varchar(3), extra uuid DEFAULT gen_random_uuid(), cost numeric(9, 2), ratio real"
    ask(sink, f"CREATE TABLE ads ({columns})")
    put(sink, ads(i1="abcd"), batch(id=(INTEGER, [10**10]), cost=(DECIMAL, [Decimal("0.125")])), mode="merge")
    assert ask(sink, "SELECT id, name, extra IS NULL, cost FROM ads") == [
        (1, "abcd", False, None),
        (10**10, None, False, Decimal("0.125")),
    ]
    ask(sink, "DROP TABLE ads; CREATE TABLE ads (id uuid)")
    with pytest.raises(SinkError, match="Table ads, column id: the table holds uuid, the records bring bigint"):
        put(sink, ads(i1="a"))
