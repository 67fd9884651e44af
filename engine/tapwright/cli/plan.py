"""tapwright plan."""

from __future__ import annotations

import click

from tapwright.cli.choices import config_options, given, moment_of

_EXAMPLES = """\b
Examples:
  tapwright plan rokt
  tapwright plan rokt -S campaign_breakdown -o groupby=creative --slices
  tapwright plan connectors/rokt_performance.yaml --now 2026-03-15T06:00:00Z --json
  tapwright plan rokt -S account_summary --curl
"""


@click.command("plan", epilog=_EXAMPLES)
@click.argument("target")
@config_options
@click.option("-S", "--stream", "streams", multiple=True, help="Only this table or stream; may be given again.")
@click.option("-o", "--option", "options", multiple=True, metavar="KEY=VALUE", help="An option of the stream.")
@click.option("--now", metavar="TIME", help="The moment to plan for, such as 2026-03-15T06:00:00Z; now without it.")
@click.option("--slices", is_flag=True, help="List every slice, with its first request.")
@click.option("--curl", is_flag=True, help="Print curl commands to paste; secrets stand as variables.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def plan_command(
    target: str,
    config_file: str | None,
    config: tuple[str, ...],
    streams: tuple[str, ...],
    options: tuple[str, ...],
    now: str | None,
    slices: bool,
    curl: bool,
    as_json: bool,
) -> int:
    """Show what a run would ask first, without asking: slices, logins, requests, each template beside its value.

    Nothing is sent, and nothing that is missing stops it: values not given are made up, and said to be.

    Exits 1 when a request cannot be made.
    """
    import json

    from tapwright.authoring.curl import curl_text
    from tapwright.authoring.plan import MOST_SLICES, planned
    from tapwright.authoring.plan_sheet import plan_data, plan_lines
    from tapwright.authoring.sheet import masked
    from tapwright.cli.sheets import show
    from tapwright.mask import Mask
    from tapwright.plan import make_plan

    chosen = given(target, config_file, config, streams, options, replay=False, lenient=True)
    plan, mask, made_up = make_plan(chosen.spec, chosen.config, chosen.uses, moment_of(now)), Mask(), chosen.made_up
    every = list(planned(plan, mask, MOST_SLICES if slices else 1, made_up.values()))
    if curl:
        click.echo(curl_text(plan, every, mask.hide))
    elif as_json:
        click.echo(json.dumps(masked(plan_data(plan, made_up, every, slices=slices), mask.hide), indent=2))
    else:
        show(plan_lines(plan, made_up, every, slices=slices), mask.hide)
    return int(any(planned.problem for planned in every))
