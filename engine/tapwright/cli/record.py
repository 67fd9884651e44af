"""tapwright record."""

from __future__ import annotations

import click

from tapwright.cli.choices import config_options, given


@click.command(
    "record", epilog="Example: tapwright record rokt -c account_ids='[\"1\"]' -S campaign_overview --max-records 50"
)
@click.argument("target")
@config_options
@click.option("-S", "--stream", "streams", multiple=True, help="Only this table or stream; may be given again.")
@click.option("-o", "--option", "options", multiple=True, metavar="KEY=VALUE", help="An option of the stream.")
@click.option("--case", default="", help="A word that tells this recording from others of the stream.")
@click.option("--via", metavar="URL", help="Record from a host that stands in for the provider's.")
@click.option("--now", metavar="TIME", help="The moment to record as, such as 2026-03-15T06:00:00Z; now without it.")
@click.option("--max-records", type=click.IntRange(min=1), help="Stop after so many records.")
@click.option("--into", default="cassettes", show_default=True, help="The folder of cassettes.")
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
    into: str,
) -> None:
    """Record cassettes of a spec or a connector, with the secrets taken out.

    Writes INTO/<spec>/<table>[.<case>].yaml, one for each table.  A run that fails is recorded with its error.
    """
    from datetime import UTC, datetime
    from pathlib import Path

    from tapwright.moment import as_datetime
    from tapwright.replay import record

    chosen = given(target, config_file, config, streams, options, replay=False)
    moment = as_datetime(now) if now else datetime.now(UTC)
    for table, use in chosen.uses.items():
        path = Path(into) / chosen.spec.name / f"{'.'.join(filter(None, [table, case]))}.yaml"
        recorded = record(
            chosen.spec,
            path,
            stream=use.stream or table,
            config=chosen.config,
            options=use.options,
            now=moment,
            via=via,
            limit=max_records,
        )
        said = f"error: {recorded.error}" if recorded.error else f"{len(recorded.records or [])} records"
        click.echo(f"{path}: {said}", err=True)
