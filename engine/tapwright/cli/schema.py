"""tapwright schema."""

from __future__ import annotations

import click

_EXAMPLES = """\b
Examples:
  tapwright schema spec > spec.schema.json
  tapwright schema connector --for rokt > rokt.schema.json
"""


@click.command("schema", epilog=_EXAMPLES)
@click.argument("of", type=click.Choice(["spec", "connector"]))
@click.option("--for", "target", metavar="SPEC", help="Connectors of this spec: its config, streams and options too.")
def schema_command(of: str, target: str | None) -> None:
    """Print the JSON Schema of specs or connectors, for an editor to complete and check them with."""
    import json

    from tapwright.schemas import schema_text

    if target is None:
        click.echo(schema_text(of), nl=False)
        return
    if of != "connector":
        raise click.UsageError("--for goes with 'connector'")
    from tapwright.connector_schema import connector_schema
    from tapwright.library import find_spec
    from tapwright.load import load_spec

    click.echo(json.dumps(connector_schema(load_spec(find_spec(target))), indent=1, ensure_ascii=False))
