"""Tell what was drafted, what to look at in it, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from os.path import normpath
from pathlib import Path

from tapwright.authoring.draft import Draft, StreamNote
from tapwright.authoring.sheet import Cells, Line, line, pairs, table
from tapwright.counted import counted

COMPLETION = "once, for completion in your editor"


def told(draft: Draft, path: Path, name: str, problems: int) -> Iterator[Line]:
    """Say what there is, a line for each stream, what to look at, and what to do with it."""
    count, noun = len(draft.streams), "stream" if draft.of == "spec" else "table"
    lints = "it lints clean" if not problems else f"it has {counted(problems, 'problem')}"
    yield line((str(path), "title"), f": {counted(count, noun)}; {lints}")
    if draft.of == "spec":
        yield line()
        yield from table(("stream", "request", "pages", "key", "look at"), map(_row, draft.streams), indent=2)
    if draft.look:
        yield from (line(), line(("Look at:", "title")))
        yield from (line(f"{sentence[0].upper()}{sentence[1:]}", indent=2) for sentence in draft.look)
    yield from (line(), line(("Next:", "title")))
    yield from pairs(_of_connector(draft, path) if draft.of == "connector" else _of_spec(draft, path, name), indent=2)
    needed = [
        key for key, words in draft.data.get("config", {}).items() if draft.of == "spec" and "default" not in words
    ]
    if needed:
        yield line(f"What asks the provider needs the config as well: {' '.join(f'-c {key}=…' for key in needed)}")


def _row(note: StreamNote) -> Cells:
    """What is asked, how the pages go on, the key, what to look at."""
    return Cells((note.name, note.request, note.pages or "-", ", ".join(note.key) or "-", "; ".join(note.look)))


def _of_connector(draft: Draft, path: Path) -> Iterator[tuple[str, str]]:
    given = str(draft.data["spec"])
    spec = normpath(path.parent / given) if "/" in given else given
    yield f"edit {path}", "which tables, with which options"
    yield f"tapwright check {path}", "try it with one page"
    yield f"tapwright run {path}", "read them"
    yield f"tapwright schema connector --for {spec} > {draft.schema}.schema.json", COMPLETION


def _of_spec(draft: Draft, path: Path, name: str) -> Iterator[tuple[str, str]]:
    target = name if path.parent == Path("specs") else str(path)
    stream = next((note.name for note in draft.streams if not note.needs), draft.streams[0].name)
    yield f"edit {path}", "compare it with the provider's documents"
    yield f"tapwright plan {target}", "see every request, without sending it"
    yield f"tapwright preview {target} -S {stream}", "ask for a page, and see what is taken from it"
    yield f"tapwright infer {target} -S {stream}", "see the fields that came back"
    yield f"tapwright record {target}", "keep answers, their secrets taken out"
    yield f"tapwright test {path}", "see that it still reads what it read"
    yield "tapwright schema spec > spec.schema.json", COMPLETION
