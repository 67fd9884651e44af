"""Power loss: from the journal of an undisturbed run, what a disk may hold when what was not synced is gone.

Assumed as on ext4, xfs and btrfs: a sync of a file keeps its bytes and the name it was made with; a rename or a
removal is kept by a sync of the folder, or happens to be kept before that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

LOSSES = ("lost", "names", "half")
"""Everything unsynced is lost; names are kept, unsynced bytes lost; names and every other unsynced write are kept."""


@dataclass
class Node:
    """A file's bytes: those that are safe, and every write since."""

    safe: bytes = b""
    since: list[tuple[int, bytes | None]] = field(default_factory=list)
    """Place and bytes; None cuts or fills the file to that length."""

    def after(self, every: int) -> bytes:
        """The bytes with every so-many-th of the writes since; 0 for none."""
        held = bytearray(self.safe)
        for at, data in self.since[::every] if every else ():
            if data is None:
                held = held[:at].ljust(at, b"\0")
            else:
                held = held.ljust(at, b"\0")
                held[at : at + len(data)] = data
        return bytes(held)


class Disk:
    """The files below a folder, as they are and as far as they are safe."""

    def __init__(self, below: Path) -> None:
        self.names = {str(path): Node(path.read_bytes()) for path in below.rglob("*") if path.is_file()}
        self.safe = dict(self.names)

    def apply(self, name: str, path: str, more: str, length: int, data: bytes) -> None:
        """Do one operation of the journal."""
        node = self.names.get(path)
        match name:
            case "open" | "create":
                node = self.names.setdefault(path, Node())
                if name == "create":
                    node.since.append((0, None))
            case "write" | "pwrite" | "writev" if node:
                node.since.append((int(more), data))
            case "ftruncate" if node:
                node.since.append((length, None))
            case "fallocate" if node and length > len(node.after(1)):
                node.since.append((length, None))
            case "fsync" if node:
                node.safe, node.since = node.after(1), []
                self.safe[path] = node
            case "fsync":
                self._synced(path)
            case "rename" if node:
                self.names[more] = self.names.pop(path)
            case "unlink":
                self.names.pop(path, None)

    def _synced(self, folder: str) -> None:
        inside = {path for path in {*self.names, *self.safe} if str(Path(path).parent) == folder}
        for path in inside:
            self.safe.pop(path, None)
        self.safe |= {path: self.names[path] for path in inside if path in self.names}

    def left(self, loss: str) -> dict[str, bytes]:
        """What is there when the power is back."""
        names = self.safe if loss == "lost" else self.names
        return {path: node.after(2 if loss == "half" else 0) for path, node in names.items()}


def disks(before: Path, below: Path, log: Path, data: Path) -> Iterator[tuple[int, Disk]]:
    """Give the disk after each operation of a journal kept below one folder, which began with another's files."""
    disk, text, at = Disk(before), data.read_bytes(), 0
    for path in list(disk.names):
        moved = str(below / Path(path).relative_to(before))
        disk.names[moved] = disk.safe[moved] = disk.names.pop(path)
        del disk.safe[path]
    for line in log.read_text().splitlines():
        number, name, path, more, length = line.split("\t")
        size = int(length) if name in ("write", "pwrite", "writev") else 0
        disk.apply(name, path, more, int(length), text[at : at + size])
        at += size
        yield int(number), disk


def write(left: dict[str, bytes], below: Path, into: Path) -> None:
    """Make a folder that holds what was left below another."""
    for path, data in left.items():
        file = into / Path(path).relative_to(below)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
