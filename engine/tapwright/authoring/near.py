"""What a record does have, and which of it someone may have meant."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from itertools import islice
from typing import Any

from tapwright.authoring.outline import paths
from tapwright.authoring.records import records_of
from tapwright.decode.kind import Chunk, Decode

MOST = 200
"""How many records of a chunk are looked at."""


def places_in(chunk: Chunk, decode: Decode) -> dict[str, Any]:
    """Every place in a chunk's records from which a field could be taken, and the first value found there."""
    found: dict[str, Any] = {}
    for record in islice(records_of(chunk, decode, parents=True), MOST):
        for place, value in record.items():
            if found.get(place) is None:
                found[place] = value
            found |= {path: inner for path, inner in paths(value, place) if found.get(path) is None}
    return found


def meant_by(expression: str, name: str, places: Mapping[str, Any]) -> list[str]:
    """The places that an expression which finds nothing may have meant, the likeliest first."""
    bare = {place: _bare(place) for place in places}
    last = {place: _bare(re.split(r"[./]", place)[-1]) for place in places}
    wanted = [_bare(expression), _bare(re.split(r"[./]", expression)[-1]), _bare(name)]
    same = [place for place in places if {bare[place], last[place]} & set(wanted)]
    close = [
        place
        for word in wanted
        for match in get_close_matches(word, [*bare.values(), *last.values()], 3, 0.75)
        for place in places
        if match in (bare[place], last[place])
    ]
    return list(dict.fromkeys((*same, *close)))[:3]


def _bare(text: str) -> str:
    """A name without its case and marks, so that `campaignName` is `campaign_name`."""
    return re.sub(r"[\W_]", "", text).lower()
