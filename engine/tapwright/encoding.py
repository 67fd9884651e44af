"""A provider's own way to write conditions as text, declared as data and used as a template filter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tapwright.request import text_of
from tapwright.suggestion import meant


@dataclass(frozen=True, kw_only=True)
class Quote:
    """When and how a value is quoted, before the whole text is percent-encoded as any other parameter."""

    with_: str = '"'
    """The quotation mark put on both sides."""
    when_any_of: str = ""
    """A value that holds any of these characters is quoted; so is an empty one, and one with blanks at its ends."""
    double: bool = True
    """Whether a quotation mark inside the value is written twice."""


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """A mini-language of conditions.

    The filter takes text, which it leaves as it is, or a list of conditions: each is text, or a mapping of `field`
    and one or more operators, as in `{field: clicks, below: 100}` or `{field: campaign_id, equals: [1, 2]}`.
    It gives null for an empty list, so that the parameter is not sent.

    Example::

        encodings:
          predicates:
            join: "&"
            values: ","
            operators: {equals: "=", above: ">", lacks: "!~"}
            quote: {with: '"', when_any_of: '&,"', double: true}
    """

    join: str = "&"
    """What stands between two conditions."""
    values: str = ","
    """What stands between two values of one condition."""
    operators: dict[str, str]
    """The operators: the word used in YAML, and how the provider writes it."""
    quote: Quote = Quote()
    """The quoting of values."""

    def write(self, conditions: Any) -> str | None:
        """Write conditions as the provider wants them; raises ValueError for an unknown operator."""
        if conditions is None or isinstance(conditions, str):
            return conditions or None
        items = [conditions] if isinstance(conditions, Mapping) else list(conditions)
        return self.join.join(piece for item in items for piece in self._condition(item)) or None

    def _condition(self, item: Any) -> list[str]:
        if isinstance(item, str):
            return [item]
        if not isinstance(item, Mapping) or "field" not in item or len(item) < 2:
            raise ValueError(f"a condition is text or a mapping of 'field' and an operator; found {item!r}")
        return [self._written(item["field"], word, value) for word, value in item.items() if word != "field"]

    def _written(self, name: str, word: str, value: Any) -> str:
        if word not in self.operators:
            known = meant(str(word), self.operators) or f"; known: {', '.join(self.operators)}"
            raise ValueError(f"no operator is named '{word}'{known}")
        values = value if isinstance(value, list | tuple) else [value]
        if not values:
            raise ValueError(f"'{name}' {word} nothing: give at least one value")
        return f"{name}{self.operators[word]}{self.values.join(map(self._quoted, values))}"

    def _quoted(self, value: Any) -> str:
        text, mark = text_of(value), self.quote.with_
        if text and text == text.strip() and not any(character in text for character in self.quote.when_any_of):
            return text
        return f"{mark}{text.replace(mark, mark * 2) if self.quote.double else text}{mark}"
