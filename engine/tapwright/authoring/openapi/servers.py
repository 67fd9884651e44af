"""From the servers of a description to the address in a spec."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tapwright.authoring.names import sentence, snake
from tapwright.authoring.openapi.document import Node
from tapwright.authoring.openapi.operations import texts
from tapwright.authoring.source import is_url, joined


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where the API is."""

    url: str
    """The template for `api.url`."""
    config: dict[str, dict[str, Any]] = field(default_factory=dict)
    plain: str = ""
    """The address with every variable's default; empty if it is not known."""
    doubt: str = ""


def address_of(root: Node, given: str | None = None) -> Address:
    """Take the first server that is there; `given` wins over all."""
    every = [(server.text("url"), server) for server in root.get("servers").each()] or _swagger(root)
    urls = [_absolute(url, root.home) for url, _ in every]
    if given:
        urls, every = [given], [(given, root)]
    url, server = (urls[0], every[0][1]) if urls else ("", root)
    variables = {name: server.get("variables", name) for name in re.findall(r"\{([^{}]*)\}", url)}
    if variables and "://" in url:
        return _varying(url.rstrip("/"), variables)
    words: dict[str, Any] = {"type": "string", "format": "uri", "title": "Address", "description": "Where the API is."}
    others = [other for other in urls[1:] if _is_plain(other)]
    if not _is_plain(url):
        doubt = f"the description does not say where the API is{f', but that its path is {url}' if url else ''}"
        return Address(url="{{ config.base_url }}", config={"base_url": words}, doubt=doubt)
    words["default"] = url.rstrip("/")
    if others:
        words["examples"] = [other.rstrip("/") for other in others[:5]]
    return Address(url="{{ config.base_url }}", config={"base_url": words}, plain=url.rstrip("/"))


def _varying(url: str, variables: dict[str, Node]) -> Address:
    """An address with variables, each a value of the config."""
    config, template, plain = {}, url, url
    for name, node in variables.items():
        ours, default = snake(name), node.get("default").data
        words: dict[str, Any] = {"type": "string"}
        values = [str(value) for value in node.get("enum").data or () if value is not None]
        if values:
            words["enum"] = list(dict.fromkeys([*values, *([str(default)] if default not in (None, "") else [])]))
        if default not in (None, ""):
            words["default"] = str(default)
        if said := sentence(node.text("description")):
            words["description"] = said
        config[ours] = words
        template = template.replace(f"{{{name}}}", f"{{{{ config.{ours} }}}}")
        plain = plain.replace(f"{{{name}}}", str(default or ""))
    return Address(url=template, config=config, plain=plain)


def _swagger(root: Node) -> list[tuple[str, Node]]:
    host, path = root.text("host"), root.text("basePath")
    if not host and not path:
        return []
    schemes = texts(root.get("schemes").data)
    scheme = "https" if "https" in schemes or not schemes else schemes[0]
    return [(f"{scheme}://{host}{path}" if host else path, root)]


def _absolute(url: str, home: str) -> str:
    """Begin a relative address where the description came from."""
    return joined(home.split("?")[0], url) if is_url(home) and "://" not in url else url


def _is_plain(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return "{" not in url and parts.scheme in ("http", "https") and bool(parts.netloc)
