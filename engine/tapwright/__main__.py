"""`python -m tapwright` is the command."""

from __future__ import annotations

from tapwright.cli import main

main()
