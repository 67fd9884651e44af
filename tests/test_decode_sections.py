"""CSV with headings between its rows, and values with marks around them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tapwright.body import Body
from tapwright.decode.csv import Csv
from tapwright.errors import BodyError, RecordError
from tapwright.extract import Extraction
from tapwright.shape import Field
from tests.test_decode import records

SECTIONED = Csv(section="recipe")


def test_a_heading_becomes_a_column_of_the_rows_below_it() -> None:
    data = b'id,amount\n9,1\n\n"worst",\n1,2\n\n"the, best"\n3,4\n5,\n'
    assert records(Csv(section="recipe"), Body.of(data.replace(b'"worst",', b'"worst"'))) == [
        {"id": "9", "amount": "1", "recipe": None},
        {"id": "1", "amount": "2", "recipe": "worst"},
        {"id": "3", "amount": "4", "recipe": "the, best"},
        {"id": "5", "amount": None, "recipe": "the, best"},
    ]


def test_a_row_with_more_than_a_first_value_is_no_heading() -> None:
    with pytest.raises(BodyError, match="line 3 of the CSV has 2 values, not the 3 of the header"):
        records(SECTIONED, Body.of(b'a,b,c\n"worst",""\n1,2\n'))


def test_a_section_must_have_a_name_of_its_own() -> None:
    assert [key for key, _ in Csv(columns=("a", "b"), section="b").faults()] == ["section"]
    with pytest.raises(BodyError, match="names 'b', which is also the section"):
        records(Csv(section="b"), Body.of(b"a,b\n1,2\n"))


def test_marks_are_taken_out_of_a_value_before_it_is_typed() -> None:
    decode = Csv()
    chunk = next(decode.decode(Body.of(b'amount\n"$1,429.00"\n-$5\n\n')).chunks)
    words = Field(type="decimal", without=["$", ","])
    batch = Extraction(decode, {"amount": words}, time_zones={}, unlisted="drop").batch(chunk, {})
    assert batch.columns["amount"] == [Decimal("1429.00"), Decimal("-5")]
    plain = Extraction(decode, {"amount": Field(type="decimal")}, time_zones={}, unlisted="drop")
    with pytest.raises(RecordError, match=r"found '\$1,429.00'"):
        plain.batch(chunk, {})
