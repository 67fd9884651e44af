"""A real Datasette on loopback, over a SQLite file with every sort of table and value."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

ODD_NAME = "we/ird.täble ~ %x"
CUSTOMERS, LINES, VISITS, WIDE = 2_500, 3_500, 100_000, 600

_TABLES = f"""
create table customers (
    id integer primary key, name text not null, email text, created text, balance real, active integer, tags text);
create table orders (id integer primary key, customer_id integer references customers(id), total numeric);
create table order_lines (
    order_id integer references orders(id), sku text, quantity integer, price real, primary key (order_id, sku));
create table log (message text, level text);
create table oddities (id text primary key, big integer, infinite real, bytes blob, "a b" text, "sélect" text,
    empty text, missing text, float real, digits text, anything);
create table visits (id integer primary key, page text, seconds real, referrer text, big integer);
create table wide (id integer primary key, filler text);
create table untyped (id primary key, v);
create table "{ODD_NAME}" (id integer primary key, v text);
create view large_orders as select * from orders where total > 50;
create virtual table letters using fts5 (subject, body);
"""


def fill(path: Path, *, most: int = VISITS) -> None:
    """Make the database, with at most so many rows in a table."""

    def rows(count: int, row: Callable[[int], tuple[object, ...]]) -> Iterator[tuple[object, ...]]:
        return map(row, range(1, min(count, most) + 1))

    tables = {
        "customers": rows(CUSTOMERS, _customer),
        "orders": rows(100, lambda i: (i, i % 90 + 1, i * 1.25)),
        "order_lines": rows(LINES, _line),
        "log": rows(1_200, lambda i: (f"m{i % 10}", "info")),
        "oddities": _oddities(),
        "visits": rows(VISITS, lambda i: (i, f"/p/{i % 997}", i / 7, None if i % 3 else f"réf {i}", 2**53 + i)),
        "wide": rows(WIDE, lambda i: (i, "x" * 2_000)),
        "untyped": rows(50, lambda i: (i, i)),
        ODD_NAME: iter([(1, "v")]),
        "letters": iter([("rain", "wet"), ("sun", "dry"), ("snow", "wet")]),
    }
    with closing(sqlite3.connect(path)) as base, base:
        base.executescript(_TABLES)
        for name, values in tables.items():
            width = len(base.execute(f'select * from "{name}" limit 0').description)
            base.executemany(f'insert into "{name}" values ({", ".join("?" * width)})', values)


def _customer(i: int) -> tuple[object, ...]:
    email = None if i % 3 else f"a{i}@example.com"
    name = f"Ünï {i} 日本 😀" if i % 2 else f'line\nbreak, "{i}"'
    return i, name, email, f"2026-01-{i % 28 + 1:02d}T08:00:00", i * 0.1, i % 2, f'["t{i % 4}"]'


def _line(i: int) -> tuple[object, ...]:
    return i // 50 + 1, f"{i * 7919 % 10_000:05d},{'é/~. '[i % 5]}", i % 9, i / 3


def _oddities() -> Iterator[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = [
        ("a,b/c~d", 2**53 + 1, 1e308, b"\x00\xff\x01", "sp", "x", "", None, 0.1, "007", 1234567890123456789),
        ("é 日本", -(2**63), float("inf"), None, None, None, "x", "y", 1e-300, "1", 1),
        ("", 2**63 - 1, -0.0, b"", "\x00nul\x01", "\r\n", "  ", '"', 2 / 3, "", "abc"),
        ("z", 5, 3.0, b"abc", "\ud7ff\u2028", "a", "b", "c", 1e22, "x", 2.50),
    ]
    return iter(rows)


_PROGRAM = "import sys; sys.modules['rich'] = None; from datasette.cli import cli; cli()"
"""Datasette; it would spend half a second on each error to print it in colours."""


@contextmanager
def serving(file: Path, *all_settings: dict[str, str | int]) -> Iterator[list[str]]:
    """Serve a database file by a server for each of the settings, which are Datasette's own; gives the addresses."""
    servers = [_started(file, settings) for settings in all_settings]
    try:
        yield [_address(server) for server in servers]
    finally:
        for server in servers:
            server.terminate()
            server.communicate()


def _started(file: Path, settings: dict[str, str | int]) -> subprocess.Popen[str]:
    words = [text for name, value in settings.items() for text in ("--setting", name, str(value))]
    command = [sys.executable, "-W", "ignore", "-c", _PROGRAM, "serve", file.name, "--port", "0", *words]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=file.parent)


def _address(server: subprocess.Popen[str]) -> str:
    said = ""
    for line in server.stderr or ():
        said += line
        if found := re.search(r"running on (http://\S+)", line):
            return found[1]
    raise RuntimeError(f"Datasette did not start: {said}")
