"""Write what is generated from the words: the JSON Schemas.  `python -m tapwright.publish` writes, a test checks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tapwright.connector import Connector
from tapwright.language import schema_of
from tapwright.spec import Spec

_OF: dict[str, Any] = {"connector": Connector, "spec": Spec}


def schema_text(of: str) -> str:
    """The JSON Schema of a spec or a connector, as a file holds it."""
    return json.dumps(schema_of(_OF[of]), indent=1, ensure_ascii=False) + "\n"


def published() -> dict[Path, str]:
    """Every generated file and what it should hold."""
    folder = Path(__file__).parent / "published"
    return {folder / f"{of}.schema.json": schema_text(of) for of in _OF}


def main() -> None:
    """Write the generated files."""
    for path, text in published().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(path)


if __name__ == "__main__":
    main()
