"""The manifest of a folder of part files: which of them count, and the state that goes with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from tapwright.errors import SinkError
from tapwright.sinks.refusals import sync

NAME = "_tapwright.json"
VERSION = 1


@dataclass(frozen=True)
class Part:
    """A file with some rows of a table."""

    path: Path
    columns: dict[str, str]
    """Its columns and their types."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a folder holds."""

    format: str
    tables: dict[str, list[Part]] = field(default_factory=dict)
    pending: dict[str, list[Part]] = field(default_factory=dict)
    """Hidden parts of each `replace` that is not finished."""
    state: dict[str, Any] | None = None

    def write(self, folder: Path) -> None:
        """Put it in the place of the folder's old one, in one step."""
        tables, pending = _said(folder, self.tables), _said(folder, self.pending)
        said = {
            "version": VERSION,
            "format": self.format,
            "tables": tables,
            "pending": pending,
            "state": self.state,
        }
        new = folder / f".{NAME}.new"
        new.write_bytes(msgspec.json.format(msgspec.json.Encoder(decimal_format="number").encode(said), indent=1))
        sync(new)
        new.replace(folder / NAME)
        sync(folder)

    def paths(self) -> set[Path]:
        """Every file that it lists."""
        return {part.path for tables in (self.tables, self.pending) for parts in tables.values() for part in parts}


def _said(folder: Path, tables: dict[str, list[Part]]) -> dict[str, list[dict[str, Any]]]:
    return {
        name: [{"file": part.path.relative_to(folder).as_posix(), "columns": part.columns} for part in parts]
        for name, parts in tables.items()
    }


def _read(folder: Path, said: dict[str, list[dict[str, Any]]]) -> dict[str, list[Part]]:
    return {n: [Part(folder / part["file"], part["columns"]) for part in parts] for n, parts in said.items()}


def read_manifest(folder: Path, format: str) -> Manifest:
    """Read a folder's manifest; a folder without one is empty."""
    try:
        said = msgspec.json.decode((folder / NAME).read_bytes())
        version, kept = said["version"], said["format"]
        tables, pending = _read(folder, said["tables"]), _read(folder, said["pending"])
    except FileNotFoundError:
        return Manifest(format=format)
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError) as error:
        raise SinkError(f"{folder / NAME} is not a manifest of tapwright.", "Name another folder.") from error
    if version != VERSION or kept != format:
        raise SinkError(
            f"{folder} holds {kept} files (version {version}) of tapwright, not {format}.",
            "Name another folder.",
        )
    return Manifest(format=format, tables=tables, pending=pending, state=said.get("state"))
