"""The kinds of text that a spec holds; each has a format that the linter compiles."""

from __future__ import annotations

from typing import Any, NewType

Template = NewType("Template", str)
"""Text with Jinja expressions in `{{ }}`; one expression alone keeps its native type."""

Value = NewType("Value", object)
"""Any YAML value; every text in it is a template."""

JMESPath = NewType("JMESPath", str)
"""A JMESPath expression, see https://jmespath.org."""

JSONSchema = NewType("JSONSchema", dict[str, Any])
"""A JSON Schema, see https://json-schema.org."""

XPath = NewType("XPath", str)
"""An XPath 1.0 expression."""

Expression = NewType("Expression", str)
"""What to take from a record: JMESPath for JSON, XPath for XML, a column name for CSV."""

Duration = NewType("Duration", str)
"""A length of time: a whole number and a unit, such as `30 days`, `1 hour`, `500 milliseconds`."""

Pattern = NewType("Pattern", str)
"""A regular expression of Python's `re`."""
