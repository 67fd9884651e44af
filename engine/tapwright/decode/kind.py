"""What every decoder is: words that say where the records sit, and the way from a body to chunks of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol, TypeAlias

from tapwright.body import Body

Getter: TypeAlias = Callable[["Chunk"], list[Any]]
"""Takes one value per record out of a chunk: a column, raw."""


class Chunk(Protocol):
    """Some records as they came, in the decoder's own form."""

    def __len__(self) -> int: ...

    def rest(self, known: frozenset[str]) -> dict[str, list[Any]]:
        """The columns that no field takes: top-level keys, columns or child elements not in `known`.

        A record that lacks one has None there.
        """

    def kept(self, flags: Sequence[object]) -> Chunk:
        """The records whose flag is true."""

    def record(self, index: int) -> Any:
        """One record as plain data (dict, list, text …), for messages and cursors; negative counts from the end."""


@dataclass
class Items:
    """Counts what a page is made of, where records are taken from within (exploded) or left out."""

    count: int = 0


@dataclass(frozen=True)
class Decoded:
    """A body, understood."""

    document: Any
    """What conditions and paginators look at; see `Page.body`."""
    chunks: Iterator[Chunk]
    """The records, a few thousand at a time; to be read once, each chunk used before the next is asked for."""
    items: Items | None = None
    """How many items the page held, once the chunks are exhausted; None if it held just the records."""


@dataclass(frozen=True, kw_only=True)
class Decode:
    """A decoder kind.  Raises BodyError for anything that is not what its words describe: missing is not empty."""

    speaks: ClassVar[Literal["jmespath", "xpath", "column"]]
    """The language of `from` in the fields of a stream decoded so."""
    media: ClassVar[tuple[str, ...]]
    """Parts of a Content-Type that this decoder can read, such as `json`; see `decode.sniff`."""
    reads: ClassVar[frozenset[str]]
    """What `decode.sniff` may say that a body is."""
    closed: ClassVar[bool] = True
    """Whether the format marks the end of a document, so that a cut one cannot be read."""

    member: str | None = None
    """The file to read, where the body is a zip archive of several; a gzip file, or a zip archive of one file, is
    unpacked without a word."""
    media_type: str | None = None
    """The Content-Type that the provider labels the body with, where it is none of the usual for this format."""

    def decode(self, body: Body, charset: str | None = None) -> Decoded:
        """Understand a body; `charset` is the Content-Type's, if it has one."""
        raise NotImplementedError

    def getter(self, expression: str) -> Getter:
        """Compile what a field takes; called once per stream."""
        raise NotImplementedError

    def default_from(self, name: str) -> str:
        """The expression for a field that says no `from`."""
        return name
