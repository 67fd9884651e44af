"""What `new --from` guesses of a description, case by case, and what it does with odd ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tapwright.authoring.draft import Draft, save
from tapwright.authoring.new import new_spec
from tapwright.authoring.openapi.spec import spec_from
from tapwright.errors import TargetError
from tapwright.language import read

HERE = Path(__file__).parent / "authoring"
PAGES = read((HERE / "pages.yaml").read_bytes(), "pages.yaml").data
NUMBER: dict[str, Any] = {"type": "integer"}
ITEM: dict[str, Any] = {"type": "object", "properties": {"id": NUMBER, "name": {"type": "string"}}}


def described(paths: dict[str, Any], **more: Any) -> Draft:
    """Draft a spec from a description with these paths."""
    servers = [{"url": "https://api.acme.example"}]
    return spec_from({"openapi": "3.0.3", "servers": servers, "paths": paths, **more}, "acme.yaml", "acme")


def lists(schema: dict[str, Any], *params: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A path whose GET answers with this."""
    content = {"application/json": {"schema": schema}}
    return {"get": {"parameters": list(params), "responses": {"200": {"content": content}}, **more}}


def query(name: str, **words: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", **words}


def stream(draft: Draft, name: str) -> dict[str, Any]:
    found: dict[str, Any] = draft.data["streams"][name]
    return found


@pytest.mark.parametrize("case", PAGES)
def test_pages(case: str) -> None:
    words = PAGES[case]
    texts = {"cursor", "page_token", "starting_after", "after"}
    plain = [p if isinstance(p, dict) else {p: {"type": "string"} if p in texts else NUMBER} for p in words["params"]]
    params = [
        query(name, schema=schema, description=schema.get("description", ""))
        for p in plain
        for name, schema in p.items()
    ]
    answer = {"type": "object", "properties": {"data": {"type": "array", "items": ITEM}, **words.get("answer", {})}}
    path = lists(answer, *params)
    path["get"]["responses"]["200"]["headers"] = {name: {} for name in words.get("headers", [])}
    assert stream(described({"/things": path}), "things").get("paginate", {}) == words["gives"]


@pytest.mark.parametrize(
    ("path", "schema", "at"),
    [
        ("/things", {"type": "array", "items": ITEM}, None),
        ("/things", {"properties": {"things": {"type": "array", "items": ITEM}}}, "things"),
        ("/x", {"properties": {"data": {"type": "array", "items": ITEM}, "included": {"items": ITEM}}}, "data"),
        ("/x", {"properties": {"a": {"properties": {"items": {"items": ITEM}}}, "total": NUMBER}}, "a.items"),
        ("/x", {"allOf": [{"properties": {"rows": {"items": ITEM}}}, {"properties": {"total": NUMBER}}]}, "rows"),
    ],
)
def test_the_records_are_found(path: str, schema: dict[str, Any], at: str | None) -> None:
    [found] = described({path: lists(schema)}).data["streams"].values()
    assert found.get("records") == (None if at is None else {"json": {"at": at}})


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        ("/me", ITEM),
        ("/orders/{id}", {"properties": {"id": NUMBER, "lines": {"items": ITEM}}}),
        ("/carts/{id}", {"properties": {"id": NUMBER, "items": {"items": ITEM}}}),
        ("/names", {"type": "array", "items": {"type": "string"}}),
        ("/health", {"type": "object", "properties": {"status": {"type": "string"}, "errors": {"items": ITEM}}}),
    ],
)
def test_what_is_no_list_of_records_is_left_out(path: str, schema: dict[str, Any]) -> None:
    draft = described({path: lists(schema), "/things": lists({"type": "array", "items": ITEM})})
    assert list(draft.data["streams"]) == ["things"]
    assert draft.look == ("left out, with no list of objects in the answer: 1 GET operation",)


def test_a_parent_is_found_by_the_path_and_by_the_name() -> None:
    every = {"type": "array", "items": ITEM}
    draft = described(
        {
            "/teams": lists(every),
            "/teams/{team_id}/members": lists(every),
            "/teams/{team_id}/members/{id}/badges": lists(every),
            "/boards": lists(every, query("team_id", required=True, schema=NUMBER)),
        }
    )
    assert stream(draft, "members")["for_each"] == [{"parent": {"stream": "teams", "take": {"team_id": "id"}}}]
    badges = stream(draft, "badges")
    assert badges["for_each"] == [{"parent": {"stream": "members", "take": {"team_id": "team_id", "member_id": "id"}}}]
    assert badges["primary_key"] == ["team_id", "member_id", "id"]
    assert stream(draft, "boards")["request"]["params"] == {"team_id": "{{ slice.team_id }}"}


def test_a_parent_that_needs_options_hands_them_down() -> None:
    every = {"type": "array", "items": ITEM}
    draft = described(
        {
            "/{shop}/orders": lists(every, query("region", required=True, schema={"type": "string"})),
            "/{shop}/orders/{id}/lines": lists(every),
            "/zones": lists(every),
            "/places": lists(every),
        }
    )
    options = {"shop": "{{ options.shop }}", "region": "{{ options.region }}"}
    lines = stream(draft, "lines")
    assert lines["for_each"] == [{"parent": {"stream": "orders", "take": {"order_id": "id"}, "options": options}}]
    assert list(lines["options"]) == ["shop", "region"]
    assert draft.streams[1].needs == ("shop", "region")


def test_what_nearly_all_streams_need_is_asked_for_once() -> None:
    every = {"type": "array", "items": ITEM}
    draft = described({"/{account}/orders": lists(every), "/{account}/bills": lists(every)})
    assert stream(draft, "orders")["request"] == {"path": "/{{ config.account }}/orders"}
    assert draft.data["config"]["account"] == {"type": "string"}


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": ["string", "null"], "format": "date"}, {"type": "date"}),
        ({"type": "string", "format": "int64"}, {"type": "integer"}),
        ({"type": "integer", "format": "unix-time"}, {"type": "datetime", "format": "epoch_s"}),
        ({"type": "number", "format": "decimal"}, {"type": "decimal"}),
        ({"oneOf": [{"type": "string"}, {"type": "null"}]}, {}),
        ({"anyOf": [{"type": "string"}, {"type": "object"}]}, {"type": "json"}),
        ({"allOf": [{"properties": {"a": {}}}, {"description": "An A."}]}, {"type": "object", "description": "An A."}),
        ({"type": "array", "items": {"type": "integer"}}, {"type": "array", "items": {"type": "integer"}}),
        ({"type": "array", "items": {"type": "object"}}, {"type": "array"}),
        ({"description": "Anything.\n\nAnd more of it."}, {"type": "json", "description": "Anything."}),
        (
            {"type": "string", "description": "<p>See [this](https://x.example), e.g. that.</p>"},
            {"description": "See this, e.g. that."},
        ),
    ],
)
def test_the_type_of_a_field(schema: dict[str, Any], words: dict[str, Any]) -> None:
    item = {"type": "object", "properties": {"it": schema}}
    assert stream(described({"/x": lists({"type": "array", "items": item})}), "x")["fields"] == {"it": words}


def test_schemas_that_hold_themselves_end() -> None:
    tree = {
        "allOf": [{"$ref": "#/components/schemas/Tree"}, ITEM],
        "properties": {"of": {"$ref": "#/components/schemas/Tree"}},
    }
    loop = {"$ref": "#/components/schemas/Loop"}
    draft = described(
        {"/trees": lists({"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}), "/loops": lists(loop)},
        components={"schemas": {"Tree": tree, "Loop": loop}},
    )
    assert list(stream(draft, "trees")["fields"]) == ["of", "id", "name"]
    assert draft.look[0] == "references that lead nowhere, taken as nothing: #/components/schemas/Loop"


def test_security_by_what_is_asked_for() -> None:
    schemes = {
        "key": {"type": "apiKey", "in": "query", "name": "apikey"},
        "app": {"type": "apiKey", "in": "header", "name": "X-App-Id"},
        "user": {"type": "oauth2", "flows": {"authorizationCode": {"tokenUrl": "/t", "authorizationUrl": "/a"}}},
        "sso": {"type": "openIdConnect", "openIdConnectUrl": "https://sso.acme.example"},
    }
    path = lists({"type": "array", "items": ITEM})
    draft = described(
        {"/x": path}, security=[{"user": []}, {"key": [], "app": []}], components={"securitySchemes": schemes}
    )
    assert draft.data["api"]["auth"] == [
        {"api_key": {"key": "{{ config.apikey }}", "name": "apikey", "place": "query"}},
        {"api_key": {"key": "{{ config.app_id }}", "name": "X-App-Id"}},
    ]
    assert draft.comments["api", "auth"] == "The provider also takes: user."
    draft = described({"/x": path}, security=[{"user": ["a"]}], components={"securitySchemes": schemes})
    assert draft.data["api"]["auth"]["oauth2"]["grant"] == "refresh_token"
    assert [key for key, words in draft.data["config"].items() if words.get("writeOnly")] == [
        "client_secret",
        "refresh_token",
    ]


def test_a_parameter_that_is_a_key_is_a_secret_of_the_config_and_sent_once() -> None:
    every = {"type": "array", "items": ITEM}
    keys = [query("apiKey", schema={"type": "string"}), {"name": "X-Auth-Token", "in": "header", "required": True}]
    draft = described({"/x": lists(every, *keys)})
    assert stream(draft, "x")["request"] == {
        "path": "/x",
        "params": {"apiKey": "{{ config.api_key }}"},
        "headers": {"X-Auth-Token": "{{ config.auth_token }}"},
    }
    assert draft.data["config"]["api_key"] == {"type": "string", "default": None, "writeOnly": True}
    scheme = {"k": {"type": "apiKey", "in": "query", "name": "apiKey"}}
    draft = described({"/x": lists(every, *keys)}, security=[{"k": []}], components={"securitySchemes": scheme})
    assert "params" not in stream(draft, "x")["request"]


def test_an_answer_that_is_only_shown_is_known_by_its_example() -> None:
    path = lists({})
    example = {"things": [{"id": 1, "at": "2026-01-01T00:00:00Z"}, {"id": 2, "size": 1.5}]}
    path["get"]["responses"]["200"]["content"]["application/json"] = {"examples": {"one": {"value": example}}}
    draft = described({"/things": path})
    assert stream(draft, "things")["fields"] == {
        "id": {"type": "integer"},
        "at": {"type": "datetime"},
        "size": {"type": "decimal"},
    }
    assert draft.streams[0].look == ("fields: from an example",)


def test_the_attributes_of_json_api_are_columns() -> None:
    attributes = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "made-at": {"type": "string", "format": "date-time"}},
    }
    item = {
        "type": "object",
        "properties": {"type": {"type": "string"}, "id": {"type": "string"}, "attributes": attributes},
    }
    draft = described({"/things": lists({"properties": {"data": {"type": "array", "items": item}}})})
    assert stream(draft, "things")["fields"] == {
        "type": {},
        "id": {},
        "name": {"from": "attributes.name"},
        "made_at": {"type": "datetime", "from": 'attributes."made-at"'},
    }


def test_an_operation_with_an_address_of_its_own_is_told() -> None:
    draft = described({"/x": lists({"type": "array", "items": ITEM}, servers=[{"url": "https://files.acme.example"}])})
    assert draft.streams[0].look == ("address: https://files.acme.example?",)


def test_a_description_of_swagger_2_without_a_host_asks_for_the_address() -> None:
    path = {"get": {"responses": {"200": {"schema": {"type": "array", "items": ITEM}}}}}
    draft = spec_from({"swagger": "2.0", "basePath": "/v1", "paths": {"/x": path}}, "acme.yaml", "acme")
    assert "default" not in draft.data["config"]["base_url"]
    assert draft.look[0].startswith("the description does not say where the API is, but that its path is /v1")


def test_only_some_streams_with_those_that_they_hang_on(tmp_path: Path) -> None:
    draft = new_spec("page", str(HERE / "openapi" / "page.yaml"), only=["loa*"])
    assert list(draft.data["streams"]) == ["books", "loans"]
    assert save(draft, tmp_path / "page.yaml", force=False) == []
    with pytest.raises(TargetError, match="no list is named 'lones'; did you mean 'loans'"):
        new_spec("page", str(HERE / "openapi" / "page.yaml"), only=["lones"])


def test_odd_names_and_texts_lint_clean(tmp_path: Path) -> None:
    odd = {
        "@id": NUMBER,
        "a b": {},
        "A-B": {},
        "": {},
        "ä": {"description": "{{ no template }}: #1"},
        "1": {},
        "from": {},
    }
    item = {"type": "object", "properties": odd}
    params = [
        query(name, schema={"type": "array", "items": {}}, explode=False) for name in ("if", "a[b]", "X", "x", "ü")
    ]
    draft = described({"/1x/{a-b}/y z": lists({"type": "array", "items": item}, *params)}, info={"title": "A: {{ b }}"})
    assert save(draft, tmp_path / "acme.yaml", force=False) == []
