"""What a tap must do, item by item; each has its test: `test_NN_…` here, or a program in tests/clients."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ITEMS = {
    1: "The standard output holds only messages, one a line, or the catalog.",
    2: "The exit code tells success; a signal ends it after a last STATE, a closed pipe quietly.",
    3: "The options come in any order; one that is unknown is wrong usage.",
    4: "Without --state it reads from the start, without --catalog the default streams.",
    5: "--config is repeatable, the environment is read only when asked for; warnings are no lines of their own.",
    6: "No secret is in any output.",
    7: "An error is one CRITICAL line; metrics are Singer's.",
    8: "The catalog names each stream once, and both Singer libraries read it.",
    9: "Every property has its metadata.",
    10: "Schemas are valid in Draft 4 and 2020-12, without $ref.",
    11: "Discovery gives the same each time, and asks nobody.",
    12: "A catalog as discovered changes nothing.",
    13: "A stream that is not selected is neither asked for nor sent.",
    14: "A field that is not selected is gone at every depth, and not computed.",
    15: "What is automatic cannot be deselected; defaults, unsupported fields and words for booleans are honoured.",
    16: "The catalog's replication method and key are honoured or refused.",
    17: "A parent that is not selected is asked for and not sent.",
    18: "A schema in the catalog is used.",
    19: "SCHEMA goes before a stream's records, and again only when it changes.",
    20: "key_properties is always a list; bookmark_properties are properties.",
    21: "Every record is valid by the last SCHEMA, formats included, and its key is there.",
    22: "Numbers are exact, whole ones without a point.",
    23: "Instants have an offset.",
    24: "No NUL, no field and no null beside the schema.",
    25: "Names are plain.",
    26: "ACTIVATE_VERSION comes only when asked for, after the last record of a whole table.",
    27: "BATCH comes only when asked for; its files are whole before it, and STATE comes after.",
    28: "The last line is a STATE of every incremental stream.",
    29: "A state given back reads on from the bookmark; a third run gives the same.",
    30: "Bookmarks are instants and never go back.",
    31: "Killed at any line, nothing is lost.",
    32: "No bookmark is passed before its slice ends.",
    33: "Partitions have bookmarks of their own, and few STATEs are written.",
    34: "Nothing passing is in the last state.",
    35: "The state of a tap of the Meltano SDK is understood, and one that Meltano merged.",
    36: "Bookmarks of streams that are not selected are carried over.",
    37: "A stream that fails does not stop the others.",
    38: "Five targets and Meltano hold the rows that were sent, and the state.",
    39: "The standard tests of the Meltano SDK pass.",
    40: "singer-check-tap passes, and again with the state.",
    41: "Starting is quick; many parents take time in proportion.",
}
CLIENTS = {
    8: ("singer.py", "singer.catalog import Catalog"),
    31: ("singer_kill.py", "process.kill()"),
    38: ("singer.py", "target-postgres"),
    39: ("singer_standard.py", "get_tap_test_class"),
    40: ("singer.py", "singer-check-tap"),
}
"""The items that other projects' programs check, and where they are called."""


@pytest.mark.parametrize("number", ITEMS, ids=lambda number: f"{number:02}")
def test_every_item_has_its_test(number: int) -> None:
    files = sorted(HERE.glob("test_singer_*.py"))
    own = [name for file in files for name in re.findall(rf"^def test_{number:02}_\w+", file.read_text("utf-8"), re.M)]
    file, text = CLIENTS.get(number, ("", ""))
    assert own or file
    assert not file or text in (HERE / "clients" / file).read_text("utf-8")


def test_every_test_with_a_number_has_its_item() -> None:
    files = HERE.glob("test_singer_*.py")
    numbers = {
        int(found) for file in files for found in re.findall(r"^def test_(\d\d)_", file.read_text("utf-8"), re.M)
    }
    assert numbers <= ITEMS.keys()
