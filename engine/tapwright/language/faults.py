"""Translate the faults the `jsonschema` library finds, keyword by keyword, into the language's own sentences."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tapwright.language.docstrings import first_sentence
from tapwright.language.fault import Fault, Finding, Schema, follow
from tapwright.language.limits import NUMBERS, SIZES, limit
from tapwright.language.phrases import either, expected, json_type, kind_names, shown, type_words
from tapwright.language.place import quoted
from tapwright.language.suggest import did_you_mean, listed

MISFITS = ("type", "enum", "const")


def findings(error: Any, root: Schema) -> Iterator[Finding]:
    """Translate one fault: into several findings, or none when another says it better."""
    fault = Fault(error=error, root=root)
    if translate := TRANSLATIONS.get(error.validator):
        yield from translate(fault)
    elif error.validator in NUMBERS or error.validator in SIZES:
        yield Finding("limit", fault.path, limit(fault))
    else:
        rule = f"; it breaks the rule '{error.validator}'" if error.validator else ""
        yield Finding("value", fault.path, f"{'this value' if rule else 'this'} is not allowed here{rule}")


def _type(fault: Fault) -> Iterator[Finding]:
    words = type_words(fault.rule)
    if names := kind_names(fault.schema):
        words = f"one of {listed(names)}"
    yield Finding(
        "wrong-type", fault.path, f"expected {words}, found {fault.found}{_hint(fault, words, [fault.schema])}"
    )


def _hint(fault: Fault, words: str, schemas: list[Any]) -> str:
    """Say how to write what was meant, where that is plain."""
    value = fault.value
    if isinstance(value, str) and any(value in kind_names(schema) for schema in schemas):
        return f"; write {{{value}: {{}}}}"
    if words == "text" and json_type(value) in ("number", "boolean"):
        return "; put it in quotes"
    if words in ("a number", "a whole number") and not fault.secret and _number(value):
        return "; take away the quotes"
    if value is None and words == "a map" and not fault.schema.get("required"):
        return "; write {} to add nothing"
    return ""


def _number(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value) is not None


def _choice(fault: Fault) -> Iterator[Finding]:
    allowed = fault.rule if fault.error.validator == "enum" else [fault.rule]
    subject = "this value" if fault.secret else _named(fault.value)
    yield Finding("not-allowed", fault.path, f"{subject} is not allowed; {_way_out(fault, allowed)}")


def _named(value: Any) -> str:
    return type_words(json_type(value)) if isinstance(value, dict | list) else shown(value)


def _way_out(fault: Fault, allowed: list[Any]) -> str:
    texts = [each for each in allowed if isinstance(each, str)]
    meant = did_you_mean(fault.value, texts) if isinstance(fault.value, str) and not fault.secret else None
    if len(allowed) == 1:
        return meant or f"write {shown(allowed[0])}"
    return meant or f"choose one of {listed(each if isinstance(each, str) else shown(each) for each in allowed)}"


def _missing(fault: Fault) -> Iterator[Finding]:
    for key in fault.rule:
        if key not in fault.value:
            purpose = _purpose(fault, key)
            text = f"missing key {quoted(key)}" + (f": {purpose}" if purpose else "")
            yield Finding("missing-key", fault.path, text)


def _purpose(fault: Fault, key: str) -> str:
    """Say what a key is for, as the end of a sentence."""
    schema = fault.schema.get("properties", {}).get(key, {})
    if not isinstance(schema, Mapping):
        return ""
    doc = schema.get("description") or follow(schema, fault.root).get("description", "")
    sentence = first_sentence(doc).rstrip(".")
    word = sentence.partition(" ")[0]
    return sentence if word[1:] != word[1:].lower() else sentence[:1].lower() + sentence[1:]


def _unknown(fault: Fault) -> Iterator[Finding]:
    known = list(fault.schema.get("properties", ()))
    patterns = fault.schema.get("patternProperties", ())
    free = [key for key in known if key not in fault.value]
    for key in fault.value:
        if key not in known and not any(re.search(pattern, key) for pattern in patterns):
            way_out = did_you_mean(key, free) or f"known here: {listed(known) or 'none'}"
            yield Finding("unknown-key", (*fault.path, key), f"unknown key; {way_out}")


def _one_of(fault: Fault) -> Iterator[Finding]:
    names = kind_names(fault.schema)
    if not names:
        yield from _union(fault)
    elif isinstance(fault.value, dict):
        named = [key for key in fault.value if key in names]
        if named or not fault.value:
            text = f"name exactly one of {listed(names)}; found {listed(named) or 'nothing'}"
            yield Finding("one-of", fault.path, text)


def _union(fault: Fault) -> Iterator[Finding]:
    """Report the faults of the branch the value is meant for; if there is none, what the branches expect."""
    branches = [_branch(fault, index) for index in range(len(fault.rule))]
    meant = [errors for errors in branches if errors and not any(map(_misfit, errors))]
    if meant:
        for error in min(meant, key=len):
            yield from findings(error, fault.root)
    elif not any(branches):
        yield Finding("value", fault.path, "this fits more than one of the allowed shapes")
    else:
        yield from _no_branch(fault)


def _branch(fault: Fault, index: int) -> list[Any]:
    return [error for error in fault.error.context if error.schema_path[0] == index]


def _misfit(error: Any) -> bool:
    return not error.path and error.validator in MISFITS


def _no_branch(fault: Fault) -> Iterator[Finding]:
    schemas = [follow(each, fault.root) for each in fault.rule]
    schemas = [each for each in schemas if each != {"type": "null"}]
    if all("enum" in each or "const" in each for each in schemas):
        allowed = [value for each in schemas for value in each.get("enum", [each.get("const")])]
        yield Finding("not-allowed", fault.path, f"{_named(fault.value)} is not allowed; {_way_out(fault, allowed)}")
        return
    words = either(map(expected, schemas))
    yield Finding("wrong-type", fault.path, f"expected {words}, found {fault.found}{_hint(fault, words, schemas)}")


def _format(fault: Fault) -> Iterator[Finding]:
    cause = None if fault.secret else fault.error.cause
    yield Finding("format", fault.path, str(cause or "") or f"this is not a valid {fault.rule}")


def _pattern(fault: Fault) -> Iterator[Finding]:
    subject = "this" if fault.secret else _named(fault.value)
    meaning = fault.schema.get("patternErrorMessage")
    said = f"is not right: {meaning}" if meaning else f"does not match the pattern {quoted(fault.rule)}"
    yield Finding("format", fault.path, f"{subject} {said}")


def _minimum_keys(fault: Fault) -> Iterator[Finding]:
    if not kind_names(fault.schema):  # There `oneOf` says it.
        yield Finding("limit", fault.path, limit(fault))


def _dependent(fault: Fault) -> Iterator[Finding]:
    for key, needed in fault.rule.items():
        for other in needed:
            if key in fault.value and other not in fault.value:
                yield Finding("missing-key", fault.path, f"missing key {quoted(other)}: {quoted(key)} needs it")


def _unique(fault: Fault) -> Iterator[Finding]:
    yield Finding("value", fault.path, "the same item is listed twice")


TRANSLATIONS: dict[str, Callable[[Fault], Iterator[Finding]]] = {
    "additionalProperties": _unknown,
    "anyOf": _union,
    "const": _choice,
    "dependentRequired": _dependent,
    "enum": _choice,
    "format": _format,
    "minProperties": _minimum_keys,
    "oneOf": _one_of,
    "pattern": _pattern,
    "required": _missing,
    "type": _type,
    "uniqueItems": _unique,
}
