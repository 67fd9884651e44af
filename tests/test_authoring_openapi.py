"""`new --from` a description: the spec lints clean, says its guesses, and reads the provider as it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tapwright import Source
from tapwright.authoring.draft import save
from tapwright.authoring.names import snake
from tapwright.authoring.new import new_spec
from tests.authoring.providers import Brindle, Described, Forgewick, Larkspur, Quillon, Tern

HERE = Path(__file__).parent / "authoring"
APIS: dict[str, type[Described]] = {
    "page": Larkspur,
    "cursor": Quillon,
    "offset": Brindle,
    "link": Forgewick,
    "oauth2": Tern,
}
OPTIONS: Mapping[tuple[str, str], dict[str, Any]] = {
    ("offset", "deals"): {"pipeline": "sales"},
    ("link", "repos"): {"org": "looms"},
    ("oauth2", "rates"): {"account_region": "eu"},
}


def made(name: str, folder: Path) -> Path:
    path = folder / f"{name}.yaml"
    draft = new_spec(name, str(HERE / "openapi" / f"{name}.yaml"))
    assert save(draft, path, force=False) == []
    return path


def config_of(name: str, provider: Described) -> dict[str, Any]:
    where = {"page": "/v2", "offset": "/rest/v7"}.get(name, "")
    if name == "link":
        return {**provider.config, "host": provider.url.removeprefix("http://")}
    token = {"token_url": f"{provider.url}/v1/token"} if name == "oauth2" else {}
    return {**provider.config, "base_url": provider.url + where, **token}


def as_sent(value: Any, sent: Any) -> Any:
    """Write a typed value as the provider sent it."""
    if isinstance(value, datetime):
        if isinstance(sent, int):
            return round(value.timestamp() * (1000 if sent > 10**11 else 1))
        return sent if datetime.fromisoformat(sent) == value else value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return sent if Decimal(str(sent)) == value else value
    return str(value) if isinstance(sent, str) else value


@pytest.mark.parametrize("name", APIS)
def test_the_spec_is_as_it_is_kept(name: str, tmp_path: Path) -> None:
    kept = HERE / "specs" / f"{name}.yaml"
    text = made(name, tmp_path).read_text(encoding="utf-8")
    assert text == kept.read_text(encoding="utf-8"), "if this is better, run `python -m tests.authoring`"


@pytest.mark.parametrize("name", APIS)
def test_the_spec_reads_every_record_without_a_changed_line(name: str, tmp_path: Path) -> None:
    with APIS[name]() as provider:
        source = Source(made(name, tmp_path), config_of(name, provider))
        for stream, sent in provider.records().items():
            names = {key: snake(key, "field") for record in sent for key in record}
            records = list(source.read(stream, **OPTIONS.get((name, stream), {})))
            assert len(records) == len(sent)
            for record, raw in zip(records, sent, strict=True):
                assert {key: as_sent(record[ours], raw.get(key)) for key, ours in names.items()} == {
                    key: raw.get(key) for key in names
                }
