"""What the commands have in common that look at answers: where an answer comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tapwright.cli.choices import check_chosen
from tapwright.cli.choices import given as chosen_of

if TYPE_CHECKING:
    from pathlib import Path

    from tapwright.authoring.asked import Asking
    from tapwright.cli.choices import Chosen

F = TypeVar("F", bound=Callable[..., Any])
_OPTIONS = (
    click.option("-S", "--stream", "stream", help="The table or stream; may be left out where there is only one."),
    click.option("-o", "--option", "options", multiple=True, metavar="KEY=VALUE", help="An option of the stream."),
    click.option(
        "--slice", type=click.IntRange(min=1), default=1, show_default=True, help="Ask for the slice of this number."
    ),
    click.option("--pages", type=click.IntRange(1, 1000), default=1, show_default=True, help="Ask for so many pages."),
    click.option("--from", "file", metavar="FILE", help="Look at an answer saved in a file; - for the standard input."),
    click.option("--replay", is_flag=True, help="Let the spec's recordings answer instead of the provider."),
)


def from_options(command: F) -> F:
    """Add the options that say what is asked for, and who answers."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@contextmanager
def asking_of(given: Mapping[str, Any]) -> Iterator[Asking]:
    """Make ready to ask; notes (waits, polling) go to stderr."""
    from tapwright.authoring.answers import from_provider, from_recordings, from_saved
    from tapwright.authoring.saved import load_saved

    if given["file"] and given["replay"]:
        raise click.UsageError("--from and --replay exclude each other")
    chosen = _chosen(given)
    with ExitStack() as stack:
        words = (chosen.spec, chosen.config, chosen.uses)
        if given["file"]:
            asking = from_saved(*words, load_saved(given["file"]))
        elif given["replay"]:
            asking = stack.enter_context(from_recordings(*words))
        else:
            asking = from_provider(*words)
        asking.provider.tell(lambda text: click.echo(text, err=True))
        yield asking


def _chosen(given: Mapping[str, Any]) -> Chosen:
    streams = (given["stream"],) if given["stream"] else ()
    chosen = chosen_of(
        given["target"],
        given["config_file"],
        given["config"],
        streams,
        given["options"],
        replay=given["replay"],
        checked=False,
        lenient=bool(given["file"]),
    )
    if len(chosen.uses) != 1:
        raise click.UsageError(f"name one stream with --stream; there are {', '.join(chosen.uses)}")
    return chosen if given["file"] or given["replay"] else _with_what_it_needs(chosen)


def _with_what_it_needs(chosen: Chosen) -> Chosen:
    """Check what the stream needs; config that only other streams need may be missing."""
    from tapwright.authoring.stand_ins import idle

    chosen = replace(chosen, config={**idle(chosen.spec, chosen.config, chosen.uses), **chosen.config})
    check_chosen(chosen)
    return chosen


def spec_path(given: Mapping[str, Any]) -> Path:
    """The spec's file, of a target that may be a connector."""
    from tapwright.language import read
    from tapwright.library import find, find_spec, is_connector

    path = find(given["target"])
    if not is_connector(path):
        return path
    return find_spec(read(path.read_bytes(), str(path)).data["spec"], path.parent)
