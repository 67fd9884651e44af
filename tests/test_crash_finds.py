"""What the crash test has found in the sinks, each as a small test of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tapwright.sinks import sink_of
from tests.test_sinks import ADS, ads, fill, held, put


@pytest.mark.parametrize("size", [0, 1, 4095, 4096, 5000, 8192, 12287])
def test_a_database_cut_anywhere_in_its_birth_is_born_again(tmp_path: Path, size: int) -> None:
    put(sink_of(f"duckdb:{tmp_path / 'whole.duckdb'}"), ads(i1="a"))
    (tmp_path / ".x.duckdb.tapwright-new").write_bytes((tmp_path / "whole.duckdb").read_bytes()[:size])
    sink = sink_of(f"duckdb:{tmp_path / 'x.duckdb'}")
    put(sink, ads(i2="b"))
    assert held(sink) == [(2, "b")]
    assert not list(tmp_path.glob(".*new"))


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_a_replace_cut_between_its_parts_and_the_manifest_is_gone_on_with(tmp_path: Path, kind: str) -> None:
    sink = sink_of(f"{kind}:{tmp_path}")
    with sink.open() as writer:
        fill(writer, ads(i1="a"), mode="replace")
        writer.commit({"page": 1})
    (part,) = tmp_path.glob("ads/.part-*")
    part.rename(part.with_name(part.name[1:]))  # as a commit does just before it writes the manifest
    with sink.open() as writer:
        writer.begin(ADS, "replace", resume=writer.unfinished("ads"))
        writer.write("ads", ads(i2="b"))
        writer.finish("ads")
        writer.commit({"page": 2})
    assert len(list(tmp_path.glob("ads/part-*"))) == 2
    if kind != "parquet":
        assert held(sink) == [(1, "a"), (2, "b")]
