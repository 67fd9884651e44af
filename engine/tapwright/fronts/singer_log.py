"""What a tap says on stderr: lines for people, or the JSON that Meltano reads; and Singer's metrics."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from tapwright.mask import Mask
from tapwright.progress import TableCount

_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


class Log:
    """Writes one line for each thing said, without the secrets and without control characters."""

    def __init__(self, app: str, hide: Callable[[str], str], file: TextIO | None = None) -> None:
        self._app, self._file = app, file
        self.hide = hide
        prefix = app.upper().replace("-", "_")
        level = (os.environ.get(f"{prefix}_LOGLEVEL") or os.environ.get("LOGLEVEL") or "INFO").upper()
        self._least = _LEVELS.index(level) if level in _LEVELS else 1
        self._as_json = _wants_json()

    def info(self, text: str) -> None:
        """Say what happens."""
        self._say("INFO", text)

    def warning(self, text: str) -> None:
        """Say what should be looked at."""
        self._say("WARNING", text)

    def error(self, text: str) -> None:
        """Say what went wrong, while the rest goes on."""
        self._say("ERROR", text)

    def critical(self, text: str) -> None:
        """Say why the tap ends."""
        self._say("CRITICAL", text)

    def metric(self, kind: str, name: str, value: float, tags: Mapping[str, Any]) -> None:
        """Say a measure as Singer does."""
        point = {"type": kind, "metric": name, "value": value, "tags": {**tags, "pid": os.getpid()}}
        self._say("INFO", f"METRIC: {json.dumps(point)}", point)

    def _say(self, level: str, text: str, point: Mapping[str, Any] | None = None) -> None:
        if _LEVELS.index(level) < self._least:
            return
        text = " | ".join(Mask.clean(line) for line in self.hide(text).splitlines() if line.strip())
        said = self._json(level, text, point) if self._as_json else self._plain(level, text)
        with suppress(OSError):  # nobody listens any more; the records go on
            print(said, file=self._file or sys.stderr, flush=True)

    def _plain(self, level: str, text: str) -> str:
        now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S,%f")[:23]
        return f"{now} | {level:<8} | {self._app} | {text}"

    def _json(self, level: str, text: str, point: Mapping[str, Any] | None) -> str:
        logger = f"{self._app}.metrics" if point else self._app
        said: dict[str, Any] = {
            "level": level.lower(),
            "pid": os.getpid(),
            "logger_name": logger,
            "ts": time.time(),
            "thread_name": threading.current_thread().name,
            "app_name": self._app,
            "stream_name": point["tags"].get("stream") if point else None,
            "message": "METRIC" if point else text,
        }
        if point:
            said["metric_info"] = {
                "metric_type": point["type"],
                "metric_name": point["metric"],
                "metric_value": point["value"],
                "metric_tags": point["tags"],
            }
        return json.dumps(said)


def _wants_json() -> bool:
    """Whether it was asked for, or Meltano's own config names the formatter that it reads."""
    asked = os.environ.get("TAPWRIGHT_LOG_FORMAT", "")
    if asked:
        return asked.lower() == "json"
    path = os.environ.get("SINGER_SDK_LOG_CONFIG")
    try:
        return bool(path) and "StructuredFormatter" in Path(path or "").read_text(encoding="utf-8")
    except OSError:
        return False


class Metrics:
    """Counts as a run tells them: every minute, and when a stream ends."""

    def __init__(self, log: Log, seconds: Callable[[], float], every: float = 60.0) -> None:
        self._log, self._seconds, self._every = log, seconds, every
        self._said: dict[str, tuple[int, float]] = {}
        self._ended: set[str] = set()

    def told(self, count: TableCount) -> None:
        """Hear how far a table is."""
        rows, at = self._said.setdefault(count.table, (0, self._seconds()))
        ended = count.status in ("done", "limited", "failed", "interrupted") and count.table not in self._ended
        if ended or self._seconds() - at >= self._every:
            self._said[count.table] = (count.rows, self._seconds())
            self._log.metric("counter", "record_count", max(count.rows - rows, 0), {"stream": count.table})
        if ended:
            self._ended.add(count.table)
            status = "succeeded" if count.status in ("done", "limited") else "failed"
            tags = {"stream": count.table, "status": status}
            self._log.metric("timer", "sync_duration", round(count.seconds, 3), tags)
