"""The crash test: the real command, killed at every durable operation, and started again.

`python -m tests.crash` runs it all; `python -m tests.crash --sink duckdb --point 17 --how before` one case.
"""
