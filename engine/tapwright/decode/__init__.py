"""Ways to read a body.  To add one: a file here, its import and line below, an example spec."""

from __future__ import annotations

from tapwright.decode.csv import Csv
from tapwright.decode.json import Json
from tapwright.decode.kind import Decode

DECODE: dict[str, type[Decode]] = {
    "csv": Csv,
    "json": Json,
}
