"""`tapwright new`: what it begins, what it tells, and what a wrong word leads to."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tapwright.auth import AUTH
from tapwright.cli import tapwright
from tapwright.cli.failing import exit_code
from tests.providers.loopback import Answer, Call, Provider

PAGE = Path(__file__).parent / "authoring" / "openapi" / "page.yaml"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run the command in a folder of its own: its exit code, its output, its errors."""
    monkeypatch.chdir(tmp_path)

    def command(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["tapwright", *words])
        code, said = exit_code(tapwright), capfd.readouterr()
        return code, said.out, said.err

    return command


@pytest.mark.parametrize("auth", AUTH)
def test_a_spec_begins_clean_whatever_its_auth(run: Run, auth: str) -> None:
    assert run("new", "acme", "--auth", auth, "--url", "https://acme.example/v9", "-q") == (0, "", "")
    text = Path("specs/acme.yaml").read_text(encoding="utf-8")
    assert f"{auth}:" in text or auth == "none"
    assert "default: https://acme.example/v9" in text and "api.example.com" not in text
    assert run("lint", "specs/acme.yaml")[0] == 0


def test_a_connector_begins_clean(run: Run) -> None:
    run("new", "page", "--from", str(PAGE))
    run("new", "deals", "--from", str(PAGE.with_name("offset.yaml")))
    code, out, _ = run("new", "library", "--connector", "page")
    assert code == 0 and out.startswith("connectors/library.yaml: 3 tables; it lints clean\n")
    assert 'api_key: "${PAGE_API_KEY}"' in Path("connectors/library.yaml").read_text(encoding="utf-8")
    Path("offset.yaml").write_text(
        Path("specs/deals.yaml").read_text(encoding="utf-8").replace("name: deals", "name: offset", 1)
    )
    code, out, _ = run("new", "crm", "--connector", "offset.yaml", "--into", "a/b")
    assert code == 0 and "Deals needs pipeline, and is not in it" in out
    assert "schema connector --for offset.yaml > offset.schema.json" in out
    assert "\nspec: ../../offset.yaml\n" in Path("a/b/crm.yaml").read_text(encoding="utf-8")


def test_it_tells_what_to_look_at_and_what_to_do(run: Run) -> None:
    code, out, err = run("new", "larkspur", "--from", str(PAGE))
    assert (code, err) == (0, "")
    assert out.splitlines()[:6] == [
        "specs/larkspur.yaml: 3 streams; it lints clean",
        "",
        "  stream    request                    pages  key          look at",
        "  books     GET /books                 page   id           incremental: perhaps by changed_since",
        "  loans     GET /books/{bookId}/loans  page   book_id, id",
        "  branches  GET /branches              -      code         key: code?",
    ]
    assert "  Lists that are asked for by POST are not in the spec: POST /books/search\n" in out
    assert "  tapwright record larkspur " in out


def test_it_tells_a_machine_the_same(run: Run) -> None:
    said = json.loads(run("new", "larkspur", "--from", str(PAGE), "--json")[1])
    assert (said["path"], said["problems"], len(said["streams"])) == ("specs/larkspur.yaml", 0, 3)
    assert said["streams"][0]["look"] == ["incremental: perhaps by changed_since"]


def test_it_writes_over_nothing_unless_told(run: Run) -> None:
    run("new", "acme")
    Path("specs/acme.yaml").write_text("mine")
    code, _, err = run("new", "acme")
    assert (
        code == 1
        and err == "error: 'specs/acme.yaml' is already there\nGive another name, or say --force to write over it.\n"
    )
    assert Path("specs/acme.yaml").read_text() == "mine"
    assert run("new", "acme", "--force")[0] == 0


class Site(Provider):
    """Serves files, and one that moves."""

    def answer(self, call: Call) -> Answer:
        if call.path == "/moved":
            return Answer(status=302, headers={"Location": "/openapi.yaml"})
        if call.path == "/away":
            return Answer(status=302, headers={"Location": "https://elsewhere.example/openapi.yaml"})
        path = PAGE.with_name("oauth2.yaml") if call.path == "/openapi.yaml" else PAGE.parent / call.path.lstrip("/")
        return Answer(body=path.read_bytes()) if path.is_file() else Answer(status=404)


def test_a_description_may_be_at_an_address(run: Run) -> None:
    with Site() as site:
        code, out, _ = run("new", "tern", "--from", f"{site.url}/moved")
        assert code == 0 and "GET /v1/shipments/{shipmentId}/events" in out
        assert [call.path for call in site.calls] == ["/moved", "/openapi.yaml", "/parts/shipments.yaml"]
        code, _, err = run("new", "lost", "--from", f"{site.url}/nothing?key=abc")
        assert code == 1 and err.startswith(f"error: {site.url}/nothing answers 404\n") and "abc" not in err
        code, _, err = run("new", "lost", "--from", f"{site.url}/away")
        assert code == 1 and "elsewhere.example" in err and "Download it" in err
    code, _, err = run("new", "lost", "--from", f"{site.url}/openapi.yaml")
    assert code == 1 and "the connection was refused" in err and "Traceback" not in err


def test_a_description_may_come_from_the_standard_input(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(PAGE.read_bytes())))
    assert run("new", "larkspur", "--from", "-", "-q") == (0, "", "")
    assert "# Made by `tapwright new`: what" in Path("specs/larkspur.yaml").read_text(encoding="utf-8")


def test_what_is_secret_in_an_address_is_not_shown(run: Run) -> None:
    code, _, err = run("new", "acme", "--from", "http://ada:pass-word@127.0.0.1:1/x.json?key=pass-word")
    assert code == 1 and "pass-word" not in err and "127.0.0.1:1/x.json cannot be read" in err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is not a description of an API"),
        ("[1, 2]", "is not a description of an API"),
        ('{"openapi": "3.0.0" 1}', "is broken at line 1, column 21"),
        ("openapi: 3.0.0\n  paths: {", "is broken at line 2"),
        ("<html>", "is a web page or XML"),
        ("openapi: 4.0.0", "is OpenAPI 4.0.0, which is not known"),
        ("swagger: 1.2", "is Swagger 1.2, which is not known"),
        ('{"info": {}, "item": []}', "looks like a Postman collection"),
        ("asyncapi: 2.0.0", "is AsyncAPI"),
        ("a: 1\nb: 2", "says neither `openapi` nor `swagger`; it holds a, b"),
        ("openapi: 3.0.0\npaths: {}", "it has no GET operation"),
        ("openapi: 3.0.0\npaths: {/x: {get: {responses: {200: {}}}}}", "none of its 1 GET operations answers"),
        ("openapi: 3.0.0\npaths: 7\ncomponents: []\nservers: x\ninfo: 1", "it has no GET operation"),
        ("[" * 100_000, "nests too deep"),
        ('{"a":' * 100_000, "nests too deep"),
    ],
)
def test_what_is_no_description_is_told(run: Run, text: str, told: str) -> None:
    Path("given").write_text(text)
    code, _, err = run("new", "acme", "--from", "given")
    assert code == 1 and told in err and "Traceback" not in err
    assert not Path("specs").exists()


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["My API"], 1, "'My API' is no name for a spec: small letters, digits and _, a letter first\nSuch as my_api."),
        (["../x"], 1, "is no name for a spec"),
        (["acme", "--from", "none.yaml"], 1, "'none.yaml' cannot be read: No such file or directory"),
        (["acme", "--connector", "nowhere"], 1, "no spec is named 'nowhere'"),
        (["a/b", "--connector", "rokt"], 1, "is no name for a connector"),
        (["acme", "-S", "x"], 2, "-S needs --from"),
        (["acme", "--auth", "magic"], 2, "magic"),
        (["acme", "--url", "acme.example"], 1, "'acme.example' is no address"),
        (["acme", "--url", "https://acme.example:99999"], 1, "is no address"),
        (["acme", "--into", "/proc/none"], 1, "cannot be written"),
    ],
)
def test_a_wrong_word_is_told(run: Run, words: list[str], code: int, told: str) -> None:
    found, _, err = run("new", *words)
    assert found == code and told in err and "Traceback" not in err
