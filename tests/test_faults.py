"""Every fault of the hostile server, through a real spec and the real engine.

The rule: either all 100 records arrive, or the run fails with one clear sentence.  Never a short result that counts as
a success, never an endless loop, never another exception, never a credential on another host.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tapwright.batch import Batch
from tapwright.cassette import ReplayClock
from tapwright.cli import tapwright
from tapwright.cli.failing import exit_code
from tapwright.errors import (
    AuthError,
    BodyError,
    HostError,
    PagingError,
    ProviderError,
    RecordError,
    RunError,
    TransportError,
)
from tapwright.load import load_spec
from tapwright.plan import make_plan
from tapwright.provider import Means, Provider
from tapwright.transport import Limits, Transport
from tapwright.use import Use
from tests.providers.hostile import FAULTS, PAGES, PER_PAGE, Hostile

NOON = 1_773_576_000.0
KINDS = ("json", "csv", "jsonl", "xml")
SECRETS = {
    "token": "b3arer-t0ken/1",
    "header_key": "h3ader-key+2",
    "query_key": "qu3ry&key=3",
    "cookie_key": "c00kie-key-4",
}
ON_THE_WIRE = ("b3arer-t0ken/1", "h3ader-key+2", "qu3ry%26key%3D3", "c00kie-key-4")
ALL = list(range(1, PAGES * PER_PAGE + 1))

SPEC = """
tapwright: 1
name: hostile
title: A hostile provider
config:
  base_url: {type: string}
  other: {type: string, default: null}
  token: {type: string, writeOnly: true}
  header_key: {type: string, writeOnly: true}
  query_key: {type: string, writeOnly: true}
  cookie_key: {type: string, writeOnly: true}
api:
  url: "{{ config.base_url }}"
  hosts: ["{{ config.other or config.base_url }}"]
  auth:
    - bearer: {token: "{{ config.token }}"}
    - api_key: {name: X-Api-Key, key: "{{ config.header_key }}"}
    - api_key: {name: key, key: "{{ config.query_key }}", place: query}
    - api_key: {name: sid, key: "{{ config.cookie_key }}", place: cookie}
  retry: {attempts: 3, first_wait_seconds: 0.01, longest_wait_seconds: 0.02, longest_total_seconds: 60}
  timeout: 400 milliseconds
  paginate: {link_header: {}}
shared:
  fields:
    item:
      id: {type: integer}
      name: {}
      amount: {type: decimal, scale: 2}
      updated_at: {type: datetime}
streams:
  json:
    request: {path: /items}
    records: {json: {at: items}}
    paginate: {next_url: {next: next}}
    shared_fields: [item]
    primary_key: [id]
  csv:
    request: {path: /items.csv}
    records: {csv: {}}
    shared_fields: [item]
    primary_key: [id]
  jsonl:
    request: {path: /items.jsonl}
    records: {jsonl: {}}
    shared_fields: [item]
    primary_key: [id]
  xml:
    request: {path: /items.xml}
    records: {xml: {each: /items/item}}
    paginate: {next_url: {next_xpath: /items/@next}}
    shared_fields: [item]
    primary_key: [id]
"""

WAITS = ("", "-seconds", "-date", "-past", "-garbage")
RETRIED = {"length-cut", "json-cut", "xml-cut", "csv-cut-row", "jsonl-cut-line", "chunk-cut", "no-last-chunk", "reset"}
RETRIED |= {"reset-in-body", "empty-reply", "stall", "stall-at-once", "gzip-cut", "gzip-no-trailer", "gzip-bad-crc"}
RETRIED |= {"500", "401", *(f"{status}{wait}" for status in (429, 503) for wait in WAITS)}
"""Asked again, these are gone."""

HARMLESS = {"trickle", "extra-bytes", "bom", "gzip", "gzip-unlabelled", "big-int", "minus-zero", "redirect-same-host"}
"""These change nothing."""

UNPROVABLE = {"csv-cut", "jsonl-cut"}
"""Nothing in the answer tells these from a whole one; the run says so, and with `strict` refuses them."""

LOST: dict[str, tuple[type[RunError], str]] = {
    "200-json-error": (BodyError, r"nothing at items|is JSON, not"),
    "200-xml-error": (BodyError, r"the body is XML, not|the root element is error, not items"),
    "200-html": (BodyError, r"the body is HTML, not"),
    "200-html-as-json": (BodyError, r"the body is HTML, not"),
    "200-empty": (BodyError, r"the body is empty, not"),
    "204": (BodyError, r"the body is empty, not"),
    "wrong-root": (BodyError, r"nothing at items|not a JSON object|the root element is notice"),
    "bad-utf8": (BodyError, r"not utf-8|Invalid bytes"),
    "deep": (BodyError, r"deep|depth"),
    "duplicate-key": (BodyError, r"'amount' comes twice|line 2 of the CSV has 5 values"),
    "xml-mismatch": (BodyError, r"malformed at line 2, column \d+: .*mismatch"),
    "csv-short-row": (BodyError, r"line 3 of the CSV has 2 values, not the 4"),
    "csv-open-quote": (BodyError, r"a quote that is opened but not closed"),
    "jsonl-broken-line": (BodyError, r"line 3: the JSON is cut short"),
    "long-decimal": (RecordError, r"'amount' should be decimal, found '0\.12345.*more than 2 digits after the point"),
    "huge-exponent": (RecordError, r"'amount' should be decimal.*more than 36 digits before the point"),
    "monster-exponent": (BodyError, r"1e999999999 is out of bounds"),
    "long-int": (BodyError, r"out of range|out of bounds"),
    "nan": (BodyError, r"malformed at byte"),
    "infinity": (BodyError, r"malformed at byte"),
    "gzip-plain": (BodyError, r"labelled gzip but does not begin as gzip does"),
    "gzip-bomb": (BodyError, r"a decompression bomb"),
    "big-header": (BodyError, r"headers are too long"),
    "next-other-host": (HostError, r"leads to http://127\.0\.0\.2:\d+, a host that the spec does not name"),
    "redirect-other-host": (HostError, r"leads to http://127\.0\.0\.2:\d+, a host that the spec does not name"),
    "redirect-loop": (ProviderError, r"[Mm]ore than 5 redirects"),
    "next-same": (PagingError, r"the page names itself as the next one"),
    "cycle": (PagingError, r"page 4 would ask for page 2 again"),
    "same-content": (PagingError, r"holds the same"),
    "empty-pages": (PagingError, r"pages 3 to 12 are empty"),
}
LOST |= {
    f"{status}-{wait}": (ProviderError, rf"answers {status}") for status in (429, 503) for wait in ("days", "huge")
}
"""What each other fault ends with, and what the message says."""

OTHERWISE: dict[tuple[str, str], tuple[type[RunError], str]] = {
    ("200-json-error", "jsonl"): (RecordError, r"'id' is null in record 1"),
    ("wrong-root", "csv"): (RecordError, r"the answer has no column 'id'"),
    ("duplicate-key", "xml"): (RecordError, r"'amount' should be decimal"),
    ("deep", "csv"): (RecordError, r"'amount' should be decimal"),
    ("empty-pages", "jsonl"): (BodyError, r"the body is empty, not JSON lines"),
}
for _kind in ("csv", "xml"):
    for _fault in ("monster-exponent", "long-int", "nan", "infinity"):
        OTHERWISE[_fault, _kind] = (RecordError, r"'amount' should be decimal")
"""Where a format makes something else of a fault."""

PATIENT, HASTY = Transport(Limits(between_bytes_seconds=10)), Transport(Limits(between_bytes_seconds=0.3))
"""Made once for all tests, as that reads every certificate authority; the hasty one is for stalls."""

SLOW = {"stall", "stall-at-once", "trickle"}


@dataclass
class Outcome:
    ids: list[int] = field(default_factory=list)
    error: RunError | None = None
    told: list[str] = field(default_factory=list)
    waited: float = 0.0

    @property
    def complete(self) -> bool:
        return self.error is None and self.ids == ALL


@pytest.fixture(scope="session")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hostile") / "hostile.yaml"
    path.write_text(SPEC)
    return path


def hostile(fault: str, at: int = 3, times: int | None = 1) -> Hostile:
    return Hostile(fault=fault, at=at, times=times, now=lambda: NOON, pause=0.0002, bomb_mib=64)


def read(
    spec: Path, server: Hostile, kind: str, *, strict: bool = False, transport: Any = PATIENT, **config: Any
) -> Outcome:
    """Read a stream to its end or its error; any exception that is no RunError passes through."""
    transport = HASTY if transport and server.script[0].fault.startswith("stall") else transport
    outcome, clock = Outcome(), ReplayClock(datetime.fromtimestamp(NOON, UTC))
    plan = make_plan(load_spec(spec), {"base_url": server.url, **SECRETS, **config}, {kind: Use()}, clock.now())
    provider = Provider(plan, Means(clock=clock, strict=strict, transport=transport), outcome.told.append)
    try:
        for _, event in provider.read(plan.tables[0]):
            if isinstance(event, Batch):
                outcome.ids += event.columns["id"]
    except RunError as error:
        outcome.error = error
    outcome.waited = clock.monotonic()
    return outcome


def kinds_of(fault: str) -> tuple[str, ...]:
    """The formats that a fault is about."""
    first = fault.partition("-")[0]
    return (first,) if first in KINDS else KINDS[:1] if fault in SLOW else KINDS


def assert_clear(error: RunError | None, kind: type[RunError], words: str) -> None:
    assert type(error) is kind
    assert error.message.isprintable()
    assert 10 < len(error.message) < 320
    assert "stream" in error.context
    assert "Traceback" not in str(error)
    shown = f"{error}{error.args}{error.context}"
    assert not [secret for secret in SECRETS.values() if secret in shown]
    assert re.search(words, error.message), error.message


def assert_whole_pages(outcome: Outcome) -> None:
    """Nothing of the page at fault has come through."""
    assert outcome.ids == ALL[: len(outcome.ids)]
    assert len(outcome.ids) % PER_PAGE == 0


def assert_nothing_leaked(server: Hostile) -> None:
    seen = " ".join(f"{call.line} {dict(call.headers)} {call.body!r}" for call in server.other.calls)
    assert not [secret for secret in (*SECRETS.values(), *ON_THE_WIRE, "session=c00kie") if secret in seen]


CASES = [pytest.param(fault, kind, id=f"{fault}-{kind}") for fault in FAULTS for kind in kinds_of(fault)]


def test_every_fault_has_its_rule() -> None:
    rules = [RETRIED, HARMLESS, UNPROVABLE, set(LOST)]
    assert set().union(*rules) == set(FAULTS)
    assert sum(map(len, rules)) == len(FAULTS) == 71


@pytest.mark.parametrize(("fault", "kind"), CASES)
def test_a_fault_at_a_middle_page(spec: Path, fault: str, kind: str) -> None:
    with hostile(fault) as server:
        outcome = read(spec, server, kind)
        assert server.other.calls == []
        assert len(server.calls) <= 16
        assert all(
            secret in str(server.calls[0]) for secret in (SECRETS["token"], SECRETS["header_key"], "qu3ry%26key%3D3")
        )
    if fault in RETRIED | HARMLESS:
        assert outcome.complete
    elif fault in UNPROVABLE:
        assert outcome.error is None
        assert any("cannot be told from its end" in text for text in outcome.told)
    else:
        assert_clear(outcome.error, *OTHERWISE.get((fault, kind), LOST[fault]))
        if fault != "same-content":
            assert_whole_pages(outcome)


@pytest.mark.parametrize("fault", sorted(RETRIED))
def test_a_fault_that_stays_is_an_error(spec: Path, fault: str) -> None:
    with hostile(fault, times=None) as server:
        outcome = read(spec, server, kinds_of(fault)[0])
        asked = 2 if fault == "401" else 3
        assert len(server.calls) == 2 + asked
    assert isinstance(outcome.error, (TransportError, ProviderError, BodyError, RecordError))
    assert isinstance(outcome.error, AuthError) == (fault == "401")
    assert_clear(outcome.error, type(outcome.error), "")
    assert fault == "401" or "Tried 3 times." in outcome.error.hint
    assert_whole_pages(outcome)


@pytest.mark.parametrize("at", [1, PAGES])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "fault", ["length-cut", "json-cut", "chunk-cut", "reset-in-body", "503-seconds", "429-date", "401"]
)
def test_retried_faults_at_the_first_and_the_last_page(spec: Path, fault: str, kind: str, at: int) -> None:
    with hostile(fault, at=at) as server:
        assert read(spec, server, kind).complete
        assert len(server.calls) == PAGES + 1


@pytest.mark.parametrize("at", [1, PAGES])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "fault",
    ["200-json-error", "200-xml-error", "200-html", "200-empty", "204", "wrong-root", "bad-utf8", "next-other-host"],
)
def test_lasting_faults_at_the_first_and_the_last_page(spec: Path, fault: str, kind: str, at: int) -> None:
    with hostile(fault, at=at, times=None) as server:
        outcome = read(spec, server, kind)
        assert server.other.calls == []
    assert_clear(outcome.error, *OTHERWISE.get((fault, kind), LOST[fault]))
    assert_whole_pages(outcome)


@pytest.mark.parametrize("at", [1, PAGES])
@pytest.mark.parametrize(
    "fault", ["next-same", "cycle", "same-content", "empty-pages", "redirect-loop", "redirect-other-host"]
)
def test_ways_astray_at_the_first_and_the_last_page(spec: Path, fault: str, at: int) -> None:
    with hostile(fault, at=at) as server:
        outcome = read(spec, server, "json")
        assert len(server.calls) < 20
    # Asked for by another address, the first page comes twice; the primary key makes one of them.
    assert isinstance(outcome.error, (PagingError, ProviderError, HostError)) or set(outcome.ids) == set(ALL)


@pytest.mark.parametrize("fault", sorted(UNPROVABLE))
def test_strict_asks_again_for_what_cannot_be_proven(spec: Path, fault: str) -> None:
    kind = kinds_of(fault)[0]
    with hostile(fault) as server:
        assert read(spec, server, kind, strict=True).complete
    with hostile(fault, times=None) as server:
        outcome = read(spec, server, kind, strict=True)
    assert_clear(outcome.error, TransportError, "cannot be told from its end")
    assert_whole_pages(outcome)


@pytest.mark.parametrize(
    ("fault", "least", "most"),
    [
        ("503-seconds", 1, 1.2),
        ("429-seconds", 1, 1.2),
        ("503-date", 1, 1.2),
        ("503-past", 0, 0.02),
        ("429-garbage", 0, 0.02),
    ],
)
def test_waits_are_as_long_as_asked_for(spec: Path, fault: str, least: float, most: float) -> None:
    with hostile(fault) as server:
        assert least <= read(spec, server, "json").waited <= most


@pytest.mark.parametrize("fault", ["503-days", "429-huge"])
def test_waits_that_are_too_long_end_at_once_and_say_until_when(spec: Path, fault: str) -> None:
    with hostile(fault) as server:
        outcome = read(spec, server, "json")
    assert outcome.waited == 0
    assert outcome.error is not None
    assert "come back at 2" in outcome.error.hint


def test_the_specs_own_timeout_ends_a_stall(spec: Path) -> None:
    with hostile("stall") as server:
        outcome = read(spec, server, "json", transport=None)
    assert outcome.complete
    assert any("nothing arrived for 0.4 s" in text for text in outcome.told)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", ["next-other-host", "redirect-other-host"])
def test_a_host_that_the_spec_names_is_asked_without_credentials(spec: Path, fault: str, kind: str) -> None:
    with hostile(fault) as server:
        outcome = read(spec, server, kind, other=server.other.url)
        assert len(server.other.calls) == (2 if fault == "next-other-host" else 1)
        assert_nothing_leaked(server)
    assert outcome.complete


@pytest.mark.parametrize(
    "fault", ["bom", "json-cut", "reset", "200-json-error", "204", "same-content", "duplicate-key"]
)
def test_the_command_loads_whole_pages_and_goes_on_after_them(
    spec: Path, fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(url: str) -> tuple[Any, list[int]]:
        config = [f"--set={name}={value}" for name, value in {"base_url": url, **SECRETS}.items()]
        where = f"--to=duckdb:{tmp_path}/t.duckdb"
        monkeypatch.setattr("sys.argv", ["tapwright", "run", str(spec), "-S", "json", where, *config])
        code = exit_code(tapwright)
        said = "".join(capsys.readouterr())
        assert not [secret for secret in SECRETS.values() if secret in said]
        with duckdb.connect(f"{tmp_path}/t.duckdb") as database:
            tables = database.sql("SELECT table_name FROM duckdb_tables()").fetchall()
            rows = database.sql("SELECT id FROM json ORDER BY id").fetchall() if ("json",) in tables else []
        return code, [one for (one,) in rows]

    with hostile(fault) as server:
        code, ids = run(server.url)
        assert code == (0 if fault in RETRIED | HARMLESS else 1)
        assert ids == ALL[: len(ids)]
        assert len(ids) % PER_PAGE == 0
        if fault != "same-content":
            assert run(server.url) == (0, ALL)
