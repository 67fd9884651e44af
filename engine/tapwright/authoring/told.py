"""Tell what was drafted, what to look at in it, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tapwright.authoring.draft import Draft, StreamNote

COMPLETION = "once, for completion in your editor"
WIDEST = 64


def told(draft: Draft, path: Path, problems: int) -> Iterator[str]:
    """Say what there is, a line for each stream, and what to look at."""
    count, noun = len(draft.streams), "stream" if draft.of == "spec" else "table"
    lints = "it lints clean" if not problems else f"it has {problems} problem{'s' * (problems > 1)}"
    yield f"{path}: {count} {noun}{'s' * (count != 1)}; {lints}"
    if draft.of == "spec":
        yield ""
        yield from _table(draft.streams)
    if draft.look:
        yield ""
        yield "Look at:"
        yield from (f"  {sentence[0].upper()}{sentence[1:]}" for sentence in draft.look)


def next_steps(draft: Draft, path: Path, name: str) -> Iterator[str]:
    """Say what to do with it."""
    yield "Next:"
    if draft.of == "connector":
        steps = [
            (f"edit {path}", "which tables, with which options"),
            (f"tapwright check {path}", "try it with one page"),
        ]
        steps += [(f"tapwright run {path}", "read them")]
        command = (
            f"tapwright schema connector --for {draft.data['spec'].removeprefix('../')} > {draft.schema}.schema.json"
        )
        steps += [(command, COMPLETION)]
    else:
        target = name if path.parent == Path("specs") else str(path)
        stream = next((note.name for note in draft.streams if not note.needs), draft.streams[0].name)
        steps = [
            (f"edit {path}", "compare it with the provider's documents"),
            (f"tapwright plan {target}", "see every request, without sending it"),
            (f"tapwright preview {target} -S {stream}", "ask for a page, and see what is taken from it"),
            (f"tapwright infer {target} -S {stream}", "see the fields that came back"),
            (f"tapwright record {target}", "keep answers, their secrets taken out"),
            (f"tapwright test {path}", "see that it still reads what it read"),
            ("tapwright schema spec > spec.schema.json", COMPLETION),
        ]
    width = max(len(command) for command, _ in steps)
    yield from (f"  {command:<{width}}  {why}" for command, why in steps)
    needed = [key for key, words in draft.data.get("config", {}).items() if "default" not in words]
    if needed and draft.of == "spec":
        yield f"What asks the provider needs the config as well: {' '.join(f'-c {key}=…' for key in needed)}"


def _table(notes: tuple[StreamNote, ...]) -> Iterator[str]:
    """A line for each stream: what is asked, how the pages go on, the key, what to look at."""
    rows = [(note.name, note.request, note.pages or "-", ", ".join(note.key) or "-") for note in notes]
    heads = ("stream", "request", "pages", "key")
    columns = list(zip(heads, *rows, strict=True))
    widths = [min(WIDEST, max(map(len, column))) for column in columns]
    looks = ["look at", *("; ".join(note.look) for note in notes)]
    for row, look in zip([heads, *rows], looks, strict=True):
        cells = "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        yield f"  {cells}  {look}".rstrip()
