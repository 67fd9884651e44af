"""The standard tests of the Meltano SDK, over a tap that is a program of its own: `TAP`, with the settings in `CONFIG`.

Of `loose` only its records tell the columns, which these tests look for in the catalog.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from singer_sdk import Stream, Tap
from singer_sdk.testing import SuiteConfig, get_tap_test_class


def said(*words: str) -> str:
    """What the program writes; it must end well."""
    return subprocess.run([os.environ["TAP"], *words], capture_output=True, check=True, encoding="utf-8").stdout


CONFIG = os.environ["CONFIG"]


class OneStream(Stream):
    """A stream as its catalog entry describes it."""

    def __init__(self, tap: Tap, entry: dict[str, Any]) -> None:
        super().__init__(tap, schema=entry["schema"], name=entry["tap_stream_id"])
        self.primary_keys = entry["key_properties"]
        self.replication_key = entry.get("replication_key")

    def get_records(self, context: Any) -> Iterable[dict[str, Any]]:
        """The program reads them, not the SDK."""
        raise NotImplementedError


class Program(Tap):
    """Makes a program look like a tap of the SDK."""

    name = Path(os.environ["TAP"]).name
    config_jsonschema = {"type": "object", "properties": {}}

    def discover_streams(self) -> list[Stream]:
        """The streams of the catalog that the program prints."""
        return [OneStream(self, entry) for entry in json.loads(self.run_discovery())["streams"]]

    def run_discovery(self) -> str:
        return said("--config", CONFIG, "--discover")

    def run_connection_test(self) -> bool:
        return '"RECORD"' in said("--config", CONFIG, "--test")

    def run_sync_dry_run(self, **_: Any) -> bool:
        sys.stdout.write(said("--config", CONFIG))
        return True

    def print_version(self, *_: Any, **__: Any) -> None:
        assert said("--version").startswith(f"{self.name} ")

    def print_about(self, output_format: str = "text", **_: Any) -> None:
        assert said("--about", "--format", output_format)


TestProgram = get_tap_test_class(Program, config={}, suite_config=SuiteConfig())
