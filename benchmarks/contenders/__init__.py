"""Who does the work: a program each, called as `python -P FILE JOB URL TOTAL OUT WORKERS DELAY`.

Records go to the standard output as JSON lines or messages, or into what `OUT` names: `OUT.duckdb`, the folder `OUT`
of Parquet files, or a Postgres database.  To add one: a file here, its lines below.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Contender:
    """A program that does jobs."""

    file: str
    about: str
    """What it is, and how it is set."""
    requires: tuple[str, ...] = ()
    """What is installed for it from PyPI, in an environment of its own; none for what runs in this one."""
    environment: str = ""
    """Whose environment it shares, if it has none of its own."""
    options: tuple[str, ...] = ()
    """What is said to the program after all else."""
    says: tuple[str, ...] = ()
    """The packages whose versions count."""
    jobs: frozenset[str] = frozenset()
    starts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The jobs that only start it, and the command, for Python; a script of its environment is `bin/NAME`."""
    as_text: frozenset[str] = frozenset()
    """The jobs whose values it leaves as text, which counts as equal."""

    @property
    def program(self) -> Path:
        return HERE / self.file


_PAGES = frozenset(["items", "items-map", "oauth", "slices", "children", "csv"])
_LOADS = frozenset(["duckdb", "parquet", "postgres"])
_GROWTH = frozenset(["growth", "growth-csv", "growth-xml"])
_DLT = ("dlt[duckdb,parquet,postgres]==1.31.0", "duckdb==2.0.0", "pyarrow==26.0.1", "orjson==3.13.0")
_OURS = ("-c", "from tapwright.cli import main; main()")

CONTENDERS: Mapping[str, Contender] = {
    "airbyte": Contender(
        file="airbyte.py",
        about="a low-code manifest, read by `source-declarative-manifest`",
        requires=("airbyte-cdk==7.39.1",),
        says=("airbyte-cdk",),
        jobs=_PAGES | {"xml", "airbyte", "discover"},
        starts={"help": ("bin/source-declarative-manifest", "--help")},
    ),
    "dlt": Contender(
        file="dlt.py",
        about="its `rest_api` source; extraction alone into JSON lines, else loaded with nesting off",
        requires=_DLT,
        says=("dlt", "duckdb", "pyarrow"),
        jobs=_PAGES | _LOADS,
        starts={"version": ("bin/dlt", "--version"), "help": ("bin/dlt", "--help")},
    ),
    "dlt-default": Contender(
        file="dlt.py",
        about="the same, loaded into DuckDB by INSERT, which is what it does by itself, and not by Parquet",
        requires=_DLT,
        environment="dlt",
        options=("--default",),
        says=("dlt", "duckdb", "pyarrow"),
        jobs=frozenset(["duckdb-small"]),
    ),
    "floor": Contender(
        file="floor.py",
        about="written by hand for the one job: requests, orjson, csv, ElementTree; it checks and retries nothing",
        says=("requests", "orjson"),
        jobs=_PAGES | _LOADS | _GROWTH | {"xml", "singer", "airbyte", "duckdb-small"},
        starts=dict.fromkeys(("version", "help", "discover"), ("-c", "pass")),
    ),
    "singer-sdk": Contender(
        file="singer_sdk.py",
        about="a tap of `RESTStream`s with the msgspec writer, fields picked by a stream map",
        requires=("singer-sdk[msgspec]==0.54.9",),
        says=("singer-sdk",),
        jobs=_PAGES | {"singer", "version", "help", "discover"},
        as_text=frozenset(["csv"]),
    ),
    "tapwright": Contender(
        file="tapwright.py",
        about="`tapwright run` of a spec, `shop.yaml`; `tapwright singer` and `tapwright airbyte` for messages",
        says=("tapwright", "duckdb", "msgspec"),
        jobs=_PAGES | _LOADS | _GROWTH | {"xml", "singer", "airbyte", "duckdb-small"},
        starts={
            "version": (*_OURS, "--version"),
            "help": (*_OURS, "--help"),
            "discover": (*_OURS, "discover", str(HERE / "shop.yaml")),
        },
    ),
}
