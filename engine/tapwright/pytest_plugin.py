"""Collects a project's specs and cassettes as tests: the same checks that `tapwright test` makes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tapwright.checks import Check


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what `tapwright test` has as --update and --strict-coverage."""
    group = parser.getgroup("tapwright")
    group.addoption("--tapwright-update", action="store_true", help="Accept what differs in cassettes and examples.")
    group.addoption(
        "--tapwright-strict-coverage",
        action="store_true",
        help="One test more for each spec: its cassettes show every stream and error rule.",
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect `specs/NAME.yaml` and `cassettes/SPEC/*.yaml`."""
    if file_path.suffix in (".yaml", ".yml"):
        if file_path.parent.parent.name == "cassettes":
            return CassetteFile.from_parent(parent, path=file_path)
        if file_path.parent.name == "specs":
            return SpecFile.from_parent(parent, path=file_path)
    return None


class SpecFile(pytest.File):
    """A spec."""

    def collect(self) -> Iterator[pytest.Item]:
        """Give its lint, its examples, and its coverage if that is wanted."""
        from tapwright.checks import checks_of

        for check in checks_of(_short(self.path)):
            if check.kind != "cassette":
                yield Checked.from_parent(self, name=check.name, check=check)
        if self.config.getoption("--tapwright-strict-coverage"):
            yield Covered.from_parent(self, name="coverage")


class CassetteFile(pytest.File):
    """A cassette."""

    def collect(self) -> Iterator[pytest.Item]:
        """Give its one test."""
        from tapwright.checks import cassette_check

        yield Checked.from_parent(self, name="cassette", check=cassette_check(_short(self.path)))


class _Refused(Exception):
    """What a check found, a line each."""


class _Item(pytest.Item):
    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Name it by its file."""
        return self.path, None, f"{_short(self.path)}: {self.name}"

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show what was found, not where in the engine."""
        return str(excinfo.value) if isinstance(excinfo.value, _Refused) else super().repr_failure(excinfo)


class Checked(_Item):
    """A check of `tapwright test`."""

    def __init__(self, *, check: Check, **words: Any) -> None:
        super().__init__(**words)
        self._check = check

    def runtest(self) -> None:
        """Make it."""
        from tapwright.checks import tried
        from tapwright.testing import lines_of

        outcome = tried(self._check, update=self.config.getoption("--tapwright-update"))
        if not outcome.ok:
            raise _Refused("\n".join(lines_of(outcome)))


class Covered(_Item):
    """A spec's cassettes show all of it."""

    def runtest(self) -> None:
        """Play them all."""
        from tapwright.testing import covered

        found = covered(_short(self.path))
        if found.gaps:
            raise _Refused("\n".join(map(str, found.gaps)))


def _short(path: Path) -> Path:
    """Write a path as `tapwright test` would, from the folder that pytest was called in."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
