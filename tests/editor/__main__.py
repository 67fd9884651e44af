"""Check the published schemas with the YAML language server: completion, hover, and no false alarm.

python -m tests.editor path/to/yaml-language-server
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from tapwright.connector_schema import connector_schema
from tapwright.language import keys_of
from tapwright.library import find_spec
from tapwright.load import load_spec
from tapwright.schemas import schema_text
from tapwright.spec import Stream
from tests.editor.server import Server

ROOT = Path(__file__).parents[2]
SPEC = """\
# yaml-language-server: $schema=spec.schema.json
tapwright: 1
name: acme
title: Acme
api:
  url: https://api.acme.example
  auth:
    {auth}
  paginate: {{none: {{}}}}
streams:
  orders:
    {stream}
"""
DOCS = {key.name: key.doc for key in keys_of(Stream)}
CONNECTOR = """\
# yaml-language-server: $schema=rokt.schema.json
spec: rokt
config:
  {config}
streams:
  campaign_breakdown:
    options:
      groupby: {groupby}
"""


def main() -> int:
    """Ask; 1 if anything is not as it should be."""
    failures: list[str] = []

    def check(what: str, right: bool, found: object) -> None:
        print(f"{'ok  ' if right else 'FAIL'} {what}")
        if not right:
            failures.append(f"{what}: {found}")

    with tempfile.TemporaryDirectory() as name, Server([sys.argv[1], "--stdio"]) as server:
        folder = Path(name)
        (folder / "spec.schema.json").write_text(schema_text("spec"), "utf-8")
        narrow = connector_schema(load_spec(find_spec("rokt")))
        (folder / "rokt.schema.json").write_text(json.dumps(narrow), "utf-8")

        for path in [*sorted((ROOT / "specs").glob("*.yaml")), *sorted((ROOT / "connectors").glob("*.yaml"))]:
            found = server.problems(server.open(path, path.read_text("utf-8")))
            check(f"{path.parent.name}/{path.name} has no problem", not found, found)

        spec = server.open(folder / "a.yaml", SPEC.format(auth="", stream=""))
        kinds = server.completions(spec, 7, 4)
        check("the kinds of auth are offered", {"bearer", "oauth2", "session"} <= kinds.keys(), kinds)
        keys = server.completions(spec, 11, 4)
        check("the keys of a stream are offered", {"request", "records", "incremental"} <= keys.keys(), keys)
        check("with what they say", DOCS["for_each"] in keys["for_each"], keys["for_each"])
        hover = server.hover(spec, 8, 4)
        check("hover says what a key is", "next page" in hover, hover)

        spec = server.open(folder / "b.yaml", SPEC.format(auth="{bearer: {token: x}}", stream="recrods: {}"))
        found = server.problems(spec)
        check("an unknown key is underlined", any(each.startswith("12: ") for each in found), found)

        connector = server.open(folder / "c.yaml", CONNECTOR.format(config="", groupby=""))
        config = server.completions(connector, 3, 2)
        check("a connector's config is offered", {"app_id", "app_secret", "account_ids"} <= config.keys(), config)
        values = server.completions(connector, 7, 15)
        check("the values of an option are offered", {"creative", "audience"} <= values.keys(), values)
        connector = server.open(folder / "d.yaml", CONNECTOR.format(config="app_ids: x", groupby="moon"))
        found = server.problems(connector)
        check("a wrong value is underlined", any(each.startswith("8: ") for each in found), found)
        check("a wrong name is underlined", any(each.startswith("4: ") for each in found), found)

    print("\n".join(failures))
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
