"""What a tap says of itself: `--about`."""

from __future__ import annotations

import json
from typing import Any

from tapwright.fronts.singer_config import OWN, Tap
from tapwright.option import option_schema
from tapwright.version import __version__

CAPABILITIES = (
    "catalog",
    "properties",
    "discover",
    "state",
    "about",
    "test",
    "activate-version",
    "batch",
    "structured-logging",
)


def about(tap: Tap) -> dict[str, Any]:
    """The facts, in the words of the Meltano SDK."""
    description = " ".join(tap.spec.description.split()) or tap.spec.title
    return {
        "name": tap.name,
        "description": description,
        "version": __version__,
        "sdk_version": f"tapwright {__version__}",
        "supported_python_versions": ["3.11", "3.12", "3.13"],
        "capabilities": list(CAPABILITIES),
        "settings": settings(tap),
    }


def settings(tap: Tap) -> dict[str, Any]:
    """The JSON Schema of the config; what a connector says need not be said again, and is not shown."""
    properties: dict[str, Any] = {}
    for name, option in tap.spec.config.items():
        schema = option_schema(option)
        properties[name] = {**schema, **({"secret": True} if option.writeOnly else {})}
    for name, schema in OWN.items():
        properties.setdefault(name, dict(schema))
    needed = [name for name, option in tap.spec.config.items() if not option.has_default and name not in tap.config]
    return {
        "type": "object",
        "properties": properties,
        "required": needed,
        "$schema": "https://json-schema.org/draft/2020-12/schema",
    }


def about_text(tap: Tap, form: str) -> str:
    """The same as text, `json` or `markdown`."""
    said = about(tap)
    if form == "json":
        return json.dumps(said, indent=2, ensure_ascii=False)
    if form == "markdown":
        return _markdown(said)
    lines = [f"{said['name']} {said['version']}", "", said["description"], ""]
    lines += [f"Capabilities: {', '.join(said['capabilities'])}", "", "Settings:"]
    for name, schema in said["settings"]["properties"].items():
        need = "required" if name in said["settings"]["required"] else "optional"
        lines.append(f"  {name} ({need}): {_said(schema)}".removesuffix(": "))
    return "\n".join(lines)


def _markdown(said: dict[str, Any]) -> str:
    lines = [f"# `{said['name']}`", "", said["description"], "", "## Capabilities", ""]
    lines += [f"* `{name}`" for name in said["capabilities"]]
    lines += ["", "## Settings", "", "| Setting | Required | Default | Description |", "|:--|:--|:--|:--|"]
    for name, schema in said["settings"]["properties"].items():
        need = "True" if name in said["settings"]["required"] else "False"
        default = json.dumps(schema["default"]) if schema.get("default") is not None else "None"
        lines.append(f"| {name} | {need} | {default} | {_said(schema)} |".replace("\\|", "|"))
    return "\n".join(lines)


def _said(schema: dict[str, Any]) -> str:
    return " ".join(str(schema.get("description") or schema.get("title") or "").split()).replace("|", "\\|")
