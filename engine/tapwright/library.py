"""Find specs, connectors and cassettes by name or path, beside the user first, then those that come with tapwright."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tapwright.errors import TargetError
from tapwright.suggestion import meant

_ENDINGS = (".yaml", ".yml")


@cache
def bundled() -> Path:
    """The folder that holds the `specs`, `connectors` and `cassettes` that come with tapwright."""
    installed = Path(__file__).parent / "bundled"
    return installed if installed.is_dir() else Path(__file__).parents[2]


def find(target: str, beside: Path | None = None) -> Path:
    """Find a spec's or a connector's file by its path or name; raises TargetError."""
    path = (beside or Path()) / target
    if target.endswith(_ENDINGS) or "/" in target:
        if path.is_file():
            return path
        raise TargetError(
            f"there is no file '{path}'", "Give a path that exists, or a name: `tapwright list` shows them."
        )
    known = dict(_named(beside or Path()))
    if target not in known:
        raise TargetError(
            f"nothing is named '{target}'{meant(target, known)}", "`tapwright list` shows the specs and connectors."
        )
    return known[target]


def find_spec(name: str, beside: Path | None = None) -> Path:
    """Find a spec's file by the name or the path that a connector gives; raises TargetError."""
    here = beside or Path()
    if name.endswith(_ENDINGS) or "/" in name:
        return find(name, here)
    roots = [here, here.parent, Path(), bundled()]
    for root in roots:
        for ending in _ENDINGS:
            path = root / "specs" / f"{name}{ending}"
            if path.is_file():
                return path
    known = {path.stem for root in roots for path in _files(root / "specs")}
    raise TargetError(f"no spec is named '{name}'{meant(name, known)}", "`tapwright list` shows the specs.")


def listed(folder: str) -> dict[str, Path]:
    """Every file of `specs` or `connectors` by name, the user's own before those that come with tapwright."""
    found: dict[str, Path] = {}
    for root in (Path(), bundled()):
        for path in _files(root / folder):
            found.setdefault(path.stem, path)
    return found


def cassettes(name: str) -> list[Path]:
    """The cassettes of a spec: those in the user's own folder if there are any, else the bundled ones."""
    for root in (Path(), bundled()):
        paths = _files(root / "cassettes" / name)
        if paths:
            return paths
    return []


def own_specs() -> list[Path]:
    """The specs of the user's own folder."""
    return _files(Path("specs"))


def beside(spec: Path) -> list[Path]:
    """The cassettes that lie beside the folder of a spec, or beside the spec itself."""
    for folder in (spec.parent.parent, spec.parent):
        paths = _files(folder / "cassettes" / spec.stem)
        if paths:
            return paths
    return []


def is_connector(path: Path) -> bool:
    """Tell a connector from a spec by its first key, without judging the rest."""
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        key = line.partition(":")[0]
        if key in ("tapwright", "api", "streams", "spec"):
            return key == "spec"
    return path.parent.name == "connectors"


def _named(here: Path) -> Iterator[tuple[str, Path]]:
    """Names and files; what comes later wins."""
    for root in (bundled(), here):
        for folder in ("specs", "connectors"):
            for path in _files(root / folder):
                yield path.stem, path


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*") if path.suffix in _ENDINGS) if folder.is_dir() else []
