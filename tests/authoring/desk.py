"""A folder with specs, and the command run in it as its program runs it."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tapwright.cli import tapwright
from tapwright.cli.failing import exit_code


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What became of a command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def both(self) -> str:
        return self.out + self.err


class Desk:
    """A folder to work in."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[bytes]) -> None:
        self.folder, self._monkeypatch, self._capture = folder, monkeypatch, capture
        (folder / "specs").mkdir()
        monkeypatch.chdir(folder)

    def spec(self, name: str, text: str) -> Path:
        """Write a spec."""
        path = self.folder / "specs" / f"{name}.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    def file(self, name: str, data: Any) -> str:
        """Write another file: text and bytes as they are, all else as JSON."""
        raw = data if isinstance(data, bytes) else (data if isinstance(data, str) else json.dumps(data)).encode()
        (self.folder / name).write_bytes(raw)
        return name

    def run(self, *words: str) -> Ran:
        """Run the command."""
        self._monkeypatch.setattr(sys, "argv", ["tapwright", *words])
        code = exit_code(tapwright)
        out, err = self._capture.readouterr()
        return Ran(code=code, out=out.decode(), err=err.decode())
