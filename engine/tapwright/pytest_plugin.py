"""Collects a project's specs and cassettes as tests: each spec is linted, each cassette is played."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect `specs/NAME.yaml` and `cassettes/SPEC/*.yaml`."""
    if file_path.suffix in (".yaml", ".yml"):
        if file_path.parent.parent.name == "cassettes":
            return CassetteFile.from_parent(parent, path=file_path)
        if file_path.parent.name == "specs":
            return SpecFile.from_parent(parent, path=file_path)
    return None


class _Refused(Exception):
    """What a check found, a line each."""


class SpecFile(pytest.File):
    """A spec."""

    def collect(self) -> Iterator[pytest.Item]:
        """Give its one test."""
        yield Lint.from_parent(self, name="lint")


class CassetteFile(pytest.File):
    """A cassette."""

    def collect(self) -> Iterator[pytest.Item]:
        """Give its one test."""
        yield Play.from_parent(self, name="play")


class _Check(pytest.Item):
    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show what was found, not where in the engine."""
        return str(excinfo.value) if isinstance(excinfo.value, _Refused) else super().repr_failure(excinfo)


class Lint(_Check):
    """A spec has no problem."""

    def runtest(self) -> None:
        """Lint it."""
        from tapwright.load import lint_spec

        _, problems = lint_spec(self.path)
        if problems:
            raise _Refused("\n".join(map(str, problems)))


class Play(_Check):
    """A cassette leads to the requests and the records that were recorded."""

    def runtest(self) -> None:
        """Play it."""
        from tapwright.library import find_spec
        from tapwright.load import load_spec
        from tapwright.replay import replayed

        folder = self.path.parent
        differences = replayed(load_spec(find_spec(folder.name, folder.parent.parent)), self.path)
        if differences:
            raise _Refused("\n".join(differences))
