"""Find the sentences a class says about itself and its attributes."""

from __future__ import annotations

import ast
import functools
import inspect
import re
import sys
import textwrap
import types
from collections.abc import Iterator
from typing import Any

EXAMPLE = "Example::"
SENTENCE = re.compile(r".+?[.!?](?=\s+[A-Z`'\"]|\s*$)", re.DOTALL)


def class_doc(cls: type[Any]) -> str:
    """Give a class's own docstring without its example; the one `dataclass` makes up does not count."""
    doc = cls.__dict__.get("__doc__") or ""
    return "" if doc.startswith(f"{cls.__name__}(") else unwrapped(inspect.cleandoc(doc).partition(EXAMPLE)[0])


def class_example(cls: type[Any]) -> str:
    """Give what stands under `Example::` at the end of a class's docstring."""
    return textwrap.dedent(inspect.cleandoc(cls.__dict__.get("__doc__") or "").partition(EXAMPLE)[2]).strip("\n")


def attribute_docs(cls: type[Any]) -> dict[str, str]:
    """Give the docstring of each attribute, those of base classes included."""
    docs: dict[str, str] = {}
    for each in reversed(cls.__mro__):
        docs |= _module_docs(each.__module__).get(each.__qualname__, {})
    return docs


def constant_docs(module: types.ModuleType) -> dict[str, str]:
    """Give the docstring of each constant of a module."""
    tree = ast.parse(inspect.getsource(module))
    pairs = zip(tree.body, tree.body[1:], strict=False)
    named = [(line.targets[0], _text(following)) for line, following in pairs if isinstance(line, ast.Assign)]
    return {target.id: unwrapped(doc) for target, doc in named if isinstance(target, ast.Name) and doc}


def first_sentence(doc: str) -> str:
    """Cut a docstring after its first sentence."""
    paragraph = doc.partition("\n\n")[0]
    found = SENTENCE.match(paragraph)
    return found[0] if found else paragraph


def unwrapped(doc: str) -> str:
    """Join the lines of each paragraph."""
    return "\n\n".join(" ".join(part.split()) for part in inspect.cleandoc(doc).split("\n\n")).rstrip()


@functools.cache
def _module_docs(name: str) -> dict[str, dict[str, str]]:
    """Read a module's source once for all its classes: `inspect.getsource` of each parses the whole file again."""
    if name == "builtins":
        return {}
    try:
        tree = ast.parse(inspect.getsource(sys.modules[name]))
    except (OSError, TypeError, KeyError):
        return {}
    return dict(_classes(tree, ""))


def _classes(node: ast.AST, prefix: str) -> Iterator[tuple[str, dict[str, str]]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield prefix + child.name, _attributes(child)
            yield from _classes(child, f"{prefix}{child.name}.")
        elif isinstance(child, ast.FunctionDef):
            yield from _classes(child, f"{prefix}{child.name}.<locals>.")
        elif isinstance(child, ast.stmt):
            yield from _classes(child, prefix)


def _attributes(node: ast.ClassDef) -> dict[str, str]:
    docs = {}
    for line, following in zip(node.body, node.body[1:], strict=False):
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
            doc = _text(following)
            if doc:
                docs[line.target.id] = unwrapped(doc)
    return docs


def _text(node: ast.stmt) -> str | None:
    constant = node.value if isinstance(node, ast.Expr) else None
    return constant.value if isinstance(constant, ast.Constant) and isinstance(constant.value, str) else None
