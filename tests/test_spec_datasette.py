"""The Datasette spec, read from a real Datasette: every row and value, every stream, and what can go wrong."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest
import yaml

from tapwright import Source
from tapwright.cli import tapwright
from tapwright.errors import BodyError, ProviderError, SpecError
from tapwright.filters import percent_encode
from tests.providers.datasette import CUSTOMERS, ODD_NAME, VISITS, fill, serving
from tests.providers.loopback import Answer, Call, Provider

pytest.importorskip("datasette")
SPEC = Path(__file__).parents[1] / "specs" / "datasette.yaml"


class Served(NamedTuple):
    url: str
    tight: str
    """Another server of the same database, whose limits are low and which permits no SQL."""
    file: Path

    def select(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        base = sqlite3.connect(self.file)
        rows = base.execute(sql, values).fetchall()
        base.close()
        return rows

    def read(self, stream: str, **options: Any) -> list[dict[str, Any]]:
        return list(Source(SPEC, {"base_url": self.url, "database": "shop"}).read(stream, **options))


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    file = tmp_path_factory.mktemp("datasette") / "shop.db"
    fill(file)
    limits: dict[str, str | int] = {"max_returned_rows": 10, "max_csv_mb": 1, "default_allow_sql": "off"}
    with serving(file, {"sql_time_limit_ms": 500}, limits) as (url, tight):
        yield Served(url, tight, file)


def load(shop: Served, stream: str, into: Path, spec: Path = SPEC, **options: Any) -> duckdb.DuckDBPyConnection:
    """Run the command into a DuckDB file, and open it."""
    pairs = [text for name, value in options.items() for text in ("-o", f"{name}={_written(value)}")]
    account = ["-c", f"base_url={shop.url}", "-c", "database=shop"]
    words = ["run", str(spec), *account, "-S", stream, *pairs, "--to", f"duckdb:{into}", "-q"]
    assert tapwright.main(words, standalone_mode=False) == 0
    return duckdb.connect(str(into), read_only=True)


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def test_databases_are_listed(shop: Served) -> None:
    (database,) = shop.read("databases")
    assert (database["name"], database["route"], database["is_mutable"]) == ("shop", "shop", True)
    assert database["size"] == shop.file.stat().st_size


@pytest.mark.parametrize("config", [{}, {"database": "shop"}])
def test_tables_are_listed_with_their_keys_and_counts(shop: Served, config: dict[str, str]) -> None:
    tables = {table["name"]: table for table in Source(SPEC, {"base_url": shop.url, **config}).read("tables")}
    assert tables["order_lines"]["primary_keys"] == ["order_id", "sku"]
    assert tables["log"]["primary_keys"] == []
    assert tables["customers"]["count"] == CUSTOMERS
    assert tables["customers"]["columns"] == ["id", "name", "email", "created", "balance", "active", "tags"]
    assert tables["letters_data"]["hidden"] is True
    assert {table["database"] for table in tables.values()} == {"shop"}
    assert ODD_NAME in tables


def test_every_row_and_value_comes_as_json(shop: Served, tmp_path: Path) -> None:
    base = load(shop, "rows", tmp_path / "out.duckdb", table="customers")
    assert base.sql('select * from "rows" order by id').fetchall() == shop.select("select * from customers order by id")
    types = dict(zip(base.sql('from "rows"').columns, map(str, base.sql('from "rows"').types), strict=True))
    assert types == {
        "id": "BIGINT",
        "name": "VARCHAR",
        "email": "VARCHAR",
        "created": "VARCHAR",
        "balance": "DOUBLE",
        "active": "BIGINT",
        "tags": "VARCHAR",
    }


def test_every_row_and_value_comes_as_csv_typed_as_declared(shop: Served, tmp_path: Path) -> None:
    words = yaml.safe_load(SPEC.read_text("utf-8"))
    words["streams"]["rows_csv"]["fields"] = {
        "id": {"type": "integer"},
        "name": {},
        "created": {"type": "local_datetime"},
        "balance": {"type": "number"},
        "active": {"type": "boolean"},
    }
    words["streams"]["rows_csv"]["examples"] = []
    spec = tmp_path / "datasette.yaml"
    spec.write_text(yaml.safe_dump(words, sort_keys=False), "utf-8")
    base = load(shop, "rows_csv", tmp_path / "out.duckdb", spec, table="customers", primary_key=["id"])
    as_text = "strftime(created, '%Y-%m-%dT%H:%M:%S')"
    found = base.sql(f"select id, name, email, {as_text}, balance, active::int, tags from rows_csv order by id")
    assert found.fetchall() == shop.select("select * from customers order by id")


def test_csv_is_text_as_it_stands(shop: Served, tmp_path: Path) -> None:
    base = load(shop, "rows_csv", tmp_path / "out.duckdb", table="order_lines")
    rows = shop.select("select * from order_lines order by order_id, sku")
    expected = [tuple(repr(value) if isinstance(value, float) else str(value) for value in row) for row in rows]
    assert base.sql("from rows_csv").fetchall() == expected


def test_a_hundred_thousand_rows_land_row_for_row(shop: Served, tmp_path: Path) -> None:
    base = load(shop, "rows", tmp_path / "out.duckdb", table="visits", primary_key=["id"])
    found = base.sql('select * from "rows" order by id').fetchall()
    assert len(found) == VISITS
    assert found == shop.select("select * from visits order by id")


def test_csv_streams_past_a_page(shop: Served, tmp_path: Path) -> None:
    base = load(shop, "rows_csv", tmp_path / "out.duckdb", table="visits", filters={"id__lte": 20_000})
    query = "select id::bigint, page, seconds::double, referrer, big::bigint from rows_csv order by 1"
    assert base.sql(query).fetchall() == shop.select("select * from visits where id <= 20000 order by id")


def test_compound_keys_page_and_merge(shop: Served, tmp_path: Path) -> None:
    options = {"table": "order_lines", "primary_key": ["order_id", "sku"], "page_size": 97}
    load(shop, "rows", tmp_path / "out.duckdb", **options).close()
    base = load(shop, "rows", tmp_path / "out.duckdb", **options)
    expected = shop.select("select * from order_lines order by order_id, sku")
    assert base.sql('select * from "rows" order by order_id, sku').fetchall() == expected


def test_tables_without_a_key_bring_their_rowid(shop: Served) -> None:
    found = [tuple(row.values()) for row in shop.read("rows", table="log")]
    assert found == shop.select("select rowid, * from log order by rowid")


def test_views_are_read(shop: Served) -> None:
    found = [tuple(row.values()) for row in shop.read("rows", table="large_orders", sort="id", page_size=9)]
    assert found == shop.select("select * from large_orders order by id")


BYTES = {b"\x00\xff\x01": {"$base64": True, "encoded": "AP8B"}, b"": "", b"abc": "abc", None: None}


def test_odd_values_are_exact(shop: Served, tmp_path: Path) -> None:
    rows = {row["id"]: row for row in shop.read("rows", table="oddities")}
    names = [name for _, name, *_ in shop.select("pragma table_info(oddities)")]
    for values in shop.select("select * from oddities"):
        expected = dict(zip(names, values, strict=True))
        expected["bytes"] = BYTES[expected["bytes"]]
        if expected["infinite"] == float("inf"):
            expected["infinite"] = None
        assert rows[expected["id"]] == expected
    base = load(shop, "rows", tmp_path / "out.duckdb", table="oddities", primary_key=["id"])
    query = "select id, big, float, json_extract(anything, '$') from \"rows\" order by id"
    assert base.sql(query).fetchall() == [
        ("", 2**63 - 1, 2 / 3, '"abc"'),
        ("a,b/c~d", 2**53 + 1, 0.1, "1234567890123456789"),
        ("z", 5, 1e22, "2.5"),
        ("é 日本", -(2**63), 1e-300, "1"),
    ]


@pytest.mark.parametrize("stream", ["rows", "rows_csv"])
def test_any_name_of_a_table_is_found(shop: Served, stream: str) -> None:
    ((row),) = shop.read(stream, table=ODD_NAME)
    assert row["v"] == "v"


def test_json_columns_are_read_as_such(shop: Served) -> None:
    rows = shop.read("rows", table="customers", json_columns=["tags"], filters={"id": 5})
    assert [row["tags"] for row in rows] == [["t1"]]


FILTERS: list[tuple[dict[str, Any], str]] = [
    ({"filters": {"total__gt": 100, "customer_id__in": "1,2,3,84,85"}}, "total > 100 and customer_id in (1,2,3,84,85)"),
    ({"filters": {"id": [7], "total__notnull": 1}}, "id = 7"),
    ({"where": ["total > 60 or id = 3", "[customer_id] < 70"]}, "(total > 60 or id = 3) and customer_id < 70"),
    ({"filters": {"total__lt": 0}}, "total < 0"),
]


@pytest.mark.parametrize("stream", ["rows", "rows_csv"])
@pytest.mark.parametrize(("options", "where"), FILTERS)
def test_filters_are_obeyed(shop: Served, stream: str, options: dict[str, Any], where: str) -> None:
    found = [int(row["id"]) for row in shop.read(stream, table="orders", **options)]
    assert found == [key for (key,) in shop.select(f"select id from orders where {where} order by id")]


def test_columns_sorting_search_and_labels_are_obeyed(shop: Served) -> None:
    rows = shop.read("rows", table="orders", columns=["total"], sort_desc="total", page_size=30)
    assert [tuple(row.values()) for row in rows] == shop.select("select id, total from orders order by total desc")
    assert [row["subject"] for row in shop.read("rows", table="letters", search="wet")] == ["rain", "snow"]
    labelled = shop.read("rows", table="orders", labels=True, filters={"id": 4})
    assert labelled[0]["customer_id"] == {"value": 5, "label": "Ünï 5 日本 😀"}
    (line,) = shop.read("rows_csv", table="orders", labels=True, filters={"id": 4})
    assert (line["customer_id"], line["customer_id_label"]) == ("5", "Ünï 5 日本 😀")


def test_queries_take_parameters_and_go_on_past_a_page(shop: Served, tmp_path: Path) -> None:
    sql = "select id, name, balance / 2 as half from customers where balance >= cast(:least as real) order by id desc"
    base = load(shop, "query", tmp_path / "out.duckdb", sql=sql, params={"least": 0.7}, primary_key=["id"])
    expected = shop.select(sql, least=0.7)
    assert len(expected) > 2_000
    assert base.sql("from query order by id desc").fetchall() == expected


def test_queries_keep_their_order_their_twins_and_their_comments(shop: Served) -> None:
    sql = "with few as (select id from orders where id < 4) select a.id, b.id from few a, few b order by 2, 1 -- all"
    rows = [tuple(row.values()) for row in shop.read("query", sql=sql)]
    assert rows == shop.select(sql)
    assert shop.read("query", sql="select 1 as one where 1 = 0") == []


def test_servers_with_low_limits_are_read_whole(shop: Served) -> None:
    tight = shop._replace(url=shop.tight)
    assert [row["id"] for row in tight.read("rows", table="orders")] == list(range(1, 101))
    assert [row["id"] for row in tight.read("rows_csv", table="orders")] == [str(i) for i in range(1, 101)]


def test_unknown_tables_and_databases_are_told(shop: Served) -> None:
    for stream in ("rows", "rows_csv"):
        with pytest.raises(ProviderError, match=r"404: (Error 404 )?Table not found") as failed:
            shop.read(stream, table="nope")
        assert "databases and tables list" in failed.value.hint
        assert "<" not in failed.value.message
    with pytest.raises(ProviderError, match="404: Database not found"):
        shop.read("rows", database="nope", table="orders")
    with pytest.raises(SpecError, match=r"config\.database.*null has no place in a URL"):
        list(Source(SPEC, {"base_url": shop.url}).read("rows", table="orders"))


def test_what_sqlite_refuses_is_told(shop: Served) -> None:
    for stream in ("rows", "rows_csv"):
        with pytest.raises(ProviderError, match=r"400: .*no such column: nope"):
            shop.read(stream, table="orders", where=["nope > 3"])
    with pytest.raises(ProviderError, match="400: no such table: nope"):
        shop.read("query", sql="select * from nope")
    with pytest.raises(SpecError, match="does not match the pattern"):
        shop.read("query", sql="select 1;")
    with pytest.raises(ProviderError, match="403"):
        shop._replace(url=shop.tight).read("query", sql="select 1")


def test_queries_that_take_too_long_are_told(shop: Served) -> None:
    forever = "with recursive more(n) as (select 1 union all select n + 1 from more) select max(n) from more"
    with pytest.raises(ProviderError, match="took too long") as failed:
        shop.read("query", sql=forever)
    assert "sql_time_limit_ms" in failed.value.hint


def test_csv_that_datasette_breaks_off_is_noticed(shop: Served) -> None:
    with pytest.raises(BodyError, match=r"line \d+ of the CSV has 1 value, not the 2"):
        shop._replace(url=shop.tight).read("rows_csv", table="wide")


def test_rows_that_datasette_loses_are_noticed(shop: Served) -> None:
    with pytest.raises(ProviderError, match="a page is empty though the table has more rows"):
        shop.read("rows", table="untyped", page_size=20)
    assert len(shop.read("query", sql="select * from untyped order by id")) == 50


class Guarded(Provider):
    """Lists its databases to whoever has the token."""

    def answer(self, call: Call) -> Answer:
        allowed = call.headers.get("authorization") == "Bearer s3cret-token"
        body = [{"name": "shop"}] if allowed else {"ok": False, "error": "Permission denied"}
        headers = {"Content-Type": "application/json"}
        return Answer(status=200 if allowed else 403, headers=headers, body=json.dumps(body).encode())


def test_a_token_is_sent_if_there_is_one() -> None:
    with Guarded() as server:
        (row,) = Source(SPEC, {"base_url": server.url, "token": "s3cret-token"}).read("databases")
        assert row["name"] == "shop"
        with pytest.raises(ProviderError, match="403: Permission denied"):
            list(Source(SPEC, {"base_url": server.url}).read("databases"))
        assert "authorization" not in server.calls[-1].headers


def test_percent_encode_leaves_only_letters_digits_dash_and_underscore() -> None:
    assert percent_encode("a-b_1.é ~/%") == "a-b_1%2E%C3%A9%20%7E%2F%25"
