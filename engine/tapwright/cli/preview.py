"""tapwright preview."""

from __future__ import annotations

import click

from tapwright.cli.authoring import asking_of, from_options
from tapwright.cli.choices import config_options

_EXAMPLES = """\b
Examples:
  tapwright preview rokt -S campaign_breakdown --replay
  tapwright preview acme -S orders --from answer.json
  curl --include https://api.acme.example/v2/orders | tapwright preview acme -S orders --from -
  tapwright preview connectors/sales.yaml -S orders --pages 2 --json
"""


@click.command("preview", epilog=_EXAMPLES)
@click.argument("target")
@config_options
@from_options
@click.option("--records", type=click.IntRange(0, 1000), default=10, show_default=True, help="Show so many records.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def preview_command(records: int, as_json: bool, pages: int, slice: int, **given: object) -> int:
    """Show what a stream asks, what comes back, and what the spec makes of it; nothing is written.

    Of each field it says how many records gave a value, and why others did not; then how the next page is reached.
    With --from an answer that you saved is looked at, and nobody is asked.

    Exits 1 when the page could not be read as the spec describes it.
    """
    import json

    from tapwright.authoring.preview import previewed
    from tapwright.authoring.preview_data import preview_data
    from tapwright.authoring.preview_sheet import preview_lines
    from tapwright.authoring.sheet import masked
    from tapwright.cli.sheets import show

    with asking_of(given) as asking:
        preview = previewed(asking, number=slice, pages=pages)
    hide = asking.provider.mask.hide
    if as_json:
        click.echo(json.dumps(masked(preview_data(preview, records), hide), indent=2))
    else:
        show(preview_lines(preview, records), hide)
    return int(preview.asked.error is not None)
