"""The contenders' Pythons: each peer has an environment of its own, made once, below `.cache`."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import tapwright
from benchmarks.contenders import Contender

CACHE = Path(__file__).parent / ".cache" / "environments"
KEPT = CACHE.parent / "kept"
"""What programs keep from one run to the next, by the XDG Base Directory Specification."""
ENGINE = Path(tapwright.__file__).parents[1]
_VERSION = "import sys; from importlib.metadata import version; print(*map(version, sys.argv[1:]))"


class InstallError(Exception):
    """A peer could not be installed."""


def python_of(name: str, contender: Contender) -> str:
    """Give the contender's Python, with what it requires; raises InstallError."""
    if not contender.requires:
        return sys.executable
    folder = CACHE / (contender.environment or name)
    python, stamp = folder / "bin" / "python", folder / "requires.txt"
    wanted = "\n".join([sys.version, *contender.requires])
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"installing {', '.join(contender.requires)} …", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *contender.requires]
        if subprocess.run(install, check=False).returncode:
            raise InstallError(f"{name} could not be installed; leave it out: --contenders floor,tapwright")
        stamp.write_text(wanted)
    return str(python)


def versions_of(python: str, contender: Contender) -> dict[str, str]:
    """Give the versions of the packages that count."""
    if contender.requires:
        asked = subprocess.run([python, "-c", _VERSION, *contender.says], capture_output=True, text=True, check=True)
        return dict(zip(contender.says, asked.stdout.split(), strict=True))
    return {name: _own_version(name) for name in contender.says}


def _own_version(package: str) -> str:
    if package == "tapwright":
        return tapwright.__version__
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def variables(contender: Contender, home: Path) -> Mapping[str, str]:
    """Give the environment variables that a contender sees: nothing of the caller's."""
    ours = {} if contender.requires else {"PYTHONPATH": str(ENGINE)}
    return ours | {
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "NO_PROXY": "127.0.0.1",
        "PATH": os.defpath,
        "TMPDIR": str(home),
        "TZ": "UTC",
        "XDG_CACHE_HOME": str(KEPT),
    }
