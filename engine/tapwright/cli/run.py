"""tapwright run."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from tapwright.cli.choices import Chosen, config_options, given, pacing_options

if TYPE_CHECKING:
    from tapwright.advice import RunProfile
    from tapwright.profile import Watch
    from tapwright.progress import Summary

_EXAMPLES = """\b
Examples:
  tapwright run rokt --replay
  tapwright run rokt --config account.yaml -S campaign_breakdown -o groupby=creative
  tapwright run connectors/rokt_performance.yaml --to parquet:rokt/
  tapwright run datasette -c base_url=http://127.0.0.1:8001 -c database=shop -S rows -o table=orders --to jsonl:-
"""


@click.command("run", epilog=_EXAMPLES)
@click.argument("target")
@config_options
@click.option("-S", "--stream", "streams", multiple=True, help="Only this table or stream; may be given again.")
@click.option("-o", "--option", "options", multiple=True, metavar="KEY=VALUE", help="An option of the stream.")
@click.option(
    "--to",
    "to",
    metavar="KIND:ARGUMENT",
    help="duckdb:FILE, parquet:DIR, csv:DIR, jsonl:DIR, jsonl:- or postgresql://…",
)
@click.option("--limit", type=click.IntRange(min=1), help="Stop each table after so many records: a sample.")
@pacing_options("Commit")
@click.option("--full-refresh", is_flag=True, help="Read everything again, from the start.")
@click.option("--replay", is_flag=True, help="Serve the spec's recordings, not the network: a sample too.")
@click.option("--strict", is_flag=True, help="Refuse answers whose end cannot be proven.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.option("--profile", is_flag=True, help="Say where the time went, and what would help.")
def run_command(
    target: str,
    config_file: str | None,
    config: tuple[str, ...],
    streams: tuple[str, ...],
    options: tuple[str, ...],
    to: str | None,
    limit: int | None,
    workers: int,
    checkpoint_rows: int,
    checkpoint_seconds: float,
    full_refresh: bool,
    replay: bool,
    strict: bool,
    quiet: bool,
    as_json: bool,
    profile: bool,
) -> int:
    """Read a provider's data into a database or files.

    TARGET is a connector or a spec: a name that `tapwright list` shows, or the path of a YAML file.
    Records go where the connector says, to TARGET.duckdb without that.
    A sample is replaced by the next run without --limit and --replay, and refused where such a run has been.

    Exits 0 when everything was read, 1 when you must act, 2 for wrong usage, 3 for a bug of ours.
    """
    import time

    from tapwright.cli.screen import Screen
    from tapwright.cli.signals import listening
    from tapwright.profile import Profile, Watch
    from tapwright.run import Pacing, Run
    from tapwright.trial import Trial

    watch = Profile() if profile else Watch()
    with ExitStack() as stack:
        interrupt = stack.enter_context(listening())
        chosen = given(target, config_file, config, streams, options, replay=replay, checked=not replay)
        if replay and not streams:
            chosen = _recorded(chosen, quiet)
        sink = _sink(to, chosen)
        provider, mask_hide = _provider(chosen, replay, strict, watch, stack)
        screen = stack.enter_context(Screen(quiet=quiet, hide=mask_hide, target=chosen.name, into=sink.described()))
        provider.tell(screen.note)
        with watch.writer(sink.open()) as writer:
            pacing = Pacing(
                workers=1 if replay else workers,
                limit=limit,
                full_refresh=full_refresh,
                checkpoint_rows=checkpoint_rows,
                checkpoint_seconds=checkpoint_seconds,
            )
            if limit or replay:
                writer = Trial(writer, provider.plan.tables, sink.described(), replay=replay)
            run = Run(provider, writer, pacing, tell=screen.progress, seconds=time.monotonic, interrupt=interrupt)
            summary = run.carry_out()
    screen.summary(summary)
    went = _profiled(watch, summary, provider, pacing.workers)
    if as_json:
        _print_json(summary, sink.described(), mask_hide, went)
    elif went:
        screen.profile(went)
    return 128 + summary.signal if summary.signal else 1 if summary.failed else 0


def _recorded(chosen: Chosen, quiet: bool) -> Chosen:
    """Leave out what no recording shows, and say so."""
    from tapwright.replaying import shown

    uses = shown(chosen.spec, chosen.uses)
    if left := [table for table in chosen.uses if table not in uses and not quiet]:
        click.echo(f"left out, for no recording shows them: {', '.join(left)}", err=True)
    return replace(chosen, uses=uses)


def _sink(to: str | None, chosen: Chosen) -> Any:
    from tapwright.sinks import sink_of

    if to:
        return sink_of(to)
    return chosen.to or sink_of(f"duckdb:{chosen.name}.duckdb")


def _provider(chosen: Chosen, replay: bool, strict: bool, watch: Watch, stack: ExitStack) -> tuple[Any, Any]:
    from tapwright.plan import make_plan
    from tapwright.provider import Means, Provider

    means = Means(strict=strict, watch=watch)
    config, now = chosen.config, means.clock.now()
    uses = chosen.uses
    if replay:
        from tapwright.cassette import ReplayClock, recorded_only
        from tapwright.replaying import replay_of
        from tapwright.transport import Transport

        replaying = stack.enter_context(replay_of(chosen.spec, config, uses))
        config, uses, now = replaying.config, replaying.uses, replaying.now
        means = replace(means, clock=ReplayClock(now), transport=recorded_only(Transport(), replaying.limit))
    plan = make_plan(chosen.spec, config, uses, now)
    provider = Provider(plan, means)
    return provider, provider.mask.hide


def _profiled(watch: Watch, summary: Summary, provider: Any, workers: int) -> RunProfile | None:
    from tapwright.profile import Profile

    if not isinstance(watch, Profile):
        return None
    from tapwright.advice import profiled

    return profiled(watch, summary, provider.plan, workers)


def _print_json(summary: Summary, into: str, hide: Any, went: RunProfile | None) -> None:
    import json

    tables = [
        {
            "table": count.table,
            "stream": count.stream,
            "status": count.status,
            "at": count.at if count.status == "interrupted" else None,
            "rows": count.rows,
            "pages": count.pages,
            "slices": count.slices,
            "skipped": len(count.skipped),
            "bytes": count.size,
            "seconds": round(count.seconds, 3),
            "error": hide(str(count.error)) if count.error else None,
        }
        for count in summary.tables
    ]
    told = {"to": into, "failed": summary.failed, "tables": tables}
    if went:
        from tapwright.advice import as_json

        told["profile"] = as_json(went)
    said = json.dumps(told, indent=2)
    click.echo(said, err=into == "standard output")
