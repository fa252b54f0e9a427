"""Rows of any reader as one number: the same rows in any order, the same number.

Readers have their own words for the same value: a time is a datetime here and a number of pandas
there, a struct is a dict or a tuple. The type that the lake's schema gives a column says which
value is meant. Nothing is rounded: a float is the same down to its last bit, or another.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

Kind = Any
"""A type as JSON: "int", "float", "text", "bytes", "time", ["list", Kind] or {field: Kind}."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BITS = 1 << 64


@dataclass(frozen=True, slots=True)
class Digest:
    """How many rows there are, and what they hold."""

    rows: int
    checksum: str
    checksum_of_values: str
    """The same where a struct of nulls is as good as none: ClickHouse reads no null struct."""


def digest(rows: Iterable[Sequence[Any]], kinds: Sequence[Kind]) -> Digest:
    """Return the number of rows and their checksum.

    Args:
      rows: The values of each, in the order of `kinds`.
      kinds: The type of each column.

    Example:
      >>> kinds = ["int", "text"]
      >>> digest([(1, "a"), (2, "b")], kinds) == digest([(2.0, "b"), (1, "a")], kinds)
      True
    """
    count = exact = values = 0
    for row in rows:
        cells = [canonical(value, kind) for value, kind in zip(row, kinds, strict=True)]
        exact += _hash(cells)
        values += _hash([_without_empty(cell) for cell in cells])
        count += 1
    return Digest(count, f"{exact % _BITS:016x}", f"{values % _BITS:016x}")


def _hash(cells: list[Any]) -> int:
    text = json.dumps(cells, ensure_ascii=True, separators=(",", ":"))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def _without_empty(value: Any) -> Any:
    """Return None for a struct of nulls."""
    if isinstance(value, list):
        held = any(one is not None for one in value)
        return [_without_empty(one) for one in value] if held else None
    return value


def canonical(value: Any, kind: Kind) -> Any:
    """Return a value as JSON can hold it, whatever has read it.

    Raises:
      TypeError: It is not a value of this type.

    Example:
      >>> canonical(float("nan"), "int"), canonical(b"ab", "text")
      (None, 'ab')
      >>> canonical((1, None), {"a": "int", "b": "int"})
      [1, None]
    """
    if _is_missing(value):
        return None
    if isinstance(kind, Mapping):
        values = value.values() if isinstance(value, Mapping) else value
        return [canonical(one, of) for one, of in zip(values, kind.values(), strict=True)]
    if isinstance(kind, list):
        return [canonical(one, kind[1]) for one in value]
    return _SCALARS[kind](value)


def _is_missing(value: Any) -> bool:
    """Whether a value is null: pandas has NaN, NaT and NA for it."""
    if value is None or type(value).__name__ in ("NaTType", "NAType"):
        return True
    return isinstance(value, float) and math.isnan(value)


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text")
    return value


def _bytes(value: Any) -> str:
    return bytes(value).hex()


def _int(value: Any) -> int:
    if int(value) != value:
        raise TypeError(f"{value!r} is not a whole number")
    return int(value)


def _time(value: Any) -> int:
    """Return microseconds since 1970; a time without a zone is in UTC."""
    moment: datetime = value.to_pydatetime() if hasattr(value, "to_pydatetime") else value
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(microseconds=1)


_SCALARS = {
    "text": _text,
    "bytes": _bytes,
    "int": _int,
    "float": lambda value: float(value).hex(),
    "time": _time,
}
