"""Answers that are kept on disk are read as they pass by: three times the body needs no more memory."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.large_bodies import MOST_MEMORY, RECIPES, faults, measured

SMALL, LARGE = 18_000_000, 54_000_000
"""Both are larger than what is kept in memory."""
MORE = 12_000_000
"""Bytes by which two runs of the same size may differ."""
SORTS = ("csv", RECIPES, "json")


@pytest.mark.parametrize("sort", SORTS)
def test_reading_takes_no_more_memory_for_more(sort: str, tmp_path: Path) -> None:
    small, large = (measured(sort, size, tmp_path, "jsonl:-") for size in (SMALL, LARGE))
    assert faults([small, large], MOST_MEMORY) == []
    assert (small.bytes, large.bytes) == (pytest.approx(SMALL, rel=0.05), pytest.approx(LARGE, rel=0.05))
    assert large.memory < small.memory + MORE


@pytest.mark.parametrize("sort", SORTS)
def test_every_record_lands_in_parquet(sort: str, tmp_path: Path) -> None:
    assert faults([measured(sort, SMALL, tmp_path)], MOST_MEMORY) == []
