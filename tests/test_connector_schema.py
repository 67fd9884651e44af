"""The schema of one spec's connectors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tapwright.connector_schema import connector_schema
from tapwright.language import read
from tapwright.library import find_spec
from tapwright.load import load_spec

CONNECTORS = sorted((Path(__file__).parents[1] / "connectors").glob("*.yaml"))


def problems(data: Any) -> list[str]:
    schema = connector_schema(load_spec(find_spec(data["spec"])))
    return sorted(error.json_path for error in Draft202012Validator(schema).iter_errors(data))


@pytest.mark.parametrize("path", CONNECTORS, ids=lambda path: path.stem)
def test_it_takes_the_connectors_that_lint_clean(path: Path) -> None:
    assert problems(read(path.read_text("utf-8"), path.name).data) == []


def test_it_knows_config_streams_options_and_fields() -> None:
    config = {"app_id": "a", "app_secret": "b", "account_ids": "${ACCOUNTS}", "start_date": "2026-01-01"}
    use = {"stream": "campaign_breakdown", "options": {"groupby": "moon"}, "select": ["no_such_field"]}
    found = problems({"spec": "rokt", "config": {**config, "app_ids": "x"}, "streams": {"mine": use}})
    assert found == ["$.config", "$.streams.mine.options.groupby", "$.streams.mine.select[0]"]


def test_it_asks_for_what_is_required() -> None:
    assert problems({"spec": "rokt"}) == ["$"]
    assert problems({"spec": "rokt", "config": {}}) == ["$.config"] * 4
