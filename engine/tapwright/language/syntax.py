"""Explain in one sentence why text is not YAML."""

from __future__ import annotations

import yaml

from tapwright.language.place import Place, quoted

SENTENCES = {
    "mapping values are not allowed": "a ':' is not expected here; put the text in quotes, or check the indentation",
    "did not find expected key": "this does not line up with the keys above it; check the indentation",
    "did not find expected '-' indicator": "a list item ('- …') is expected here; check the indentation",
    "could not find expected ':'": "a ':' is missing after the key",
    "block sequence entries are not allowed": "a list item ('- …') cannot begin here; begin it on its own line",
    "found unknown escape character": "this escape is not known in double quotes; use single quotes",
    "did not find expected <document start>": "this does not line up with what is above it; check the indentation",
    "did not find expected node content": "a value is missing here",
    "did not find expected ',' or ']'": "the '[' opened here is not closed; a ',' or ']' is missing",
    "did not find expected ',' or '}'": "the '{' opened here is not closed; a ',' or '}' is missing",
    "did not find expected comment or line break": "text that begins with '>' or '|' must be in quotes",
    "mapping keys are not allowed": "text that begins with '?' must be in quotes",
    "directive name": "a line that begins with '%' must be in quotes",
    "non-alphabetical character": "a line that begins with '%' must be in quotes",
    "found unexpected ':'": "a ':' is not expected here; put the text in quotes",
    "found unexpected end of stream": "the quote opened here is never closed",
    "found undefined tag handle": "tags ('!…') are not allowed; put the text in quotes",
}
AT_OPENING = ("',' or", "end of stream")
TAB = "a tab is used for indentation; use spaces"
AFTER_QUOTE = "nothing may follow a closing quote or bracket; put the whole value in one pair of quotes"
VARIABLE = "within braces or brackets, '${NAME}' must be in quotes"
TEMPLATE = "a template that begins with '{{' must be in quotes"


def explain(error: yaml.YAMLError, text: str) -> tuple[Place, str]:
    """Translate the parser's error to the place to look at and a sentence."""
    problem = getattr(error, "problem", None) or str(error)
    mark = getattr(error, "problem_mark", None)
    if mark and _line(text, (mark.line + 1, 1))[max(mark.column - 1, 0) : mark.column + 1] == "${":
        return (mark.line + 1, mark.column), VARIABLE
    if any(part in problem for part in AT_OPENING):
        mark = getattr(error, "context_mark", None) or mark
    place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    return place, _sentence(problem, text, place)


def begins_template(text: str, place: Place) -> bool:
    """Tell whether an unquoted `{{` sits where a value begins, on the line of a place."""
    line = _line(text, place)
    return any(begin + "{{" in line for begin in (": ", "- "))


def _sentence(problem: str, text: str, place: Place) -> str:
    character = _line(text, place)[place[1] - 1 : place[1]]
    if character == "\t" or "tab character" in problem:
        return TAB
    if begins_template(text, place):
        return TEMPLATE
    if "cannot start any token" in problem:
        return f"text that begins with {quoted(character)} must be in quotes"
    if "alphabetic or numeric character" in problem:
        return "text that begins with '*' or '&' must be in quotes"
    if "did not find expected key" in problem and _line(text, place)[: place[1] - 1].strip():
        return AFTER_QUOTE
    known = (sentence for part, sentence in SENTENCES.items() if part in problem)
    return next(known, f"this is not YAML: {problem}")


def _line(text: str, place: Place) -> str:
    lines = text.splitlines()
    return lines[place[0] - 1] if place[0] <= len(lines) else ""
