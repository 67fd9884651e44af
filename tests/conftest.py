"""What every test has."""

from __future__ import annotations

import os
from tempfile import TemporaryDirectory

_CACHE = TemporaryDirectory(prefix="tapwright-cache-")
os.environ["XDG_CACHE_HOME"] = _CACHE.name  # also for the programs that tests run
