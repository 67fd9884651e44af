"""A spec or a connector to begin with, and what stands where in it."""

from __future__ import annotations

import json
import re
from typing import Any

from tapwright.auth import AUTH
from tapwright.authoring.draft import Draft, StreamNote
from tapwright.language import class_example, read
from tapwright.language.place import Path
from tapwright.option import Option
from tapwright.paginate import PAGINATE
from tapwright.plan import options_of
from tapwright.spec import Spec

SECRET = re.compile(r"key|password|secret|token")
STREAM = "orders"


def starter_spec(name: str, *, url: str | None = None, auth: str = "bearer") -> Draft:
    """A spec of one stream, with a comment on each part."""
    title, example = name.replace("_", " ").title(), f"https://api.{name.replace('_', '-')}.example/v1"
    way = {} if auth == "none" else _way(auth)
    needed = dict.fromkeys(re.findall(r"config\.(\w+)", str(way)))
    base: dict[str, Any] = {"type": "string", "format": "uri", "description": "Where the API is."}
    config = {key: _asked(key) for key in needed} | {"base_url": base | {"default": url or example}}
    api: dict[str, Any] = {"url": "{{ config.base_url }}"} | ({"auth": way} if way else {})
    stream = {
        "title": "Orders",
        "request": {"path": "/orders"},
        "paginate": {"page": {"param": "page", "size": {"param": "per_page", "value": 100}}},
        "records": {"json": {"at": "data"}},
        "fields": {
            "id": {"type": "integer", "description": "The number on the bill."},
            "total": {"type": "decimal", "from": "amounts.total"},
            "updated_at": {"type": "datetime"},
        },
        "primary_key": ["id"],
    }
    data = {"tapwright": 1, "name": name, "title": title, "config": config, "api": api, "streams": {STREAM: stream}}
    note = StreamNote(name=STREAM, request="GET /orders", pages="page", key=("id",), fields=3)
    return Draft(
        data=data, comments=_comments(title), streams=(note,), look=("it is an example: put your API in its place",)
    )


def _way(auth: str) -> dict[str, Any]:
    """The example of a kind of auth, at the spec's own address."""
    text = class_example(AUTH[auth]).replace("https://api.example.com", "ADDRESS")
    way: dict[str, Any] = json.loads(json.dumps(read(text, auth).data).replace("ADDRESS", "{{ config.base_url }}"))
    return way


def _comments(title: str) -> dict[Path, str]:
    stream = ("streams", STREAM)
    return {
        (): f"What the API of {title} can do.  It is an example: let each line say what the provider's documents say.",
        ("config",): "What an account supplies, in the words of JSON Schema.  What is `writeOnly` is never shown.",
        ("api",): "What all streams share.",
        ("api", "auth"): f"How requests are authorised: one of {', '.join(AUTH)}.",
        ("streams",): "What can be read: each stream is a table.",
        stream: "To read only what is new, add to it:"
        '\n  incremental: {cursor: updated_at, start: "2026-01-01"}'
        '\n  request: {path: /orders, params: {since: "{{ slice.start | iso }}"}}',
        (*stream, "request"): "What follows the address; `params:` are sent in the query, and may be templates.",
        (*stream, "paginate"): f"How the next page is reached: one of {', '.join(PAGINATE)}.",
        (*stream, "records"): "Where the records sit in the answer; leave it out if the answer is the list itself.",
        (*stream, "fields"): "The columns; `from` says where the value is, if it is not under the column's own name.",
        (*stream, "primary_key"): "What tells one record from another: a record that comes again replaces the first.",
    }


def _asked(key: str) -> dict[str, Any]:
    words: dict[str, Any] = {"type": "string"} | ({"writeOnly": True} if SECRET.search(key) else {})
    return words | {"description": f"The {key.replace('_', ' ')}; say where the account's owner finds it."}


def starter_connector(name: str, spec: Spec, target: str) -> Draft:
    """A connector of every stream that needs no options, its config taken from the environment."""
    config = {key: _value(spec.name, key, option) for key, option in spec.config.items() if not option.has_default}
    needs: dict[str, list[str]] = {}
    for key, stream in spec.streams.items():
        required = [option for option, words in options_of(spec, stream).items() if not words.has_default]
        needs |= {key: required} if required else {}
    uses: dict[str, Any] = {key: {} for key, stream in spec.streams.items() if key not in needs and not stream.hidden}
    to = {"duckdb": {"path": f"{name}.duckdb"}}
    data = {"spec": target, "config": config, "streams": uses, "to": to}
    comments: dict[Path, str] = {
        (): f"What to read of {spec.title}, and where it goes.",
        ("config",): "`${NAME}` is taken from the environment, or from a file .env beside this one.",
        ("streams",): "The tables; `select: [id]` takes some columns only, `options:` says more."
        + "".join(f"\n{key} needs options: {', '.join(required)}." for key, required in needs.items()),
    }
    look = [f"{key} needs {', '.join(required)}, and is not in it" for key, required in needs.items()]
    kept = {key: value for key, value in data.items() if value}
    notes = tuple(StreamNote(name=key, request="") for key in uses)
    return Draft(data=kept, comments=comments, streams=notes, look=tuple(look), of="connector", schema=spec.name)


def _value(spec: str, key: str, option: Option) -> Any:
    """What to write for a value that has no default: an example of it, or where it comes from."""
    if option.examples and not option.writeOnly:
        return option.examples[0]
    if option.enum:
        return option.enum[0]
    kind = next(iter(option.types), "string")
    plain: dict[str, Any] = {"array": [], "integer": 1, "number": 1, "boolean": True, "object": {}}
    return plain.get(kind, f"${{{spec.upper()}_{key.upper()}}}")
