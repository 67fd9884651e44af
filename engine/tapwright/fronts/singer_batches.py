"""Singer's BATCH messages: records in files beside the messages, as the Meltano SDK has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from tapwright.errors import SinkError, TargetError
from tapwright.fronts.singer_messages import line

if TYPE_CHECKING:
    from io import BufferedIOBase

SETTING: Mapping[str, Any] = {
    "type": ["object", "null"],
    "title": "Batch files",
    "description": "Write records into files, and BATCH messages that name them, for targets that load files.",
    "properties": {
        "encoding": {
            "type": "object",
            "properties": {
                "format": {"enum": ["jsonl"], "description": "JSON lines."},
                "compression": {"enum": ["gzip", "none", None], "description": "gzip without it."},
            },
        },
        "storage": {
            "type": "object",
            "properties": {
                "root": {"type": "string", "description": "The folder, such as `file:///tmp/batches`."},
                "prefix": {"type": ["string", "null"], "description": "What the files' names begin with."},
            },
            "required": ["root"],
        },
        "batch_size": {"type": "integer", "minimum": 1, "description": "Records in a file; 10,000 without it."},
    },
    "required": ["storage"],
}
"""The setting `batch_config`, in the SDK's words."""


@dataclass(frozen=True, kw_only=True)
class Batching:
    """Where batch files go, and when one is full."""

    folder: Path
    prefix: str = ""
    compressed: bool = True
    rows: int = 10_000


def batching_of(words: Mapping[str, Any]) -> Batching:
    """Read what `batch_config` says, checked before; raises TargetError for a place that is no folder here."""
    root = urlsplit(words["storage"]["root"])
    if root.scheme not in ("", "file"):
        text = f"the batch_config's storage.root is on '{root.scheme}', where tapwright writes no files"
        raise TargetError(text, "Give a folder that the tap and the target both see, such as file:///tmp/batches.")
    return Batching(
        folder=Path(unquote(root.netloc + root.path)).absolute(),  # the SDK takes file://folder for a folder here
        prefix=words["storage"].get("prefix") or "",
        compressed=words.get("encoding", {}).get("compression") != "none",
        rows=words.get("batch_size", 10_000),
    )


class Batches:
    """The batch file in hand: no message names it before it is whole."""

    def __init__(self, words: Batching, tap: str) -> None:
        self._words, self._tap = words, tap
        self._file: BufferedIOBase | None = None
        self._path, self._table, self._rows = Path(), "", 0

    def add(self, table: str, lines: bytes, rows: int) -> bytes:
        """Write records; gives the message of a file that is full, and nothing before."""
        try:
            if self._file is None:
                self._file, self._table, self._rows = self._opened(table), table, 0
            self._file.write(lines)
        except OSError as error:
            raise SinkError(f"the batch file '{self._path}' cannot be written: {error.strerror}") from None
        self._rows += rows
        return self.cut() if self._rows >= self._words.rows else b""

    def cut(self) -> bytes:
        """End the file in hand; gives its message, or nothing if there is none."""
        if self._file is None:
            return b""
        try:
            self._file.close()
        except OSError as error:
            raise SinkError(f"the batch file '{self._path}' cannot be written: {error.strerror}") from None
        self._file = None
        encoding = {"format": "jsonl", **({"compression": "gzip"} if self._words.compressed else {})}
        return line({"type": "BATCH", "stream": self._table, "encoding": encoding, "manifest": [self._path.as_uri()]})

    def drop(self) -> None:
        """Remove the file in hand: no message will name it."""
        if self._file is not None:
            self._file.close()
            self._file = None
            self._path.unlink(missing_ok=True)

    def _opened(self, table: str) -> BufferedIOBase:
        import gzip

        words = self._words
        ending = "jsonl.gz" if words.compressed else "jsonl"
        self._path = words.folder / f"{words.prefix}{self._tap}--{table}-{uuid4()}.{ending}"
        words.folder.mkdir(parents=True, exist_ok=True)
        return gzip.GzipFile(self._path, "wb", compresslevel=1) if words.compressed else self._path.open("wb")
