"""The house rules that a machine can hold: arrows point down, files are short, kinds show themselves."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tapwright.cli import _COMMANDS
from tapwright.filters import FILTERS
from tapwright.formats import FORMATS
from tapwright.functions import FUNCTIONS
from tapwright.language import class_example
from tapwright.reference import FILTER_EXAMPLES, REGISTRIES, wrapped
from tests.fragments import problems_of

ROOT = Path(__file__).parents[1]
ENGINE = ROOT / "engine"
FILES = sorted([*ENGINE.rglob("*.py"), *(ROOT / "tests").rglob("*.py")])
LONGEST, LONGEST_FUNCTION = 400, 50
FORBIDDEN = {"base", "common", "helper", "helpers", "manager", "util", "utils"}

LAYERS: tuple[tuple[str, str], ...] = (
    ("know nothing of tapwright", "errors language output version"),
    (
        "plain values",
        "batch body checked clock counted difference interrupt mask sealed shortened span suggestion use words writer",
    ),
    (
        "what flows, and small words",
        "columnwise condition encoding expression filters functions hosts incremental library moment option pace quota"
        " request retry shape xpath",
    ),
    ("the kinds", "auth decode paginate partition sinks"),
    ("the languages", "connector spec"),
    ("what reads the languages", "cast cursor environment extract formats rendered schemas template untouched walk"),
    ("pure: no clock, no network, no file", "asking examples load own_values plan rules slices state trial"),
    (
        "one slice",
        "answer deadline fetch fresh judge pages_seen position profile provider read send transport unpack wallet",
    ),
    ("a run", "advice ahead along checking progress run source table_run"),
    (
        "recordings, and checks with them",
        "accepting cassette checks coverage expected former player recorder replay replaying scrub testing tidy trim"
        " wire_request",
    ),
    (
        "doors",
        "__init__ __main__ authoring cli commands connector_schema demo dlt fronts provider_page publish pytest_plugin"
        " reference",
    ),
)
"""From the ground up: a module imports only from its own layer and those before it."""


@cache
def modules() -> Mapping[str, Path]:
    """Every module of the engine; a package's `__init__` is the package."""
    names = {".".join(path.relative_to(ENGINE).with_suffix("").parts): path for path in ENGINE.rglob("*.py")}
    return {name.removesuffix(".__init__"): path for name, path in names.items()}


@cache
def edges() -> Mapping[str, frozenset[str]]:
    """What each module imports of the engine; lazy imports count, those for type checking do not."""
    return {
        name: frozenset(_imported(name, ast.parse(path.read_text(encoding="utf-8"))))
        for name, path in modules().items()
    }


def _imported(module: str, tree: ast.AST) -> Iterator[str]:
    for node in _running(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            within = {f"{node.module}.{alias.name}" for alias in node.names} & modules().keys()
            yield from within or ({node.module} & modules().keys()) - {module}
        elif isinstance(node, ast.Import):
            yield from {alias.name for alias in node.names} & modules().keys()


def _running(node: ast.AST) -> Iterator[ast.AST]:
    """Every node that can run."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from _running(child)


def _part(module: str) -> str:
    """The module or folder right under tapwright."""
    return [*module.split("."), "__init__"][1]


def test_every_module_has_its_layer() -> None:
    known = [name for _, names in LAYERS for name in names.split()]
    assert sorted(known) == sorted({_part(module) for module in modules()}), "give each module a place in LAYERS"


def test_arrows_point_down() -> None:
    level = {name: number for number, (_, names) in enumerate(LAYERS) for name in names.split()}
    up = [
        f"{module} imports {other}"
        for module, others in edges().items()
        for other in others
        if level[_part(other)] > level[_part(module)]
    ]
    assert sorted(up) == []


def test_language_imports_nothing_of_tapwright() -> None:
    inside = [other for module, others in edges().items() if _part(module) == "language" for other in others]
    assert {_part(other) for other in inside} == {"language"}


def test_no_import_goes_round_in_circles() -> None:
    left = dict(edges())
    while leaves := [module for module, others in left.items() if not others & left.keys()]:
        for module in leaves:
            del left[module]
    assert sorted(left) == [], "these import one another, or what does"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_file(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    lines, purpose = text.count("\n"), ast.get_docstring(ast.parse(text)) if text else "nothing"
    assert lines <= LONGEST
    assert purpose, "a module says in a sentence what it is for"
    assert not FORBIDDEN & {*path.relative_to(ROOT).with_suffix("").parts}, "a name says what is in it"


def test_no_function_of_the_engine_is_longer_than_a_screen() -> None:
    for path in ENGINE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                first = node.body[ast.get_docstring(node) is not None and len(node.body) > 1]
                length = (node.end_lineno or 0) - first.lineno + 1
                assert length <= LONGEST_FUNCTION, f"{path.name}: {node.name} has {length} lines"


@pytest.mark.parametrize(
    "registry",
    [*(kinds for _, kinds in REGISTRIES.values()), FILTERS, FILTER_EXAMPLES, FORMATS, FUNCTIONS, _COMMANDS],
    ids=[*REGISTRIES, "filters", "filter examples", "formats", "functions", "commands"],
)
def test_registries_are_sorted(registry: Mapping[str, Any]) -> None:
    assert list(registry) == sorted(registry)


@pytest.mark.parametrize(
    ("key", "name"),
    [(key, name) for key, (_, kinds) in REGISTRIES.items() for name in kinds],
    ids=lambda part: str(part),
)
def test_every_kind_shows_an_example(key: str, name: str) -> None:
    example = class_example(REGISTRIES[key][1][name])
    assert example, "end the docstring with Example:: and a piece of YAML"
    assert problems_of("connector" if key == "to" else "stream", "\n".join(wrapped(example, key))) == []


@pytest.mark.parametrize("key", REGISTRIES)
def test_a_kind_and_its_file_have_one_name(key: str) -> None:
    for name, kind in REGISTRIES[key][1].items():
        file = kind.__module__.rpartition(".")[2]
        assert file == name or (key, name) == ("for_each", "list"), f"{name} is in {file}.py"
