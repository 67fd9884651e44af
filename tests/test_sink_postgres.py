"""The Postgres sink, against a Postgres of its own."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest

from tapwright.batch import Table
from tapwright.errors import SinkError
from tapwright.sinks import postgres_table, sink_of
from tapwright.sinks.duckdb_types import quoted
from tapwright.sinks.kind import Sink
from tests import test_sinks
from tests.test_sinks import ADS, INTEGER, STRING, ads, batch, fill, put

psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed: pip install '.[dev]'")
pgserver = importlib.util.find_spec("pgserver")
if pgserver is None or pgserver.origin is None:
    pytest.skip("no Postgres to test with: pgserver is not installed", allow_module_level=True)

INSTALLED = Path(pgserver.origin).parent / "pginstall"
PASSWORD = "pa55 w@rd/:?"
NOBODY = {"user": 65534, "group": 65534} if os.geteuid() == 0 else {}
"""Postgres does not run as root."""
SCHEMAS = count()
STOPS: list[Callable[[], object]] = []


@pytest.fixture(scope="session", autouse=True)
def stopping() -> Iterator[None]:
    """Stop the server at the end, if it was started."""
    yield
    while STOPS:
        STOPS.pop(0)()


def programs(folder: Path) -> Path:
    """Find Postgres's programs; a copy of them, where they lie in somebody's home that nobody else may enter."""
    try:
        subprocess.run([INSTALLED / "bin" / "initdb", "--version"], check=True, capture_output=True, **NOBODY)  # type: ignore[call-overload]
    except PermissionError:
        return Path(shutil.copytree(INSTALLED, folder / "programs")) / "bin"
    return INSTALLED / "bin"


@cache
def server() -> str:
    """Start a server, once; give its url without a database."""
    folder = Path(tempfile.mkdtemp(prefix="tapwright-postgres-"))
    (folder / "password").write_text(PASSWORD)
    found = programs(folder)
    if NOBODY:
        for path in (folder, folder / "password"):
            os.chown(path, NOBODY["user"], NOBODY["group"])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    make = [
        found / "initdb",
        "-D",
        folder / "data",
        "-U",
        "postgres",
        "-A",
        "scram-sha-256",
        "-E",
        "UTF8",
        "--no-locale",
    ]
    subprocess.run([*make, "--no-sync", f"--pwfile={folder}/password"], check=True, capture_output=True, **NOBODY)  # type: ignore[call-overload]
    control = [found / "pg_ctl", "-D", folder / "data", "-w", "-s"]
    options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off"
    subprocess.run([*control, "-l", folder / "log", "-o", options, "start"], check=True, **NOBODY)  # type: ignore[call-overload]
    STOPS.append(lambda: subprocess.run([*control, "-m", "immediate", "stop"], check=False, **NOBODY))  # type: ignore[call-overload]
    STOPS.append(lambda: shutil.rmtree(folder, ignore_errors=True))
    return f"postgresql://postgres:{quote(PASSWORD, safe='')}@127.0.0.1:{port}"


def fresh() -> str:
    """Name a schema that is not there yet."""
    return f"{server()}/postgres?schema=s{next(SCHEMAS)}%20%25"


def schema_of(sink: Any) -> str:
    return unquote(sink.url.partition("schema=")[2])


def ask(sink: Any, sql: str) -> list[tuple[Any, ...]]:
    """Ask Postgres, in the schema of a sink."""
    with psycopg.connect(f"{server()}/postgres", autocommit=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f'SET search_path = "{schema_of(sink)}"')
        cursor = connection.execute(sql)
        return list(cursor.fetchall()) if cursor.description else []


def held(sink: Any, table: str = "ads") -> list[tuple[Any, ...]]:
    """Read the ads, sorted."""
    return ask(sink, f"SELECT id, name FROM {table} ORDER BY 1, 2")


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False)


@pytest.fixture
def sink() -> Sink:
    """A schema that is not there yet."""
    return sink_of(fresh())


ALIKE = tuple(f"test_{word}" for word in ("append", "merge", "replace", "nothing", "roll", "state", "columns", "text"))


@pytest.mark.parametrize("contract", [test for name, test in vars(test_sinks).items() if name.startswith(ALIKE)])
def test_what_every_sink_does_alike(
    sink: Sink, contract: Callable[[Sink], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(test_sinks, "held", held)
    monkeypatch.setattr(test_sinks, "held_loosely", held)
    contract(sink)


# --- the place


def test_url_is_shown_without_user_and_password() -> None:
    url = "postgresql://me:geheim@db.example.com:5433/acme?sslmode=require"
    assert sink_of(url).described() == "postgresql://db.example.com:5433/acme"
    assert sink_of(f"{url}&schema=raw").described() == "postgresql://db.example.com:5433/acme, schema raw"
    assert sink_of(f"postgres:{url}") == sink_of(url)
    assert sink_of("postgres://h/d").described() == "postgresql://h/d"
    assert sink_of("postgres").described() == "postgresql:///"
    assert "geheim" not in repr(sink_of(url))


@pytest.mark.parametrize("rest", ["me:ge@heim@h/d", "me:ge/heim@h/d", "me:geheim", "me:geheim/d"])
def test_url_that_is_none_is_refused_unseen(rest: str) -> None:
    assert sink_of(f"postgresql://{rest}").described() == "postgresql"
    with pytest.raises(SinkError, match="is not written as one") as caught:
        sink_of(f"postgresql://{rest}").open()
    assert "heim" not in str(caught.value)


def test_missing_driver_says_how_to_get_it(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(SinkError, match=r"pip install 'tapwright\[postgres\]'"):
        sink.open()


@pytest.mark.parametrize(
    ("part", "other", "message", "hint"),
    [
        ("pa55", "wrong", "password authentication failed", "Check the user and the password"),
        (":pa55[^@]*", "", "no password supplied", "Put the password into the url"),
        ("/postgres", "/nowhere", 'database "nowhere" does not exist', "Create the database"),
        (r":\d+/", ":1/", "Connection refused", "Is the server running there?"),
        ("127.0.0.1", "no.such.host.invalid", "no.such.host.invalid", "Check the host in the url"),
        (r"\?", "?sslmode=odd&", "odd", "Check the url"),
    ],
)
def test_place_that_cannot_be_reached_is_told(sink: Any, part: str, other: str, message: str, hint: str) -> None:
    url = re.sub(rf"(?<!:/){part}", other, sink.url, count=1)
    with pytest.raises(SinkError, match="cannot be reached: ") as caught:
        sink_of(url).open()
    assert message in caught.value.message
    assert "\n" not in caught.value.message
    assert hint in caught.value.hint
    assert "pa55" not in str(caught.value)


def test_user_who_may_only_read_is_told(sink: Any) -> None:
    ask(sink, "DO $$ BEGIN CREATE ROLE reader LOGIN PASSWORD 'geheim'; EXCEPTION WHEN OTHERS THEN NULL; END $$")
    put(sink, ads(i1="a"))
    ask(sink, f'GRANT USAGE ON SCHEMA "{schema_of(sink)}" TO reader')
    reader = sink_of("postgresql://reader:geheim@" + sink.url.partition("@")[2])
    with pytest.raises(SinkError, match="permission denied") as caught:
        put(reader, ads(i2="b"))
    assert "Grant the user the rights" in caught.value.hint
    with pytest.raises(SinkError, match="permission denied"):
        sink_of(reader.url.partition("?")[0] + "?schema=elsewhere").open()  # type: ignore[attr-defined]


def test_second_run_is_refused_and_told_who_runs(sink: Any) -> None:
    with sink.open():
        other = run("-c", f"from tapwright.sinks import sink_of; sink_of({sink.url!r}).open()")
        assert f"{sink.described()} is in use by another process (pid {os.getpid()} on " in other.stderr
        put(sink_of(fresh()), ads(i1="a"))
    put(sink, ads(i1="a"))


def test_run_that_is_killed_leaves_its_last_commit_and_no_lock(sink: Any) -> None:
    code = (
        "import os, signal\n"
        "from tests.test_sinks import *\n"
        f"writer = sink_of({sink.url!r}).open()\n"
        "fill(writer, ads(i1='a')); writer.commit({'at': 1})\n"
        "writer.write('ads', ads(i2='b')); writer.finish('ads')\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert run("-c", code).returncode == -signal.SIGKILL
    with sink.open() as writer:
        assert writer.state() == {"at": 1}
    assert held(sink) == [(1, "a")]


def test_lost_connection_fails_what_is_left_of_the_run(sink: Any) -> None:
    with sink.open() as writer:
        fill(writer, ads(i1="a"))
        writer.commit({"at": 1})
        writer.write("ads", ads(i2="b"))
        end_connections(sink)
        with pytest.raises(SinkError, match="the connection was lost") as caught:
            writer.commit({"at": 2})
        assert caught.value.hint.startswith("Run again")
        writer.rollback()
        with pytest.raises(SinkError, match="the connection was lost"):
            writer.begin(ADS, "append")
    assert held(sink) == [(1, "a")]
    with sink.open() as writer, pytest.raises(SinkError, match="the connection was lost"), writer._session.attempt():
        end_connections(sink)


def end_connections(sink: Any) -> None:
    ask(sink, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'tapwright%'")


def test_connection_lost_in_a_commit_is_told_as_unknown(sink: Any) -> None:
    with sink.open() as writer:
        ask(
            sink,
            "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END';"
            "CREATE CONSTRAINT TRIGGER die AFTER INSERT ON _tapwright_state DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION die()",
        )
        with pytest.raises(SinkError, match="during a commit, which may or may not have happened"):
            writer.commit({"at": 1})


# --- the tables


def test_schemas_have_their_own_tables_and_state(sink: Sink) -> None:
    put(sink, ads(i1="a"), state={"at": 1})
    put(other := sink_of(fresh()), ads(i2="b"), state={"at": 2})
    assert (held(sink), held(other)) == ([(1, "a")], [(2, "b")])
    assert ask(other, "SELECT key, value::text, updated <= now() FROM _tapwright_state") == [("at", "2", True)]


def test_state_keeps_what_jsonb_would_change(sink: Sink) -> None:
    state = {"ads": {"b": "\0", "a": 1.10, "big": 10**30}}
    with sink.open() as writer:
        writer.commit(state)
        assert writer.state() == state


def test_names_that_differ_in_case_are_two(sink: Sink) -> None:
    put(sink, ads(i1="a"))
    put(sink, batch(id=(INTEGER, [2]), ID=(INTEGER, [3])), table=Table(name="Ads", columns=()))
    assert ask(sink, 'SELECT id, "ID" FROM "Ads"') == [(2, 3)]
    assert held(sink) == [(1, "a")]


@pytest.mark.parametrize("name", ["select", "a b", 'a"b', "it's", "x;--", "名前", "a.b", "50%", "%s", "\\N", "x\ty"])
def test_table_and_column_may_have_any_name(sink: Sink, name: str) -> None:
    table = Table(name=name, columns=(), primary_key=(name,))
    for mode in ("append", "merge", "replace"):
        put(sink, batch(**{name: (INTEGER, [1, 2])}), mode=mode, table=table, state={name: 1})
    assert ask(sink, "SELECT * FROM " + quoted(name)) == [(1,), (2,)]


def test_name_that_postgres_would_cut_is_refused(sink: Sink) -> None:
    with sink.open() as writer:
        with pytest.raises(SinkError, match=f"at most 63 bytes: table {'é' * 32} has more"):
            writer.begin(Table(name="é" * 32, columns=()), "append")
        with pytest.raises(SinkError, match="at most 63 bytes: column"):
            fill(writer, batch(**{"c" * 64: (INTEGER, [1])}))
    for mode in ("replace", "replace", "merge"):
        put(sink, ads(i1="a"), mode=mode, table=Table(name="t" * 63, columns=(), primary_key=("id",)))
    assert held(sink, "t" * 63) == [(1, "a")]


def test_tapwrights_own_names_are_refused(sink: Sink) -> None:
    with sink.open() as writer:
        with pytest.raises(SinkError, match="No table may be called _tapwright_state"):
            writer.begin(Table(name="_tapwright_state", columns=()), "append")
        with pytest.raises(SinkError, match="no column may be called _tapwright_row"):
            fill(writer, batch(_tapwright_row=(INTEGER, [1])))


def test_small_loads_hold_the_same_as_one(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_table, "BYTES", 100)
    monkeypatch.setattr(postgres_table, "STEP", 7)
    many = batch(id=(INTEGER, [n % 50 for n in range(500)]), name=(STRING, [str(n) for n in range(500)]))
    put(sink, many, mode="merge")
    assert held(sink) == [(n, str(450 + n)) for n in range(50)]


def test_merge_finds_rows_by_one_index(sink: Sink) -> None:
    indexes = "SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema"
    for text in ("a", "b"):
        put(sink, ads(i1=text), mode="merge")
    assert len(ask(sink, indexes)) == 1
    put(other := sink_of(fresh()), ads(i1="a", i2="a"))
    ask(other, "CREATE UNIQUE INDEX mine ON ads (id, name)")
    put(other, ads(i1="b"), mode="merge")
    assert len(ask(other, indexes)) == 1


def test_reader_never_sees_an_empty_table_nor_an_error(sink: Sink) -> None:
    put(sink, ads(i1="a"), mode="replace")
    seen: list[Any] = []
    done = threading.Event()
    reader = threading.Thread(target=lambda: seen.extend(read_until(done, sink)))
    reader.start()
    for _ in range(20):
        put(sink, ads(i1="a", i2="b"), mode="replace")
    done.set()
    reader.join()
    assert len(seen) > 20
    assert {*seen} <= {1, 2}


def read_until(done: threading.Event, sink: Sink) -> Iterator[Any]:
    with psycopg.connect(f"{server()}/postgres", autocommit=True) as connection:
        while not done.is_set():
            try:
                yield connection.execute(f'SELECT count(*) FROM "{schema_of(sink)}".ads').fetchone()[0]
            except psycopg.Error as error:
                yield str(error)


def test_replace_keeps_grants_and_takes_new_types(sink: Sink) -> None:
    ask(sink, "DO $$ BEGIN CREATE ROLE analyst; EXCEPTION WHEN OTHERS THEN NULL; END $$")
    put(sink, ads(i1="a"), mode="replace")
    ask(sink, "GRANT SELECT ON ads TO PUBLIC; GRANT SELECT, INSERT ON ads TO analyst WITH GRANT OPTION")
    rights = "SELECT relacl::text FROM pg_class WHERE oid = 'ads'::regclass"
    before = ask(sink, rights)
    put(sink, batch(id=(STRING, ["x"])), mode="replace")
    assert ask(sink, rights) == before
    assert ask(sink, "SELECT id, pg_typeof(id)::text FROM ads") == [("x", "text")]
    tables = ask(sink, "SELECT tablename FROM pg_tables WHERE schemaname = current_schema ORDER BY 1")
    assert tables == [("_tapwright_state",), ("ads",)]


def test_replace_beneath_a_view_replaces_the_rows(sink: Sink) -> None:
    put(sink, ads(i1="a"), mode="replace")
    ask(sink, "CREATE VIEW seen AS SELECT name FROM ads")
    put(sink, batch(id=(STRING, ["x"]), name=(STRING, ["b"]), more=(INTEGER, [1])), mode="replace")
    assert ask(sink, "SELECT * FROM ads") == [("x", "b", 1)]
    assert ask(sink, "SELECT * FROM seen") == [("b",)]
    assert ask(sink, "SELECT to_regclass('_tapwright_new_ads')") == [(None,)]


def test_relation_that_is_no_table_is_refused(sink: Sink) -> None:
    put(sink, ads(i1="a"))
    ask(sink, "ALTER TABLE ads RENAME TO other; CREATE VIEW ads AS SELECT * FROM other WHERE id > 0 LIMIT 1")
    for mode in ("append", "merge", "replace"):
        with pytest.raises(SinkError, match="ads"):
            put(sink, ads(i1="a"), mode=mode)


def test_table_locked_by_another_is_told(sink: Sink) -> None:
    put(sink, ads(i1="a"))
    with psycopg.connect(f"{server()}/postgres") as other, sink.open() as writer:
        other.execute(f'LOCK TABLE "{schema_of(sink)}".ads')
        writer._session.execute("SET lock_timeout = '10ms'")  # type: ignore[attr-defined]
        fill(writer, ads(i2="b"))
        with pytest.raises(SinkError, match="table ads refuses: canceling statement due to lock timeout") as caught:
            writer.commit()
    assert "Another session holds a lock" in caught.value.hint


def test_connector_replays_into_postgres_twice_alike(sink: Any) -> None:
    seen = []
    for _ in range(2):
        done = run("-m", "tapwright", "run", "rokt_performance", "--replay", "-S", "campaigns", "--to", sink.url)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "pa55" not in done.stdout + done.stderr
        names = [name for (name,) in ask(sink, "SELECT tablename FROM pg_tables WHERE schemaname = current_schema")]
        seen.append({name: ask(sink, f"SELECT count(*) FROM {name}")[0][0] for name in sorted(names)})
    assert seen[0] == seen[1]
    assert seen[0]["campaigns"] > 0
