"""Write what is generated: the JSON Schemas and the reference.  `python -m tapwright.publish` writes, a test checks."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tapwright.checked import LIST, digest
from tapwright.commands import commands_text
from tapwright.connector import Connector
from tapwright.language import schema_of
from tapwright.load import lint_spec, load_spec
from tapwright.provider_page import page_of
from tapwright.reference import kinds_text, language_text
from tapwright.spec import Spec

BEGIN = "<!-- Generated, down to the end mark: edit the docstrings in engine/tapwright, then run `make docs`. -->"
END = "<!-- The end of what is generated. -->"

SCHEMAS: Mapping[str, type[Any]] = {"connector": Connector, "spec": Spec}
PAGES: Mapping[str, Callable[[], str]] = {
    "commands.md": commands_text,
    "kinds.md": kinds_text,
    "language.md": language_text,
}
"""The pages of the docs with a generated part; what stands around it is written by hand."""


def published() -> dict[Path, str]:
    """Every generated file and what it should hold."""
    engine = Path(__file__).parent
    schemas = {engine / "published" / f"{of}.schema.json": _schema_text(words) for of, words in SCHEMAS.items()}
    docs = engine.parents[1] / "docs"
    schemas[LIST] = _checked_text(engine.parents[1] / "specs")
    specs = sorted((engine.parents[1] / "specs").glob("*.yaml"))
    pages = {docs / "providers" / f"{path.stem}.md": _provider_text(path) for path in specs}
    return schemas | pages | {docs / name: _within(docs / name, text()) for name, text in PAGES.items()}


def _schema_text(words: type[Any]) -> str:
    return json.dumps(schema_of(words), indent=1, ensure_ascii=False) + "\n"


def _checked_text(specs: Path) -> str:
    """The specs without a problem, by name."""
    good = [path for path in sorted(specs.glob("*.yaml")) if not lint_spec(path)[1]]
    return json.dumps({path.stem: digest(path.read_bytes()) for path in good}, indent=1) + "\n"


def _provider_text(path: Path) -> str:
    about = f"<!-- Generated: edit specs/{path.name}, then run `make docs`. -->"
    return f"{about}\n\n{page_of(load_spec(path))}"


def _within(page: Path, text: str) -> str:
    """Put a text between the marks of a page."""
    around = page.read_text(encoding="utf-8") if page.is_file() else f"{BEGIN}\n{END}\n"
    return re.sub(f"{re.escape(BEGIN)}.*{re.escape(END)}", lambda _: f"{BEGIN}\n\n{text}\n{END}", around, flags=re.S)


def main() -> None:
    """Write the generated files."""
    for path, text in published().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(path)


if __name__ == "__main__":
    main()
