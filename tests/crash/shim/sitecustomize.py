"""Counts durable operations in Python, where there is no C compiler: what DuckDB itself writes is not seen."""

from __future__ import annotations

import builtins
import errno
import io
import os
from collections.abc import Callable
from typing import Any

_counted = 0


def _below(*paths: Any) -> bool:
    folder = os.environ.get("CRASH_BELOW")
    names = [os.path.abspath(os.fsdecode(path)) for path in paths if isinstance(path, str | bytes | os.PathLike)]
    return bool(folder) and any(name.startswith(f"{folder}") for name in names)


def _path_of(file: Any) -> str:
    try:
        return os.readlink(f"/proc/self/fd/{file}")
    except (OSError, TypeError):
        return ""


def _step(name: str, path: str, do: Callable[[], Any]) -> Any:
    """Count, and end before or after, or fail, where it is told."""
    global _counted
    point, how = int(os.environ.get("CRASH_POINT", "0")), os.environ.get("CRASH_HOW", "")
    _counted += 1
    if log := os.environ.get("CRASH_LOG"):
        line = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(line, f"{_counted}\t{name}\t{path}\t\t0\n".encode())
        os.close(line)
    if point and how == "full" and _counted >= point and name in ("create", "rename", "mkdir"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if _counted == point and how in ("before", "torn"):
        os._exit(137)
    done = do()
    if _counted == point and how == "after":
        os._exit(137)
    return done


def _watched(module: Any, function: str, name: str, *, by_file: bool = False) -> None:
    real = getattr(module, function)

    def step(*given: Any, **options: Any) -> Any:
        path = _path_of(given[0]) if by_file else given[0]
        if not _below(path):
            return real(*given, **options)
        return _step(name, os.fsdecode(path), lambda: real(*given, **options))

    setattr(module, function, step)


def _opened(real: Any) -> Any:
    def opened(file: Any, mode: str = "r", *given: Any, **options: Any) -> Any:
        if mode.strip("bt") == "r" or not _below(file):
            return real(file, mode, *given, **options)
        return _step("create", os.fsdecode(file), lambda: real(file, mode, *given, **options))

    return opened


class _Connection:
    """A connection to DuckDB whose statements are counted."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, statement: Any, *given: Any) -> Any:
        return _step("write", "a statement", lambda: self._connection.execute(statement, *given))


def _install() -> None:
    for function, name in {"rename": "rename", "replace": "rename", "unlink": "unlink", "mkdir": "mkdir"}.items():
        _watched(os, function, name)
    _watched(os, "fsync", "fsync", by_file=True)
    builtins.open = io.open = _opened(io.open)
    try:
        import duckdb
    except ImportError:
        return
    real = duckdb.connect
    duckdb.connect = lambda *given, **options: _Connection(real(*given, **options))  # type: ignore[assignment]


_install()
