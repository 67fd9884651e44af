"""Turn dataclasses into a JSON Schema, and YAML into checked, built instances of them, every problem with its line.

The corridor: `read` text → `check` it against `schema_of` a class → `build` the class.
It imports nothing of tapwright.
"""

from __future__ import annotations

from tapwright.language.annotations import Words, one_of
from tapwright.language.attributes import once_per_class
from tapwright.language.build import build
from tapwright.language.check import check
from tapwright.language.docstrings import class_doc, class_example
from tapwright.language.keys import Key, keys_of
from tapwright.language.problem import Problem, Refused
from tapwright.language.reader import Document, read
from tapwright.language.schema import schema_of

__all__ = [
    "Document",
    "Key",
    "Problem",
    "Refused",
    "Words",
    "build",
    "check",
    "class_doc",
    "class_example",
    "keys_of",
    "once_per_class",
    "one_of",
    "read",
    "schema_of",
]
