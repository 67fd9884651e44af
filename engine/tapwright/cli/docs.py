"""tapwright docs."""

from __future__ import annotations

import click


@click.command("docs", epilog="Example: tapwright docs rokt > rokt.md")
@click.argument("target")
def docs_command(target: str) -> None:
    """Print a provider's page: what to configure, the streams, their options, columns and requests.

    As Markdown where it is piped.
    """
    import sys

    from tapwright.library import find, is_connector
    from tapwright.load import load_connector, load_spec
    from tapwright.provider_page import page_of

    path = find(target)
    text = page_of(load_connector(path, replay=True).spec if is_connector(path) else load_spec(path))
    if not sys.stdout.isatty():
        click.echo(text, nl=False)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console()
    with console.pager(styles=True):
        console.print(Markdown(text))
