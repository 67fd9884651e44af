"""A canary in every place that a config value can go sings in no output of any command, in no encoding."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml

from tapwright.cli import _COMMANDS, tapwright
from tapwright.cli.failing import exit_code
from tests.providers.parrot import Parrot

MARK = "zq8vkw3jyx5"
"""What no text holds by chance; it stands at the beginning, in the middle and at the end of each canary."""
TAME = f"{MARK}-tame-{MARK}"
WILD = f"{MARK}é\"'&<%>+/=\\ ü{MARK}🔑{MARK}"
LONG = MARK + "".join(f"{number:03}{MARK}" for number in range(60))
SEEN = 8
"""So many characters of a canary in a row are too many."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the canaries go: pieces of a spec, and its config."""

    config: Mapping[str, Any]
    secret: str
    auth: Mapping[str, Any] | None = None
    request: Mapping[str, Any] = field(default_factory=dict)
    option: Any = None
    """The schema of the option, if it is no text."""
    given: Any = None
    """What is given, if it is not the secret itself."""
    url: str = "{{ config.base_url }}"


def place(secret: str, **words: Any) -> Place:
    return Place(config={}, secret=secret, **words)


KEY = "{{ config.key }}"
LOGIN = "{{ config.base_url }}/login"
TAKE = {"token": {"json": "access_token"}, "sid": {"cookie": "sid"}}
PUT = {"headers": {"X-Token": "{token}"}, "cookies": {"sid": "{sid}"}, "params": {"t": "{token}"}}


def session(**login: Any) -> dict[str, Any]:
    return {"session": {"login": [{"url": LOGIN, "take": TAKE, **login}], "put": PUT}}


def oauth2(grant: str, **words: Any) -> dict[str, Any]:
    return {"oauth2": {"url": LOGIN, "grant": grant, "client_id": "app", **words}}


PLACES = {
    "api_key in a header": place(TAME, auth={"api_key": {"name": "X-Key", "key": KEY}}),
    "api_key in the query": place(WILD, auth={"api_key": {"name": "key", "key": KEY, "place": "query"}}),
    "api_key in a cookie": place(TAME, auth={"api_key": {"name": "key", "key": KEY, "place": "cookie"}}),
    "basic": place(WILD, auth={"basic": {"user": "ada", "password": KEY}}),
    "basic, the key alone": place(TAME, auth={"basic": {"user": KEY}}),
    "bearer": place(LONG, auth={"bearer": {"token": KEY}}),
    "oauth2, client in a header": place(WILD, auth=oauth2("client_credentials", client_secret=KEY)),
    "oauth2, client in a header, raw": place(
        WILD, auth=oauth2("client_credentials", client_secret=KEY, client_in="header_raw")
    ),
    "oauth2, client in the body": place(WILD, auth=oauth2("client_credentials", client_secret=KEY, client_in="body")),
    "oauth2, password as JSON": place(WILD, auth=oauth2("password", user="ada", password=KEY, send="json")),
    "oauth2, refresh token": place(LONG, auth=oauth2("refresh_token", refresh_token=KEY)),
    "session, form": place(WILD, auth=session(form={"user": "ada", "password": KEY})),
    "session, JSON": place(WILD, auth=session(json={"password": KEY, "deep": [{"er": KEY}]})),
    "session, text": place(WILD, auth=session(text=f"<login><password>{KEY}</password></login>")),
    "session, header and cookie": place(TAME, auth=session(headers={"X-Key": KEY}, cookies={"key": KEY})),
    "session, query": place(WILD, auth=session(method="GET", params={"password": KEY})),
    "session, basic": place(WILD, auth=session(basic={"user": "ada", "password": KEY})),
    "a parameter": place(WILD, request={"params": {"key": KEY, "more": f"a{KEY}b"}}),
    "a long parameter": place(LONG, request={"params": {"key": KEY}}),
    "a header": place(TAME, request={"headers": {"X-Key": f"Key {KEY}"}}),
    "the path": place(WILD, request={"path": f"/{KEY}/orders"}),
    "the address": place(TAME, url=f"{{{{ config.base_url }}}}/{TAME[:0]}{KEY}"),
    "a JSON body": place(WILD, request={"method": "POST", "json": {"key": KEY, "filter": f"key = '{KEY}'"}}),
    "a form": place(WILD, request={"method": "POST", "form": {"key": KEY}}),
    "a text body": place(WILD, request={"method": "POST", "text": f"key={KEY}"}),
    "GraphQL": place(
        WILD,
        request={"graphql": {"query": "query ($key: String) { orders(key: $key) { id } }", "variables": {"key": KEY}}},
    ),
    "a list": place(
        WILD,
        option={"type": "array", "items": {"type": "string"}},
        given=[WILD, "another"],
        request={"params": {"keys": KEY}, "lists": "comma"},
    ),
    "a map": place(
        WILD, option={"type": "object"}, given={"inner": WILD}, request={"params": {"key": "{{ config.key.inner }}"}}
    ),
    "a member of a map": place(
        WILD,
        option={
            "type": "object",
            "writeOnly": False,
            "properties": {"inner": {"type": "array", "items": {"type": "string", "writeOnly": True}}},
        },
        given={"inner": [WILD]},
        request={"params": {"key": "{{ config.key.inner }}"}},
    ),
    "a number": place("8317465029", option={"type": "integer"}, given=8317465029, request={"params": {"pin": KEY}}),
}
MOODS = [name[1:] for name in vars(Parrot) if name.startswith("_") and name not in ("__module__", "__doc__", "_login")]
MOODS = [mood for mood in MOODS if not mood.startswith("_")]


def spec_of(of: Place) -> dict[str, Any]:
    """A spec that puts its config where the place says."""
    api: dict[str, Any] = {"url": of.url, "records": {"json": {"at": "data"}}, "retry": {"attempts": 1}}
    if of.auth:
        api["auth"] = of.auth
    stream = {
        "request": {"path": "/orders", **of.request},
        "paginate": {"next_url": {"next": "next"}},
        "fields": {"id": {"type": "integer"}, "at": {"type": "datetime"}},
        "primary_key": ["id"],
        "incremental": {"cursor": "at", "start": "2026-01-01"},
    }
    return {
        "tapwright": 1,
        "name": "parrot",
        "title": "The Parrot",
        "config": {
            "key": {"type": "string", "writeOnly": True, **(of.option or {})},
            "base_url": {"type": "string", "format": "uri"},
        },
        "api": api,
        "streams": {"orders": stream},
    }


@dataclass(frozen=True, kw_only=True)
class Cage:
    """A folder with a spec, a connector and their config, and the provider that repeats it all."""

    parrot: Parrot
    run: Callable[..., bytes]
    """Run a command; gives what it said on both streams."""
    seen: dict[Path, int]
    """The files that are known, and when they were written."""
    needles: tuple[bytes, ...]

    def check(self, *words: str) -> bytes:
        """Run a command; nothing that it says or writes holds a canary.  Gives what it said."""
        said = self.run(*words)
        what = f"tapwright {' '.join(words)} ({self.parrot.mood})"
        assert leaks(said, self.needles) == [], f"{what}:\n{said.decode('utf-8', 'replace')}"
        for path in Path().rglob("*"):
            if path.is_file() and self.seen.get(path) != path.stat().st_mtime_ns:
                self.seen[path] = path.stat().st_mtime_ns
                assert leaks(path.read_bytes(), self.needles) == [], f"{path}, written by {what}"
        return said


def needles(canary: str) -> Iterator[bytes]:
    """Pieces of a canary, in every encoding that its letters and digits have."""
    for start in range(len(canary) - SEEN + 1):
        piece = canary[start : start + SEEN].encode()
        yield piece
        yield from (piece.hex().encode(), piece.hex().upper().encode())
        for way in ("%{:02X}", "%{:02x}", "\\u{:04x}", "\\u{:04X}", "&#{};"):
            yield "".join(way.format(byte) for byte in piece).encode()
        for offset in range(3):
            first = (offset * 8 + 5) // 6
            yield base64.b64encode(b"." * offset + piece)[first : (offset + SEEN) * 8 // 6]


def leaks(text: bytes, wanted: tuple[bytes, ...]) -> list[bytes]:
    """What of canaries is in a text."""
    return [needle for needle in wanted if needle in text]


@pytest.fixture
def cage(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> Iterator[Cage]:
    of = PLACES[request.param]
    monkeypatch.chdir(tmp_path)
    with Parrot() as parrot:
        config = {"key": of.secret if of.given is None else of.given, "base_url": parrot.url}
        monkeypatch.setenv("PARROT_KEY", str(config["key"]))
        write("specs/parrot.yaml", spec_of(of))
        write("account.json", config)
        write("connectors/mine.yaml", {"spec": "parrot", "config": config, "streams": {"orders": {}}})
        write("catalog.json", CATALOG)
        write("session.har", har(of.secret))

        def run(*words: str) -> bytes:
            monkeypatch.setattr(sys, "argv", ["tapwright", *words])
            code = exit_code(tapwright)
            out, err = capfdbinary.readouterr()
            assert code in (0, 1, 2), f"tapwright {' '.join(words)} exits {code}:\n{(out + err).decode()}"
            return out + err

        yield Cage(
            parrot=parrot,
            run=run,
            seen={path: path.stat().st_mtime_ns for path in Path().rglob("*") if path.is_file()},
            needles=tuple({*needles(MARK), *needles(Parrot.grants), *(needles(of.secret) if of.given else ())}),
        )


def har(secret: str) -> dict[str, Any]:
    """A browser's session, in which a secret was sent in a header and a parameter, and came back."""
    request = {
        "method": "GET",
        "url": f"https://api.parrot.example/orders?api_key={quote(secret)}",
        "headers": [{"name": "Authorization", "value": f"Bearer {secret}"}, {"name": "X-Api-Key", "value": secret}],
        "queryString": [{"name": "api_key", "value": secret}],
        "cookies": [{"name": "session", "value": secret}],
    }
    content = {"mimeType": "application/json", "text": json.dumps({"data": [{"id": 1}, {"id": 2}], "token": secret})}
    response = {"status": 200, "headers": [], "content": content, "cookies": []}
    return {"log": {"version": "1.2", "entries": [{"request": request, "response": response}]}}


def write(path: str, data: Any) -> None:
    Path(path).parent.mkdir(exist_ok=True)
    Path(path).write_text(
        json.dumps(data) if path.endswith((".json", ".har")) else yaml.safe_dump(data), encoding="utf-8"
    )


CATALOG = {
    "streams": [
        {
            "stream": {"name": "orders", "json_schema": {}, "supported_sync_modes": ["full_refresh"]},
            "sync_mode": "full_refresh",
            "destination_sync_mode": "overwrite",
        }
    ]
}
ACCOUNT = ("--config", "account.json")
RECORD = [("record", "parrot", *ACCOUNT, "--force"), ("record", "parrot", *ACCOUNT, "--force", "--failing")]
ASKING = {
    "airbyte": [
        ("airbyte", "parrot", "check", *ACCOUNT),
        ("airbyte", "parrot", "read", *ACCOUNT, "--catalog", "catalog.json", "--debug"),
    ],
    "check": [("check", "parrot", *ACCOUNT), ("check", "connectors/mine.yaml", "--json")],
    "infer": [("infer", "parrot", *ACCOUNT), ("infer", "parrot", *ACCOUNT, "--json")],
    "preview": [("preview", "parrot", *ACCOUNT), ("preview", "connectors/mine.yaml", "--json", "--pages", "2")],
    "record": [*RECORD, ("run", "parrot", *ACCOUNT, "--replay", "-q", "--to", "csv:replayed")],
    "run": [
        ("run", "parrot", *ACCOUNT, "--to", "duckdb:parrot.duckdb"),
        ("run", "connectors/mine.yaml", "--to", "jsonl:-", "--json", "--profile"),
    ],
    "singer": [("singer", "parrot", *ACCOUNT), ("singer", "parrot", *ACCOUNT, "--test")],
    "test": [("test",), ("test", "parrot", "--json"), ("test", "--update", "-q")],
}
"""Commands that ask the provider, or play what it answered: they are run in each of its moods."""
SILENT = {
    "airbyte": [("airbyte", "parrot", "spec"), ("airbyte", "parrot", "discover", *ACCOUNT)],
    "discover": [("discover", "connectors/mine.yaml"), ("discover", "parrot", "--json", "-S", "orders")],
    "docs": [("docs", "parrot"), ("docs", "connectors/mine.yaml")],
    "lint": [("lint", "specs/parrot.yaml", "connectors/mine.yaml"), ("lint", "connectors/mine.yaml", "--json")],
    "list": [("list",), ("list", "--json")],
    "new": [("new", "another"), ("new", "heard", "--from", "session.har"), ("new", "mine", "--connector", "parrot")],
    "plan": [
        ("plan", "parrot", *ACCOUNT),
        ("plan", "connectors/mine.yaml", "--slices"),
        ("plan", "parrot", *ACCOUNT, "--json"),
        ("plan", "parrot", *ACCOUNT, "--curl"),
    ],
    "schema": [("schema", "spec"), ("schema", "connector")],
    "singer": [("singer", "parrot", "--about"), ("singer", "parrot", *ACCOUNT, "--discover")],
    "state": [
        ("run", "parrot", *ACCOUNT, "--to", "duckdb:parrot.duckdb"),
        ("state", "show", "parrot", "--to", "duckdb:parrot.duckdb"),
        ("state", "export", "parrot", "--to", "duckdb:parrot.duckdb"),
    ],
}
"""Commands that ask nobody."""


BEFORE = {"test": RECORD}
"""What must be there before a command has anything to do."""
FEW = ("oauth2, client in a header", "session, JSON", "a long parameter")
"""Places in which every command is run."""


def test_every_command_is_here() -> None:
    assert sorted({*ASKING, *SILENT}) == sorted(_COMMANDS)


def test_a_canary_is_found_in_every_encoding() -> None:
    wanted = tuple(needles(MARK))
    for canary in (TAME, WILD, LONG):
        plain = canary.encode()
        for written in (plain, *(base64.b64encode(b"." * offset + plain) for offset in range(3)), plain.hex().encode()):
            assert leaks(b"said: " + written, wanted) != []
        assert leaks(b"cut: " + plain[:SEEN] + "…".encode(), wanted) != []
    assert leaks(b"nothing here", wanted) == []


@pytest.mark.parametrize("cage", PLACES, indirect=True, ids=lambda name: name.replace(" ", "_"))
def test_no_canary_sings(cage: Cage) -> None:
    for mood in MOODS:
        cage.parrot.mood = mood
        said = cage.check("run", "parrot", *ACCOUNT, "--to", "jsonl:-", "--json")
        assert mood != "well" or b'"rows": 2,' in said  # else nothing was tried


@pytest.mark.parametrize("cage", FEW, indirect=True, ids=lambda name: name.replace(" ", "_"))
@pytest.mark.parametrize("command", _COMMANDS)
def test_no_command_lets_a_canary_sing(cage: Cage, command: str) -> None:
    for mood in MOODS if command in ASKING else ():
        cage.parrot.mood = mood
        for words in (*BEFORE.get(command, ()), *ASKING[command]):
            cage.check(*words)
    for words in SILENT.get(command, ()):
        cage.check(*words)


WRONG: dict[str, Any] = {
    "a list for a text": {"key": [WILD]},
    "a map for a text": {"key": {WILD: WILD}},
    "a number for a text": {"key": 8317465029},
    "under a wrong name": {"kye": WILD},
    "in the address": {"base_url": f"http://ada:{TAME}@127.0.0.1:9/"},
    "too short": {"key": MARK},
}


@pytest.mark.parametrize("cage", ["the path"], indirect=True)
@pytest.mark.parametrize("wrong", WRONG, ids=lambda name: name.replace(" ", "_"))
def test_no_fault_of_the_config_quotes_it(cage: Cage, wrong: str) -> None:
    spec = spec_of(PLACES["the path"])
    spec["config"]["key"]["minLength"] = 12
    config = {"key": WILD, "base_url": cage.parrot.url, **WRONG[wrong]}
    write("specs/parrot.yaml", spec)
    write("account.json", config)
    write("connectors/mine.yaml", {"spec": "parrot", "config": config, "streams": {"orders": {}}})
    cage.seen.update({path: path.stat().st_mtime_ns for path in Path().rglob("*") if path.is_file()})
    for command in _COMMANDS:
        for words in (*ASKING.get(command, ()), *SILENT.get(command, ())):
            cage.check(*words)


@pytest.mark.parametrize("cage", ["a parameter"], indirect=True)
@pytest.mark.parametrize(
    "words",
    [
        ("-c", f"key {TAME}"),
        ("-c", TAME),
        ("-o", TAME),
        ("--config", "broken.json"),
        ("--to", f"postgres:postgresql://ada:{TAME}@127.0.0.1:9/db"),
        ("--to", f"postgresql://ada:{TAME}@127.0.0.1:9/db"),
        ("--to", f"postgres:postgresql://ada:{TAME}@127.0.0.1:9/db?sslmode={TAME}"),
    ],
)
def test_no_fault_of_the_command_quotes_it(cage: Cage, words: tuple[str, ...]) -> None:
    Path("broken.json").write_text(f'{{"key": "{TAME}", "base_url": "{TAME}', encoding="utf-8")
    cage.seen[Path("broken.json")] = Path("broken.json").stat().st_mtime_ns
    cage.check("run", "parrot", *ACCOUNT, *words)
