"""What a stream's `where` keeps."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tapwright.body import Body
from tapwright.decode.csv import Csv
from tapwright.decode.json import Json
from tapwright.decode.kind import Decode
from tapwright.extract import Extraction
from tapwright.shape import Field

CSV = b"referrer,loads\nexample.com,1\nTotal,3\nexample.org,2\n"
JSON = b'[{"referrer": "example.com"}, {"referrer": "Total"}, {"referrer": "example.org"}]'


@pytest.mark.parametrize(("decode", "body"), [(Csv(), CSV), (Json(), JSON)])
def test_where_is_a_condition_on_the_row_of_a_table_as_on_an_object(decode: Decode, body: bytes) -> None:
    fields: Mapping[str, Field] = {"referrer": Field()}
    kept = Extraction(decode, fields, time_zones={}, unlisted="drop", where="referrer != 'Total'")
    (chunk,) = decode.decode(Body.of(body)).chunks
    assert [record["referrer"] for record in kept.batch(chunk, {}).records] == ["example.com", "example.org"]
