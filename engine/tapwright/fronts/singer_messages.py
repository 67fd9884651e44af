"""Singer's messages as bytes, and the standard output that takes them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, BinaryIO

import msgspec

from tapwright.batch import Batch
from tapwright.errors import SinkError
from tapwright.fronts.lines import encode, lines_of
from tapwright.fronts.schema import JsonSchema
from tapwright.output import ending_with_its_reader

_ENOUGH = 1 << 16
"""Bytes that are worth a write of their own."""
_SOON = 0.5
"""Seconds after which fewer are written as well."""


class Outlet:
    """The standard output: whole lines, few writes."""

    def __init__(self, seconds: Callable[[], float], file: BinaryIO | None = None) -> None:
        self._file, self._seconds = file or sys.stdout.buffer, seconds
        self._waiting: list[bytes] = []
        self._size, self._flushed = 0, float("-inf")

    def put(self, lines: bytes) -> None:
        """Take lines; they are written when they are enough, or old."""
        self._waiting.append(lines)
        self._size += len(lines)
        if self._size >= _ENOUGH or self._seconds() - self._flushed >= _SOON:
            self.flush()

    def flush(self) -> None:
        """Write what waits; when the reader has gone away the program ends."""
        data = b"".join(self._waiting)
        self._waiting, self._size, self._flushed = [], 0, self._seconds()
        try:
            with ending_with_its_reader():
                self._file.write(data)
                self._file.flush()
        except OSError as error:
            raise SinkError(f"the standard output cannot be written: {error.strerror}") from None


def schema_line(name: str, schema: JsonSchema, key: tuple[str, ...], bookmark: tuple[str, ...]) -> bytes:
    """A SCHEMA message."""
    said: dict[str, Any] = {"type": "SCHEMA", "stream": name, "schema": schema, "key_properties": key}
    return line({**said, "bookmark_properties": bookmark} if bookmark else said)


def state_line(value: Mapping[str, Any]) -> bytes:
    """A STATE message."""
    return line({"type": "STATE", "value": value})


def activate_line(name: str, version: int) -> bytes:
    """An ACTIVATE_VERSION message."""
    return line({"type": "ACTIVATE_VERSION", "stream": name, "version": version})


def line(message: Mapping[str, Any]) -> bytes:
    """Any message."""
    return encode(message) + b"\n"


class _Record(msgspec.Struct, gc=False, tag_field="type", tag="RECORD"):
    stream: str
    record: Any
    version: int | msgspec.UnsetType
    time_extracted: msgspec.Raw


def record_lines(name: str, batch: Batch, now: datetime, version: int | None, replaced: Callable[[], None]) -> bytes:
    """The RECORD messages of a batch."""
    said, moment = msgspec.UNSET if version is None else version, msgspec.Raw(encode(now))

    def wrapped(records: Iterable[Any]) -> list[_Record]:
        return [_Record(name, record, said, moment) for record in records]

    return lines_of(batch, replaced, wrapped)
