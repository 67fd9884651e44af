"""Rows as Arrow arrays, which DuckDB reads where they lie: nothing is written down to be parsed again."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import accumulate, chain, repeat
from operator import is_not
from typing import TYPE_CHECKING, Any

from tapwright.batch import DataType
from tapwright.errors import RecordError
from tapwright.sinks.arrow_values import buffers, packed
from tapwright.sinks.duckdb_types import SqlType
from tapwright.sinks.refusals import shown

if TYPE_CHECKING:
    from nanoarrow.c_array import CArray
    from nanoarrow.c_schema import CSchema

ANY = DataType(name="json")
UNFIT = (TypeError, AttributeError, ValueError, RecursionError)


class Columns:
    """Some rows, a column at a time."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.bytes = 0
        self.arrays: dict[str, CArray] = {}

    def add(self, name: str, kind: DataType, held: SqlType, values: Sequence[Any]) -> None:
        """Add values of a kind, held as a type of DuckDB.

        Raises RecordError for a value that it cannot hold, OverflowError where it is an integer beyond BIGINT.
        """
        try:
            self.arrays[name] = self._array(name, kind, held, values)
        except UNFIT as error:
            raise _refused(name, kind, held, values) from error

    def _array(self, path: str, kind: DataType, held: SqlType, values: Sequence[Any]) -> CArray:
        present = bytes(map(is_not, values, repeat(None)))  # `in` would ask each value whether it equals None
        nulls = present.count(0)
        laid: tuple[Any, ...] = ()
        children: list[CArray] = []
        if held.name == "LIST":
            laid = (array("i", accumulate((len(value) if value else 0 for value in values), initial=0)),)
            items = list(chain.from_iterable(filter(None, values)))
            children = [self._array(f"{path}[]", kind.items or ANY, held.members["items"], items)]
        elif held.name == "STRUCT":
            children = self._members(path, kind, held, values)
        else:
            laid = buffers(path, kind, held, values, nulls)
        self.bytes += sum(memoryview(buffer).nbytes for buffer in laid)
        return _made(_form(held), len(values), nulls, (packed(present) if nulls else None, *laid), children)

    def _members(self, path: str, kind: DataType, held: SqlType, values: Sequence[Any]) -> list[CArray]:
        kinds = kind.properties or {}
        if strange := set().union(*filter(None, values)) - kinds.keys():
            raise RecordError(f"{path} has a member {min(strange)!r} that its type does not name.")
        return [
            self._array(
                f"{path}.{name}",
                kinds.get(name, ANY),
                member,
                [None if value is None else value.get(name) for value in values],
            )
            for name, member in held.members.items()
        ]


def _made(form: CSchema, rows: int, nulls: int, buffers: Iterable[Any], children: Iterable[CArray]) -> CArray:
    import nanoarrow

    return nanoarrow.c_array_from_buffers(form, rows, buffers, nulls, children=children)


class Scan:
    """Rows for DuckDB to scan, again and again; every chunk has the same columns, in some order."""

    def __init__(self, chunks: list[Columns]) -> None:
        import nanoarrow

        form = nanoarrow.c_schema(nanoarrow.struct({name: each.schema for name, each in chunks[0].arrays.items()}))
        names = list(chunks[0].arrays)
        self._rows = [_made(form, chunk.rows, 0, (None,), map(chunk.arrays.__getitem__, names)) for chunk in chunks]

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        import nanoarrow

        return nanoarrow.Array.from_chunks(self._rows, validate=False).__arrow_c_stream__()

    def close(self) -> None:
        """Let go of the rows; DuckDB keeps what it was told to scan until its transaction ends."""
        self._rows = []


def _form(held: SqlType) -> CSchema:
    """Choose Arrow's type for one of DuckDB's."""
    import nanoarrow

    if held.name == "LIST":
        return nanoarrow.c_schema(nanoarrow.list_(_form(held.members["items"])))
    if held.name == "STRUCT":
        return nanoarrow.c_schema(nanoarrow.struct({name: _form(member) for name, member in held.members.items()}))
    return _plain_forms().get(held.name, _plain_forms()["VARCHAR"])


@cache
def _plain_forms() -> dict[str, CSchema]:
    """What is not here is given as text, for DuckDB to cast."""
    import nanoarrow

    forms = {
        "BIGINT": nanoarrow.int64(),
        "BOOLEAN": nanoarrow.bool_(),
        "DATE": nanoarrow.date32(),
        "DOUBLE": nanoarrow.float64(),
        "JSON": nanoarrow.extension_type(nanoarrow.string(), "arrow.json"),
        "TIMESTAMP": nanoarrow.timestamp("us"),
        "TIMESTAMP WITH TIME ZONE": nanoarrow.timestamp("us", timezone="UTC"),
        "VARCHAR": nanoarrow.string(),
    }
    return {name: nanoarrow.c_schema(form) for name, form in forms.items()}


def _refused(name: str, kind: DataType, held: SqlType, values: Sequence[Any]) -> RecordError:
    """Find the value that cannot be held."""
    for value in values:
        try:
            Columns(1)._array(name, kind, held, [value])
        except UNFIT as error:
            return RecordError(f"{name}: {shown(value)} cannot be kept as {held}: {error!s:.200}.")
    return RecordError(f"{name}: its values cannot be kept as {held}.")
