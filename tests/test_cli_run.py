"""`tapwright run`: where records go, what is said, and what a wrong word leads to."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import duckdb
import pytest

from tapwright.cli import tapwright
from tapwright.cli.failing import exit_code
from tests.providers.loopback import Answer, Call
from tests.providers.rokt import Rokt
from tests.providers.rokt_data import CAMPAIGNS, TEAPOTS

ROOT = Path(__file__).parents[1]
CAMPAIGN = next(campaign.id for campaign in CAMPAIGNS.values() if campaign.account == TEAPOTS)
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "engine"), "PYTHONWARNINGS": "ignore"}
SPEC = """
tapwright: 1
name: mini
title: A little of Rokt
config:
  app_id: {type: string}
  app_secret: {type: string, writeOnly: true}
  account_id: {type: string}
  days: {type: array, items: {type: string, format: date}, default: [2026-03-03, 2026-03-04]}
  base_url: {type: string, format: uri}
api:
  url: "{{ config.base_url }}/reporting/accounts/{{ config.account_id }}"
  auth:
    oauth2:
      url: "{{ config.base_url }}/auth/oauth2/token"
      grant: client_credentials
      client_id: "{{ config.app_id }}"
      client_secret: "{{ config.app_secret }}"
      client_in: header_raw
  records: {json: {at: data.items}}
shared:
  options:
    money: {currency: {enum: [USD, EUR], default: USD}}
  params:
    asked:
      dateStart: "{{ slice.day }}"
      dateEnd: "{{ slice.day }}T23:59:59.000"
      timeZoneVariation: UTC
      currency: "{{ options.currency }}"
streams:
  campaigns:
    shared_options: [money]
    request: {path: /campaigns/breakdown, shared_params: [asked]}
    for_each: &days [{list: {name: day, in: "{{ config.days }}"}}]
    fields:
      day: {type: date, value: "{{ slice.day }}"}
      campaign_id: {from: groupByValue}
      name: {from: campaignName}
      cost: {type: decimal, from: grossCost}
      impressions: {type: integer}
    primary_key: [day, campaign_id]
  gone:
    shared_options: [money]
    request: {path: "/campaigns/{{ slice.campaign }}/overview", shared_params: [asked]}
    for_each: [{list: {name: day, in: [2026-03-03]}}, {list: {name: campaign, in: "{{ options.ids }}"}}]
    options: {ids: {type: array, items: {type: string}, default: ["2843179665400099999"]}}
    fields: {cost: {type: decimal, from: grossCost}}
  sales:
    shared_options: [money]
    request: {path: /transactions/overview, shared_params: [asked]}
    for_each: *days
    fields: {day: {type: date, value: "{{ slice.day }}"}, revenue: {type: decimal}}
"""


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What became of a command."""

    code: int
    out: str
    err: str


Command = Callable[..., Ran]


@pytest.fixture
def rokt() -> Iterator[Rokt]:
    with Rokt() as server:
        yield server


@pytest.fixture
def account(rokt: Rokt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A folder with the spec to stand in, and the words for the account."""
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "mini.yaml").write_text(SPEC, "utf-8")
    monkeypatch.chdir(tmp_path)
    return _account(rokt)


def _account(server: Rokt) -> list[str]:
    config = {"app_id": server.app_id, "app_secret": server.app_secret, "account_id": TEAPOTS, "base_url": server.url}
    return [text for name, value in config.items() for text in ("-c", f"{name}={value}")]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Command:
    """Run the command as its program does."""

    def run(*words: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["tapwright", *words])
        code = exit_code(tapwright)
        out, err = capfdbinary.readouterr()
        return Ran(code=code, out=out.decode(), err=err.decode())

    return run


def _apart(*words: str, **how: Any) -> subprocess.Popen[str]:
    """Start the command as a process of its own."""
    program = [sys.executable, "-m", "tapwright", *words]
    how = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "env": ENVIRONMENT, **how}
    return subprocess.Popen(program, **how)


# --- where records go


def _in_duckdb(path: Path) -> list[tuple[Any, ...]]:
    return duckdb.connect(str(path), read_only=True).sql("select day::varchar, campaign_id from campaigns").fetchall()


def _in_parquet(path: Path) -> list[tuple[Any, ...]]:
    return duckdb.sql(f"select day::varchar, campaign_id from '{path}/campaigns/part-*.parquet'").fetchall()


def _in_csv(path: Path) -> list[tuple[Any, ...]]:
    files = sorted(path.glob("campaigns/part-*.csv"))
    return [(row["day"], row["campaign_id"]) for file in files for row in csv.DictReader(file.open(encoding="utf-8"))]


def _in_jsonl(path: Path) -> list[tuple[Any, ...]]:
    lines = [
        line for file in sorted(path.glob("campaigns/part-*.jsonl")) for line in file.read_text("utf-8").splitlines()
    ]
    return [(row["day"], row["campaign_id"]) for row in map(json.loads, lines)]


@pytest.mark.parametrize(
    ("to", "place", "read"),
    [
        ("duckdb:out.duckdb", "out.duckdb", _in_duckdb),
        ("out.db", "out.db", _in_duckdb),
        ("parquet:out", "out", _in_parquet),
        ("csv:out", "out", _in_csv),
        ("jsonl:out", "out", _in_jsonl),
        ("parquet", "tapwright-parquet", _in_parquet),
        (None, "mini.duckdb", _in_duckdb),
    ],
)
def test_records_go_where_they_are_sent(
    account: list[str], command: Command, to: str | None, place: str, read: Callable[[Path], list[tuple[Any, ...]]]
) -> None:
    ran = command("run", "mini", *account, "-S", "campaigns", *(["--to", to] if to else []))
    assert (ran.code, ran.out) == (0, "")
    assert f"mini → {place}" in ran.err
    assert sorted(read(Path(place))) == [("2026-03-03", CAMPAIGN), ("2026-03-04", CAMPAIGN)]


def test_records_go_to_the_standard_output(account: list[str], command: Command) -> None:
    ran = command("run", "mini", *account, "-S", "campaigns", "-S", "sales", "--to", "jsonl:-", "-q")
    assert (ran.code, ran.err) == (0, "")
    rows = [json.loads(line) for line in ran.out.splitlines()]
    assert [("campaign_id" in row, row["day"]) for row in rows] == [
        (True, "2026-03-03"),
        (True, "2026-03-04"),
        (False, "2026-03-03"),
        (False, "2026-03-04"),
    ]


def test_a_second_run_merges(account: list[str], command: Command) -> None:
    for _ in range(2):
        assert command("run", "mini", *account, "-S", "campaigns", "--to", "x.duckdb").code == 0
    assert len(_in_duckdb(Path("x.duckdb"))) == 2


def test_a_limit_stops_each_table(account: list[str], command: Command) -> None:
    words = ("-S", "campaigns", "-S", "sales", "--limit", "1", "--to", "jsonl:-")
    ran = command("run", "mini", *account, *words)
    assert ran.code == 0
    assert len(ran.out.splitlines()) == 2
    assert ran.err.count("limit reached") == 2
    assert command("run", "mini", *account, "--limit", "0").code == 2


def test_options_reach_the_provider(account: list[str], command: Command, rokt: Rokt) -> None:
    words = ("-S", "sales", "-o", "currency=EUR", "-c", "days=2026-03-05")
    assert command("run", "mini", *account, *words, "--to", "jsonl:-").code == 0
    (call,) = [call for call in rokt.calls if call.path.endswith("/transactions/overview")]
    assert (call.param("currency"), call.param("dateStart")) == ("EUR", "2026-03-05")


def test_config_comes_from_a_file_and_the_environment(
    rokt: Rokt, account: list[str], command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_SECRET", rokt.app_secret)
    file = f'{{app_id: {rokt.app_id}, app_secret: "${{A_SECRET}}", account_id: "{TEAPOTS}", base_url: "{rokt.url}"}}'
    Path("account.yaml").write_text(file, "utf-8")
    assert command("run", "mini", "--config", "account.yaml", "-S", "sales", "--to", "jsonl:-").code == 0


# --- what is said


def test_quiet_says_nothing_but_errors(account: list[str], command: Command) -> None:
    ran = command("run", "mini", *account, "-S", "campaigns", "-q", "--to", "x.duckdb")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    ran = command("run", "mini", *account, "-S", "gone", "-q", "--to", "x.duckdb")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("error: table gone: ")
    assert "→" not in ran.err


def test_json_is_all_there_is_on_the_standard_output(account: list[str], command: Command) -> None:
    ran = command("run", "mini", *account, "--json", "--to", "x.duckdb")
    said = json.loads(ran.out)
    assert (ran.code, said["to"], said["failed"]) == (1, "x.duckdb", True)
    tables = {table["table"]: table for table in said["tables"]}
    assert {name: (t["status"], t["rows"], t["pages"], t["slices"]) for name, t in tables.items()} == {
        "campaigns": ("done", 2, 2, 2),
        "gone": ("failed", 0, 0, 1),
        "sales": ("done", 2, 2, 2),
    }
    assert tables["campaigns"]["error"] is None
    assert tables["campaigns"]["bytes"] > 100
    assert "Campaign not found" in tables["gone"]["error"]


def test_json_makes_way_for_records(account: list[str], command: Command) -> None:
    ran = command("run", "mini", *account, "-S", "sales", "--json", "-q", "--to", "jsonl:-")
    assert len([json.loads(line) for line in ran.out.splitlines()]) == 2
    assert json.loads(ran.err)["failed"] is False


def test_secrets_are_not_said(account: list[str], command: Command, rokt: Rokt) -> None:
    rokt.app_secret = "another"
    ran = command("run", "mini", *account, "-S", "sales", "--json")
    assert ran.code == 1
    assert "1dfictionsecret" not in ran.out + ran.err


# --- what goes wrong


def test_a_table_that_fails_does_not_stop_the_others(account: list[str], command: Command) -> None:
    ran = command("run", "mini", *account, "--to", "x.duckdb")
    assert ran.code == 1
    assert "error: table gone:" in ran.err
    assert "404: Campaign not found" in ran.err
    base = duckdb.connect("x.duckdb", read_only=True)
    assert base.sql("select (select count(*) from campaigns), (select count(*) from sales)").fetchall() == [(2, 2)]


def test_a_table_that_fails_keeps_its_records_aside_for_the_next_run(account: list[str], command: Command) -> None:
    words = ("-S", "gone", "-S", "sales", "-o", f"ids={CAMPAIGN},2843179665400099999", "--json", "--to", "x.duckdb")
    ran = command("run", "mini", *account, *words)
    assert [table["rows"] for table in json.loads(ran.out)["tables"]] == [1, 2]
    tables = duckdb.connect("x.duckdb", read_only=True).sql("select name from (show tables)").fetchall()
    assert ("gone",) not in tables


WRONG: list[tuple[list[str], int, str]] = [
    (["run", "minny"], 1, "nothing is named 'minny'; did you mean 'mini'?"),
    (["run", "mini", "-S", "campaings"], 1, "has no stream 'campaings'; did you mean 'campaigns'?"),
    (["run", "mini", "-S", "sales", "-o", "curency=EUR"], 1, "did you mean 'currency'?"),
    (["run", "mini", "-S", "sales", "-S", "gone", "-o", "curency=EUR"], 1, "did you mean 'currency'?"),
    (["run", "mini", "-S", "sales", "-o", "currency=euro"], 1, "did you mean 'EUR'?"),
    (["run", "mini", "-S", "sales", "-o", "currency"], 2, "a value is given as KEY=VALUE"),
    (["run", "mini", "-c", "day=2026-03-03"], 1, "did you mean 'days'?"),
    (["run", "mini", "-c", "base_url=localhost"], 1, "begin it with https://"),
    (["run", "mini", "--to", "duckbd:x.duckdb"], 1, "did you mean 'duckdb'?"),
    (["run", "mini", "--config", "nothing.yaml"], 1, "'nothing.yaml' cannot be read"),
    (["run", "mini", "--limmit", "3"], 2, "Did you mean '--limit'?"),
    (["rum", "mini"], 2, "did you mean 'run'?"),
    (["run"], 2, "TARGET"),
    (["run", "nowhere/mini.yaml"], 1, "there is no file"),
]


@pytest.mark.parametrize(("words", "code", "said"), WRONG, ids=lambda value: None)
def test_a_wrong_word_is_told(account: list[str], command: Command, words: list[str], code: int, said: str) -> None:
    ran = command(*words[:2], *(account if words[1:2] == ["mini"] else []), *words[2:])
    assert said in ran.err.replace("\n", " ")
    assert (ran.code, ran.out) == (code, "")
    assert "Traceback" not in ran.err
    assert "bug" not in ran.err


def test_config_that_is_missing_is_named(account: list[str], command: Command) -> None:
    ran = command("run", "mini", *account[2:])
    assert ran.code == 1
    assert "app_id" in ran.err
    assert not Path("mini.duckdb").exists()


def test_texts_stay_texts_whatever_they_look_like(rokt: Rokt, account: list[str], command: Command) -> None:
    for secret in ("[1]", "{a: 1}", "null", "12", "a, b", "'x'", "=x="):
        rokt.app_secret = secret
        words = ("-S", "sales", "-c", f"app_secret={secret}", "--to", "jsonl:-")
        assert command("run", "mini", *account, *words).code == 0


def test_a_file_that_is_no_database_is_left_alone(account: list[str], command: Command) -> None:
    Path("notes.db").write_text("not a database, but dear to somebody " * 100)
    ran = command("run", "mini", *account, "--to", "notes.db")
    assert ran.code == 1
    assert "notes.db is not a DuckDB database" in ran.err
    assert Path("notes.db").read_text().startswith("not a database")


# --- processes of their own


def test_a_closed_pipe_ends_it_quietly(account: list[str], rokt: Rokt) -> None:
    days = json.dumps([f"2026-02-{day:02}" for day in range(1, 29)])
    run = _apart("run", "mini", *account, "-S", "campaigns", "-q", "-c", f"days={days}", "--to", "jsonl:-")
    assert run.stdout
    assert run.stderr
    run.stdout.close()
    said = run.stderr.read()
    run.stderr.close()
    assert (run.wait(60), said) == (141, "")


class Slow(Rokt):
    """Keeps whoever asks for sales waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.over = Event(), Event()
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]  # nobody waits for the answer

    def answer(self, call: Call) -> Answer:
        if call.path.endswith("/transactions/overview"):
            self.asked.set()
            self.over.wait(60)
        return super().answer(call)


@pytest.mark.parametrize("workers", ["1", "4"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_it_in_good_order(account: list[str], number: signal.Signals, workers: str) -> None:
    with Slow() as server:
        words = ("-S", "campaigns", "-S", "sales", "--workers", workers, "--to", "x.duckdb")
        run = _apart("run", "mini", *_account(server), *words)
        assert server.asked.wait(60)
        run.send_signal(number)
        out, err = run.communicate(timeout=120)
        server.over.set()
    assert run.returncode == 128 + number
    assert out == ""
    assert "Traceback" not in err
    if workers == "1":  # else the first table may still be on its way
        assert len(_in_duckdb(Path("x.duckdb"))) == 2


HEAVY = ("duckdb", "jinja2", "jmespath", "jsonschema", "lxml", "msgspec", "requests", "rich", "urllib3", "vcr", "yaml")


@pytest.mark.parametrize("words", ["--help", "--version", "-h", "run --help", "lint -h", "nonsense"])
def test_help_imports_nothing_heavy(words: str) -> None:
    program = (
        "import atexit, sys\n"
        f"atexit.register(lambda: print([m for m in {HEAVY} if m in sys.modules], file=sys.stderr))\n"
        f"sys.argv = ['tapwright', *{words.split()}]\n"
        "from tapwright.cli import main\n"
        "main()\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=ENVIRONMENT, check=False, timeout=20
    )
    assert ran.stderr.splitlines()[-1] == "[]"
    assert ran.returncode == (2 if words == "nonsense" else 0)
    assert ("Usage" in ran.stdout or "version" in ran.stdout) == (words != "nonsense")
