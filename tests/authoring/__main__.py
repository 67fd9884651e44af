"""Keep what `new` makes of the descriptions here: `python -m tests.authoring`."""

from __future__ import annotations

from pathlib import Path

from tapwright.authoring.new import new_spec

HERE = Path(__file__).parent

for description in sorted((HERE / "openapi").glob("*.yaml")):
    kept = HERE / "specs" / description.name
    kept.parent.mkdir(exist_ok=True)
    kept.write_text(new_spec(description.stem, str(description)).text, encoding="utf-8")
    print(kept)
