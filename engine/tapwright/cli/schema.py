"""tapwright schema."""

from __future__ import annotations

import click


@click.command("schema", epilog="Example: tapwright schema spec > spec.schema.json")
@click.argument("of", type=click.Choice(["spec", "connector"]))
def schema_command(of: str) -> None:
    """Print the JSON Schema of specs or connectors, for an editor to complete and check them with."""
    from tapwright.schemas import schema_text

    click.echo(schema_text(of), nl=False)
