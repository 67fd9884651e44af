"""tapwright check."""

from __future__ import annotations

import click

from tapwright.cli.choices import config_options, given


@click.command("check", epilog="Example: tapwright check connectors/rokt_performance.yaml")
@click.argument("target")
@config_options
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
def check_command(target: str, config_file: str | None, config: tuple[str, ...], as_json: bool) -> int:
    """Try the credentials and the address with one page of one stream; nothing is written.

    Exits 0 when the provider gives what the spec describes, else 1.
    """
    import json

    from tapwright.checking import check_provider
    from tapwright.errors import TapwrightError

    chosen = given(target, config_file, config, (), (), replay=False)
    try:
        said = check_provider(chosen.spec, chosen.config, chosen.uses, told=lambda text: click.echo(text, err=True))
    except TapwrightError as error:
        if not as_json:
            raise
        click.echo(json.dumps({"ok": False, "message": str(error)}))
        return 1
    click.echo(json.dumps({"ok": True, "message": said}) if as_json else said)
    return 0
