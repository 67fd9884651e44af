"""Begin a spec or a connector: from nothing, or from what describes an API."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tapwright.authoring.draft import Draft
from tapwright.authoring.names import snake
from tapwright.authoring.source import origin_of, parsed
from tapwright.authoring.starter import starter_connector, starter_spec
from tapwright.errors import TargetError

NAME = re.compile(r"[a-z][a-z0-9_]*")
KNOWN = "an OpenAPI 3 or Swagger 2 description, JSON or YAML, or a HAR file"


def new_spec(
    name: str, source: str | None = None, *, only: Iterable[str] = (), url: str | None = None, auth: str | None = None
) -> Draft:
    """Draft a spec; raises TargetError."""
    if not NAME.fullmatch(name):
        hint = f"Such as {snake(name)}." if NAME.fullmatch(snake(name)) else ""
        raise TargetError(f"'{name}' is no name for a spec: small letters, digits and _, a letter first", hint)
    if url is not None:
        origin_of(url)
    if source is None:
        return starter_spec(name, url=url, auth=auth or "bearer")
    data = parsed(source)
    from tapwright.authoring.openapi.spec import spec_from

    if _is_har(data):
        return _from_session(data, source, name, only, url)
    _check_kind(data, source.split("?")[0])
    return spec_from(data, source, name, only=only, url=url)


def _from_session(data: Any, source: str, name: str, only: Iterable[str], url: str | None) -> Draft:
    """Draft a spec from a browser's session; no credential of it is written."""
    from tapwright.authoring.har import session_of
    from tapwright.authoring.openapi.spec import spec_from
    from tapwright.mask import Mask

    session, mask = session_of(data, url), Mask()
    draft = spec_from(session.description, source, name, only=only)
    mask.add(*session.secrets.values)
    return replace(draft, look=(*session.look, *draft.look)).masked(mask.hide)


def _is_har(data: Any) -> bool:
    log = data.get("log") if isinstance(data, dict) else None
    return isinstance(log, dict) and isinstance(log.get("entries"), list)


def new_connector(name: str, target: str, folder: Path) -> Draft:
    """Draft a connector in a folder for a spec, by its name or path; raises TargetError or SpecError."""
    from tapwright.library import find_spec
    from tapwright.load import load_spec

    if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
        raise TargetError(f"'{name}' is no name for a connector: letters, digits, _ and -")
    path = find_spec(target)
    by_path = "/" in target or target.endswith((".yaml", ".yml"))
    return starter_connector(name, load_spec(path), os.path.relpath(path, folder) if by_path else target)


def _check_kind(data: Any, name: str) -> None:
    """Raise TargetError, with what it is, for what a spec cannot be made from."""
    if not isinstance(data, dict):
        raise TargetError(f"'{name}' is not a description of an API: it holds no object", f"Give {KNOWN}.")
    said = data.get("openapi", data.get("swagger"))
    if isinstance(said, str | int | float) and re.match(
        r"3\.|2\.0$", f"{said}.0" if isinstance(said, int) else str(said)
    ):
        return
    raise TargetError(f"'{name}' {_what(data)}", f"Give {KNOWN}.")


def _what(data: dict[str, Any]) -> str:
    for key, told in (
        ("openapi", f"is OpenAPI {data.get('openapi')}, which is not known"),
        ("swagger", f"is Swagger {data.get('swagger')}, which is not known; tools convert it to OpenAPI 3"),
        ("swaggerVersion", "is Swagger 1, which is not known; tools convert it to OpenAPI 3"),
        ("asyncapi", "is AsyncAPI, which describes messages and no requests"),
        ("discoveryVersion", "is a Google discovery document; look for the API's OpenAPI description"),
        ("raml", "is RAML; tools convert it to OpenAPI 3"),
        ("item", "looks like a Postman collection; export it as OpenAPI"),
        ("$schema", "is a JSON Schema, which describes no requests"),
        ("tapwright", "is a spec of tapwright already"),
    ):
        if key in data:
            return told
    keys = ", ".join(map(str, list(data)[:8])) or "no keys"
    return f"says neither `openapi` nor `swagger`; it holds {keys}"
