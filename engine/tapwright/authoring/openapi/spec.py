"""Write a spec from a description: what its streams share, and each stream."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from tapwright.authoring.draft import Draft
from tapwright.authoring.names import sentence
from tapwright.authoring.openapi.document import Documents, Node
from tapwright.authoring.openapi.operations import Operation, operations
from tapwright.authoring.openapi.records import Listing, listing
from tapwright.authoring.openapi.security import Access, access_of
from tapwright.authoring.openapi.servers import Address, address_of
from tapwright.authoring.openapi.sketch import sketches_of
from tapwright.authoring.openapi.stream import Streams, Written
from tapwright.authoring.source import is_url, parsed
from tapwright.authoring.write import yaml_text
from tapwright.counted import counted
from tapwright.errors import TargetError
from tapwright.language.compose import MOST_BYTES, MOST_NODES
from tapwright.language.place import Path
from tapwright.suggestion import way_out

SHARED: Mapping[str, dict[str, Any]] = {"paginate": {"none": {}}, "records": {"json": {}}}
"""The keys that `api` says for most streams, and what the others say then."""
MOST_TOLD = 8


def spec_from(data: Any, home: str, name: str, *, only: Iterable[str] = (), url: str | None = None) -> Draft:
    """Write a spec from an OpenAPI or Swagger description; raises TargetError where there is nothing to read."""
    root = Documents(data, home, parsed).root
    every = list(operations(root))
    found = [each for each in map(listing, every) if each is not None and each.operation.answer.is_json]
    lists = [each for each in found if each.operation.method == "get"]
    if not lists:
        raise TargetError(_nothing(every), "Write the spec by hand: `tapwright new NAME` begins one.")
    sketches = sketches_of(lists)
    streams = Streams(sketches)
    written = [streams.written(each) for each in _chosen(sketches, streams, only)]
    address = address_of(root, url)
    access = access_of(root, [sketches[each.name].operation for each in written], address.plain)
    comments: dict[Path, str] = {(): _heading(home)}
    api = _api(address, access, written, comments)
    asked = {key: words for each in written for key, words in each.config.items()}
    data = {
        "tapwright": 1,
        "name": name,
        "title": sentence(root.get("info").text("title"), 80) or name,
        "docs": root.get("externalDocs").text("url"),
        "description": sentence(root.get("info").text("description"), 400),
        "config": {**access.config, **asked, **address.config},
        "api": api,
        "streams": {each.name: each.data for each in written},
    }
    look = [*_bounded(data), *access.doubts, *_doubts(address, root), *_others(every, found)]
    data = {key: value for key, value in data.items() if value}
    return Draft(data=data, comments=comments, streams=tuple(each.note for each in written), look=tuple(look))


def _api(address: Address, access: Access, written: list[Written], comments: dict[Path, str]) -> dict[str, Any]:
    """Write what the streams share, and gather the comments."""
    api: dict[str, Any] = {"url": address.url}
    if access.auth:
        api["auth"] = access.auth[0] if len(access.auth) == 1 else list(access.auth)
    if access.comment:
        comments["api", "auth"] = access.comment
    if address.doubt:
        comments["config", "base_url"] = f"Give it a default: {address.doubt}."
    _share(api, written, comments)
    for each in written:
        comments |= {("streams", each.name, key): text for key, text in each.comments.items() if key in each.data}
    return api


def _bounded(data: dict[str, Any]) -> Iterator[str]:
    """Keep a spec within what may be read: the fields' descriptions go where they are too many."""
    if _fits(data):
        return
    for stream in data["streams"].values():
        for words in stream.get("fields", {}).values():
            words.pop("description", None)
    if not _fits(data):
        names = ", ".join(list(data["streams"])[:8])
        raise TargetError(
            f"{len(data['streams'])} streams are too many for one spec", f"Name those that you want with -S: {names}, …"
        )
    yield "the fields have no descriptions, as there are so many; take fewer streams with -S"


def _fits(data: dict[str, Any]) -> bool:
    return len(yaml_text(data)) < MOST_BYTES * 0.95 and _values(data) < MOST_NODES


def _values(data: Any) -> int:
    inside = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    return 1 + sum(map(_values, inside))


def _chosen(sketches: Mapping[str, Any], streams: Streams, only: Iterable[str]) -> list[str]:
    """The streams that are wanted, with those that they hang on; all without a word."""
    wanted: set[str] = set()
    for pattern in only:
        fitting = [name for name in sketches if fnmatchcase(name, pattern)]
        if not fitting:
            raise TargetError(f"no list is named '{pattern}'{way_out(pattern, sketches)}")
        wanted |= {above for name in fitting for above in streams.parents(name)}
    return [name for name in sketches if name in wanted or not wanted]


def _share(api: dict[str, Any], written: list[Written], comments: dict[Path, str]) -> None:
    """Say once under `api` what most streams have in common."""
    for key, without in SHARED.items():
        said = Counter(json.dumps(each.data[key]) for each in written if key in each.data)
        usual, count = said.most_common(1)[0] if said else ("", 0)
        if count < 2 or count * 2 < len(written):
            continue
        api[key] = json.loads(usual)
        for each in written:
            remark = each.comments.pop(key, "")
            if json.dumps(each.data.get(key)) == usual and not (remark and key == "records"):
                del each.data[key]
                if remark:
                    comments.setdefault(("api", key), remark)
            else:
                if remark:
                    each.comments[key] = remark
                each.data.setdefault(key, without)
            each.sort()


def _heading(home: str) -> str:
    origin = home.split("?")[0] if is_url(home) else home.replace("\\", "/").rpartition("/")[2].strip("-")
    made = f"Made by `tapwright new` from {origin}" if origin else "Made by `tapwright new`"
    return f"{made}: what is called a guess is to be compared with what the API does."


def _doubts(address: Address, root: Node) -> Iterable[str]:
    if address.doubt:
        yield f"{address.doubt}: give `base_url` a default"
    if broken := list(root.documents.broken):
        more = f" and {len(broken) - 3} more" if len(broken) > 3 else ""
        yield f"references that lead nowhere, taken as nothing: {', '.join(broken[:3])}{more}"


def _others(every: list[Operation], found: list[Listing]) -> Iterable[str]:
    """What of the description is in no stream."""
    posts = [each.operation for each in found if each.operation.method == "post" and _asks(each.operation)]
    if posts:
        yield f"lists that are asked for by POST are not in the spec: {_several(posts)}"
    gets = [operation for operation in every if operation.method == "get"]
    other = [operation for operation in gets if not operation.answer.is_json]
    if other:
        yield f"answers that are no JSON are not in the spec: {_several(other)}"
    listed = {id(each.operation) for each in found}
    single = sum(id(operation) not in listed and operation.answer.is_json for operation in gets)
    if single:
        yield f"left out, with no list of objects in the answer: {counted(single, 'GET operation')}"


def _asks(operation: Operation) -> bool:
    words = f"{operation.path} {operation.name}".lower()
    return any(word in words for word in ("search", "query", "list", "find", "filter", "report"))


def _several(operations: list[Operation]) -> str:
    more = f" and {len(operations) - MOST_TOLD} more" if len(operations) > MOST_TOLD else ""
    return ", ".join(operation.request for operation in operations[:MOST_TOLD]) + more


def _nothing(every: list[Operation]) -> str:
    gets = sum(operation.method == "get" for operation in every)
    return (
        f"none of its {gets} GET operations answers with a list of objects in JSON"
        if gets
        else "it has no GET operation"
    )
