"""`tapwright infer`: fields from what came back.

Drop an answer and the YAML that is to come of it into tests/authoring/infer: `X.json` and `X.fields.yaml`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.authoring.desk import Desk
from tests.providers.rokt import Rokt
from tests.providers.rokt_data import TEAPOTS
from tests.test_authoring_plan import SECRET, assert_no_secret
from tests.test_authoring_preview import Shop

CASES = Path(__file__).parent / "authoring" / "infer"
ANSWERS = sorted(path for path in CASES.iterdir() if not path.name.endswith(".fields.yaml"))
SPEC = """
tapwright: 1
name: shop
title: Shop
api: {url: https://api.shop.example}
streams:
  things:
    request: {path: /things}
"""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Desk:
    return Desk(tmp_path, monkeypatch, capfdbinary)


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda path: path.name)
def test_fields_of_an_answer(desk: Desk, answer: Path) -> None:
    desk.spec("shop", SPEC)
    ran = desk.run("infer", "shop", "--from", str(answer))
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (CASES / f"{answer.stem}.fields.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda path: path.name)
def test_what_is_written_lints_clean_and_reads_the_same_answer(desk: Desk, answer: Path) -> None:
    spec = desk.spec("shop", SPEC)
    assert desk.run("infer", "shop", "--from", str(answer), "--write").code == 0
    assert desk.run("lint", str(spec)).code == 0
    ran = desk.run("preview", "shop", "--from", str(answer), "--json")
    assert (ran.code, ran.json["error"]) == (0, None)
    (page,) = ran.json["pages"]
    assert [field for field in page["fields"] if field["misfits"] or field["fault"]] == []
    assert "\n# no field is missing\n" in desk.run("infer", "shop", "--from", str(answer)).out


def test_the_records_of_several_pages_are_seen_together(desk: Desk) -> None:
    text = SPEC + "    paginate: {cursor: {next: meta.next, param: after}}\n"
    with Shop() as shop:
        text = text.replace("api.shop.example", "").replace(
            "https://", f"{shop.url}, auth: {{bearer: {{token: {shop.token}}}}}"
        )
        desk.spec("shop", text)
        out = desk.run("infer", "shop", "--pages", "9").out
        assert len(shop.calls) == 2
    assert out.startswith(
        "# things: from 3 records of 2 pages\nrecords: {json: {at: data}}\nfields:\n  id: {type: integer}\n"
    )


def test_a_spec_that_has_every_field_lacks_none(desk: Desk) -> None:
    out = desk.run("infer", "rokt", "-S", "campaign_breakdown", "--replay").out
    assert out == (
        "# campaign_breakdown: from 2 records of 1 page\n"
        "# nothing is found for creative_name\n"
        "# 19 fields are in the spec already\n"
        "# no field is missing\n"
    )


def test_a_page_is_asked_for_once_though_its_records_are_guessed(desk: Desk) -> None:
    with Rokt() as rokt:
        text = f"""
tapwright: 1
name: bare
title: Bare
config: {{secret: {{type: string, writeOnly: true}}}}
api:
  url: {rokt.url}/reporting/accounts/{TEAPOTS}
  auth:
    oauth2:
      url: {rokt.url}/auth/oauth2/token
      grant: client_credentials
      client_id: {rokt.app_id}
      client_secret: "{{{{ config.secret }}}}"
      client_in: header_raw
streams:
  by_country:
    request:
      path: /campaigns/breakdown
      params: {{dateStart: 2026-03-03, dateEnd: "2026-03-03T23:59:59.000", currency: USD, timeZoneVariation: UTC}}
"""
        desk.spec("bare", text)
        ran = desk.run("infer", "bare", "-c", f"secret={rokt.app_secret}")
        assert ran.code == 0
        assert len(rokt.calls) == 2  # the login and the page
    assert "\nrecords: {json: {at: data.items}}\n" in ran.out
    assert "\n  group_by_value: {from: groupByValue}\n" in ran.out
    assert "\n  gross_cost: {type: decimal, from: grossCost}\n" in ran.out


def test_members_of_objects_become_fields_of_their_own(desk: Desk) -> None:
    desk.spec("shop", SPEC)
    answer = [{"id": 1, "who": {"name": "Ada", "home": {"zip-code": "01"}}}, {"id": 2, "who": None}]
    out = desk.run("infer", "shop", "--flat", "--from", desk.file("answer", answer)).out
    assert "  who_name: {from: who.name}  # absent in 1 of 2\n" in out
    assert '  who_home_zip_code: {from: who.home."zip-code"}  # absent in 1 of 2\n' in out
    assert "  who:" not in out


def test_fields_that_were_never_null_can_be_required(desk: Desk) -> None:
    desk.spec("shop", SPEC)
    answer = desk.file("answer", [{"id": 1, "a": 1}, {"id": 2, "a": None}])
    out = desk.run("infer", "shop", "--required", "--from", answer).out
    assert "  id: {type: integer, required: true}\n  a: {type: integer}  # null in 1 of 2\n" in out


def test_a_field_of_the_spec_that_finds_nothing_is_pointed_at(desk: Desk) -> None:
    fields = "campaign_name: {}, spend: {type: decimal, from: costs.gross}, gone: {}, who: {from: other.id}"
    desk.spec("shop", SPEC + f"    fields: {{{fields}, either: {{from: a || b}}}}\n")
    answer = [{"campaignName": "x", "costs": {"gross": 1.5}, "id": 1, "a": 1, "other": {"id": 2}}]
    ran = desk.run("infer", "shop", "--from", desk.file("answer", answer))
    assert "# campaign_name finds nothing; did it mean {from: campaignName}?\n# nothing is found for gone\n" in ran.out
    assert ran.out.endswith("\nfields:\n  id: {type: integer}\n")


def test_an_answer_without_records_says_what_to_do(desk: Desk) -> None:
    desk.spec("shop", SPEC.replace("{path: /things}", "{path: /things}\n    records: {json: {at: items}}"))
    ran = desk.run("infer", "shop", "--from", desk.file("answer", {"data": [{"a": 1}, {"a": 2}]}))
    assert ran.code == 1
    assert "nothing at items" in ran.err
    assert ran.err.endswith("The spec could say records: {json: {at: data}}, which holds 2.\n")
    ran = desk.run("infer", "shop", "--from", desk.file("answer", {"items": []}))
    assert (ran.code, "gave no records to infer fields from" in ran.err) == (1, True)


def test_a_secret_in_the_answer_is_not_printed_nor_written(desk: Desk) -> None:
    spec = desk.spec("shop", SPEC.replace("api:", "config: {secret: {type: string, writeOnly: true}}\napi:"))
    answer = desk.file("answer", [{"state": SECRET, SECRET: 1}, *[{"state": "b"}] * 5, {"state": SECRET}])
    for how in ((), ("--json",), ("--write",)):
        ran = desk.run("infer", "shop", "-c", f"secret={SECRET}", "--from", answer, *how)
        assert ran.code == 0
        assert_no_secret(ran.both)
    assert "one of b, ***" in spec.read_text("utf-8")
