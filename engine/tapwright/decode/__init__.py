"""Ways to read a body.  To add one: a file here, its import and line below, an example spec."""

from __future__ import annotations

from tapwright.decode.csv import Csv
from tapwright.decode.json import Json
from tapwright.decode.jsonl import Jsonl
from tapwright.decode.kind import Decode
from tapwright.decode.text import Text
from tapwright.decode.xml import Xml

DECODE: dict[str, type[Decode]] = {
    "csv": Csv,
    "json": Json,
    "jsonl": Jsonl,
    "text": Text,
    "xml": Xml,
}
