"""The docs are whole and true: every word is in them, every piece of YAML lints, every command in them exists."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tapwright import expression
from tapwright.commands import commands
from tapwright.connector import Connector
from tapwright.decode import exact
from tapwright.filters import FILTERS
from tapwright.functions import FUNCTIONS
from tapwright.language import compose, keys_of
from tapwright.pages_seen import MOST_EMPTY
from tapwright.reference import FILTER_EXAMPLES, REGISTRIES, classes_of
from tapwright.retry import Retry
from tapwright.send import MOST_REDIRECTS
from tapwright.spec import Api, Spec
from tapwright.template import BORROWED, LONGEST_TEXT, SCOPES
from tapwright.transport import Limits
from tapwright.unpack import FREE_BYTES
from tapwright.words import Template
from tests.fragments import PLACES, problems_of

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.M | re.S)


def blocks(language: str) -> Iterator[tuple[str, str, str]]:
    """Every block of a language: where it is, what stands behind the language, its text."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for found in BLOCK.finditer(text):
            name, _, info = found[1].partition(" ")
            if name == language:
                yield f"{page.name}:{text.count(chr(10), 0, found.start()) + 1}", info, found[2]


def commands_in(text: str) -> Iterator[list[str]]:
    """The arguments of each `tapwright …` in a block of shell."""
    for line in text.replace("\\\n", " ").splitlines():
        command = re.search(r"(?:^|\| |&& )tapwright ([^|;&>]*)", line.partition(" #")[0])
        if command:
            yield shlex.split(command[1])


SPECS = {t.partition("\nname: ")[2].split()[0]: t for _, info, t in blocks("yaml") if not info and "\nname: " in t}


@pytest.mark.parametrize(("info", "text"), [pytest.param(i, t, id=where) for where, i, t in blocks("yaml")])
def test_every_piece_of_yaml_lints_clean(info: str, text: str) -> None:
    assert info in ("", *PLACES), f"behind ```yaml stands one of {', '.join(PLACES)}, or nothing for a whole file"
    assert problems_of(info, text, SPECS) == []


@pytest.mark.parametrize("words", [pytest.param(w, id=where) for where, _, t in blocks("sh") for w in commands_in(t)])
def test_every_command_in_the_docs_exists(words: list[str]) -> None:
    if words[0].startswith("-"):
        return
    name, *arguments = words
    command = commands()[name]
    command.make_context(name, [part for part in arguments if part not in ("--help", "-h")])


@pytest.mark.parametrize("text", [pytest.param(t, id=where) for where, _, t in blocks("python")])
def test_every_piece_of_python_finds_what_it_imports(text: str) -> None:
    tree = compile(text, "piece.py", "exec", ast.PyCF_ONLY_AST)
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    exec(compile(ast.Module(imports, []), "piece.py", "exec"), {})


def test_every_page_is_in_the_site() -> None:
    named = re.findall(r": ([\w/]+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.M)
    assert sorted(named) == sorted(path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md"))


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def test_every_key_is_in_the_reference() -> None:
    text = page("language.md") + page("kinds.md")
    for root in (Spec, Connector):
        for cls in classes_of(root):
            for key in keys_of(cls):
                assert f"| `{key.name}` |" in text, f"{cls.__name__}.{key.name}"


def test_every_key_says_what_it_is() -> None:
    every = [(cls, key) for root in (Spec, Connector) for cls in classes_of(root) for key in keys_of(cls)]
    assert [f"{cls.__name__}.{key.name}" for cls, key in every if not key.doc] == []


def test_every_kind_has_its_section() -> None:
    for key, (_, registry) in REGISTRIES.items():
        section = page("kinds.md").partition(f"\n## {key}\n")[2].partition("\n## ")[0]
        for name in registry:
            assert f"\n### {name}\n" in section, f"{key}.{name}"


def test_every_filter_and_scope_is_in_the_reference() -> None:
    templates = page("kinds.md").partition("\n## Templates\n")[2]
    for name in (*FILTERS, *BORROWED, *SCOPES):
        assert re.search(rf"`{name}[`(]", templates), name
    assert FILTER_EXAMPLES.keys() == FILTERS.keys()


def test_every_function_is_in_the_reference() -> None:
    expressions = page("kinds.md").partition("\n## Expressions\n")[2]
    for name in FUNCTIONS:
        assert f"| `{name}` |" in expressions, name


def test_every_command_and_option_is_in_the_reference() -> None:
    for name, command in commands().items():
        section = page("commands.md").partition(f"\n## tapwright {name}\n")[2].partition("\n## ")[0]
        assert section, name
        for option in command.params:
            if isinstance(option, click.Option):
                assert f"`{option.opts[-1]}" in section, f"{name} {option.opts[-1]}"
                assert option.help, f"{name} {option.opts[-1]} has no help"


def test_every_link_between_pages_leads_somewhere() -> None:
    for path in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", BLOCK.sub("", path.read_text(encoding="utf-8"))):
            assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_every_anchor_is_a_heading() -> None:
    for path in PAGES:
        for target, anchor in re.findall(r"\]\(([^)#:]*)#([^)]*)\)", BLOCK.sub("", path.read_text(encoding="utf-8"))):
            text = ((path.parent / target) if target else path).read_text(encoding="utf-8")
            known = {
                re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
                for heading in re.findall(r"^#+ (.+)$", text, re.M)
            }
            assert anchor in known, f"{path.name}: {target}#{anchor}"


def test_the_bounds_in_the_guarantees_are_the_real_ones() -> None:
    limits, retry = Limits(), Retry()
    told = {
        "reaching the server": f"{limits.connect_seconds:.0f} seconds",
        "between two bytes of an answer": f"{limits.between_bytes_seconds:.0f} seconds",
        "a whole answer": f"{limits.answer_seconds:.0f} seconds",
        "attempts for one request": f"{retry.attempts},",
        "the sum of waits for one request": f"{retry.longest_total_seconds:.0f} seconds",
        "redirects": str(MOST_REDIRECTS),
        "an answer, unpacked": f"{limits.most_bytes >> 30} GiB; above {limits.spool_bytes >> 20} MiB",
        "what a packed answer may grow to": f"{limits.ratio} times its size, past the first {FREE_BYTES >> 20} MiB",
        "nesting of JSON": f"{exact.DEEPEST} levels",
        "pages of one slice": f"{Api(url=Template('')).most_pages:,}",
        "empty pages in a row": str(MOST_EMPTY - 1),
        "a YAML file": f"{compose.MOST_BYTES >> 20} MiB, {compose.DEEPEST} levels, {compose.MOST_ALIASES:,} aliases",
        "what a template gives": f"{LONGEST_TEXT:,} characters",
        "an expression": f"{expression.LONGEST:,} characters",
    }
    for what, bound in told.items():
        assert f"| {what} | {bound}" in page("guarantees.md"), what


def test_the_kinds_of_errors_are_told() -> None:
    for code in ("0", "1", "2", "3", "130, 143"):
        assert f"| {code} |" in page("errors.md")
