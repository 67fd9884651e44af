"""Pieces of YAML as the docs show them, put into a whole file and linted."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tapwright.language import Refused, read
from tapwright.library import is_connector
from tapwright.load import lint_connector, lint_spec

PLACES: dict[str, tuple[str, ...]] = {
    "spec": (),
    "api": ("api",),
    "stream": ("streams", "example"),
    "request": ("streams", "example", "request"),
    "connector": (),
}
"""What stands behind ```yaml: to which part of a spec or connector a piece belongs; nothing behind a whole file."""

BASE = """
tapwright: 1
name: example
title: Example
config: {account_id: {}, account_ids: {}, api_key: {}, client_id: {}, client_secret: {}, password: {}, region: {}}
encodings: {predicates: {operators: {equals: "="}}}
shared: {params: {window: {}}, fields: {stamps: {}}, options: {grouping: {}}}
api: {url: https://api.example.com, paginate: {none: {}}}
streams:
  campaigns: {fields: {id: {}, name: {}}}
  orders: {}
  example:
    options: {status: {default: null}, filter: {default: null}, group_by: {default: null}}
    request: {}
    for_each: [{list: {name: campaign_id, in: [1]}}]
    incremental: {cursor: updated_at, start: "2026-01-01"}
    unlisted: keep
"""
MORE_CONFIG = ("start_date", "token", "user")


def problems_of(place: str, text: str, specs: Mapping[str, str] = MappingProxyType({})) -> list[str]:
    """Lint a piece of YAML; no lines when it is clean.  `specs` are those that connectors may name."""
    try:
        piece = read(text, "piece.yaml").data
    except Refused as refused:
        return list(map(str, refused.problems))
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "specs").mkdir()
        for name, spec in specs.items():
            (Path(folder) / "specs" / f"{name}.yaml").write_text(spec, encoding="utf-8")
        return _linted(Path(folder), place, piece, text)


def _linted(folder: Path, place: str, piece: Any, text: str) -> list[str]:
    base = read(BASE, "base.yaml").data
    base["config"] |= {name: {} for name in MORE_CONFIG}
    if not place:
        name = str(piece.get("name", "whole"))
    else:
        name = "example"
        text = json.dumps(_placed(base, PLACES[place], piece))
    if place == "connector":
        base["config"] = {}
        (folder / "example.yaml").write_text(json.dumps(base), encoding="utf-8")
        name, text = "connector", json.dumps({"spec": "example.yaml"} | piece)
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    if is_connector(path) or place == "connector":
        return list(map(str, lint_connector(path, stand_in="unset")[1]))
    return list(map(str, lint_spec(path)[1]))


def _placed(base: Any, place: tuple[str, ...], piece: Any) -> Any:
    """Put a piece into the base: its keys win, but of maps one level down both count."""
    if place:
        return {**base, place[0]: _placed(base[place[0]], place[1:], piece)}
    if not isinstance(piece, dict):
        return piece
    both = {key: {**base[key], **value} for key, value in piece.items() if _maps(base.get(key), value)}
    return {**base, **piece, **both}


def _maps(*values: Any) -> bool:
    return all(isinstance(value, dict) for value in values)
