"""Articles and rejects as Arrow tables, column by column.

Lists of structs are built from flat child arrays and offsets: several times faster than handing
Arrow a list of dicts, and the only place where the order of fields matters.
"""

import hashlib
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warta.transforms.core.records import Article, Reject
from warta.transforms.core.redaction import URL_COLUMNS, mask_secrets, without_controls
from warta.transforms.core.schema import (
    SCHEMA_VERSION,
    STAGED_REJECTS,
    staged_articles,
)
from warta.transforms.lake.layout import Run
from warta.transforms.stories.grouping import story_key

_MASKED = (*URL_COLUMNS, "error")
REJECT_KEYS = ["source_uri", "source_record_id", "stage", "reason", "raw_length", "raw"]
"""What distinguishes one reject from another."""


def articles_table(
    articles: Sequence[Article],
    run: Run,
    minhash: np.ndarray[Any, np.dtype[np.uint32]],
    bands: np.ndarray[Any, np.dtype[np.uint64]],
    minhash_scheme: str,
) -> pa.Table:
    """Return articles as a table of `staged_articles`, all of version 1.

    A column that is not made here is the field of `Article` of the same name.

    Args:
      articles: n articles.
      run: Signs the rows.
      minhash: (n, permutations) signatures.
      bands: (n, bands) band hashes.
      minhash_scheme: Names how both were made.
    """
    count = len(articles)
    schema = staged_articles()
    columns = {
        "version": _constant(1, count, pa.int32()),
        "minhash": pa.array([row.tobytes() for row in minhash], pa.binary()),
        "minhash_bands": _list(bands.shape[1], pa.array(bands.reshape(-1).view(np.int64)), count),
        "minhash_scheme": _constant(minhash_scheme, count, pa.string()),
        "duplicate_of": pa.nulls(count, pa.string()),
        "duplicate_kind": pa.nulls(count, pa.string()),
        "similarity": pa.nulls(count, pa.float32()),
        "run_id": _constant(run.invocation_id, count, pa.string()),
        "ingested_at": _constant(run.started_at, count, pa.timestamp("us", tz="UTC")),
        "schema_version": _constant(SCHEMA_VERSION, count, pa.int32()),
    }
    columns |= _story_columns(articles)
    columns |= {one.name: _column(one, articles) for one in schema if one.name not in columns}
    columns |= {name: _masked(columns[name]) for name in _MASKED if name in columns}
    return pa.table([columns[one.name] for one in schema], schema=schema)


def _story_columns(articles: Sequence[Article]) -> dict[str, pa.Array]:
    """Return what stories are made of; until that is decided, each article is its own story."""
    count = len(articles)
    keys = [story_key(one.headline, one.article_body, one.in_language) for one in articles]
    return {
        "story_id": _array([one.article_id for one in articles], pa.string()),
        "story_relation": pa.nulls(count, pa.string()),
        "story_of": pa.nulls(count, pa.string()),
        "story_similarity": pa.nulls(count, pa.float32()),
        "story_scheme": pa.array([key and key.scheme for key in keys], pa.string()),
        "story_terms": _integers([key.terms if key else None for key in keys]),
        "story_weights": _integers([key.weights if key else None for key in keys]),
    }


def _integers(lists: Sequence[Sequence[int] | None]) -> pa.Array:
    """Return lists of integers; an empty one is null."""
    return pa.array([one or None for one in lists], pa.list_(pa.int32()))


def rejects_table(rejects: Sequence[Reject], run: Run) -> pa.Table:
    """Return rejects as a table of `STAGED_REJECTS`."""
    count = len(rejects)
    names = (
        *("stage", "reason", "error", "source_uri", "source_record_id", "raw", "raw_length"),
        *("context", "replay_of"),
    )
    columns = {
        name: _array([getattr(row, name) for row in rejects], STAGED_REJECTS.field(name).type)
        for name in names
    }
    columns |= {
        "run_id": _constant(run.invocation_id, count, pa.string()),
        "failed_at": _constant(run.started_at, count, pa.timestamp("us", tz="UTC")),
        "rejected_date": _constant(f"{run.started_at:%Y-%m-%d}", count, pa.string()),
        "replayed_by": pa.nulls(count, pa.string()),
    }
    # Made of what was read, as ever: a reject that comes again is known by it.
    ids = reject_ids(pa.table({name: columns[name] for name in REJECT_KEYS}))
    columns |= {name: _masked(columns[name]) for name in _MASKED if name in columns}
    # A reject that was not read again keeps the id of the bytes that it was.
    kept = _array([row.reject_id for row in rejects], pa.string())
    columns["reject_id"] = pc.coalesce(kept, ids)
    return pa.table([columns[field.name] for field in STAGED_REJECTS], schema=STAGED_REJECTS)


def reject_ids(rows: pa.Table) -> pa.Array:
    """Return the ids of rejects: the same location, reason and bytes, the same id.

    32 hex each. Rows of schema version 1 have none of their own.
    """
    keys = zip(*(rows[name].to_pylist() for name in REJECT_KEYS), strict=True)
    return pa.array([_reject_id(location, raw or b"") for *location, raw in keys], pa.string())


def _reject_id(location: Sequence[object], raw: bytes) -> str:
    digest = hashlib.sha256("\n".join(map(str, location)).encode("utf-8", "replace"))
    digest.update(raw)
    return digest.hexdigest()[:32]


def _column(of: pa.Field, articles: Sequence[Article]) -> pa.Array:
    """Return the column that holds the field of the same name."""
    values = list(map(attrgetter(of.name), articles))
    if pa.types.is_list(of.type):
        flat = [value for one in values for value in one]
        return pa.ListArray.from_arrays(_offsets(values), _values(flat, of.type.value_type))
    return _values(values, of.type)


def _values(values: list[Any], of: pa.DataType) -> pa.Array:
    """Return values as an Arrow array; those of a struct are records, or None."""
    if not pa.types.is_struct(of):
        return _array(values, of)
    is_missing = [one is None for one in values]
    if not any(is_missing):
        children = [_array(list(map(attrgetter(part.name), values)), part.type) for part in of]
        return pa.StructArray.from_arrays(children, fields=list(of))
    children = [
        _array([one and getattr(one, part.name) for one in values], part.type) for part in of
    ]
    return pa.StructArray.from_arrays(children, fields=list(of), mask=pa.array(is_missing))


def _array(values: list[Any], of: pa.DataType) -> pa.Array:
    """Return values as an Arrow array. Half of a surrogate pair becomes "?".

    Odd file names and entities in markup can hold one; checking every string would cost more than
    trying once.
    """
    try:
        array = pa.array(values, of)
    except UnicodeEncodeError:
        whole = [
            text.encode("utf-8", "replace").decode() if isinstance(text, str) else text
            for text in values
        ]
        array = pa.array(whole, of)
    if of == pa.string() and _has_controls(array):
        return pa.array([text and without_controls(text) for text in array.to_pylist()], of)
    return array


def _has_controls(array: pa.Array) -> bool:
    """Return whether a string has a control character, sought in the bytes of all at once."""
    data = array.buffers()[2]
    if data is None:
        return False
    text = np.frombuffer(data, np.uint8)
    if _ASCII_CONTROLS[text].any():
        return True
    # C1 in UTF-8: U+0080 to U+009F.
    leads = np.flatnonzero(text[:-1] == 0xC2)
    return bool((text[leads + 1] < 0xA0).any())


_ASCII_CONTROLS = np.zeros(256, dtype=bool)
_ASCII_CONTROLS[[*range(9), *range(11, 32), 127]] = True


def _masked(column: pa.Array) -> pa.Array:
    """URIs and errors without keys; few have a query, so that most are not looked at one by one."""
    if not pc.any(pc.match_substring(column, "=")).as_py():
        return column
    return pa.array([text and mask_secrets(text) for text in column.to_pylist()], pa.string())


def _constant(value: object, count: int, of: pa.DataType) -> pa.Array:
    return pa.repeat(pa.scalar(value, of), count)


def _list(width: int, values: pa.Array, count: int) -> pa.Array:
    return pa.ListArray.from_arrays(
        pa.array(range(0, width * count + 1, width), pa.int32()), values
    )


def _offsets(lists: Iterable[Sequence[object]]) -> pa.Array:
    ends = np.cumsum([0, *(len(one) for one in lists)], dtype=np.int32)
    return pa.array(ends, pa.int32())
