"""A response body: in memory when small, in a temporary file when large."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from functools import cached_property
from typing import IO, Any


@dataclass(frozen=True)
class Body:
    """The unpacked bytes of an answer; may be read many times."""

    data: bytes | None = None
    """The bytes, when they are few enough to keep in memory."""
    file: IO[bytes] | None = None
    """Else an unnamed temporary file that holds them, gone when the body is."""
    size: int = 0
    """The number of bytes."""
    understood: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """What the body has been read as, by its format, so that rules and a decoder read it once."""

    @classmethod
    def of(cls, data: bytes) -> Body:
        """Make a body from bytes."""
        return cls(data=data, size=len(data))

    @property
    def spooled(self) -> bool:
        """Whether the body is on disk, so that it should be decoded as a stream."""
        return self.data is None

    def open(self) -> IO[bytes]:
        """Open the bytes for reading from their start."""
        if self.file is not None:
            self.file.seek(0)
            return self.file
        return io.BytesIO(self.data or b"")

    @cached_property
    def content(self) -> bytes:
        """All bytes at once; on a spooled body this costs its size in memory."""
        return self.data if self.data is not None else self.open().read()

    def head(self, length: int = 2048) -> bytes:
        """The first bytes."""
        return self.data[:length] if self.data is not None else self.open().read(length)
