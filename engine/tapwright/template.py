"""Jinja as an expression language: sandboxed, strict, checked when the spec is loaded, compiled once, native types.

Only expressions in `{{ }}` exist: no statements, no calls, no attributes of Python objects.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from tapwright.errors import SpecError
from tapwright.suggestion import meant, way_out

if TYPE_CHECKING:
    from jinja2 import nodes
    from jinja2.sandbox import SandboxedEnvironment

Scope: TypeAlias = Mapping[str, Any]
"""What a template can name, see SCOPES."""

SCOPES: Mapping[str, str] = {
    "config": "The values that the connector gives for the spec's `config`, the same in the whole run.",
    "options": "The values of the stream's options in this use of it.",
    "slice": "What this request is for: the values that `for_each` gives, and `start`, `end`, `last` where the stream"
    " is read by windows of time.",
    "now": "The moment of the run, the same in every template of it.",
}

Filters: TypeAlias = Mapping[str, Callable[..., Any]]
Names: TypeAlias = Mapping[str, frozenset[str] | None]
"""The names of a scope, each with its members where they are known."""

_PLAIN = re.compile(r"\{\{\s*([a-z_]\w*)\.([a-z_]\w*)\s*\}\}")
LONGEST_TEXT = 65_536


class Templates:
    """Compiles and renders the templates of one spec."""

    def __init__(self, filters: Filters | None = None) -> None:
        self._filters = dict(filters or {})
        self._compiled: dict[str, Callable[[Scope], Any]] = {}
        self._pieces: dict[str, list[str | Callable[[Scope], Any]]] = {}

    def render(self, value: Any, scope: Scope) -> Any:
        """Render every text in a value; dicts and lists keep their shape."""
        if isinstance(value, str):
            return self._render_text(value, scope)
        if isinstance(value, Mapping):
            return {name: self.render(inner, scope) for name, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.render(inner, scope) for inner in value]
        return value

    def render_with(self, text: str, scope: Scope, write: Callable[[Any], str]) -> str:
        """Render a text whose expressions are each written by a function, such as percent-encoding."""
        if "{{" not in text:
            return text
        return "".join(piece if isinstance(piece, str) else write(piece(scope)) for piece in self._pieces_of(text))

    def _render_text(self, text: str, scope: Scope) -> Any:
        if "{{" not in text:
            return text
        compiled = self._compiled.get(text)
        if compiled is None:
            compiled = self._compiled[text] = self._compile(text)
        return compiled(scope)

    def _compile(self, text: str) -> Callable[[Scope], Any]:
        plain = _PLAIN.fullmatch(text)
        if plain:
            return _look_up(text, plain[1], plain[2])
        pieces = self._pieces_of(text)
        if len(pieces) == 1 and callable(pieces[0]):
            return pieces[0]
        return lambda scope: _joined(text, pieces, scope)

    def _pieces_of(self, text: str) -> list[str | Callable[[Scope], Any]]:
        """The plain parts of a text, and its expressions, compiled once."""
        if text not in self._pieces:
            parts = _parts(text)
            self._pieces[text] = [part if isinstance(part, str) else self._expression(text, part[0]) for part in parts]
        return self._pieces[text]

    def _expression(self, text: str, source: str) -> Callable[[Scope], Any]:
        from jinja2 import Undefined

        compiled = _environment_with(self._filters).compile_expression(source, undefined_to_none=False)

        def evaluate(scope: Scope) -> Any:
            try:
                result = compiled(**scope)
                if isinstance(result, Undefined):
                    result = str(result)  # raises, naming what is undefined
            except SpecError:
                raise
            except Exception as error:  # Jinja and its filters raise anything
                raise SpecError([f"template {_short(text)!r}: {error}"]) from None
            return result

        return evaluate


def check_template(text: str, names: Names | None = None, filters: frozenset[str] | None = None) -> None:
    """Raise ValueError if a text is no template, or names what is in no scope.

    Names are looked up where `names` is given; filters, where the spec's own `filters` are.
    """
    from jinja2 import TemplateSyntaxError

    try:
        for part in _parts(text):
            if not isinstance(part, str):
                _check_nodes(part[0], names, filters)
    except TemplateSyntaxError as error:
        raise ValueError(f"not a template: {_said(error.message or '')}") from None


def _said(message: str) -> str:
    """Put what Jinja says of a syntax error into the words of someone who writes a template."""
    if message.startswith("unexpected char") and message[16:17] in "\"'":
        return "a quote that is opened but not closed"
    said = message[:1].lower() + message[1:]
    return said.replace("end of print statement", "}}").replace("token 'name'", "a name").replace("token ", "")


@lru_cache(maxsize=4096)
def _parts(text: str) -> tuple[str | tuple[str], ...]:
    """Cut a text into plain pieces and the sources (in a tuple) of its expressions."""
    parts: list[str | tuple[str]] = []
    source: list[str] | None = None
    for _, kind, piece in _environment().lex(text):
        if kind == "data":
            parts.append(piece)
        elif kind == "variable_begin":
            source = []
        elif kind == "variable_end":
            parts.append(("".join(source or []).strip(),))
            source = None
        elif source is not None:
            source.append(piece)
        else:
            raise ValueError("only {{ expressions }} are known here, no {% statements %} and no {# comments #}")
    if source is not None:
        raise ValueError("not a template: a '{{' without its '}}'")
    return tuple(parts)


def _joined(text: str, parts: list[Any], scope: Scope) -> str:
    pieces = [part(scope) if callable(part) else part for part in parts]
    result = "".join("" if piece is None else _text(piece) for piece in pieces)
    if len(result) > LONGEST_TEXT:
        raise SpecError([f"template {_short(text)!r} gives more than {LONGEST_TEXT:,} characters"])
    return result


def _text(piece: Any) -> str:
    return ("true" if piece else "false") if isinstance(piece, bool) else str(piece)


def _look_up(text: str, root: str, member: str) -> Callable[[Scope], Any]:
    def evaluate(scope: Scope) -> Any:
        try:
            return scope[root][member]
        except KeyError:
            raise SpecError([f"template {_short(text)!r}: '{root}.{member}' is not set"]) from None

    return evaluate


def _check_nodes(source: str, names: Names | None, filters: frozenset[str] | None) -> None:
    from jinja2 import nodes

    for node in _nodes(source):
        if isinstance(node, nodes.Filter) and filters is not None and node.name not in _known_filters() | filters:
            raise ValueError(f"no filter is named '{node.name}'{meant(node.name, _known_filters() | filters)}")
        if names is not None:
            _check_name(node, names)


@lru_cache(maxsize=4096)
def _nodes(source: str) -> tuple[nodes.Node, ...]:
    """The parts of an expression, each of which is allowed; a spec has the same one in many places."""
    from jinja2 import nodes

    found = tuple(_environment()._parse("{{ " + source + " }}", None, None).find_all(nodes.Node))
    for node in found:
        if type(node).__name__ not in _ALLOWED:
            raise ValueError(
                f"{_REFUSED.get(type(node).__name__, _refusal(node))}; use filters, as in {{{{ now | date }}}}"
            )
    return found


def _check_name(node: nodes.Node, names: Names) -> None:
    from jinja2 import nodes

    if isinstance(node, nodes.Name) and node.name not in names:
        raise ValueError(f"'{node.name}' is not known here{way_out(node.name, names)}")
    if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name):
        members = names.get(node.node.name)
        if members is not None and node.attr not in members:
            whole = f"{node.node.name}.{node.attr}"
            raise ValueError(f"'{whole}' is not declared{way_out(node.attr, members)}")


def _refusal(node: nodes.Node) -> str:
    return f"a template may not use {type(node).__name__.lower()}"


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."


_ALLOWED = frozenset(
    [
        "Template",
        "Output",
        "TemplateData",
        "Name",
        "Const",
        "Getattr",
        "Getitem",
        "Filter",
        "Test",
        "CondExpr",
        "And",
        "Or",
        "Not",
        "Compare",
        "Operand",
        "Add",
        "Sub",
        "Mul",
        "Div",
        "FloorDiv",
        "Mod",
        "Concat",
        "Neg",
        "Pos",
        "List",
        "Dict",
        "Pair",
        "Tuple",
        "Keyword",
    ]
)
_REFUSED = {"Call": "a template may not call functions", "Slice": "a template may not cut lists or text by [a:b]"}
BORROWED = [
    "abs",
    "capitalize",
    "default",
    "first",
    "float",
    "int",
    "join",
    "last",
    "length",
    "list",
    "lower",
    "map",
    "max",
    "min",
    "reject",
    "rejectattr",
    "replace",
    "round",
    "select",
    "selectattr",
    "sort",
    "string",
    "sum",
    "title",
    "tojson",
    "trim",
    "unique",
    "upper",
]


@cache
def _known_filters() -> frozenset[str]:
    return frozenset(_environment().filters)


@cache
def _environment() -> SandboxedEnvironment:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    from tapwright.filters import FILTERS

    class Unset(StrictUndefined):
        @property
        def _undefined_message(self) -> str:
            return f"'{self._undefined_name}' is not set"

    class Environment(ImmutableSandboxedEnvironment):
        intercepted_binops = frozenset(["*", "%"])

        def getattr(self, obj: Any, attribute: str) -> Any:
            """Look into dicts only: no template reaches an attribute of a Python object."""
            return self.getitem(obj, attribute)

        def getitem(self, obj: Any, argument: Any) -> Any:
            if isinstance(obj, Mapping | list | tuple | str):
                try:
                    return obj[argument]
                except (LookupError, TypeError):
                    pass
            return self.undefined(obj=obj, name=argument)

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            if not isinstance(left, int | float) or not isinstance(right, int | float):
                raise ValueError(f"'{operator}' works on numbers only")
            return super().call_binop(context, operator, left, right)

    environment = Environment(undefined=Unset)
    environment.filters = {name: environment.filters[name] for name in BORROWED} | dict(FILTERS)
    environment.globals = {}
    return environment


def _environment_with(filters: Filters) -> SandboxedEnvironment:
    environment = _environment()
    return environment.overlay() if not filters else _overlay(environment, filters)


def _overlay(environment: SandboxedEnvironment, filters: Filters) -> SandboxedEnvironment:
    overlay: Any = environment.overlay()
    overlay.filters = {**environment.filters, **filters}
    return overlay  # type: ignore[no-any-return]
