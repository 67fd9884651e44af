"""`python -m tests.crash`: the crash test in full, or one case of it by hand."""

from __future__ import annotations

import sys

from tests.crash.full import main

sys.exit(main())
