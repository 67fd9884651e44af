"""Inferred fields as YAML, ready to stand in a spec: a line for each, and what to look at behind it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from tapwright.authoring.infer import Inference, Inferred
from tapwright.authoring.words_of import words_text
from tapwright.authoring.write import yaml_text
from tapwright.counted import counted
from tapwright.mask import Mask

WIDTH = 120


def inference_text(inference: Inference) -> str:
    """Write what was inferred, to be pasted under a stream."""
    guess = [words_text("records", inference.guess.said)] if inference.guess else []
    already = [f"# {_fields(inference.known)} in the spec already"] if inference.known else []
    fields = [f"  {line}" for line in field_lines(inference)]
    block = ["fields:", *fields] if fields else ["# no field is missing"]
    lost = [
        f"# {name} finds nothing; did it mean {{from: {place}}}?" for name, place in inference.lost.items() if place
    ]
    if empty := [name for name, place in inference.lost.items() if not place]:
        lost += textwrap.wrap(
            f"nothing is found for {', '.join(empty)}", WIDTH - 2, initial_indent="# ", subsequent_indent="# "
        )
    return "\n".join([_summary(inference), *lost, *guess, *already, *block, *key_lines(inference)]) + "\n"


def _fields(count: int) -> str:
    return f"{count} field{'s are' if count != 1 else ' is'}"


def _summary(inference: Inference) -> str:
    records, pages = counted(inference.records, "record"), counted(inference.pages, "page")
    return f"# {inference.table}: from {records} of {pages}"


def field_lines(inference: Inference) -> Iterator[str]:
    """Write each field."""
    for one in inference.fields:
        text, note = yaml_text({one.name: one.words}).rstrip(), note_of(one, inference.records)
        if note and "\n" not in text and len(text) + len(note) + 10 <= WIDTH:
            yield f"{text}  # {note}"
        else:
            yield from ([f"# {note}"] if note else [])
            yield from text.splitlines()


def note_of(one: Inferred, records: int) -> str:
    """Say what a type does not: where there is no value, what the values are, what to look at."""
    lacking = [f"{what} in {count:,}" for what, count in (("null", one.null), ("absent", one.absent)) if count]
    nullable = f"{' and '.join(lacking)} of {records:,}" if lacking and one.values else ""
    choices = f"one of {', '.join(one.choices)}" if one.choices else ""
    return Mask.clean("; ".join(filter(None, [choices, one.remark, nullable])))


def key_lines(inference: Inference) -> Iterator[str]:
    """Propose a primary key, as a comment."""
    if not inference.keys:
        return
    first, *others = [f"[{', '.join(names)}]" for names in inference.keys]
    also = f"; also {', '.join(others)}" if others else ""
    yield f"# primary_key: {first}  # never null, and different in all {inference.records:,} records{also}"


def inference_data(inference: Inference) -> dict[str, object]:
    """The same for a machine."""
    return {
        "table": inference.table,
        "stream": inference.stream,
        "records": inference.records,
        "pages": inference.pages,
        "guess": {"records": inference.guess.said} if inference.guess else None,
        "known": inference.known,
        "fields": [
            {
                "name": one.name,
                "from": one.place,
                "words": one.words,
                "values": one.values,
                "null": one.null,
                "absent": one.absent,
                "choices": list(one.choices),
                "remark": one.remark,
            }
            for one in inference.fields
        ],
        "lost": dict(inference.lost),
        "primary_keys": [list(names) for names in inference.keys],
    }
