"""tapwright list."""

from __future__ import annotations

import click


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
def list_command(as_json: bool) -> None:
    """Show the specs and connectors there are: yours in ./specs and ./connectors, and those of tapwright."""
    from tapwright.library import listed
    from tapwright.load import lint_connector, lint_spec

    rows = []
    for name, path in listed("specs").items():
        spec, _ = lint_spec(path)
        rows.append(
            {"kind": "spec", "name": name, "title": spec.title if spec else "(has problems)", "path": str(path)}
        )
    for name, path in listed("connectors").items():
        loaded, _ = lint_connector(path, stand_in="unset")
        title = loaded.connector.title if loaded else "(has problems)"
        rows.append({"kind": "connector", "name": name, "title": title, "path": str(path)})
    if as_json:
        import json

        click.echo(json.dumps(rows, indent=2))
        return
    width = max((len(row["name"]) for row in rows), default=0)
    for row in rows:
        click.echo(f"{row['kind']:<9}  {row['name']:<{width}}  {row['title']}".rstrip())
