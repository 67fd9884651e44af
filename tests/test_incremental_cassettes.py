"""The recording of a second run of each provider: it asks only for what is new, or may still change."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from tapwright.cassette import LOADER, load_recorded
from tapwright.cli import tapwright
from tapwright.load import load_spec
from tapwright.replay import play
from tapwright.replaying import replay_of
from tests.providers.perfecto import TOKEN, Perfecto

ROOT = Path(__file__).parents[1]
CASSETTES = ROOT / "cassettes"


@pytest.mark.parametrize(
    ("cassette", "path", "param", "first", "requests"),
    [
        ("rokt/campaign_overview", "/overview", "dateStart", "2026-03-02T00:00:00.000", 20),
        ("perfecto/test_executions", "/test-executions", "startExecutionTime[0]", "1772895600000", 5),
        ("adobe_target/performance", "/api", "start", "2026-03-06T00:00", 1),
        ("mediamath_t1/performance_daily", "/performance", "start_date", "2026-02-23", 1),
    ],
)
def test_the_second_run_asks_only_for_what_is_new(
    cassette: str, path: str, param: str, first: str, requests: int
) -> None:
    file = CASSETTES / f"{cassette}.second_run.yaml"
    recorded = yaml.load(file.read_bytes(), Loader=LOADER)["interactions"]
    urls = [urlsplit(each["request"]["uri"]) for each in recorded]
    asked = [parse_qs(url.query)[param][0] for url in urls if url.path.endswith(path)]
    assert (min(asked), len(asked)) == (first, requests)
    played = play(load_spec(ROOT / "specs" / f"{file.parent.name}.yaml"), file)
    assert (played.differences, played.unplayed) == ((), ())
    assert played.came.total


@pytest.mark.parametrize("provider", ["adobe_target", "mediamath_t1", "perfecto", "rokt"])
def test_a_replay_is_of_a_first_run(provider: str) -> None:
    (second,) = (CASSETTES / provider).glob("*.second_run.yaml")
    assert load_recorded(second).state is not None
    with replay_of(load_spec(ROOT / "specs" / f"{provider}.yaml"), {}, {}) as replaying:
        assert replaying.now != load_recorded(second).now


def test_the_command_records_a_second_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Perfecto() as server:

        def command(word: str, *words: str, day: int = 5) -> object:
            given = ("-S", "test_executions", "-c", "cloud=fiction", "-c", f"token={TOKEN}")
            days = ("-c", "start_date=2026-03-01", "-c", f"end_date=2026-03-0{day}")
            return tapwright.main([word, "perfecto", *given, *days, *words, "-q"], standalone_mode=False)

        assert command("run", "-c", f"base_url={server.url}", "--to", "x.duckdb") == 0
        state = ["state", "export", "perfecto", "--to", "x.duckdb", "--file", "state.json"]
        tapwright.main(state, standalone_mode=False)
        words = ("--via", server.url, "--now", "2026-03-09T00:00:00Z", "--state", "state.json", "--case", "second_run")
        assert command("record", *words, day=8) == 0
    recorded = load_recorded(Path("cassettes/perfecto/test_executions.second_run.yaml"))
    assert recorded.state is not None
    assert recorded.state["bookmark"] > "2026-03-05"
    assert {str(row["start_time"])[:10] for row in recorded.expected.words["records"]} <= {
        "2026-03-05",
        "2026-03-06",
        "2026-03-07",
        "2026-03-08",
    }
