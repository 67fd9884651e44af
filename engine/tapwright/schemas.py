"""The JSON Schemas of specs and connectors, as files hold them."""

from __future__ import annotations

import json
from typing import Any

from tapwright.connector import Connector
from tapwright.language import schema_of
from tapwright.spec import Spec

OF: dict[str, type[Any]] = {"connector": Connector, "spec": Spec}


def schema_text(of: str) -> str:
    """The JSON Schema of a spec or a connector."""
    return json.dumps(schema_of(OF[of]), indent=1, ensure_ascii=False) + "\n"
