"""A provider of ours on 127.0.0.1 while a command runs: `python -m tests.clients.airbyte_serving FOLDER COMMAND …`.

FOLDER/config.json is what the spec `rokt` needs to reach it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.providers.rokt import Rokt
from tests.providers.rokt_data import TEAPOTS, UMBRELLAS


def main(folder: str, *command: str) -> int:
    with Rokt() as server:
        config = {
            "app_id": server.app_id,
            "app_secret": server.app_secret,
            "account_ids": [TEAPOTS, UMBRELLAS],
            "start_date": "2026-02-20",
            "end_date": "2026-03-14",
            "base_url": server.url,
        }
        Path(folder, "config.json").write_text(json.dumps(config), "utf-8")
        return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
