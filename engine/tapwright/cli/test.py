"""tapwright test."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from tapwright.counted import counted

if TYPE_CHECKING:
    from tapwright.checks import Outcome
    from tapwright.testing import Report

_EXAMPLES = """\b
Examples:
  tapwright test
  tapwright test specs/acme.yaml -k orders
  tapwright test acme --update
"""


@click.command("test", epilog=_EXAMPLES)
@click.argument("specs", nargs=-1)
@click.option("-k", "match", default="", metavar="TEXT", help="Only the checks whose line holds this text.")
@click.option("--update", is_flag=True, help="Accept what differs: write it into the cassettes and examples.")
@click.option("--strict-coverage", is_flag=True, help="Fail if a stream or an error rule is shown by no cassette.")
@click.option("-q", "--quiet", is_flag=True, help="Print only what is wrong.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
def test_command(
    specs: tuple[str, ...], match: str, update: bool, strict_coverage: bool, quiet: bool, as_json: bool
) -> int:
    """Test specs, without the network: lint them, compare their examples, play their cassettes.

    SPECS are names, or paths of specs or cassettes; without any, all of ./specs.

    A cassette must lead to the requests and the records that it holds; what differs is shown part by part.

    Exits 0 when all is well, else 1.
    """
    from tapwright.testing import check_specs, report_json

    def heard(outcome: Outcome) -> None:
        if not as_json and (not quiet or not outcome.ok):
            _print(outcome)

    report = check_specs(specs, match, update=update, heard=heard)
    if as_json:
        import json

        click.echo(json.dumps(report_json(report), indent=2))
    elif not quiet or (strict_coverage and report.gaps):
        _summarise(report, quiet)
    return 1 if report.failed or (strict_coverage and report.gaps) else 0


def _print(outcome: Outcome) -> None:
    from tapwright.cli.problems import show_problems
    from tapwright.testing import lines_of

    word, colour = ("new", "yellow") if outcome.accepted else ("ok", "green") if outcome.ok else ("FAIL", "red")
    click.echo(f"{click.style(f'{word:<4}', colour)}  {outcome.check}")
    show_problems(outcome.problems)
    for line in lines_of(replace(outcome, problems=())):
        click.echo(f"        {line}")


def _summarise(report: Report, quiet: bool) -> None:
    for coverage in report.coverages:
        click.echo(f"\n{coverage}")
        for gap in coverage.gaps:
            click.echo(f"  {gap}")
    if not quiet:
        accepted = sum(outcome.accepted for outcome in report.outcomes)
        passed, failed = len(report.outcomes) - len(report.failed) - accepted, len(report.failed)
        counts = [f"{passed} passed", f"{accepted} accepted" if accepted else "", f"{failed} failed" if failed else ""]
        click.echo(f"\n{counted(len(report.outcomes), 'check')}: {', '.join(filter(None, counts))}")
