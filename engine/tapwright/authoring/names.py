"""From what an API calls things to the names and sentences that a spec may hold."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Container, Sequence
from functools import lru_cache

from tapwright.authoring.outline import step

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_MARKUP = re.compile(r"<[^<>]{1,300}>|!?\[([^\[\]]*)\]\([^()\s]*\)|[`*]{1,3}")
_HEADING = re.compile(r"^\s{0,3}#+\s.*$|^[=-]{3,}\s*$", re.M)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9`'\"])")
_ABBREVIATED = re.compile(r"\b(?:e\.g|i\.e|etc|vs|no|approx)\.$", re.I)


def names_in(text: str) -> frozenset[str]:
    """The names in a text, with blanks between them."""
    return frozenset(text.split())


@lru_cache(maxsize=16_384)
def snake(text: str, before: str = "n") -> str:
    """Write a name in small letters with `_` between its words: `userId`, `page[size]` → `user_id`, `page_size`.

    `before` goes before a name that does not begin with a letter.
    """
    name = re.sub(r"[^A-Za-z0-9]+", "_", _WORD.sub("_", _ascii(text))).strip("_").lower()
    return name if name[:1].isalpha() else f"{before}_{name}".rstrip("_")


def unique(name: str, taken: Container[str]) -> str:
    """Number a name that is taken: `orders_2`."""
    number, given = 1, name
    while name in taken:
        number += 1
        name = f"{given}_{number}"
    return name


def singular(word: str) -> str:
    """One of what a word names many of: `companies` → `company`."""
    for plural, one in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh")):
        if word.endswith(plural) and len(word) > len(plural) + 1:
            return word.removesuffix(plural) + one
    return word[:-1] if re.search(r"[^sui]s$", word) else word


def place_of(steps: Sequence[str]) -> str:
    """Write a path as JMESPath: `data.items`, with quotes where a name needs them."""
    return ".".join(map(step, steps))


def sentence(text: str, most: int = 160) -> str:
    """The first sentence of a description, without its markup, and no longer than so many characters."""
    body = _HEADING.sub("", text).strip()
    first = re.split(r"\n\s*\n|<br\s*/?>|</p>", body, maxsplit=1)[0]
    plain = " ".join(html.unescape(_MARKUP.sub(r"\1", first)).split())
    plain = "".join(mark for mark in plain if mark.isprintable())
    said = ""
    for part in _SENTENCE.split(plain):
        said = f"{said} {part}".strip()
        if not _ABBREVIATED.search(said):
            break
    return said if len(said) <= most else f"{said[: most - 1].rpartition(' ')[0].rstrip(',;:.')} …"


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
