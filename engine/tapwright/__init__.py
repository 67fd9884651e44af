"""tapwright: connectors written as YAML.

    spec + connector ──> plan ──> request ──> response ──> page ──> records ──> sink

`Source` is the door for Python; `tapwright` is the door for the shell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tapwright.version import __version__

if TYPE_CHECKING:
    from tapwright.errors import TapwrightError
    from tapwright.source import Source

__all__ = ["Source", "TapwrightError", "__version__"]


def __getattr__(name: str) -> Any:
    """Load the public names on first use, so that `import tapwright` costs nothing."""
    if name == "Source":
        from tapwright.source import Source

        return Source
    if name == "TapwrightError":
        from tapwright.errors import TapwrightError

        return TapwrightError
    raise AttributeError(f"module 'tapwright' has no attribute {name!r}")
