"""Raw values to typed ones, a column at a time: exact, or refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

from tapwright.batch import DataType
from tapwright.moment import zone

One: TypeAlias = Callable[[Any], Any]
"""Types one value that is not None; raises ValueError (or what int, Decimal … raise) if it does not fit."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WHOLE = re.compile(r"[+-]?\d+(\.0*)?", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_COMMA = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?", re.ASCII)
_NONE = type(None)


def cast_one(kind: DataType, form: str | None = None, time_zone: str = "UTC") -> One:
    """Make the function that types one value."""
    if form == "comma":
        number = cast_one(kind)
        return lambda value: number(pointed(value) if isinstance(value, str) else value)
    match kind.name:
        case "decimal":
            return lambda value: _decimal(value, kind.scale)
        case "date":
            return lambda value: _date(value, form)
        case "datetime":
            default = zone(time_zone)
            return lambda value: _aware(_moment(value, form), default)
        case "local_datetime":
            return lambda value: _local(_moment(value, form))
        case "object":
            return _object(kind)
        case "array":
            return _array(kind)
    return {"string": _string, "integer": _integer, "number": _number, "boolean": _boolean, "json": lambda v: v}[
        kind.name
    ]


def cast_column(kind: DataType, one: One, values: list[Any], form: str | None = None) -> list[Any]:
    """Type a whole column; raises what `one` raises at the first value that does not fit."""
    types = set(map(type, values))
    if kind.name == "json" or types <= _AS_IS.get(kind.name, frozenset()) | {_NONE}:
        return values
    if quick := _QUICK.get((kind.name, form)):
        there = [value for value in values if value is not None] if _NONE in types else values
        typed = quick(there, types - {_NONE}, kind, one)
        if typed is not None:
            return typed if there is values else _spread(values, typed)
    if kind.name in ("date", "datetime", "local_datetime", "boolean") and types <= {str, int, _NONE}:
        known = {value: None if value is None else one(value) for value in set(values)}
        return [known[value] for value in values]
    return [None if value is None else one(value) for value in values]


def _spread(values: Sequence[Any], typed: Sequence[Any]) -> list[Any]:
    """Put the typed values where values are not None."""
    rest = iter(typed)
    return [None if value is None else next(rest) for value in values]


def _plain_numbers(texts: Sequence[str], marks: bytes) -> bool:
    """Whether texts hold nothing but ASCII digits and these marks, so that Python reads them as we would."""
    text = "".join(texts)
    if not marks:
        return text.isascii() and text.isdigit()
    return not text.encode("utf-8", "surrogatepass").translate(None, b"0123456789" + marks)


def _quick_integers(values: list[Any], types: set[type], kind: DataType, one: One) -> list[Any] | None:
    return list(map(int, values)) if types == {str} and _plain_numbers(values, b"") else None


def _quick_numbers(values: list[Any], types: set[type], kind: DataType, one: One) -> list[Any] | None:
    if types != {str} or not _plain_numbers(values, b".+-") or max(map(len, values)) > 300:
        return None
    return list(map(float, values))


def _quick_decimals(values: list[Any], types: set[type], kind: DataType, one: One) -> list[Any] | None:
    """Read texts too short to hold more digits than fit, on either side of the point."""
    if not types <= {str, float, int}:
        return None
    texts = values if types == {str} else list(map(str, values))
    if not _plain_numbers(texts, b".+-") or max(map(len, texts)) > 38 - kind.scale:
        return None
    if max(len(text.partition(".")[2]) for text in texts) > kind.scale:
        return None
    return list(map(Decimal, texts))


def _quick_moments(step: timedelta) -> _Quick:
    def quick(values: list[Any], types: set[type], kind: DataType, one: One) -> list[Any] | None:
        return [_EPOCH + step * value for value in values] if types == {int} else None

    return quick


def _quick_days(values: list[Any], types: set[type], kind: DataType, one: One) -> list[Any] | None:
    if types != {str} or set(map(len, values)) != {10} or not _plain_numbers(values, b"-"):
        return None
    return list(map(date.fromisoformat, values))


def _quick_iso(values: list[Any], types: set[type], kind: DataType, one: One) -> list[Any] | None:
    try:
        return list(map(one, map(datetime.fromisoformat, values))) if types == {str} else None
    except ValueError:
        return None


_Quick: TypeAlias = Callable[[list[Any], set[type], DataType, One], list[Any] | None]
"""Types the values of a column, none of them None, if all are of the usual form; raises as `One` does."""
_QUICK: dict[tuple[str, str | None], _Quick] = {
    ("date", None): _quick_days,
    ("date", "iso"): _quick_days,
    ("datetime", None): _quick_iso,
    ("datetime", "iso"): _quick_iso,
    ("datetime", "epoch_ms"): _quick_moments(timedelta(milliseconds=1)),
    ("datetime", "epoch_s"): _quick_moments(timedelta(seconds=1)),
    ("decimal", None): _quick_decimals,
    ("integer", None): _quick_integers,
    ("local_datetime", None): _quick_iso,
    ("local_datetime", "iso"): _quick_iso,
    ("number", None): _quick_numbers,
}
_AS_IS: dict[str, frozenset[type]] = {
    "string": frozenset([str]),
    "integer": frozenset([int]),
    "number": frozenset([float]),
    "boolean": frozenset([bool]),
}


def first_misfit(one: One, values: Sequence[Any]) -> tuple[int, Any, str]:
    """Find the value that made `cast_column` fail: its place, itself, and why."""
    for index, value in enumerate(values):
        if value is not None:
            try:
                one(value)
            except (ValueError, ArithmeticError, TypeError) as error:
                return index, value, str(error)
    raise AssertionError("every value fits")


def _string(value: Any) -> str:
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | Decimal():
            return str(value)
        case float():
            return repr(value)
    raise ValueError(f"{_kind(value)} is no text")


def pointed(text: str) -> str:
    """Write a number with a decimal comma, such as `1.234,5`, with a point: `1234.5`."""
    if not _COMMA.fullmatch(text.strip()):
        raise ValueError("not a number with a decimal comma, such as 1.234,5")
    return text.replace(".", "").replace(",", ".")


def _integer(value: Any) -> int:
    match value:
        case bool():
            pass
        case int():
            return value
        case str():
            text = value.strip()
            if _WHOLE.fullmatch(text):
                return int(text.partition(".")[0])
        case float() if value.is_integer():
            return int(value)
        case Decimal() if value.is_finite() and abs(value.adjusted()) < 400 and value == value.to_integral_value():
            return int(value)
    raise ValueError("not a whole number")


def _number(value: Any) -> float:
    if isinstance(value, str):
        text = value.strip()
        if not _NUMBER.fullmatch(text):
            raise ValueError("not a number")
        value = Decimal(text)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError("not a number")
    result = float(value)
    if result in (float("inf"), float("-inf")):
        raise ValueError("too large for a 64-bit float; make the field a decimal or a string")
    if isinstance(value, int) and int(result) != value:
        raise ValueError("more digits than a 64-bit float holds; make the field an integer or a decimal")
    return result


def _decimal(value: Any, scale: int) -> Decimal:
    match value:
        case bool():
            raise ValueError("not a number")
        case int():
            number = Decimal(value)
        case float():
            number = Decimal(repr(value))
        case Decimal():
            number = value
        case str() if _NUMBER.fullmatch(value.strip()):
            number = Decimal(value.strip())
        case _:
            raise ValueError("not a number")
    return _fitting(number, scale)


def _fitting(number: Decimal, scale: int) -> Decimal:
    _, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        raise ValueError("not a finite number")
    if -exponent > scale and any(digits[len(digits) + exponent + scale if len(digits) + exponent + scale > 0 else 0 :]):
        raise ValueError(f"more than {scale} digits after the point; give the field a larger 'scale'")
    if number and number.adjusted() >= 38 - scale:
        raise ValueError(f"more than {38 - scale} digits before the point; give the field a smaller 'scale'")
    return number


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    known = {"true": True, "1": True, "false": False, "0": False}
    text = str(value).strip().lower() if isinstance(value, str | int) else ""
    if text not in known:
        raise ValueError("neither true nor false")
    return known[text]


def _moment(value: Any, form: str | None) -> datetime:
    if form in ("epoch_s", "epoch_ms"):
        unit = timedelta(seconds=1) if form == "epoch_s" else timedelta(milliseconds=1)
        try:
            return _EPOCH + unit * _integer(value)
        except OverflowError:
            raise ValueError("out of the range of dates") from None
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    if not isinstance(value, str):
        raise ValueError("not a date or a time")
    if form and form != "iso":
        return datetime.strptime(value.strip(), form)
    try:
        return datetime.fromisoformat(value.strip())
    except ValueError:
        raise ValueError("not a date or a time in ISO 8601") from None


def _aware(moment: datetime, default: Any) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=default)


def _local(moment: datetime) -> datetime:
    if moment.tzinfo is not None:
        raise ValueError("it names a zone; make the field a datetime")
    return moment


def _date(value: Any, form: str | None) -> date:
    moment = _moment(value, form)
    if moment.time() != datetime.min.time():
        raise ValueError("it has a time of day; make the field a datetime or a local_datetime")
    return moment.date()


def _object(kind: DataType) -> One:
    members = {name: cast_one(inner) for name, inner in (kind.properties or {}).items()}

    def one(value: Any) -> Any:
        if not isinstance(value, dict):
            raise ValueError(f"{_kind(value)} is no object")
        return _members(value, members) if members else value

    return one


def _members(value: dict[str, Any], members: dict[str, One]) -> dict[str, Any]:
    typed: dict[str, Any] = {}
    for name, one in members.items():
        inner = value.get(name)
        try:
            typed[name] = None if inner is None else one(inner)
        except (ValueError, ArithmeticError) as error:
            raise ValueError(f"its '{name}': {error}") from None
    return typed


def _array(kind: DataType) -> One:
    item = cast_one(kind.items) if kind.items else None

    def one(value: Any) -> Any:
        if not isinstance(value, list):
            raise ValueError(f"{_kind(value)} is no array")
        return value if item is None else [None if inner is None else item(inner) for inner in value]

    return one


def _kind(value: Any) -> str:
    return {dict: "an object", list: "an array", bool: "a boolean"}.get(type(value), f"a {type(value).__name__}")
