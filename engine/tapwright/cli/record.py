"""tapwright record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tapwright.cli.choices import config_options, exported, given, moment_of
from tapwright.counted import counted

if TYPE_CHECKING:
    from tapwright.former import Former
    from tapwright.recorder import Recording

_LARGE = 200 * 1024
"""Bytes of a cassette that is too large to be read."""
_EXAMPLES = """\b
Examples:
  tapwright record connectors/rokt_performance.yaml --max-records 50
  tapwright record rokt -S campaign_overview -c account_ids=1 --case one_account
"""


@click.command("record", epilog=_EXAMPLES)
@click.argument("target")
@config_options
@click.option("-S", "--stream", "streams", multiple=True, help="Only this table or stream; may be given again.")
@click.option("-o", "--option", "options", multiple=True, metavar="KEY=VALUE", help="An option of the stream.")
@click.option("--case", default="", help="A word that tells this recording from others of the stream.")
@click.option("--via", metavar="URL", help="Record from a host that stands in for the provider's.")
@click.option("--now", metavar="TIME", help="The moment to record as, such as 2026-03-15T06:00:00Z; now without it.")
@click.option(
    "--max-records", type=click.IntRange(min=1), help="Stop after so many records, and cut bodies that hold more."
)
@click.option("--state", "state", metavar="FILE", help="Record a run that goes on from an exported state.")
@click.option("--failing", is_flag=True, help="Record a run that fails; else only one that ends well.")
@click.option("--force", is_flag=True, help="Replace cassettes that are there, and say what changed.")
@click.option("--into", default="cassettes", show_default=True, help="The folder of cassettes.")
@click.option("-q", "--quiet", is_flag=True, help="Say only what needs attention.")
def record_command(
    target: str,
    config_file: str | None,
    config: tuple[str, ...],
    streams: tuple[str, ...],
    options: tuple[str, ...],
    case: str,
    via: str | None,
    now: str | None,
    max_records: int | None,
    state: str | None,
    failing: bool,
    force: bool,
    into: str,
    quiet: bool,
) -> int:
    """Record cassettes of a spec or a connector, with the secrets taken out.

    Writes INTO/<spec>/<table>[.<case>].yaml, one for each table, and plays each once to see that it leads to the same
    records.

    Exits 0 when all were written and play, else 1.
    """

    from tapwright.former import formers
    from tapwright.recorder import record

    moment = moment_of(now)
    chosen = given(target, config_file, config, streams, options, replay=False)
    folder, ending = Path(into) / chosen.spec.name, f".{case}.yaml" if case else ".yaml"
    paths = {table: folder / f"{table}{ending}" for table in chosen.uses}
    states = exported(state) if state else {}
    before = formers(paths.values(), force=force)
    done = True
    for table, use in chosen.uses.items():
        recording = record(
            chosen.spec,
            paths[table],
            stream=use.stream or table,
            config=chosen.config,
            options=use.options,
            now=moment,
            via=via,
            limit=max_records,
            failing=failing,
            state=states.get(table),
        )
        _say(recording, before.get(paths[table]), quiet)
        done = done and not recording.unfaithful
    if not quiet:
        click.echo("Secrets are taken out; names and figures are not: look before you share them.", err=True)
    return 0 if done else 1


def _say(recording: Recording, former: Former | None, quiet: bool) -> None:
    from tapwright.difference import told
    from tapwright.former import changes

    lines = [f"  {line}" for line in told(changes(former, recording))] if former else []
    if not quiet:
        click.echo(f"{recording.path}: {_summary(recording)}{', as before' if former and not lines else ''}", err=True)
        if lines:
            click.echo("\n".join(["what changed:", *lines]), err=True)
    if recording.unfaithful:
        said = [f"{recording.path}: played, it does not lead to what was read:"]
        click.echo("\n".join([*said, *(f"  {line}" for line in told(recording.unfaithful))]), err=True)


def _summary(recording: Recording) -> str:
    requests = counted(recording.requests, "request")
    size = f"{recording.size / 1024:,.0f} KB" + (
        f", {recording.trimmed} of its bodies cut" if recording.trimmed else ""
    )
    if recording.size > _LARGE and not recording.trimmed:
        size += "; --max-records makes it smaller"
    expected = recording.expected
    what = f"error: {expected.error}" if expected.error else counted(expected.total, "record")
    return f"{what} ({requests}, {size})"
